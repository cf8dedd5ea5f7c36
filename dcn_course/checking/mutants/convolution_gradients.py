"""Mistakes in exercise 02."""

from .model import Mutant, mutant

_SUM = "grad_output.sum(axis=(0, 2, 3))"
_PRODUCT = "(δ @ columns.transpose(0, 2, 1)).sum(axis=0)"
_SHAPED = "return grad_K.reshape(weight_shape)"
_K = "weight.reshape(C2, C1 * kH * kW)"
_BACK = "K.T @ grad_output.reshape(N, C2, Ho * Wo)"
_AT = "sy * oy + dy * i, sx * ox + dx * j"
_ADD = f"padded[:, :, {_AT}] += A[:, :, i, j, oy, ox]"
_CUT = "return padded[:, :, py : py + H, px : px + W]"
_ZEROS = "np.zeros((N, C1, H + 2 * py, W + 2 * px), columns.dtype)"
_LOOP = "for i, j, oy, ox in np.ndindex(kH, kW, Ho, Wo):"
_COLUMNS = "grad_columns = conv2d_grad_columns(grad_output, weight)"
_CALL = "col2im(grad_columns, input_shape, weight.shape[2:], stride, padding, dilation)"

MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "first image's bias",
        "conv2d_grad_bias",
        _SUM,
        "grad_output[0].sum(axis=(1, 2))",
        "Only the first image counts. The bias is added in all of them: sum over the images, too.",
    ),
    mutant(
        "one for each image",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.sum(axis=(2, 3))",
        "You sum over too few axes: the images are still apart. There is one bias for all of them.",
    ),
    mutant(
        "one for each row",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.sum(axis=(0, 3))",
        "You sum over too few axes: the rows are still apart.",
    ),
    mutant(
        "one number",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.sum()",
        "You sum over all axes. Each map has a bias of its own: the axis of C2 stays.",
    ),
    mutant(
        "the same for all maps",
        "conv2d_grad_bias",
        _SUM,
        "np.full(grad_output.shape[1], grad_output.sum())",
        "Every map gets the sum over all maps. Each has its own.",
    ),
    mutant(
        "mean",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.mean(axis=(0, 2, 3))",
        "You take the mean. The chain rule takes the sum.",
    ),
    mutant(
        "mean over the images",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.sum(axis=(2, 3)).mean(axis=0)",
        "You take the mean over the images. If a mean is wanted, it is in the error already; here it is a "
        "sum.",
    ),
    mutant(
        "counted",
        "conv2d_grad_bias",
        _SUM,
        "np.ones_like(grad_output).sum(axis=(0, 2, 3))",
        "grad_output is missing: you count the outputs. Each of them counts with its δ.",
    ),
    mutant(
        "kept axes",
        "conv2d_grad_bias",
        _SUM,
        "grad_output.sum(axis=(0, 2, 3), keepdims=True)",
        "You keep the axes that you sum over. The bias has the shape (C2,).",
    ),
    mutant(
        "minus", "conv2d_grad_bias", _SUM, f"-{_SUM}", "The sign is wrong: the bias is added to the output."
    ),
    mutant(
        "δ written into",
        "conv2d_grad_bias",
        "    return",
        "    grad_output *= 2\n    grad_output = grad_output / 2\n    return",
        "You change grad_output itself.",
    ),
    mutant(
        "first image's kernel",
        "conv2d_grad_weight",
        "(δ @ columns.transpose(0, 2, 1)).sum(axis=0)",
        "(δ @ columns.transpose(0, 2, 1))[0]",
        "Only the first image counts. All images use the same kernel: sum over them.",
    ),
    mutant(
        "last image's kernel",
        "conv2d_grad_weight",
        _PRODUCT,
        "(δ @ columns.transpose(0, 2, 1))[-1]",
        "Only the last image counts, as with = in a loop over the images: sum over them, +=.",
    ),
    mutant(
        "mean over the batch",
        "conv2d_grad_weight",
        _PRODUCT,
        "(δ @ columns.transpose(0, 2, 1)).mean(axis=0)",
        "You divide by the number of images. If a mean is wanted, it is in the error already; here it is a "
        "sum.",
    ),
    mutant(
        "mean over the points",
        "conv2d_grad_weight",
        _PRODUCT,
        f"{_PRODUCT} / (Ho * Wo)",
        "You divide by the number of output points. The chain rule takes the sum.",
    ),
    mutant(
        "sums multiplied",
        "conv2d_grad_weight",
        _PRODUCT,
        "δ.sum(axis=0) @ columns.sum(axis=0).T",
        "You sum both factors over the images and then multiply. Multiply image by image, then sum.",
    ),
    mutant(
        "δ forgotten",
        "conv2d_grad_weight",
        _PRODUCT,
        "(np.ones_like(δ) @ columns.transpose(0, 2, 1)).sum(axis=0)",
        "grad_output is missing: each pixel counts with the δ of the output that it was weighted for.",
    ),
    mutant(
        "A δᵀ",
        "conv2d_grad_weight",
        _PRODUCT,
        "(columns @ δ.transpose(0, 2, 1)).sum(axis=0)",
        "You compute A δᵀ, the transposed of what is asked for, and the reshape mixes it up: it is δ Aᵀ.",
    ),
    mutant(
        "kernel turned round",
        "conv2d_grad_weight",
        _SHAPED,
        "return grad_K.reshape(weight_shape)[:, :, ::-1, ::-1]",
        "Your gradient is turned round by 180 degrees. The forward pass does not flip the kernel.",
    ),
    mutant(
        "taps transposed",
        "conv2d_grad_weight",
        _SHAPED,
        "C2, C1, kH, kW = weight_shape\n    return grad_K.reshape(C2, C1, kW, kH).transpose(0, 1, 3, 2)",
        "Rows and columns of the kernel are exchanged: k = i*kW + j.",
    ),
    mutant(
        "taps before channels",
        "conv2d_grad_weight",
        _SHAPED,
        "C2, C1, kH, kW = weight_shape\n    return grad_K.reshape(C2, kH, kW, C1).transpose(0, 3, 1, 2)",
        "You read the rows of A as sorted by tap first. They are sorted by channel first.",
    ),
    mutant(
        "as a matrix",
        "conv2d_grad_weight",
        _SHAPED,
        "return grad_K",
        "You return a matrix. The gradient has the shape of the kernel.",
    ),
    mutant(
        "points by columns",
        "conv2d_grad_weight",
        "grad_output.reshape(N, C2, Ho * Wo)",
        "grad_output.transpose(0, 1, 3, 2).reshape(N, C2, Ho * Wo)",
        "You exchange the rows and columns of grad_output. Column (oy, ox) of A is oy*Wout + ox.",
    ),
    mutant(
        "images and maps mixed",
        "conv2d_grad_weight",
        "grad_output.reshape(N, C2, Ho * Wo)",
        "grad_output.transpose(1, 0, 2, 3).reshape(N, C2, Ho * Wo)",
        "You mix images and maps: grad_output has the images in front already.",
    ),
    mutant(
        "kernel of points",
        "conv2d_grad_columns",
        _K,
        "weight[:, :, ::-1, ::-1].reshape(C2, C1 * kH * kW)",
        "You turn the kernel round. Here it is only transposed as a matrix; col2im does the turning.",
    ),
    mutant(
        "kernel's taps transposed",
        "conv2d_grad_columns",
        _K,
        "weight.transpose(0, 1, 3, 2).reshape(C2, C1 * kH * kW)",
        "You exchange rows and columns of the kernel. What is transposed is the matrix (C2, C1*kH*kW).",
    ),
    mutant(
        "kernel's axes mixed",
        "conv2d_grad_columns",
        _K,
        "weight.reshape(C1 * kH * kW, C2).T",
        "You reshape the kernel to (C1*kH*kW, C2). That mixes the entries: its first axis is C2.",
    ),
    mutant(
        "kernel sorted by taps",
        "conv2d_grad_columns",
        _K,
        "weight.transpose(0, 2, 3, 1).reshape(C2, C1 * kH * kW)",
        "Your rows are sorted by tap first. Those of A are sorted by channel first.",
    ),
    mutant(
        "first map alone",
        "conv2d_grad_columns",
        _BACK,
        "K[:1].T @ grad_output.reshape(N, C2, Ho * Wo)[:, :1]",
        "Only the first output map counts. An entry of A takes part in all of them.",
    ),
    mutant(
        "mean over the maps",
        "conv2d_grad_columns",
        _BACK,
        f"{_BACK} / C2",
        "You take the mean over the output maps. The chain rule takes the sum.",
    ),
    mutant(
        "kernel forgotten",
        "conv2d_grad_columns",
        _BACK,
        "np.ones_like(K).T @ grad_output.reshape(N, C2, Ho * Wo)",
        "The kernel is missing: an entry of A was multiplied by its weight.",
    ),
    mutant(
        "δ missing",
        "conv2d_grad_columns",
        _BACK,
        "K.T @ np.ones((N, C2, Ho * Wo))",
        "grad_output is missing: the chain rule multiplies each weight by the δ of its output.",
    ),
    mutant(
        "all images together",
        "conv2d_grad_columns",
        _BACK,
        "np.repeat((K.T @ grad_output.sum(axis=0).reshape(C2, Ho * Wo))[None], N, axis=0)",
        "You sum over the images. Each image has columns of its own, with a gradient of their own.",
    ),
    mutant(
        "first image for all",
        "conv2d_grad_columns",
        _BACK,
        f"({_BACK})[:1].repeat(N, axis=0)",
        "Every image gets the gradient of the first one.",
    ),
    mutant(
        "columns transposed",
        "conv2d_grad_columns",
        _BACK,
        f"({_BACK}).transpose(0, 2, 1)",
        "Your matrix is transposed: a row belongs to a tap, a column to an output point.",
    ),
    mutant(
        "output points by columns",
        "conv2d_grad_columns",
        "grad_output.reshape(N, C2, Ho * Wo)",
        "grad_output.transpose(0, 1, 3, 2).reshape(N, C2, Ho * Wo)",
        "You count the output points column by column. Column (oy, ox) of A is oy*Wout + ox.",
    ),
    mutant(
        "= for +=",
        "col2im",
        "] += A",
        "] = A",
        "You write with =, or with += on index arrays, which is the same where an index occurs again. "
        "Where several taps read a pixel only the last one remains.",
    ),
    mutant(
        "dilation forgotten",
        "col2im",
        _AT,
        "sy * oy + i, sx * ox + j",
        "The dilation is missing: tap (i, j) read row sy*oy + dy*i, column sx*ox + dx*j.",
    ),
    mutant(
        "stride forgotten",
        "col2im",
        _AT,
        "oy + dy * i, ox + dx * j",
        "The stride is missing: tap (i, j) read row sy*oy + dy*i, column sx*ox + dx*j.",
    ),
    mutant(
        "stride and dilation exchanged",
        "col2im",
        _ADD,
        "padded[:, :, min(dy * oy + sy * i, H + 2 * py - 1), min(dx * ox + sx * j, W + 2 * px - 1)] "
        "+= A[:, :, i, j, oy, ox]",
        "Stride and dilation are exchanged: the stride goes with the output point, the dilation with the "
        "tap.",
    ),
    mutant(
        "padding not cut off",
        "col2im",
        _CUT,
        "return padded",
        "You return the padding, too. What belongs to the zeros around the image is dropped.",
    ),
    mutant(
        "padding cut off behind",
        "col2im",
        _CUT,
        "return padded[:, :, :H, :W]",
        "You cut the padding off behind alone. The image begins at row py, column px.",
    ),
    mutant(
        "padding cut off in front",
        "col2im",
        _CUT,
        "return padded[:, :, 2 * py :, 2 * px :]",
        "You cut the padding off in front alone. The image begins at row py, column px.",
    ),
    mutant(
        "py and px exchanged",
        "col2im",
        f"    {_LOOP}\n        {_ADD}\n    {_CUT}",
        "    py, px = px, py\n"
        "    padded = np.zeros((N, C1, H + 2 * max(py, px), W + 2 * max(py, px)), columns.dtype)\n"
        f"    {_LOOP}\n        {_ADD}\n    {_CUT}",
        "py and px are exchanged: py rows are cut off above, px columns on the left.",
    ),
    mutant(
        "wrapped round",
        "col2im",
        f"    {_LOOP}\n        {_ADD}\n    {_CUT}",
        f"    padded = np.zeros((N, C1, H, W), columns.dtype)\n    {_LOOP}\n"
        "        padded[:, :, (sy * oy - py + dy * i) % H, (sx * ox - px + dx * j) % W] += "
        "A[:, :, i, j, oy, ox]\n    return padded",
        "What belongs to the padding lands on the other side of the image; a negative index counts from the "
        "end. Drop it.",
    ),
    mutant(
        "brought to the border",
        "col2im",
        f"    {_LOOP}\n        {_ADD}\n    {_CUT}",
        f"    padded = np.zeros((N, C1, H, W), columns.dtype)\n    {_LOOP}\n"
        "        qy, qx = sy * oy - py + dy * i, sx * ox - px + dx * j\n"
        "        padded[:, :, min(max(qy, 0), H - 1), min(max(qx, 0), W - 1)] += A[:, :, i, j, oy, ox]\n"
        "    return padded",
        "What belongs to the padding is added to the rim's pixels. The padding was zeros: drop it.",
    ),
    mutant(
        "mean of the copies",
        "col2im",
        _CUT,
        "count = np.zeros_like(padded)\n"
        f"    {_LOOP}\n"
        f"        count[:, :, {_AT}] += 1\n"
        "    return (padded / np.maximum(count, 1))[:, :, py : py + H, px : px + W]",
        "You divide by the number of copies. A pixel gets the sum of what its copies send.",
    ),
    mutant(
        "taps from behind",
        "col2im",
        "+= A[:, :, i, j, oy, ox]",
        "+= A[:, :, kH - 1 - i, kW - 1 - j, oy, ox]",
        "The taps are in reverse. The way back reads tap (i, j) where the way forth wrote it.",
    ),
    mutant(
        "first tap alone",
        "col2im",
        "np.ndindex(kH, kW, Ho, Wo)",
        "np.ndindex(1, 1, Ho, Wo)",
        "Only the first tap counts. Go through all of them.",
    ),
    mutant(
        "channels summed",
        "col2im",
        "+= A[:, :, i, j, oy, ox]",
        "+= A[:, :, i, j, oy, ox].sum(axis=1)[:, None]",
        "Every channel gets the sum of all channels. Each has columns of its own.",
    ),
    mutant(
        "images summed",
        "col2im",
        "+= A[:, :, i, j, oy, ox]",
        "+= A[:, :, i, j, oy, ox].sum(axis=0)",
        "Every image gets the sum of all images. Each has columns of its own.",
    ),
    mutant(
        "whole numbers",
        "col2im",
        _ZEROS,
        "np.zeros((N, C1, H + 2 * py, W + 2 * px), int)",
        "You collect in an array of integers: give np.zeros the dtype of the columns.",
    ),
    mutant(
        "stride and dilation exchanged in the call",
        "conv2d_grad_input",
        _CALL,
        "col2im(grad_columns, input_shape, weight.shape[2:], dilation, padding, stride)",
        "Stride and dilation are exchanged in the call of col2im.",
    ),
    mutant(
        "stride and padding exchanged in the call",
        "conv2d_grad_input",
        _CALL,
        "col2im(grad_columns, input_shape, weight.shape[2:], padding, stride, dilation)",
        "Stride and padding are exchanged in the call of col2im.",
    ),
    mutant(
        "kernel turned round twice",
        "conv2d_grad_input",
        _COLUMNS,
        "grad_columns = conv2d_grad_columns(grad_output, weight[:, :, ::-1, ::-1])",
        "You turn the kernel round before the product. col2im turns it round already.",
    ),
    mutant(
        "kernel with its taps transposed",
        "conv2d_grad_input",
        _COLUMNS,
        "grad_columns = conv2d_grad_columns(grad_output, weight.transpose(0, 1, 3, 2))",
        "You exchange rows and columns of the kernel. conv2d_grad_columns transposes what there is to "
        "transpose.",
    ),
    mutant(
        "kernel size exchanged",
        "conv2d_grad_input",
        "weight.shape[2:]",
        "weight.shape[:1:-1]",
        "The kernel's size is (kW, kH) in your call: it is (kH, kW).",
    ),
    mutant(
        "size of all axes",
        "conv2d_grad_input",
        "weight.shape[2:]",
        "weight.shape[:2]",
        "You give (C2, C1) for the kernel's size. It is weight.shape[2:].",
    ),
    mutant(
        "no dilation",
        "conv2d_grad_input",
        _CALL,
        "col2im(grad_columns, input_shape, weight.shape[2:], stride, padding, (1, 1))",
        "The dilation does not reach col2im.",
    ),
    mutant(
        "no padding",
        "conv2d_grad_input",
        _CALL,
        "col2im(grad_columns, input_shape, weight.shape[2:], stride, (0, 0), dilation)",
        "The padding does not reach col2im.",
    ),
    mutant(
        "δ normed",
        "conv2d_grad_input",
        _COLUMNS,
        "grad_columns = conv2d_grad_columns(grad_output / len(grad_output), weight)",
        "You divide by the number of images. If a mean is wanted, it is in the error already.",
    ),
    mutant(
        "columns for the input",
        "conv2d_grad_input",
        f"return {_CALL}",
        "return grad_columns",
        "You return the gradient of the columns. col2im brings it to the pixels.",
    ),
    mutant(
        "with a minus",
        "conv2d_grad_input",
        f"return {_CALL}",
        f"return -{_CALL}",
        "The sign is wrong. A gradient points uphill; the step downhill is the optimiser's.",
    ),
)

_ZEROED = f"padded = {_ZEROS}"
_WIDER = "more padding behind than needed, which is cut off again"
EQUIVALENT: dict[str, str] = {
    f"{_ZEROED} → padded = np.zeros((N, C1, H + 3 * py, W + 2 * px), columns.dtype)": _WIDER,
    f"{_ZEROED} → padded = np.zeros((N, C1, H + 2 * py, W + 3 * px), columns.dtype)": _WIDER,
}
