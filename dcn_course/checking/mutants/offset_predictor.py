"""Mistakes in exercise 11."""

from .model import Mutant, mutant

_P, _B, _L = "offset_predictor", "predictor_backward", "layer_grad_input"
_COLUMNS = "im2col(input, (kH, kW), stride, padding, dilation)"
_PREDICT = "offset_weight.reshape(maps, C1 * kH * kW) @ A"
_SHAPE = "return offset.reshape(N, maps, Ho, Wo)"
_KT = "K.T @ epsilon"
_BACK = "input.shape, (kH, kW), stride, padding, dilation)"
_KERNEL = "(epsilon @ A.transpose(0, 2, 1)).sum(axis=0)"
_BIAS = "epsilon.sum(axis=(0, 2))"
_RESULTS = "return through_op, grad_weight.reshape(offset_weight.shape), grad_bias"
_OFFSET = "offset_predictor(input, offset_weight, offset_bias, stride, padding, dilation)"
_WEIGHT = "grad_output, input, offset, weight, stride, padding, dilation, border"
_OP = "predictor_backward(grad_offset, input, offset_weight, stride, padding, dilation)"
_TOTAL = "return through_dc, through_op, through_dc + through_op"

MUTANTS: tuple[Mutant, ...] = (
    mutant("bias forgotten", _P, " + offset_bias[:, None]", "", "The bias of the predictor is missing."),
    mutant(
        "bias subtracted", _P, " + offset_bias", " - offset_bias", "You subtract the bias of the predictor."
    ),
    mutant(
        "bias of the first map",
        _P,
        "offset_bias[:, None]",
        "offset_bias[:1, None]",
        "All maps get the bias of the first one.",
    ),
    mutant(
        "kernel transposed",
        _P,
        _PREDICT,
        "offset_weight.swapaxes(2, 3).reshape(maps, -1) @ A",
        "Rows and columns of the predictor's kernel are exchanged: k = i*kW + j.",
    ),
    mutant(
        "kernel turned round",
        _P,
        _PREDICT,
        "offset_weight[:, :, ::-1, ::-1].reshape(maps, -1) @ A",
        "The predictor's kernel is turned round by 180 degrees. What deep learning calls a convolution does "
        "not flip it.",
    ),
    mutant(
        "kernel sorted by taps",
        _P,
        _PREDICT,
        "offset_weight.transpose(0, 2, 3, 1).reshape(maps, -1) @ A",
        "The kernel's columns are sorted by tap first. The rows of A are sorted by channel first.",
    ),
    mutant(
        "axes of the kernel mixed",
        _P,
        _PREDICT,
        "offset_weight.reshape(-1, maps).T @ A",
        "You reshape the kernel to (..., maps) and transpose. That mixes the entries: its first axis is "
        "maps.",
    ),
    mutant(
        "all y, then all x",
        _P,
        _SHAPE,
        "return offset.reshape(N, 2, maps // 2, Ho, Wo).swapaxes(1, 2).reshape(N, maps, Ho, Wo)",
        "You sort the maps anew. They are already in the order of the offsets: for each tap y, then x.",
    ),
    mutant(
        "x before y",
        _P,
        _SHAPE,
        "return offset.reshape(N, maps // 2, 2, Ho, Wo)[:, :, ::-1].reshape(N, maps, Ho, Wo)",
        "You exchange y and x. Map 2k is the offset of tap k in y, map 2k + 1 that in x.",
    ),
    mutant(
        "points by columns",
        _P,
        _SHAPE,
        "return offset.reshape(N, maps, Wo, Ho).swapaxes(2, 3)",
        "You read the columns of the product in the order of columns of the output. Column (oy, ox) is "
        "oy*Wout + ox.",
    ),
    mutant(
        "first image alone",
        _P,
        _SHAPE,
        "return offset[:1].repeat(N, axis=0).reshape(N, maps, Ho, Wo)",
        "All images get the offsets of the first one. Each image predicts its own.",
    ),
    mutant(
        "an activation",
        _P,
        _SHAPE,
        "return np.maximum(offset, 0).reshape(N, maps, Ho, Wo)",
        "You let nothing negative through. The predictor is linear: offsets may be negative.",
    ),
    mutant(
        "whole pixels",
        _P,
        _SHAPE,
        "return np.round(offset).reshape(N, maps, Ho, Wo)",
        "You round the offsets. They are real numbers, and only so they have a gradient.",
    ),
    mutant(
        "stride and dilation exchanged",
        _P,
        _COLUMNS,
        "im2col(input, (kH, kW), dilation, padding, stride)",
        "Stride and dilation are exchanged in your call of im2col.",
    ),
    mutant(
        "padding forgotten",
        _P,
        _COLUMNS,
        "im2col(input, (kH, kW), stride, (0, 0), dilation)",
        "You leave the padding out. OP has the geometry of DC, or its points would not be the same.",
    ),
    mutant(
        "kernel not transposed in the product",
        _B,
        _KT,
        "K.reshape(-1, maps) @ epsilon",
        "You reshape the kernel where it must be transposed: K_OPᵀ ε. Reshaping mixes its entries.",
    ),
    mutant(
        "kernel turned round in the product",
        _B,
        _KT,
        "offset_weight[:, :, ::-1, ::-1].reshape(maps, -1).T @ epsilon",
        "You turn the kernel round, which is right where the *gradient* is convolved with it, but not before "
        "col2im.",
    ),
    mutant(
        "kernel forgotten",
        _B,
        _KT,
        "np.ones_like(K).T @ epsilon",
        "The kernel is missing in the gradient of the input: K_OPᵀ ε.",
    ),
    mutant(
        "stride and dilation exchanged on the way back",
        _B,
        _BACK,
        "input.shape, (kH, kW), dilation, padding, stride)",
        "Stride and dilation are exchanged in your call of col2im.",
    ),
    mutant(
        "padding forgotten on the way back",
        _B,
        _BACK,
        "input.shape, (kH, kW), stride, (0, 0), dilation)",
        "You leave the padding out in your call of col2im.",
    ),
    mutant(
        "images share their gradient",
        _B,
        _KT,
        "K.T @ epsilon.sum(axis=0, keepdims=True).repeat(N, axis=0)",
        "You add up the images for the gradient of the input. Each image has its own; only the parameters "
        "are shared.",
    ),
    mutant(
        "kernel of the first image",
        _B,
        _KERNEL,
        "(epsilon @ A.transpose(0, 2, 1))[0]",
        "Only the first image counts in your kernel's gradient: sum over all of them.",
    ),
    mutant(
        "mean over the images",
        _B,
        _KERNEL,
        "(epsilon @ A.transpose(0, 2, 1)).mean(axis=0)",
        "You take the mean over the images for the kernel's gradient. It is the sum.",
    ),
    mutant(
        "mean over the points",
        _B,
        _KERNEL,
        f"{_KERNEL} / A.shape[2]",
        "You take the mean over the output points for the kernel's gradient. It is the sum.",
    ),
    mutant(
        "kernel's gradient without the input",
        _B,
        _KERNEL,
        "(epsilon @ np.ones_like(A).transpose(0, 2, 1)).sum(axis=0)",
        "Your kernel's gradient does not use the input: it is ε Aᵀ.",
    ),
    mutant(
        "kernel's gradient mixed up",
        _B,
        _RESULTS,
        "return through_op, grad_weight.T.reshape(offset_weight.shape), grad_bias",
        "Your kernel's gradient is transposed before it is reshaped: a row belongs to an offset map.",
    ),
    mutant(
        "bias of the first image",
        _B,
        _BIAS,
        "epsilon[0].sum(axis=1)",
        "Only the first image counts in your bias' gradient.",
    ),
    mutant(
        "bias of the first point",
        _B,
        _BIAS,
        "epsilon[:, :, 0].sum(axis=0)",
        "Only the first output point counts in your bias' gradient.",
    ),
    mutant(
        "mean for the bias",
        _B,
        _BIAS,
        "epsilon.mean(axis=(0, 2))",
        "You take a mean for the bias. Its gradient is the sum of ε over images and points.",
    ),
    mutant(
        "bias summed over the offsets",
        _B,
        _BIAS,
        "epsilon.sum(axis=(0, 1))",
        "You sum the bias' gradient over the maps. Each map has a bias of its own; sum over the points.",
    ),
    mutant(
        "bias for each image",
        _B,
        _BIAS,
        "epsilon.sum(axis=2)",
        "You keep the images apart in your bias' gradient: sum over them.",
    ),
    mutant(
        "kernel for each image",
        _B,
        "(epsilon @ A.transpose(0, 2, 1)).sum(axis=0)\n",
        "epsilon @ A.transpose(0, 2, 1); offset_weight = offset_weight[None].repeat(N, axis=0)\n",
        "You keep the images apart in your kernel's gradient: sum over them.",
    ),
    mutant(
        "grad_offset changed",
        _B,
        "epsilon, K = ",
        "grad_offset *= 2; epsilon, K = ",
        "You change grad_offset itself.",
    ),
    mutant(
        "first summand alone",
        _L,
        _TOTAL,
        "return through_dc, through_op, through_dc",
        "Your sum has the summand through DC alone: the input is used twice, and both ways count.",
    ),
    mutant(
        "second summand alone",
        _L,
        _TOTAL,
        "return through_dc, through_op, through_op",
        "Your sum has the summand through OP alone: the input is used twice, and both ways count.",
    ),
    mutant(
        "summands subtracted",
        _L,
        _TOTAL,
        "return through_dc, through_op, through_dc - through_op",
        "You subtract the second summand. Gradients of several ways are added.",
    ),
    mutant(
        "summands multiplied",
        _L,
        _TOTAL,
        "return through_dc, through_op, through_dc * through_op",
        "You multiply the summands. The chain rule multiplies along a way and adds up the ways.",
    ),
    mutant(
        "mean of the summands",
        _L,
        _TOTAL,
        "return through_dc, through_op, (through_dc + through_op) / 2",
        "You take the mean of the summands. They are added.",
    ),
    mutant(
        "summands exchanged",
        _L,
        _TOTAL,
        "return through_op, through_dc, through_dc + through_op",
        "The two summands are exchanged: first the one through DC.",
    ),
    mutant(
        "sum in place",
        _L,
        _TOTAL,
        "through_dc += through_op\n    return through_dc, through_op, through_dc",
        "You add the second summand into the array of the first: both names now mean the sum.",
    ),
    mutant(
        "border ignored",
        _L,
        _WEIGHT,
        'grad_output, input, offset, weight, stride, padding, dilation, "zeros"',
        'You always take the border "zeros": pass on the one that was given.',
    ),
    mutant(
        "offsets not predicted",
        _L,
        _OFFSET,
        f"0 * {_OFFSET}",
        "You compute the gradients at zero offsets. They must be taken where the taps read: predict first.",
    ),
    mutant(
        "bias of the predictor forgotten",
        _L,
        _OFFSET,
        "offset_predictor(input, offset_weight, 0 * offset_bias, stride, padding, dilation)",
        "You predict without the bias: the taps read elsewhere.",
    ),
    mutant(
        "offsets sent back in place of their gradient",
        _L,
        _OP,
        "predictor_backward(offset, input, offset_weight, stride, padding, dilation)",
        "You send the offsets back through OP. It must be their gradient.",
    ),
    mutant(
        "offsets detached",
        _L,
        _OP,
        "predictor_backward(0 * grad_offset, input, offset_weight, stride, padding, dilation)",
        "Nothing comes back through OP, as if the offsets did not depend on the input.",
    ),
    mutant(
        "only the last image",
        _L,
        _OP,
        "predictor_backward(grad_offset[-1:].repeat(len(input), 0), input, offset_weight, stride, padding, "
        "dilation)",
        "All images send back the offsets' gradient of the last one.",
    ),
    mutant(
        "all y, then all x, on the way back",
        _L,
        _OP,
        "predictor_backward(grad_offset.reshape(len(input), -1, 2, *offset.shape[2:]).swapaxes(1, 2)"
        ".reshape(offset.shape), input, offset_weight, stride, padding, dilation)",
        "You sort the gradient of the offsets anew. It already has the order of OP's maps.",
    ),
)

EQUIVALENT: dict[str, str] = {}
