"""Mistakes in exercise 06."""

from .model import Mutant, mutant

_Y = "np.minimum(np.maximum(points[:, 0], 0), height - 1)"
_X = "np.minimum(np.maximum(points[:, 1], 0), width - 1)"
_PAIR = "np.stack([y, x], axis=1)"
_FREE_Y, _FREE_X = "(y >= 0) & (y < height - 1)", "(x >= 0) & (x < width - 1)"
_FREE = "np.stack([free_y, free_x], axis=1).astype(points.dtype)"
_NEXT = "below, right = min(ay + 1, H - 1), min(ax + 1, W - 1)"
_FIRST = "w0 * w1 * image[:, ay, ax] + w1 * w2 * image[:, below, ax]"
_SECOND = "w2 * w3 * image[:, below, right] + w3 * w0 * image[:, ay, right]"
_DY = "w1 * (X_down - X_a) + w3 * (X_diagonal - X_right)"
_DX = "w0 * (X_right - X_a) + w2 * (X_diagonal - X_down)"
_INTO_Y = "grad_points[p, 0] = slopes[p, 0] * (grad_values[:, p] * dy).sum()"
_INTO_X = "grad_points[p, 1] = slopes[p, 1] * (grad_values[:, p] * dx).sum()"
_SUM_Y, _SUM_X = "(grad_values[:, p] * dy).sum()", "(grad_values[:, p] * dx).sum()"


def _both(name: str, function: str, y: tuple[str, str], x: tuple[str, str], because: str) -> Mutant:
    return Mutant(name, function, (y, x), because)


MUTANTS: tuple[Mutant, ...] = (
    _both(
        "to H and W",
        "project",
        (_Y, "np.minimum(np.maximum(points[:, 0], 0), height)"),
        (_X, "np.minimum(np.maximum(points[:, 1], 0), width)"),
        "You project to H and W. Rows are counted from 0: the last one is H − 1, the last column W − 1.",
    ),
    _both(
        "to the last cell",
        "project",
        (_Y, "np.minimum(np.maximum(points[:, 0], 0), height - 2)"),
        (_X, "np.minimum(np.maximum(points[:, 1], 0), width - 2)"),
        "You project to H − 2 and W − 2, perhaps so that the next pixel exists. The image reaches to H − 1.",
    ),
    _both(
        "H and W exchanged",
        "project",
        (_Y, "np.minimum(np.maximum(points[:, 0], 0), width - 1)"),
        (_X, "np.minimum(np.maximum(points[:, 1], 0), height - 1)"),
        "H and W are exchanged: y goes up to H − 1, x to W − 1.",
    ),
    _both(
        "no lower bound",
        "project",
        (_Y, "np.minimum(points[:, 0], height - 1)"),
        (_X, "np.minimum(points[:, 1], width - 1)"),
        "Negative coordinates stay as they are. They are projected to 0.",
    ),
    _both(
        "no upper bound",
        "project",
        (_Y, "np.maximum(points[:, 0], 0)"),
        (_X, "np.maximum(points[:, 1], 0)"),
        "Coordinates behind the image stay as they are. They are projected to H − 1 and W − 1.",
    ),
    _both(
        "minimum and maximum exchanged",
        "project",
        (_Y, "np.maximum(np.minimum(points[:, 0], 0), height - 1)"),
        (_X, "np.maximum(np.minimum(points[:, 1], 0), width - 1)"),
        "Minimum and maximum are exchanged: the larger of y and 0, then the smaller of that and H − 1.",
    ),
    mutant(
        "y alone",
        "project",
        _X,
        "points[:, 1]",
        "You project y alone. A point may leave the image in both axes.",
    ),
    mutant(
        "x alone",
        "project",
        _Y,
        "points[:, 0]",
        "You project x alone. A point may leave the image in both axes.",
    ),
    mutant(
        "mirrored",
        "project",
        _PAIR,
        "np.minimum(np.abs(points), [height - 1, width - 1])",
        "You mirror negative coordinates. The nearest point of the image has the coordinate 0.",
    ),
    mutant(
        "wrapped round",
        "project",
        _PAIR,
        "points % [height, width]",
        "You let points come in again on the other side. They are projected to the nearest point.",
    ),
    mutant(
        "nearest pixel",
        "project",
        _PAIR,
        "np.round(np.stack([y, x], axis=1))",
        "You move each point to a pixel. The nearest point of the image may lie between two pixels.",
    ),
    mutant(
        "outside to the origin",
        "project",
        _PAIR,
        "np.where(np.stack([y, x], axis=1) == points, points, 0)",
        "Every coordinate outside becomes 0. What is too large becomes H − 1 or W − 1.",
    ),
    mutant(
        "as (x, y)",
        "project",
        _PAIR,
        "np.stack([x, y], axis=1)",
        "The points are in the order (x, y): a pair is (y, x).",
    ),
    mutant(
        "points written into",
        "project",
        f"return {_PAIR}",
        "points[:, 0], points[:, 1] = y, x\n    return points",
        "You change points itself. The way back needs it as it was: it must know which points were outside.",
    ),
    mutant(
        "stacked the other way",
        "project",
        _PAIR,
        "np.stack([y, x])",
        "Your result has the shape (2, P). Asked for is a row for each point: axis=1.",
    ),
    mutant(
        "never held",
        "projection_slopes",
        _FREE,
        "np.ones_like(points)",
        "You never hold a point (as with | in the place of &). Outside the image the projection does not "
        "move along: its slope is 0.",
    ),
    mutant(
        "held in both axes",
        "projection_slopes",
        _FREE,
        "np.stack([free_y & free_x] * 2, axis=1).astype(points.dtype)",
        "A point that is held in one axis is held in both. It may still slide along the other: each axis "
        "by itself.",
    ),
    mutant(
        "held where free",
        "projection_slopes",
        _FREE,
        "1 - np.stack([free_y, free_x], axis=1).astype(points.dtype)",
        "You have 0 and 1 exchanged: 1 on the image, where the point is free.",
    ),
    _both(
        "free on the last row",
        "projection_slopes",
        (_FREE_Y, "(y >= 0) & (y <= height - 1)"),
        (_FREE_X, "(x >= 0) & (x <= width - 1)"),
        "On the last row and column you let the point free. A step to the right leads out of the image: "
        "held.",
    ),
    _both(
        "held on the first row",
        "projection_slopes",
        (_FREE_Y, "(y > 0) & (y < height - 1)"),
        (_FREE_X, "(x > 0) & (x < width - 1)"),
        "On the first row and column you hold the point. A step to the right leads into the image: free.",
    ),
    _both(
        "free up to H",
        "projection_slopes",
        (_FREE_Y, "(y >= 0) & (y < height)"),
        (_FREE_X, "(x >= 0) & (x < width)"),
        "You let points free up to H and W. The image ends at H − 1 and W − 1.",
    ),
    _both(
        "free from −1 on",
        "projection_slopes",
        (_FREE_Y, "(y >= -1) & (y < height - 1)"),
        (_FREE_X, "(x >= -1) & (x < width - 1)"),
        "You let points free from −1 on, as with zeros around the image. The image begins at 0.",
    ),
    _both(
        "held behind alone",
        "projection_slopes",
        (_FREE_Y, "y < height - 1"),
        (_FREE_X, "x < width - 1"),
        "Negative coordinates are not held.",
    ),
    _both(
        "held before alone",
        "projection_slopes",
        (_FREE_Y, "y >= 0"),
        (_FREE_X, "x >= 0"),
        "Coordinates behind the image are not held.",
    ),
    _both(
        "sizes exchanged",
        "projection_slopes",
        (_FREE_Y, "(y >= 0) & (y < width - 1)"),
        (_FREE_X, "(x >= 0) & (x < height - 1)"),
        "H and W are exchanged: y is free up to H − 1, x up to W − 1.",
    ),
    mutant(
        "slopes as (x, y)",
        "projection_slopes",
        "[free_y, free_x]",
        "[free_x, free_y]",
        "The slopes are in the order (x, y): a pair is (y, x).",
    ),
    mutant(
        "pulled back",
        "projection_slopes",
        _FREE,
        "np.stack([np.where(free_y, 1.0, -1.0), np.where(free_x, 1.0, -1.0)], axis=1)",
        "Outside your slope is −1, as for a mirror. The projection does not move at all: 0.",
    ),
    mutant(
        "true and false",
        "projection_slopes",
        ".astype(points.dtype)",
        "",
        "You return True and False. Asked for are the numbers 1 and 0, as floats.",
    ),
    mutant(
        "next pixel not there",
        "projected_values",
        _NEXT,
        "below, right = ay + 1, ax + 1",
        "You read the row ay + 1 although ay is the last one. Its weight is 0, but the index must exist.",
    ),
    mutant(
        "cell moved back",
        "projected_values",
        f"{_NEXT}\n",
        "ay, ax = max(min(ay, H - 2), 0), max(min(ax, W - 2), 0)\n        below, right = min(ay + 1, H - "
        "1), min(ax + 1, W - 1)\n",
        "On the last row you go one cell back, but keep the weights: now they belong to other pixels.",
    ),
    mutant(
        "zeros outside",
        "projected_values",
        _NEXT,
        f"{_NEXT}\n        if not (0 <= points[p, 0] <= H - 1 and 0 <= points[p, 1] <= W - 1):\n           "
        f" continue",
        "Outside the image you read zero. Here the point is projected, and the border's value is read.",
    ),
    mutant(
        "corner pixel alone",
        "projected_values",
        _NEXT,
        "below, right = ay, ax",
        "You read the pixel a alone, as a whole. Between the pixels it is a weighted mean of four.",
    ),
    mutant(
        "below and right exchanged",
        "projected_values",
        _NEXT,
        "below, right = min(ax + 1, H - 1), min(ay + 1, W - 1)",
        "ay and ax are exchanged for the next pixels: below is ay + 1, right is ax + 1.",
    ),
    mutant(
        "sizes exchanged for the next pixels",
        "projected_values",
        _NEXT,
        "below, right = min(ay + 1, W - 1, image.shape[1] - 1), min(ax + 1, H - 1)",
        "H and W are exchanged for the next pixels: below is at most H − 1, right at most W − 1.",
    ),
    mutant(
        "w1 and w2 exchanged",
        "projected_values",
        _FIRST,
        "w0 * w2 * image[:, ay, ax] + w1 * w1 * image[:, below, ax]",
        "The weights are mixed up: the pixel a has w0 * w1, the one below it w1 * w2.",
    ),
    mutant(
        "weights of below and right exchanged",
        "projected_values",
        _FIRST,
        "w0 * w1 * image[:, ay, ax] + w3 * w0 * image[:, below, ax]",
        "The pixel below a has the weight of the one to its right: it is w1 * w2.",
    ),
    mutant(
        "diagonal forgotten",
        "projected_values",
        "w2 * w3 * image[:, below, right] + ",
        "",
        "The diagonal pixel is missing: its weight is w2 * w3.",
    ),
    mutant(
        "only two pixels",
        "projected_values",
        f"        values[:, p] += {_SECOND}\n",
        "",
        "Only the left column is read. The right one counts with w3.",
    ),
    mutant(
        "= for += in the value",
        "projected_values",
        "values[:, p] += ",
        "values[:, p] = ",
        "The second line replaces the first: the four terms add up, +=.",
    ),
    mutant(
        "first channel for all",
        "projected_values",
        _FIRST,
        "w0 * w1 * image[0, ay, ax] + w1 * w2 * image[0, below, ax]",
        "The left column is read in the first channel for all of them. Each channel has its own pixels.",
    ),
    mutant(
        "border in y alone",
        "projected_values",
        "min(ax + 1, W - 1)",
        "ax + 1",
        "The column ax + 1 may not exist either: min(ax + 1, W - 1).",
    ),
    _both(
        "the projection's slope forgotten",
        "projected_grad_points",
        ("slopes[p, 0] * ", ""),
        ("slopes[p, 1] * ", ""),
        "The slopes of the projection are missing: where the border holds the point, the gradient is 0.",
    ),
    _both(
        "held in one, zero in both",
        "projected_grad_points",
        ("slopes[p, 0]", "slopes[p].prod()"),
        ("slopes[p, 1]", "slopes[p].prod()"),
        "A point held in one axis gets no gradient in the other either. It may still slide along.",
    ),
    _both(
        "slopes of the other axis",
        "projected_grad_points",
        ("slopes[p, 0]", "slopes[p, 2 - 1]"),
        ("slopes[p, 1]", "slopes[p, 0]"),
        "The slopes of the projection are exchanged: the first is that of y.",
    ),
    _both(
        "gradient as (x, y)",
        "projected_grad_points",
        ("grad_points[p, 0]", "grad_points[p, 2 - 1]"),
        ("grad_points[p, 1]", "grad_points[p, 0]"),
        "The gradient is in the order (x, y): a pair is (y, x).",
    ),
    _both(
        "grad_values forgotten",
        "projected_grad_points",
        (_SUM_Y, "dy.sum()"),
        (_SUM_X, "dx.sum()"),
        "grad_values is missing: the chain rule multiplies each slope by the gradient that came for its "
        "value.",
    ),
    _both(
        "first channel alone",
        "projected_grad_points",
        (_SUM_Y, "(grad_values[:, p] * dy)[0]"),
        (_SUM_X, "(grad_values[:, p] * dx)[0]"),
        "Only the first channel counts. Moving the point changes the values of all channels: sum over them.",
    ),
    _both(
        "mean over the channels",
        "projected_grad_points",
        (_SUM_Y, "(grad_values[:, p] * dy).mean()"),
        (_SUM_X, "(grad_values[:, p] * dx).mean()"),
        "You take the mean over the channels. The chain rule takes the sum.",
    ),
    _both(
        "sums multiplied",
        "projected_grad_points",
        (_SUM_Y, "grad_values[:, p].sum() * dy.sum()"),
        (_SUM_X, "grad_values[:, p].sum() * dx.sum()"),
        "You sum both factors over the channels and then multiply. Multiply first, then sum.",
    ),
    mutant(
        "w1 and w3 exchanged",
        "projected_grad_points",
        _DY,
        "w3 * (X_down - X_a) + w1 * (X_diagonal - X_right)",
        "In ∂/∂y, w1 and w3 are exchanged: w1 is the weight of the left column.",
    ),
    mutant(
        "w0 and w2 exchanged",
        "projected_grad_points",
        _DX,
        "w2 * (X_right - X_a) + w0 * (X_diagonal - X_down)",
        "In ∂/∂x, w0 and w2 are exchanged: w0 is the weight of the upper row.",
    ),
    mutant(
        "y uphill for downhill",
        "projected_grad_points",
        _DY,
        "w1 * (X_a - X_down) + w3 * (X_right - X_diagonal)",
        "∂/∂y has the wrong sign: lower row minus upper row.",
    ),
    mutant(
        "x uphill for downhill",
        "projected_grad_points",
        _DX,
        "w0 * (X_a - X_right) + w2 * (X_down - X_diagonal)",
        "∂/∂x has the wrong sign: right column minus left column.",
    ),
    mutant("same slope twice", "projected_grad_points", _DX, _DY, "Your ∂/∂x is ∂/∂y once more."),
    mutant(
        "bottom difference missing",
        "projected_grad_points",
        _DX,
        "w0 * (X_right - X_a)",
        "∂/∂x has the upper difference alone: the lower row changes too, with the weight w2.",
    ),
    mutant(
        "right difference missing",
        "projected_grad_points",
        _DY,
        "w1 * (X_down - X_a)",
        "∂/∂y has the left difference alone: the right column changes too, with the weight w3.",
    ),
    mutant(
        "the next pixel is not there",
        "projected_grad_points",
        _NEXT,
        "below, right = ay + 1, ax + 1",
        "You read the row ay + 1 although ay is the last one. The index must exist: min(ay + 1, H - 1).",
    ),
    mutant(
        "next pixels exchanged",
        "projected_grad_points",
        _NEXT,
        "below, right = min(ax + 1, H - 1), min(ay + 1, W - 1)",
        "The next row comes from ax and the next column from ay: below is ay + 1, right is ax + 1.",
    ),
    mutant(
        "a quarter each",
        "projected_grad_points",
        _DY,
        "0.5 * (X_down - X_a) + 0.5 * (X_diagonal - X_right)",
        "In ∂/∂y both columns count the same. The left one counts with w1, the right one with w3.",
    ),
    mutant(
        "image damaged",
        "projected_grad_points",
        _NEXT,
        f"image[0, 0, 0] += 1\n        {_NEXT}",
        "You change the image itself.",
    ),
)

EQUIVALENT: dict[str, str] = {}
