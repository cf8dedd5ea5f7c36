"""Mistakes in exercise 04."""

from .model import Mutant, mutant

_FLOOR = "np.floor(points).astype(np.int64)"
_WEIGHTS = "[1 - t[:, 0], 1 - t[:, 1], t[:, 0], t[:, 1]]"
_INSIDE = "0 <= qy < H and 0 <= qx < W"
_READ = "image[:, qy, qx]"
_A, _BELOW = "w0 * w1 * pixel(image, ay, ax)", "w1 * w2 * pixel(image, ay + 1, ax)"
_DIAGONAL, _RIGHT = "w2 * w3 * pixel(image, ay + 1, ax + 1)", "w3 * w0 * pixel(image, ay, ax + 1)"

MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "trunc for floor",
        "locate",
        _FLOOR,
        "points.astype(np.int64)",
        "You cut towards zero, as int() and astype do. −0.3 lies in the cell that begins at −1: np.floor.",
    ),
    mutant(
        "round for floor",
        "locate",
        _FLOOR,
        "np.round(points).astype(np.int64)",
        "You round to the nearest pixel. The cell's corner is the next one above and to the left: np.floor.",
    ),
    mutant(
        "ceil for floor",
        "locate",
        _FLOOR,
        "np.ceil(points).astype(np.int64)",
        "You round up. The cell's corner is the next pixel above and to the left: np.floor.",
    ),
    mutant(
        "ceil minus one for floor",
        "locate",
        _FLOOR,
        "np.ceil(points).astype(np.int64) - 1",
        "Off the lattice lines you are right. A point on a line belongs to the lower or right cell: "
        "np.floor.",
    ),
    mutant(
        "kept on the image",
        "locate",
        _FLOOR,
        "np.maximum(np.floor(points), 0).astype(np.int64)",
        "You bring negative indices to 0. Here the image is zero outside, and the cell may lie there.",
    ),
    mutant(
        "fractions by modulo one of the size",
        "locate",
        "t = points - indices",
        "t = np.abs(points) - np.abs(indices)",
        "You take the distance without its sign: below zero it comes out wrong. t = points - indices.",
    ),
    mutant(
        "fraction by abs",
        "locate",
        "t = points - indices",
        "t = np.abs(points) % 1",
        "You take the fraction of |p|. At −0.3 the distance from the cell's corner, −1, is 0.7: t = "
        "points - indices.",
    ),
    mutant(
        "w0 and w2 exchanged",
        "locate",
        _WEIGHTS,
        "[t[:, 0], 1 - t[:, 1], 1 - t[:, 0], t[:, 1]]",
        "w0 and w2 are exchanged. w0 = 1 − ty is the weight of the upper row: large when the point is "
        "near it.",
    ),
    mutant(
        "w1 and w3 exchanged",
        "locate",
        _WEIGHTS,
        "[1 - t[:, 0], t[:, 1], t[:, 0], 1 - t[:, 1]]",
        "w1 and w3 are exchanged. w1 = 1 − tx is the weight of the left column: large when the point is "
        "near it.",
    ),
    mutant(
        "near and far exchanged",
        "locate",
        _WEIGHTS,
        "[t[:, 0], t[:, 1], 1 - t[:, 0], 1 - t[:, 1]]",
        "Near and far are exchanged in both axes: w0 = 1 − ty and w1 = 1 − tx are large near the upper "
        "left pixel.",
    ),
    mutant(
        "y and x exchanged in the weights",
        "locate",
        _WEIGHTS,
        "[1 - t[:, 1], 1 - t[:, 0], t[:, 1], t[:, 0]]",
        "y and x are exchanged in the weights: w0 and w2 belong to y, the first of the pair.",
    ),
    mutant(
        "points read as (x, y)",
        "locate",
        _FLOOR,
        f"{_FLOOR}[:, ::-1]",
        "The indices are (ax, ay): a pair is (y, x).",
    ),
    mutant(
        "weights in another order",
        "locate",
        _WEIGHTS,
        "[1 - t[:, 0], t[:, 0], 1 - t[:, 1], t[:, 1]]",
        "Your weights are in the order y, y, x, x. Asked for is (1 − ty, 1 − tx, ty, tx).",
    ),
    mutant(
        "floats for indices",
        "locate",
        _FLOOR,
        "np.floor(points)",
        "np.floor gives floats. Indices are integers: .astype(np.int64).",
    ),
    mutant(
        "indices and weights exchanged",
        "locate",
        "return indices, weights",
        "return weights, indices",
        "You return the weights first.",
    ),
    mutant(
        "no lower bound",
        "pixel",
        _INSIDE,
        "qy < H and qx < W",
        "You do not ask for the lower bound. A negative index counts from the end in NumPy: pixel −1 is "
        "the last one.",
    ),
    mutant(
        "no lower bound in y",
        "pixel",
        _INSIDE,
        "qy < H and 0 <= qx < W",
        "You do not ask for the lower bound of the row. Row −1 is the last one in NumPy.",
    ),
    mutant(
        "no lower bound in x",
        "pixel",
        _INSIDE,
        "0 <= qy < H and qx < W",
        "You do not ask for the lower bound of the column. Column −1 is the last one in NumPy.",
    ),
    mutant(
        "upper bound one too large",
        "pixel",
        _INSIDE,
        "0 <= qy <= H and 0 <= qx <= W",
        "Your upper bound is one too large: the last row is H − 1.",
    ),
    mutant(
        "last row and column lost",
        "pixel",
        _INSIDE,
        "0 <= qy < H - 1 and 0 <= qx < W - 1",
        "Your upper bound is one too small: the last row, H − 1, and the last column are on the image.",
    ),
    mutant(
        "first row and column lost",
        "pixel",
        _INSIDE,
        "0 < qy < H and 0 < qx < W",
        "Your lower bound is one too large: row 0 and column 0 are on the image.",
    ),
    mutant(
        "H and W exchanged",
        "pixel",
        _INSIDE,
        "0 <= qy < W and 0 <= qx < H",
        "H and W are exchanged in the bounds: the row goes up to H.",
    ),
    mutant("or for and", "pixel", " and ", " or ", "A pixel is on the image if row *and* column are."),
    mutant(
        "row and column exchanged",
        "pixel",
        _READ,
        "image[:, min(qx, H - 1), min(qy, W - 1)]",
        "You read image[:, qx, qy]: the row comes first.",
    ),
    mutant(
        "border repeated",
        "pixel",
        "return np.zeros(C, image.dtype)",
        "return image[:, min(max(qy, 0), H - 1), min(max(qx, 0), W - 1)]",
        "Outside you repeat the border's pixels. Here the image is zero outside.",
    ),
    mutant(
        "wrapped round",
        "pixel",
        "return np.zeros(C, image.dtype)",
        "return image[:, qy % H, qx % W]",
        "Outside you read the other side of the image. Here the image is zero outside.",
    ),
    mutant(
        "first channel alone",
        "pixel",
        _READ,
        "image[:1, qy, qx].repeat(C)",
        "You read the first channel for all of them.",
    ),
    mutant(
        "ones outside",
        "pixel",
        "np.zeros(C, image.dtype)",
        "np.ones(C, image.dtype)",
        "You give 1 outside. The image is zero there.",
    ),
    mutant(
        "zeros of integers",
        "pixel",
        "np.zeros(C, image.dtype)",
        "np.zeros(C, int)",
        "Outside you give integers; the zeros must have the image's dtype.",
    ),
    mutant(
        "below and right exchanged",
        "bilinear_sample",
        "pixel(image, ay + 1, ax)\n",
        "pixel(image, ay, ax + 1)\n",
        "w1 * w2 is the weight of the pixel below a, (ay + 1, ax): w2 grows with y.",
    ),
    Mutant(
        "neighbours transposed",
        "bilinear_sample",
        (
            ("pixel(image, ay + 1, ax)\n", "pixel(image, ay, ax + 1)\n"),
            ("w3 * w0 * pixel(image, ay, ax + 1)", "w3 * w0 * pixel(image, ay + 1, ax)"),
        ),
        "The pixels below and to the right of a are exchanged: down is + 1 in y, the first index.",
    ),
    mutant(
        "term of a missing",
        "bilinear_sample",
        _A,
        "0 * pixel(image, ay, ax)",
        "The term of a itself is missing.",
    ),
    mutant("term below missing", "bilinear_sample", _BELOW, "0", "The term of the pixel below a is missing."),
    mutant(
        "diagonal term missing",
        "bilinear_sample",
        _DIAGONAL,
        "0",
        "The term of the diagonal pixel is missing.",
    ),
    mutant(
        "term right missing",
        "bilinear_sample",
        _RIGHT,
        "0",
        "The term of the pixel to the right of a is missing.",
    ),
    mutant(
        "= for +=",
        "bilinear_sample",
        "values[:, p] += w3",
        "values[:, p] = w3",
        "The last term overwrites the others: +=.",
    ),
    mutant(
        "sum of weights for product",
        "bilinear_sample",
        _A,
        "(w0 + w1) / 2 * pixel(image, ay, ax)",
        "A pixel's weight is the product of its weights in y and in x, not their mean.",
    ),
    mutant(
        "weights of one axis multiplied",
        "bilinear_sample",
        _A,
        "w0 * w2 * pixel(image, ay, ax)",
        "w0 and w2 both belong to y. The weight of a is w0 * w1.",
    ),
    mutant(
        "nearest pixel",
        "bilinear_sample",
        "w0, w1, w2, w3 = weights[p]",
        "w0, w1, w2, w3 = np.round(weights[p])",
        "You take the nearest pixel's value. Bilinear sampling takes a weighted mean of four.",
    ),
    mutant(
        "plain mean",
        "bilinear_sample",
        "w0, w1, w2, w3 = weights[p]",
        "w0, w1, w2, w3 = np.full(4, 0.5)",
        "You take the plain mean of the four pixels: the weights are not used.",
    ),
    mutant(
        "diagonal the wrong way",
        "bilinear_sample",
        "ay + 1, ax + 1",
        "ay + 1, ax - 1",
        "The diagonal pixel is (ay + 1, ax + 1): down and right.",
    ),
    mutant(
        "cell above",
        "bilinear_sample",
        "pixel(image, ay + 1, ax)\n",
        "pixel(image, ay - 1, ax)\n",
        "You read above a where the pixel below is meant: + 1 in y is down.",
    ),
    mutant(
        "w1 and w3 exchanged in the sum",
        "bilinear_sample",
        "w0, w1, w2, w3 = weights[p]",
        "w0, w3, w2, w1 = weights[p]",
        "w1 and w3 are exchanged when you take the weights: they come as (w0, w1, w2, w3).",
    ),
    mutant(
        "w0 and w2 exchanged in the sum",
        "bilinear_sample",
        "w0, w1, w2, w3 = weights[p]",
        "w2, w1, w0, w3 = weights[p]",
        "w0 and w2 are exchanged when you take the weights: they come as (w0, w1, w2, w3).",
    ),
    mutant(
        "indices as (x, y)",
        "bilinear_sample",
        "ay, ax = indices[p]",
        "ax, ay = indices[p]",
        "You take the indices as (ax, ay): they come as (ay, ax).",
    ),
    mutant(
        "first point alone",
        "bilinear_sample",
        "ay, ax = indices[p]",
        "ay, ax = indices[0]",
        "You read the cell of the first point for all of them.",
    ),
)

EQUIVALENT: dict[str, str] = {}
