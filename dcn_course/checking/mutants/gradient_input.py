"""Mistakes in exercise 09."""

from .model import Mutant, mutant

_K = "weight.reshape(C2, C1 * kH * kW)"
_DELTA = "grad_output.reshape(N, C2, Ho * Wo)"
_SAMPLE = "sample = n, c1 // (C1 // G), k, oy, ox"
_SHARES = "[(ay, ax, w0 * w1), (ay + 1, ax, w1 * w2), (ay + 1, ax + 1, w2 * w3), (ay, ax + 1, w3 * w0)]"
_INSIDE = "0 <= qy < H and 0 <= qx < W"
_ADD = "grad_input[n, c1, qy, qx] += share * g"
_UNPACK = "g, (ay, ax), (w0, w1, w2, w3) = A[n, c1, k, oy, ox], indices[sample], weights[sample]"
_LOOP = f"""for n, c1, k, oy, ox in np.ndindex(N, C1, taps, Ho, Wo):
        {_SAMPLE}
        {_UNPACK}
        shares = {_SHARES}
        for qy, qx, share in shares:
            if {_INSIDE}:
                {_ADD}"""
_INDEX_ARRAYS = f"""n, c1, k, oy, ox = np.indices((N, C1, taps, Ho, Wo))
    {_SAMPLE}
    (ay, ax), (w0, w1, w2, w3) = np.moveaxis(indices[sample], -1, 0), np.moveaxis(weights[sample], -1, 0)
    for qy, qx, share in {_SHARES}:
        on = (0 <= qy) & (qy < H) & (0 <= qx) & (qx < W)
        grad_input[n[on], c1[on], qy[on], qx[on]] += (share * A)[on]"""
_BUFFERS = "buffers = deform_im2col(input, offset, kernel_size, stride, padding, dilation, border=border)"
_COLUMNS = "matmul_grad_columns(grad_output, weight)"
_RESULT = "return scatter(g, buffers.indices, buffers.weights, input.shape)"

_MATMUL = (
    mutant(
        "transposed kernel",
        "matmul_grad_columns",
        "K.T @ delta",
        "(K.reshape(C1 * kH * kW, C2) @ delta)",
        "You reshape the kernel where it must be transposed: reshape keeps the order of the numbers, .T "
        "turns rows into columns.",
    ),
    mutant(
        "not transposed",
        "matmul_grad_columns",
        "K.T @ delta",
        "K @ delta",
        "The kernel is not transposed. Forward K goes from the columns to the output; the way back is K^T.",
    ),
    mutant(
        "grad_output forgotten",
        "matmul_grad_columns",
        _DELTA,
        "np.ones((N, C2, Ho * Wo))",
        "grad_output is missing: what an entry of the columns is worth depends on the error at its output "
        "point.",
    ),
    mutant(
        "kernel forgotten",
        "matmul_grad_columns",
        _K,
        "np.ones((C2, C1 * kH * kW))",
        "The kernel is missing: each tap has carried its value with its own weight K.",
    ),
    mutant(
        "kernel turned round",
        "matmul_grad_columns",
        _K,
        "weight[:, :, ::-1, ::-1].reshape(C2, C1 * kH * kW)",
        "Your taps are turned round by 180 degrees. The flip belongs to the formula that slides the kernel "
        "over δ; here each tap keeps its place.",
    ),
    mutant(
        "taps counted by columns",
        "matmul_grad_columns",
        _K,
        "weight.transpose(0, 1, 3, 2).reshape(C2, C1 * kH * kW)",
        "Your taps are in the order of columns. k = i*kW + j counts them row by row.",
    ),
    mutant(
        "taps before channels",
        "matmul_grad_columns",
        _K,
        "weight.transpose(0, 2, 3, 1).reshape(C2, C1 * kH * kW)",
        "Your rows are sorted by tap first and by channel second. Row (c1, k) is c1*kH*kW + k.",
    ),
    mutant(
        "points counted by columns",
        "matmul_grad_columns",
        _DELTA,
        "grad_output.transpose(0, 1, 3, 2).reshape(N, C2, Ho * Wo)",
        "Your output points are in the order of columns. oy*Wout + ox counts them row by row.",
    ),
    mutant(
        "first output map alone",
        "matmul_grad_columns",
        "K.T @ delta",
        "K[:1].T @ delta[:, :1]",
        "Only the first output map counts. An entry of the columns acts on all maps: sum over c2.",
    ),
    mutant(
        "last output map alone",
        "matmul_grad_columns",
        "K.T @ delta",
        "K[-1:].T @ delta[:, -1:]",
        "Only the last output map counts, as with = in a loop over c2: sum over them, +=.",
    ),
    mutant(
        "mean over the output maps",
        "matmul_grad_columns",
        "K.T @ delta",
        "K.T @ delta / C2",
        "You take the mean over the output maps. The chain rule takes the sum.",
    ),
    mutant(
        "images and maps exchanged",
        "matmul_grad_columns",
        _DELTA,
        "grad_output.transpose(1, 0, 2, 3).reshape(N, C2, Ho * Wo)",
        "Images and maps of grad_output are mixed up: it comes as (N, C2, Hout, Wout).",
    ),
    mutant(
        "minus",
        "matmul_grad_columns",
        "K.T @ delta",
        "-K.T @ delta",
        "The sign is wrong. A gradient points uphill; the step downhill is the optimiser's.",
    ),
    mutant(
        "grad_output written into",
        "matmul_grad_columns",
        "return K.T @ delta",
        "delta *= 2\n    return K.T @ delta / 2",
        "You change grad_output itself: reshape gives a view and no copy.",
    ),
)

_SCATTER = (
    mutant(
        "= for +=",
        "scatter",
        _ADD,
        "grad_input[n, c1, qy, qx] = share * g",
        "You write with =. Where several samples read the same pixel only the last one remains: +=.",
    ),
    mutant(
        "index arrays with +=",
        "scatter",
        _LOOP,
        _INDEX_ARRAYS,
        "Where several samples read the same pixel only the last one counts: with index arrays, += writes "
        "each place once. np.add.at adds them all.",
    ),
    mutant(
        "scatter without g",
        "scatter",
        "share * g",
        "share",
        "The gradient of the columns is missing: each pixel gets its share of g.",
    ),
    mutant(
        "no lower bound",
        "scatter",
        _INSIDE,
        "qy < H and qx < W",
        "You do not ask for the lower bound. A share for row −1 lands in the last row; drop it.",
    ),
    mutant(
        "wrapped round",
        "scatter",
        f"if {_INSIDE}:\n                {_ADD}",
        "grad_input[n, c1, qy % H, qx % W] += share * g",
        "What falls outside lands on the other side of the image; drop it.",
    ),
    mutant(
        "brought to the border",
        "scatter",
        f"if {_INSIDE}:\n                {_ADD}",
        "grad_input[n, c1, min(max(qy, 0), H - 1), min(max(qx, 0), W - 1)] += share * g",
        "What falls outside is added to the border's pixels. It was read as a constant zero: drop it. With "
        "the rule project the indices are on the image already.",
    ),
    mutant(
        "no upper bound",
        "scatter",
        _INSIDE,
        "0 <= qy and 0 <= qx",
        "You do not ask for the upper bound. A projected sample on the last row has a + 1 outside, with the "
        "weight 0.",
    ),
    mutant(
        "last row and column lost",
        "scatter",
        _INSIDE,
        "0 <= qy < H - 1 and 0 <= qx < W - 1",
        "Your upper bound is one too small: the last row, H − 1, and the last column are on the image.",
    ),
    mutant(
        "first row and column lost",
        "scatter",
        _INSIDE,
        "0 < qy < H and 0 < qx < W",
        "Your lower bound is one too large: row 0 and column 0 are on the image.",
    ),
    mutant(
        "dropped as a whole",
        "scatter",
        _INSIDE,
        "0 <= ay < H - 1 and 0 <= ax < W - 1",
        "You drop all four shares of a sample whose cell is cut by the edge. Ask for each pixel by itself.",
    ),
    mutant(
        "H and W exchanged",
        "scatter",
        _INSIDE,
        "0 <= qy < W and 0 <= qx < H",
        "H and W are exchanged in the question: rows go to H, columns to W.",
    ),
    mutant(
        "w0 and w2 exchanged",
        "scatter",
        "(ay, ax), (w0, w1, w2, w3) =",
        "(ay, ax), (w2, w1, w0, w3) =",
        "w0 and w2 are exchanged: the upper row gets the lower one's share.",
    ),
    mutant(
        "w1 and w3 exchanged",
        "scatter",
        "(ay, ax), (w0, w1, w2, w3) =",
        "(ay, ax), (w0, w3, w2, w1) =",
        "w1 and w3 are exchanged: the left column gets the right one's share.",
    ),
    mutant(
        "weights as (y, x, y, x) of another order",
        "scatter",
        "(ay, ax), (w0, w1, w2, w3) =",
        "(ay, ax), (w0, w2, w1, w3) =",
        "The weights come in the order w0 (y), w1 (x), w2 (y), w3 (x); you have taken both of y first.",
    ),
    mutant(
        "below and right exchanged",
        "scatter",
        _SHARES,
        "[(ay, ax, w0 * w1), (ay, ax + 1, w1 * w2), (ay + 1, ax + 1, w2 * w3), (ay + 1, ax, w3 * w0)]",
        "The pixels below and to the right are exchanged: w1 * w2 goes to (ay + 1, ax).",
    ),
    mutant(
        "diagonal forgotten",
        "scatter",
        ", (ay + 1, ax + 1, w2 * w3)",
        "",
        "The diagonal pixel gets nothing: its share is w2 * w3.",
    ),
    mutant(
        "a alone",
        "scatter",
        _SHARES,
        "[(ay, ax, 1)]",
        "The pixel a gets everything. The value was a weighted mean of four pixels; each gets its weight.",
    ),
    mutant(
        "equal shares",
        "scatter",
        "share * g",
        "0.25 * g",
        "All four pixels get the same share. Each gets its own weight.",
    ),
    mutant(
        "indices as (x, y)",
        "scatter",
        "(ay, ax), (w0",
        "(ax, ay), (w0",
        "You take the indices as (ax, ay): they come as (ay, ax).",
    ),
    mutant(
        "everything into the first channel",
        "scatter",
        "grad_input[n, c1, qy, qx]",
        "grad_input[n, 0, qy, qx]",
        "The errors of all channels go into the first map. The report's algorithm, as it is printed, has "
        "the same slip in one line (erratum 6): the index c1 is missing.",
    ),
    mutant(
        "everything into the first image",
        "scatter",
        "grad_input[n, c1, qy, qx]",
        "grad_input[0, c1, qy, qx]",
        "The errors of all images go into the first one.",
    ),
    mutant(
        "first channel's g for all",
        "scatter",
        "A[n, c1, k, oy, ox]",
        "A[n, 0, k, oy, ox]",
        "Every channel gets the g of the first one. Row (c1, k) of the columns belongs to channel c1.",
    ),
    mutant(
        "first tap's g for all",
        "scatter",
        "A[n, c1, k, oy, ox]",
        "A[n, c1, 0, oy, ox]",
        "Every tap sends the g of the first one. Row (c1, k) of the columns belongs to tap k.",
    ),
    mutant(
        "samples of the first group",
        "scatter",
        _SAMPLE,
        "sample = n, 0, k, oy, ox",
        "All channels are sent to the samples of the first offset group. The group of channel c1 is c1 // "
        "(C1 // G).",
    ),
    mutant(
        "group by remainder",
        "scatter",
        _SAMPLE,
        "sample = n, c1 % G, k, oy, ox",
        "You deal the channels out to the groups in turn, c1 % G. They stand in blocks: c1 // (C1 // G).",
    ),
    mutant(
        "samples of the first image",
        "scatter",
        _SAMPLE,
        "sample = 0, c1 // (C1 // G), k, oy, ox",
        "All images are sent to the samples of the first one. Each image has offsets of its own.",
    ),
    mutant(
        "samples of the first tap",
        "scatter",
        _SAMPLE,
        "sample = n, c1 // (C1 // G), 0, oy, ox",
        "All taps send to the place of the first one. Each tap has read at a place of its own.",
    ),
    mutant(
        "rounded to the nearest pixel",
        "scatter",
        _SHARES,
        "[(ay + (w2 > 0.5), ax + (w3 > 0.5), 1)]",
        "The nearest pixel gets everything. The value was a weighted mean of four pixels; each gets its "
        "weight.",
    ),
    mutant(
        "mean over the points",
        "scatter",
        "share * g",
        "share * g / (Ho * Wo)",
        "You divide by the number of output points. The gradient is the sum of what all samples send.",
    ),
)

_WHOLE = (
    mutant(
        "border forgotten",
        "deform_conv2d_grad_input",
        "border=border",
        'border="zeros"',
        "The border is not handed on: with project the taps outside have read on the image's edge.",
    ),
    mutant(
        "always projected",
        "deform_conv2d_grad_input",
        "border=border",
        'border="project"',
        "You project always. With the border zeros a tap outside has read nothing and sends nothing.",
    ),
    mutant(
        "offsets forgotten",
        "deform_conv2d_grad_input",
        "(input, offset,",
        "(input, 0 * offset,",
        "The offsets are missing: that is the gradient of the ordinary convolution.",
    ),
    mutant(
        "offsets turned round",
        "deform_conv2d_grad_input",
        "(input, offset,",
        "(input, -offset,",
        "You turn the offsets round for the way back. The error goes back to where the tap has read: the "
        "same place.",
    ),
    mutant(
        "offsets as (x, y)",
        "deform_conv2d_grad_input",
        "(input, offset,",
        "(input, offset.reshape(len(offset), -1, 2, *offset.shape[2:])[:, :, ::-1].reshape(offset.shape),",
        "You take the offsets as (x, y). They are in the order (y, x).",
    ),
    mutant(
        "offsets as all y then all x",
        "deform_conv2d_grad_input",
        "(input, offset,",
        "(input, offset.reshape(len(offset), 2, -1, *offset.shape[2:]).swapaxes(1, 2).reshape(offset.shape),",
        "You read the offsets as all y, then all x. They are interleaved: y and x of the first tap, y and x "
        "of the second, and so on.",
    ),
    mutant(
        "offsets of the first image",
        "deform_conv2d_grad_input",
        "(input, offset,",
        "(input, np.broadcast_to(offset[:1], offset.shape),",
        "All images use the offsets of the first one.",
    ),
    mutant(
        "kernel turned round in the whole",
        "deform_conv2d_grad_input",
        "(grad_output, weight)",
        "(grad_output, weight[:, :, ::-1, ::-1])",
        "The kernel is turned round by 180 degrees. The gradient of an ordinary convolution can be written "
        "so; here each tap sends to its own place, unturned.",
    ),
    mutant(
        "all ones for grad_output",
        "deform_conv2d_grad_input",
        "(grad_output, weight)",
        "(np.ones_like(grad_output), weight)",
        "grad_output is missing: you have differentiated the sum of the output.",
    ),
    mutant(
        "mean over the images",
        "deform_conv2d_grad_input",
        _RESULT,
        f"{_RESULT} / len(input)",
        "You divide by the number of images. If the loss is a mean over them, grad_output has that factor "
        "already.",
    ),
    mutant(
        "gradient times input",
        "deform_conv2d_grad_input",
        _RESULT,
        f"{_RESULT} * input",
        "You multiply by the input. The output is linear in each pixel: its derivative does not contain the "
        "pixel.",
    ),
    mutant(
        "columns for their gradient",
        "deform_conv2d_grad_input",
        f"g = {_COLUMNS}",
        f"g = {_COLUMNS} * buffers.columns",
        "You multiply by the columns. What goes back to the pixels is the columns' gradient alone.",
    ),
    mutant(
        "gradient with a minus",
        "deform_conv2d_grad_input",
        _RESULT,
        _RESULT.replace("return ", "return -"),
        "The sign is wrong: the step downhill is the optimiser's and no part of a gradient.",
    ),
)

MUTANTS: tuple[Mutant, ...] = _MATMUL + _SCATTER + _WHOLE
EQUIVALENT: dict[str, str] = {}
