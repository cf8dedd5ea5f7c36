"""Mistakes in exercise 08."""

from .model import Mutant, mutant

_DELTA = "delta = grad_output.reshape(N, C2, Ho * Wo)"
_PRODUCT = "delta[n] @ columns[n].T"
_LOOP = f"""for n in range(N):
        grad_weight += {_PRODUCT}"""
_RETURN = "return grad_weight.reshape(C2, C1, kH, kW)"
_SUM = "grad_output.sum(axis=(0, 2, 3))"
_Y = "y = sy * oy - py + dy * i + offset[n, 2 * k, oy, ox]"
_X = "x = sx * ox - px + dx * j + offset[n, 2 * k + 1, oy, ox]"
_ADD = "grad_weight[:, c1, i, j] += grad_output[n, :, oy, ox] * value"
_READ = "value, _ = bilinear_sample(input[n, c1], y, x, border)"
_WHOLE_RETURN = "return grad_weight\n"

_MATMUL = (
    mutant(
        "transposed kernel",
        "matmul_grad_weight",
        _LOOP,
        """grad_weight = grad_weight.reshape(C1 * kH * kW, C2)
    for n in range(N):
        grad_weight += columns[n] @ delta[n].T""",
        "You form A δ^T, which is the transposed, and reshape it into the kernel's shape. The map c2 comes "
        "first: δ A^T.",
    ),
    mutant(
        "grad_output forgotten",
        "matmul_grad_weight",
        _PRODUCT,
        "np.ones_like(delta[n]) @ columns[n].T",
        "grad_output is missing: each value counts as much as the error at its output point.",
    ),
    mutant(
        "columns forgotten",
        "matmul_grad_weight",
        _PRODUCT,
        "delta[n] @ np.ones_like(columns[n]).T",
        "The columns are missing: that is the gradient of the bias, once for each entry of the kernel.",
    ),
    mutant(
        "last image alone",
        "matmul_grad_weight",
        "grad_weight += delta",
        "grad_weight = delta",
        "Only the last image counts: you write with =. All images go through one kernel: +=.",
    ),
    mutant(
        "first image alone",
        "matmul_grad_weight",
        "for n in range(N):",
        "for n in range(min(N, 1)):",
        "Only the first image counts. All images go through one kernel: sum over them.",
    ),
    mutant(
        "mean over the images",
        "matmul_grad_weight",
        _RETURN,
        "return grad_weight.reshape(C2, C1, kH, kW) / N",
        "You divide by the number of images. If the loss is a mean over them, δ has that factor already.",
    ),
    mutant(
        "mean over the points",
        "matmul_grad_weight",
        _RETURN,
        "return grad_weight.reshape(C2, C1, kH, kW) / (Ho * Wo)",
        "You take the mean over the output points. The gradient is the sum.",
    ),
    mutant(
        "images and maps run together",
        "matmul_grad_weight",
        _DELTA,
        "delta = grad_output.reshape(C2, N, Ho * Wo).swapaxes(0, 1)",
        "You reshape grad_output to (C2, N, ...) as if the maps came first. The images come first; axes are "
        "exchanged by transpose, not by reshape.",
    ),
    mutant(
        "sums multiplied",
        "matmul_grad_weight",
        _PRODUCT,
        "np.outer(delta[n].sum(axis=1), columns[n].sum(axis=1))",
        "You sum both factors over the output points and then multiply. Multiply point by point, then sum.",
    ),
    mutant(
        "images summed first",
        "matmul_grad_weight",
        _LOOP,
        "grad_weight += delta.sum(axis=0) @ columns.sum(axis=0).T",
        "You sum δ and A over the images and then multiply: each image's δ meets the columns of all. "
        "Multiply first.",
    ),
    mutant(
        "points counted by columns",
        "matmul_grad_weight",
        _DELTA,
        "delta = grad_output.transpose(0, 1, 3, 2).reshape(N, C2, Ho * Wo)",
        "Your δ has its output points in the order of columns. A counts them row by row: oy*Wout + ox.",
    ),
    mutant(
        "taps counted by columns",
        "matmul_grad_weight",
        _RETURN,
        "return grad_weight.reshape(C2, C1, kW, kH).transpose(0, 1, 3, 2)",
        "Your taps are in the order of columns. k = i*kW + j counts them row by row.",
    ),
    mutant(
        "taps before channels",
        "matmul_grad_weight",
        _RETURN,
        "return grad_weight.reshape(C2, kH, kW, C1).transpose(0, 3, 1, 2)",
        "You read the rows of A as sorted by tap first. Row (c1, k) is c1*kH*kW + k.",
    ),
    mutant(
        "kernel turned round",
        "matmul_grad_weight",
        _RETURN,
        "return grad_weight.reshape(C2, C1, kH, kW)[:, :, ::-1, ::-1]",
        "Your kernel is turned round by 180 degrees. Row (c1, i, j) of A belongs to the tap (i, j) itself.",
    ),
    mutant(
        "not reshaped",
        "matmul_grad_weight",
        _RETURN,
        "return grad_weight",
        "Your result is still the matrix (C2, C1*kH*kW). A gradient has the shape of its argument: reshape.",
    ),
    mutant(
        "kernel's gradient with a minus",
        "matmul_grad_weight",
        _RETURN,
        "return -grad_weight.reshape(C2, C1, kH, kW)",
        "The sign is wrong. A gradient points to where the error grows; the step downhill is the "
        "optimiser's.",
    ),
)

_BIAS = (
    mutant(
        "images not summed",
        "conv2d_grad_bias",
        "axis=(0, 2, 3)",
        "axis=(2, 3)",
        "You sum over too few axes: the images are left. The bias serves all of them.",
    ),
    mutant(
        "points not summed",
        "conv2d_grad_bias",
        "axis=(0, 2, 3)",
        "axis=0",
        "You sum over the images alone. The bias of a map is added to each of its points: sum over them too.",
    ),
    mutant(
        "columns of points not summed",
        "conv2d_grad_bias",
        "axis=(0, 2, 3)",
        "axis=(0, 2)",
        "You sum over the rows of points, not over the columns: axis 3 is left.",
    ),
    mutant(
        "rows of points not summed",
        "conv2d_grad_bias",
        "axis=(0, 2, 3)",
        "axis=(0, 3)",
        "You sum over the columns of points, not over the rows: axis 2 is left.",
    ),
    mutant(
        "maps summed",
        "conv2d_grad_bias",
        _SUM,
        "np.full(grad_output.shape[1], grad_output.sum())",
        "You sum over the maps as well. Each map has a bias of its own.",
    ),
    mutant(
        "everything summed to a number",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.sum()",
        "You sum over all axes and get one number. Each map has a bias of its own: axis 1 stays.",
    ),
    mutant(
        "images kept and maps summed",
        "conv2d_grad_bias",
        "axis=(0, 2, 3)",
        "axis=(1, 2, 3)",
        "You sum over the maps and keep the images. Axis 0 is the images, axis 1 the maps.",
    ),
    mutant(
        "mean of everything",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.mean(axis=(0, 2, 3))",
        "You take the mean over images and points. The gradient is the sum.",
    ),
    mutant(
        "mean over the images, sum over the points",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.mean(axis=0).sum(axis=(1, 2))",
        "You divide by the number of images: the bias serves all of them, and their shares add up.",
    ),
    mutant(
        "sum over the images, mean over the points",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.sum(axis=0).mean(axis=(1, 2))",
        "You divide by the number of output points: the bias is added to each of them, and their shares add "
        "up.",
    ),
    mutant(
        "points counted",
        "conv2d_grad_bias",
        _SUM,
        "np.full(grad_output.shape[1], float(grad_output.size // grad_output.shape[1]))",
        "grad_output is missing: that is how often the bias is added. Each time it counts as much as the "
        "error there.",
    ),
    mutant(
        "bias of the first image",
        "conv2d_grad_bias",
        _SUM,
        "grad_output[0].sum(axis=(1, 2))",
        "Only the first image counts for the bias: sum over all.",
    ),
    mutant(
        "bias of the last image",
        "conv2d_grad_bias",
        _SUM,
        "grad_output[-1].sum(axis=(1, 2))",
        "Only the last image counts for the bias, as with = in a loop: +=.",
    ),
    mutant(
        "axes kept",
        "conv2d_grad_bias",
        "axis=(0, 2, 3)",
        "axis=(0, 2, 3), keepdims=True",
        "The summed axes are kept as axes of length 1. The bias has the shape (C2,).",
    ),
    mutant(
        "bias's gradient with a minus",
        "conv2d_grad_bias",
        f"return {_SUM}",
        f"return -{_SUM}",
        "The sign of the bias's gradient is wrong: when b grows, so does each output.",
    ),
)

_WHOLE = (
    mutant(
        "border forgotten",
        "deform_conv2d_grad_weight",
        "y, x, border)",
        "y, x)",
        "The border is not handed on: with project a tap outside has read on the image's edge.",
    ),
    mutant(
        "always projected",
        "deform_conv2d_grad_weight",
        "y, x, border)",
        'y, x, "project")',
        "You project always. With the border zeros a tap outside has read zero.",
    ),
    mutant(
        "one offset for each output point",
        "deform_conv2d_grad_weight",
        "k = i * kW + j",
        "k = 0",
        "All taps take the offset of the first one. Each tap has its own; the report's formula, as it is "
        "printed, has the same slip (erratum 5).",
    ),
    Mutant(
        "offsets forgotten",
        "deform_conv2d_grad_weight",
        ((" + offset[n, 2 * k, oy, ox]", ""), (" + offset[n, 2 * k + 1, oy, ox]", "")),
        "The offsets are missing: that is the gradient of the ordinary convolution.",
    ),
    Mutant(
        "offsets subtracted",
        "deform_conv2d_grad_weight",
        (
            (" + offset[n, 2 * k, oy, ox]", " - offset[n, 2 * k, oy, ox]"),
            (" + offset[n, 2 * k + 1, oy, ox]", " - offset[n, 2 * k + 1, oy, ox]"),
        ),
        "You subtract the offsets. On the way back too the taps stand where they stood forward: add them.",
    ),
    Mutant(
        "offsets as (x, y)",
        "deform_conv2d_grad_weight",
        (("offset[n, 2 * k, oy", "offset[n, 2 * k + 1, oy"), (_X, _X.replace("2 * k + 1", "2 * k"))),
        "You take the offsets as (x, y): the map 2 * k is y, the map 2 * k + 1 is x.",
    ),
    Mutant(
        "offsets as all y then all x",
        "deform_conv2d_grad_weight",
        (
            ("offset[n, 2 * k, oy", "offset[n, k, oy"),
            ("offset[n, 2 * k + 1, oy", "offset[n, kH * kW + k, oy"),
        ),
        "You read the offsets as all y, then all x. They are interleaved: y and x of the first tap, y and x "
        "of the second, and so on.",
    ),
    Mutant(
        "offsets of the first image",
        "deform_conv2d_grad_weight",
        (
            ("offset[n, 2 * k, oy", "offset[0, 2 * k, oy"),
            ("offset[n, 2 * k + 1, oy", "offset[0, 2 * k + 1, oy"),
        ),
        "All images use the offsets of the first one.",
    ),
    mutant(
        "taps of the offsets by columns",
        "deform_conv2d_grad_weight",
        "k = i * kW + j",
        "k = j * kH + i",
        "You count the taps by columns where you look up their offsets: k = i*kW + j.",
    ),
    mutant(
        "grad_output forgotten in the loop",
        "deform_conv2d_grad_weight",
        "grad_output[n, :, oy, ox] * value",
        "value",
        "grad_output is missing: each value counts as much as the error at the output point that read it.",
    ),
    mutant(
        "value forgotten",
        "deform_conv2d_grad_weight",
        "grad_output[n, :, oy, ox] * value",
        "grad_output[n, :, oy, ox]",
        "The value is missing: a weight's influence is as large as what its tap has read.",
    ),
    mutant(
        "= for +=",
        "deform_conv2d_grad_weight",
        "grad_weight[:, c1, i, j] +=",
        "grad_weight[:, c1, i, j] =",
        "You write with =: only the last output point of the last image counts. The shares add up: +=.",
    ),
    Mutant(
        "padding forgotten",
        "deform_conv2d_grad_weight",
        ((" - py", ""), (" - px", "")),
        "The padding is missing in the position: the first tap of the first output point stands at -padding.",
    ),
    Mutant(
        "padding added",
        "deform_conv2d_grad_weight",
        ((" - py", " + py"), (" - px", " + px")),
        "You add the padding. It moves the taps out of the image, to the upper left: subtract it.",
    ),
    Mutant(
        "stride forgotten",
        "deform_conv2d_grad_weight",
        (("sy * oy", "oy"), ("sx * ox", "ox")),
        "The stride is missing: the next output point stands stride pixels on.",
    ),
    Mutant(
        "dilation forgotten",
        "deform_conv2d_grad_weight",
        (("dy * i", "i"), ("dx * j", "j")),
        "The dilation is missing: the next tap stands dilation pixels on.",
    ),
    Mutant(
        "stride with the tap",
        "deform_conv2d_grad_weight",
        (("sy * oy", "dy * oy"), ("sx * ox", "dx * ox"), ("dy * i", "sy * i"), ("dx * j", "sx * j")),
        "Stride and dilation are exchanged: the stride goes with the output point, the dilation with the "
        "tap.",
    ),
    Mutant(
        "stride times the offset",
        "deform_conv2d_grad_weight",
        (
            (" + offset[n, 2 * k, oy", " + sy * offset[n, 2 * k, oy"),
            (" + offset[n, 2 * k + 1, oy", " + sx * offset[n, 2 * k + 1, oy"),
        ),
        "You multiply the offset by the stride. It is in pixels of the input and is added as it is.",
    ),
    mutant(
        "x and y exchanged",
        "deform_conv2d_grad_weight",
        "(input[n, c1], y, x, border)",
        "(input[n, c1], x, y, border)",
        "Rows and columns are exchanged where you read: y comes first.",
    ),
    mutant(
        "nearest pixel",
        "deform_conv2d_grad_weight",
        "y, x, border)",
        "float(round(y)), float(round(x)), border)",
        "You read the nearest pixel. The taps have read between the pixels: hand the position on as it is.",
    ),
    mutant(
        "floor of the position",
        "deform_conv2d_grad_weight",
        "y, x, border)",
        "np.floor(y), np.floor(x), border)",
        "You cut the position down to the upper left pixel. The taps have read between the pixels.",
    ),
    mutant(
        "values of the first channel",
        "deform_conv2d_grad_weight",
        "bilinear_sample(input[n, c1]",
        "bilinear_sample(input[n, 0]",
        "All channels get the values of the first one.",
    ),
    mutant(
        "values of the first image",
        "deform_conv2d_grad_weight",
        "bilinear_sample(input[n, c1]",
        "bilinear_sample(input[0, c1]",
        "All images read the first one.",
    ),
    mutant(
        "all output maps summed",
        "deform_conv2d_grad_weight",
        "grad_output[n, :, oy, ox] * value",
        "grad_output[n, :, oy, ox].sum() * value",
        "You sum δ over the output maps. Each map has a kernel of its own.",
    ),
    mutant(
        "mean over the output points",
        "deform_conv2d_grad_weight",
        _WHOLE_RETURN,
        "return grad_weight / (Ho * Wo)\n",
        "You divide by the number of output points. The gradient is the sum over them.",
    ),
)

MUTANTS: tuple[Mutant, ...] = _MATMUL + _BIAS + _WHOLE
EQUIVALENT: dict[str, str] = {}
