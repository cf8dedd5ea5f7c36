"""Mistakes in exercise 15."""

from .model import Mutant, mutant

_V, _C = "columns_vectorised", "columns_compiled"
_READ = "input[n, c1, qy.clip(0, H - 1), qx.clip(0, W - 1)]"
_SHARE = "on * (1 - abs(y - qy)) * (1 - abs(x - qx))"
_RETURN = "return A.reshape(N, C1 * kH * kW, Ho * Wo)"
_DELTA = "delta = offset.reshape(N, 1, kH, kW, 2, Ho, Wo)"
_CELLS = "np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)"
_CORNERS = "((ay, ax), (ay + 1, ax), (ay + 1, ax + 1), (ay, ax + 1))"
_ROWS, _COLUMNS = "range(max(ay, 0), min(ay + 2, H))", "range(max(ax, 0), min(ax + 2, W))"
_VALUE = "value += (1 - abs(y - qy)) * (1 - abs(x - qx)) * input[n, c1, qy, qx]"
_PLACE = "A[n, c1 * kH * kW + k, oy * Wo + ox] = value"
_CELL = "ay, ax = int(np.floor(y)), int(np.floor(x))"

MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "mask forgotten",
        _V,
        _SHARE,
        "(1 - abs(y - qy)) * (1 - abs(x - qx))",
        "You clip the indices and forget the mask: outside, the border's pixel counts in place of zero.",
    ),
    mutant(
        "negative index wraps",
        _V,
        "on = (qy >= 0) & (qy < H) & (qx >= 0) & (qx < W)",
        "on = (qy < H) & (qx < W); qy, qx = np.where(qy < 0, qy % H, qy), np.where(qx < 0, qx % W, qx)",
        "A negative index counts from the end: you read the other side of the image there.",
    ),
    mutant(
        "cut towards zero",
        _V,
        _CELLS,
        "y.astype(np.int64), x.astype(np.int64)",
        "astype cuts towards zero, which differs from np.floor below zero.",
    ),
    mutant(
        "nearest pixel",
        _V,
        "in " + _CORNERS,
        "in ((ay, ax),)",
        "You read one corner of the cell alone. A value between the pixels is made of four.",
    ),
    mutant(
        "diagonal forgotten",
        _V,
        _CORNERS,
        "((ay, ax), (ay + 1, ax), (ay, ax + 1))",
        "The diagonal corner is missing: a cell has four.",
    ),
    mutant(
        "equals for plus equals",
        _V,
        "A += share",
        "A = share",
        "Each corner starts A anew: the four add up.",
    ),
    mutant(
        "weights forgotten",
        _V,
        _SHARE,
        "on / 4",
        "You take the mean of the four pixels. The nearer ones count more.",
    ),
    mutant(
        "offsets as all y, then all x",
        _V,
        _DELTA,
        "delta = offset.reshape(N, 1, 2, kH, kW, Ho, Wo).transpose(0, 1, 3, 4, 2, 5, 6)",
        "You read the offsets as all y, then all x. The order is y, x for each tap.",
    ),
    Mutant(
        "x before y",
        _V,
        (("delta[:, :, :, :, 0]", "delta[:, :, :, :, -1]"), ("delta[:, :, :, :, 1]", "delta[:, :, :, :, 0]")),
        "You read the offsets as x before y. A pair is (y, x).",
    ),
    mutant(
        "taps by columns",
        _V,
        _DELTA,
        "delta = offset.reshape(N, 1, kW, kH, 2, Ho, Wo).transpose(0, 1, 3, 2, 4, 5, 6)",
        "You count the taps by columns. k = i*kW + j counts them row by row.",
    ),
    mutant(
        "padding forgotten in y",
        _V,
        "[:, None] - py + ",
        "[:, None] + ",
        "You leave the padding out in y: the first tap of the first point stands at -py.",
    ),
    mutant(
        "padding forgotten in x",
        _V,
        "np.arange(Wo) - px + ",
        "np.arange(Wo) + ",
        "You leave the padding out in x: the first tap of the first point stands at -px.",
    ),
    Mutant(
        "padding forgotten",
        _V,
        (("[:, None] - py + ", "[:, None] + "), ("np.arange(Wo) - px + ", "np.arange(Wo) + ")),
        "You leave the padding out: the first tap of the first point stands at -padding.",
    ),
    Mutant(
        "taps not in the position",
        _V,
        ((" + np.arange(kH)[:, None, None, None]", ""), (" + np.arange(kW)[:, None, None]", "")),
        "You leave the place of the tap out: tap (i, j) starts i rows down and j columns right.",
    ),
    mutant(
        "first image alone",
        _V,
        _READ,
        _READ.replace("[n,", "[0 * n,"),
        "All images are read from the first one.",
    ),
    mutant(
        "first channel alone",
        _V,
        _READ,
        _READ.replace("c1,", "0 * c1,"),
        "All channels are read from the first one.",
    ),
    mutant(
        "taps before channels",
        _V,
        _RETURN,
        "return A.transpose(0, 2, 3, 1, 4, 5).reshape(N, C1 * kH * kW, Ho * Wo)",
        "Your rows are sorted by tap first. The row is c1*kH*kW + k.",
    ),
    mutant(
        "cut towards zero, compiled",
        _C,
        _CELL,
        "ay, ax = int(y), int(x)",
        "int() cuts towards zero, which differs from np.floor below zero.",
    ),
    mutant(
        "rounded, compiled",
        _C,
        _CELL,
        "ay, ax = int(np.floor(y + 0.5)), int(np.floor(x + 0.5))",
        "You round to the nearest pixel. The cell's corner is the one above and to the left: np.floor.",
    ),
    mutant(
        "first row of the cell alone",
        _C,
        _ROWS,
        "range(max(ay, 0), min(ay + 1, H))",
        "You read the upper row of the cell alone: range(ay, ay + 2) has two.",
    ),
    mutant(
        "first column of the cell alone",
        _C,
        _COLUMNS,
        "range(max(ax, 0), min(ax + 1, W))",
        "You read the left column of the cell alone: range(ax, ax + 2) has two.",
    ),
    mutant(
        "last row never read",
        _C,
        _ROWS,
        "range(max(ay, 0), min(ay + 2, H - 1))",
        "You never read the last row: it has the index H - 1, and a range ends before its end.",
    ),
    mutant(
        "last column never read",
        _C,
        _COLUMNS,
        "range(max(ax, 0), min(ax + 2, W - 1))",
        "You never read the last column: it has the index W - 1, and a range ends before its end.",
    ),
    mutant(
        "negative index wraps, compiled",
        _C,
        f"for qy in {_ROWS}:",
        "for qy in range(max(ay, -H), min(ay + 2, H)):",
        "You do not stop at row 0: a negative index counts from the end.",
    ),
    mutant(
        "value not set back",
        _C,
        "                        value = 0.0\n",
        "                        value = 0.0 if c1 == 0 else value\n",
        "You set the sum to zero outside the loop over the channels: each channel needs a sum of its own.",
    ),
    mutant(
        "weights forgotten, compiled",
        _C,
        _VALUE,
        "value += input[n, c1, qy, qx] / 4",
        "You take the mean of the four pixels, compiled or not: the nearer ones count more.",
    ),
    mutant(
        "weights swapped, compiled",
        _C,
        _VALUE,
        "value += abs(y - qy) * abs(x - qx) * input[n, c1, qy, qx]",
        "Your weights are the distances. The nearer a pixel, the larger its weight: 1 - distance.",
    ),
    mutant(
        "equals for plus equals, compiled",
        _C,
        "value +=",
        "value =",
        "Each pixel starts the value anew: the four add up.",
    ),
    mutant(
        "x before y, compiled",
        _C,
        "offset[n, 2 * k, oy, ox]\n                    x = ox - px + k % kW + offset[n, 2 * k + 1, oy, ox]",
        "offset[n, 2 * k + 1, oy, ox]\n                    x = ox - px + k % kW + offset[n, 2 * k, oy, ox]",
        "You take map 2k for x. Map 2k is y, map 2k + 1 is x.",
    ),
    Mutant(
        "all y, then all x, compiled",
        _C,
        (
            ("offset[n, 2 * k, oy, ox]", "offset[n, k, oy, ox]"),
            ("offset[n, 2 * k + 1, oy, ox]", "offset[n, kH * kW + k, oy, ox]"),
        ),
        "You take the offsets as all y, then all x. They stand tap by tap: y, x, y, x.",
    ),
    Mutant(
        "padding forgotten, compiled",
        _C,
        (("oy - py + ", "oy + "), ("ox - px + ", "ox + ")),
        "You leave the padding out of the positions: oy - py, ox - px.",
    ),
    Mutant(
        "taps by columns, compiled",
        _C,
        (("k // kW", "k % kH"), ("k % kW", "k // kH")),
        "You take k apart by columns. i = k // kW, j = k % kW.",
    ),
    mutant(
        "taps before channels, compiled",
        _C,
        _PLACE,
        "A[n, k * C1 + c1, oy * Wo + ox] = value",
        "You sort the rows by tap first. The row is c1*kH*kW + k, all taps of a channel together.",
    ),
    mutant(
        "points by columns, compiled",
        _C,
        _PLACE,
        "A[n, c1 * kH * kW + k, ox * Ho + oy] = value",
        "You count the output points by columns. oy*Wo + ox counts them row by row.",
    ),
    mutant(
        "first image alone, compiled",
        _C,
        "input[n, c1, qy, qx]",
        "input[0, c1, qy, qx]",
        "You read the first image for all of them.",
    ),
    mutant(
        "offsets of the first image, compiled",
        _C,
        "                    ay, ax = int",
        "                    y += offset[0, 2 * k, oy, ox] - offset[n, 2 * k, oy, ox]\n"
        "                    x += offset[0, 2 * k + 1, oy, ox] - offset[n, 2 * k + 1, oy, ox]\n"
        "                    ay, ax = int",
        "You use the offsets of the first image for all of them.",
    ),
)

_MASKED = "the index -1 reads the last row or column, which the mask then multiplies by 0"
_ADD = "A += share * input[n, c1, qy.clip(0, H - 1), qx.clip(0, W - 1)]"
EQUIVALENT: dict[str, str] = {
    f"{_ADD} → {_ADD.replace('qy.clip(0', 'qy.clip((-1)')}": _MASKED,
    f"{_ADD} → {_ADD.replace('qx.clip(0', 'qx.clip((-1)')}": _MASKED,
}
