"""Mistakes in exercise 01."""

from .model import Mutant, mutant

_SIZE = "(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1"
_READ = "padded[:, :, sy * oy + dy * i, sx * ox + dx * j]"
_PAD = "((0, 0), (0, 0), (py, py), (px, px))"
_ZEROS = "np.zeros((N, C1, kH, kW, Ho, Wo), input.dtype)"
_WRITE = "A[:, :, i, j, oy, ox] ="
_RESHAPE = "return A.reshape(N, C1 * kH * kW, Ho * Wo)"
_K = "weight.reshape(C2, C1 * kH * kW)"

MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "padding counted once",
        "output_size",
        "2 * padding",
        "padding",
        "You add the padding once. It stands in front of the image and behind it: twice.",
    ),
    mutant(
        "dilation forgotten in the size",
        "output_size",
        "dilation * (kernel_size - 1)",
        "(kernel_size - 1)",
        "You leave the dilation out. The taps stand dilation pixels apart, so the kernel reaches over "
        "dilation * (kernel_size - 1) + 1 pixels.",
    ),
    mutant(
        "dilation times all taps",
        "output_size",
        "dilation * (kernel_size - 1) - 1",
        "dilation * kernel_size",
        "You multiply all taps by the dilation. Between kernel_size taps there are kernel_size - 1 "
        "gaps, and each is "
        "dilation wide.",
    ),
    mutant(
        "stride forgotten in the size",
        "output_size",
        "// stride + 1",
        "+ 1",
        "You leave the stride out: only every stride-th place is an output point.",
    ),
    mutant(
        "one point too few",
        "output_size",
        "// stride + 1",
        "// stride",
        "You count the steps and forget the start. A kernel that just fits makes no step and one point: + 1.",
    ),
    mutant(
        "rounded up",
        "output_size",
        _SIZE,
        "-(-(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride) + 1",
        "You round up. After the last whole step the rest of the image is left over: round down.",
    ),
    mutant(
        "one point too many",
        "output_size",
        " - 1) // stride",
        ") // stride",
        "You subtract one pixel too little: the kernel reaches over dilation * (kernel_size - 1) + 1 pixels.",
    ),
    mutant(
        "float division",
        "output_size",
        "//",
        "/",
        "You divide with /, which gives a float. A number of points is whole: //.",
    ),
    mutant(
        "y and x swapped",
        "im2col",
        _READ,
        "padded[:, :, sy * ox + dy * j, sx * oy + dx * i]",
        "Rows and columns are exchanged where you read: oy and i belong to the row, ox and j to the column.",
    ),
    mutant(
        "taps counted by columns",
        "im2col",
        _WRITE,
        "A.reshape(N, C1, kW, kH, Ho, Wo)[:, :, j, i, oy, ox] =",
        "Your taps are in the order of columns. k = i*kW + j counts them row by row.",
    ),
    mutant(
        "points counted by columns",
        "im2col",
        _WRITE,
        "A.reshape(N, C1, kH, kW, Wo, Ho)[:, :, i, j, ox, oy] =",
        "Your output points are in the order of columns. oy*Wout + ox counts them row by row.",
    ),
    mutant(
        "taps before channels",
        "im2col",
        _WRITE,
        "A.reshape(N, kH, kW, C1, Ho, Wo).transpose(0, 3, 1, 2, 4, 5)[:, :, i, j, oy, ox] =",
        "Your rows are sorted by tap first and by channel second. Row (c1, k) is c1*kH*kW + k: all taps "
        "of a channel "
        "stand together.",
    ),
    mutant(
        "kernel turned round",
        "im2col",
        _WRITE,
        "A[:, :, kH - 1 - i, kW - 1 - j, oy, ox] =",
        "Your taps are turned round by 180 degrees. The tap (0, 0) reads the upper left pixel; what "
        "deep learning "
        "calls a convolution does not flip the kernel.",
    ),
    mutant(
        "dilation forgotten",
        "im2col",
        _READ,
        "padded[:, :, sy * oy + i, sx * ox + j]",
        "You leave the dilation out where you read: the next tap stands dilation pixels on.",
    ),
    mutant(
        "stride forgotten",
        "im2col",
        _READ,
        "padded[:, :, oy + dy * i, ox + dx * j]",
        "You leave the stride out where you read: the next output point stands stride pixels on.",
    ),
    mutant(
        "stride with the tap",
        "im2col",
        _READ,
        "padded[:, :, dy * oy + sy * i, dx * ox + sx * j]",
        "Stride and dilation are exchanged: the stride goes with the output point, the dilation with "
        "the tap.",
    ),
    mutant(
        "sy and sx exchanged",
        "im2col",
        _READ,
        "padded[:, :, sx * oy + dy * i, sy * ox + dx * j]",
        "The two strides are exchanged: the pair is (y, x), and sy goes with oy.",
    ),
    mutant(
        "dy and dx exchanged",
        "im2col",
        _READ,
        "padded[:, :, sy * oy + dx * i, sx * ox + dy * j]",
        "The two dilations are exchanged: the pair is (y, x), and dy goes with i.",
    ),
    mutant(
        "py and px exchanged",
        "im2col",
        _PAD,
        "((0, 0), (0, 0), (px, px), (py, py))",
        "The two paddings are exchanged: the pair is (y, x), and py goes with the rows.",
    ),
    mutant(
        "padding behind alone",
        "im2col",
        _PAD,
        "((0, 0), (0, 0), (0, 2 * py), (0, 2 * px))",
        "The zeros in front of the image are missing: all yours stand behind it.",
    ),
    mutant(
        "padding in front alone",
        "im2col",
        _PAD,
        "((0, 0), (0, 0), (2 * py, 0), (2 * px, 0))",
        "All your zeros stand in front of the image: half of them belong behind it.",
    ),
    mutant(
        "border repeated",
        "im2col",
        f"np.pad(input, {_PAD})",
        f'np.pad(input, {_PAD}, mode="edge")',
        "You repeat the border's pixels outside the image. The padding is zeros.",
    ),
    mutant(
        "border mirrored",
        "im2col",
        f"np.pad(input, {_PAD})",
        f'np.pad(input, {_PAD}, mode="symmetric")',
        "You mirror the image at its border. The padding is zeros.",
    ),
    mutant(
        "negative index wraps",
        "im2col",
        _READ,
        "input[:, :, (sy * oy - py + dy * i) % H, (sx * ox - px + dx * j) % W]",
        "Outside the image you read its other side: a negative index counts from the end. The padding "
        "is zeros.",
    ),
    mutant(
        "first image alone",
        "im2col",
        _READ,
        "padded[:1, :, sy * oy + dy * i, sx * ox + dx * j]",
        "Every image gets the columns of the first one.",
    ),
    mutant(
        "first channel alone",
        "im2col",
        _READ,
        "padded[:, :1, sy * oy + dy * i, sx * ox + dx * j]",
        "Every channel gets the columns of the first one.",
    ),
    mutant(
        "columns as rows",
        "im2col",
        _RESHAPE,
        "return A.reshape(N, C1 * kH * kW, Ho * Wo).transpose(0, 2, 1)",
        "Your matrix is transposed: a column of A belongs to an output point, a row to a tap.",
    ),
    mutant(
        "whole numbers",
        "im2col",
        _ZEROS,
        "np.zeros((N, C1, kH, kW, Ho, Wo), int)",
        "You collect in an array of integers, which cuts off all fractions: give np.zeros the input's dtype.",
    ),
    mutant("bias forgotten", "conv2d", " + bias[:, None]", "", "The bias is missing."),
    mutant(
        "bias of the first map",
        "conv2d",
        "bias[:, None]",
        "bias[:1, None]",
        "All maps get the bias of the first one.",
    ),
    mutant(
        "bias for each input map",
        "conv2d",
        "bias[:, None]",
        "C1 * bias[:, None]",
        "You add the bias once for each input map. It is added once.",
    ),
    mutant(
        "bias for each tap",
        "conv2d",
        "bias[:, None]",
        "C1 * kH * kW * bias[:, None]",
        "You add the bias inside the sum, once for each tap. It is added once.",
    ),
    mutant("bias subtracted", "conv2d", " + bias", " - bias", "You subtract the bias."),
    mutant(
        "kernel transposed",
        "conv2d",
        _K,
        "weight.transpose(0, 1, 3, 2).reshape(C2, C1 * kH * kW)",
        "Rows and columns of your kernel are exchanged: k = i*kW + j.",
    ),
    mutant(
        "kernel turned round in the product",
        "conv2d",
        _K,
        "weight[:, :, ::-1, ::-1].reshape(C2, C1 * kH * kW)",
        "Your kernel is turned round by 180 degrees. What deep learning calls a convolution does not "
        "flip it.",
    ),
    mutant(
        "kernel's axes mixed",
        "conv2d",
        _K,
        "weight.reshape(C1 * kH * kW, C2).T",
        "You reshape the kernel to (C1*kH*kW, C2) and transpose. That mixes the entries: its first axis "
        "is already C2.",
    ),
    mutant(
        "kernel sorted by taps",
        "conv2d",
        _K,
        "weight.transpose(0, 2, 3, 1).reshape(C2, C1 * kH * kW)",
        "Your kernel's columns are sorted by tap first. The rows of A are sorted by channel first.",
    ),
    mutant(
        "first map alone",
        "conv2d",
        _K,
        "weight[:1].repeat(C2, axis=0).reshape(C2, C1 * kH * kW)",
        "All output maps use the kernel of the first one.",
    ),
    mutant(
        "first input map alone",
        "conv2d",
        _K,
        "(weight * (np.arange(C1) == 0)[:, None, None]).reshape(C2, C1 * kH * kW)",
        "Only the first input map counts: the sum runs over all of them.",
    ),
    mutant(
        "mean over the taps",
        "conv2d",
        _K,
        f"{_K} / (C1 * kH * kW)",
        "You take the mean over the taps. A convolution takes the sum.",
    ),
    mutant(
        "output by columns",
        "conv2d",
        "return Y.reshape(N, C2, Ho, Wo)",
        "return Y.reshape(N, C2, Wo, Ho).transpose(0, 1, 3, 2)",
        "You read the columns of Y in the order of columns of the output. Column (oy, ox) is oy*Wout + ox.",
    ),
    mutant(
        "all images in one",
        "conv2d",
        "return Y.reshape(N, C2, Ho, Wo)",
        "return Y[:1].repeat(N, axis=0).reshape(N, C2, Ho, Wo)",
        "Every image gets the output of the first one.",
    ),
    mutant(
        "bias written into", "conv2d", "    Y = ", "    bias *= 1.5\n    Y = ", "You change the bias itself."
    ),
)

EQUIVALENT: dict[str, str] = {}
