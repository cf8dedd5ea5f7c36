"""Mistakes in exercise 16."""

from .model import Mutant, mutant

_M = "m = mask.reshape(N, G * taps, points)"
_GROUP = "g = c1 // (C1 // G)"
_ROW = "values[n, c1 * taps + k]"
_PRODUCT = "m[n, g * taps + k] * values"
_GRADS = "grad_columns[n, c1 * taps + k] * values[n, c1 * taps + k]"
_RETURN = "return grad_m.reshape(mask_shape)"
_VALUES = "grad_values = modulate(g, mask, (kH, kW))"
_MASK = "grad_mask(g, buffers.columns, mask.shape, (kH, kW))"

_MODULATE = (
    mutant(
        "mask forgotten",
        "modulate",
        _PRODUCT,
        "values",
        "The mask is missing: each value is multiplied by the modulation of its tap.",
    ),
    mutant(
        "divided by the mask",
        "modulate",
        _PRODUCT,
        "1 / m[n, g * taps + k] * values",
        "You divide by the mask. A small m makes a tap quiet: multiply.",
    ),
    mutant(
        "mask added",
        "modulate",
        _PRODUCT,
        "m[n, g * taps + k] + values",
        "You add the mask. It is a factor.",
    ),
    mutant(
        "mask squared",
        "modulate",
        _PRODUCT,
        "m[n, g * taps + k] ** 2 * values",
        "The mask comes in twice.",
    ),
    mutant(
        "sigmoid of the mask",
        "modulate",
        _M,
        f"{_M}\n    m = 1 / (1 + np.exp(-m))",
        "You take the sigmoid of the mask. It makes m out of a predictor's output; here m is given as it is.",
    ),
    mutant(
        "softmax over the taps",
        "modulate",
        _M,
        f"{_M}\n    e = np.exp(m).reshape(N, G, taps, points)\n"
        "    m = (e / e.sum(axis=2, keepdims=True)).reshape(N, G * taps, points)",
        "You take the softmax over the taps. Modulations need not sum to 1: m is given as it is.",
    ),
    mutant(
        "mask of the first tap",
        "modulate",
        "m[n, g * taps + k]",
        "m[n, g * taps]",
        "All taps take the modulation of the first one. Each tap has its own.",
    ),
    mutant(
        "mask of the first group",
        "modulate",
        _GROUP,
        "g = 0",
        "All groups take the modulation of the first one.",
    ),
    mutant(
        "mask of the first image",
        "modulate",
        "m[n, g",
        "m[0, g",
        "All images take the modulation of the first one.",
    ),
    mutant(
        "mask as (taps, groups)",
        "modulate",
        "m[n, g * taps + k]",
        "m[n, k * G + g]",
        "You read the mask as sorted by tap first. All taps of a group stand together: g * taps + k.",
    ),
    mutant(
        "values as (taps, channels)",
        "modulate",
        "* values[n, c1 * taps + k]",
        "* values[n, k * C1 + c1]",
        "You read the rows of the values as sorted by tap first. Row (c1, k) is c1*kH*kW + k.",
    ),
    mutant(
        "channels dealt out in turn",
        "modulate",
        _GROUP,
        "g = c1 % G",
        "You deal the channels out to the groups in turn, c1 % G. They stand in blocks: c1 // (C1 // G).",
    ),
    mutant(
        "points of the mask by columns",
        "modulate",
        _M,
        "m = mask.transpose(0, 1, 3, 2).reshape(N, G * taps, points)",
        "The mask's output points are in the order of columns. The columns count them row by row: oy*Wout + "
        "ox.",
    ),
    mutant(
        "mask of one point for all",
        "modulate",
        "m[n, g * taps + k]",
        "m[n, g * taps + k, 0]",
        "All output points take the modulation of the first one. A mask is another at each point.",
    ),
    mutant(
        "mean over the points",
        "modulate",
        "m[n, g * taps + k]",
        "m[n, g * taps + k].mean()",
        "You take the mean of the mask over the output points. Each point has its own modulation.",
    ),
    mutant(
        "values written into",
        "modulate",
        "A = np.zeros((N, C1 * taps, points), values.dtype)",
        "A = values",
        "You multiply the values in place: the way back needs them without the mask.",
    ),
)

_GRAD = (
    mutant(
        "values forgotten",
        "grad_mask",
        _GRADS,
        "grad_columns[n, c1 * taps + k]",
        "The value is missing: the louder the value, the more a change of m changes.",
    ),
    mutant(
        "g forgotten",
        "grad_mask",
        _GRADS,
        _ROW,
        "The gradient of the columns is missing: what a change of m is worth depends on the error there.",
    ),
    mutant(
        "= for +=",
        "grad_mask",
        "+= grad_columns",
        "= grad_columns",
        "Only the last channel of each group counts: you write with =. A modulation scales all channels of "
        "its group, so sum over them: +=.",
    ),
    mutant(
        "first channel alone",
        "grad_mask",
        "c1, k in np.ndindex(N, C1, taps):",
        "c1, k in [(n, c1, k) for n, c1, k in np.ndindex(N, C1, taps) if c1 % (C1 // G) == 0]:",
        "Only the first channel of each group counts. A modulation scales all channels of its group: sum "
        "over them.",
    ),
    mutant(
        "mean over the channels",
        "grad_mask",
        _RETURN,
        "return grad_m.reshape(mask_shape) / (C1 // G)",
        "You take the mean over the channels. The chain rule takes the sum.",
    ),
    mutant(
        "all channels for every group",
        "grad_mask",
        "grad_m[n, g * taps + k] +=",
        "grad_m[n, k::taps] +=",
        "Each group gets the sum over the channels of all groups. A modulation scales those of its own "
        "group.",
    ),
    mutant(
        "everything into the first group",
        "grad_mask",
        _GROUP,
        "g = 0",
        "All channels are collected in the first group. The group of channel c1 is c1 // (C1 // G).",
    ),
    mutant(
        "channels dealt out in turn",
        "grad_mask",
        _GROUP,
        "g = c1 % G",
        "Your groups are made of channels in turn, c1 % G. They stand in blocks: c1 // (C1 // G).",
    ),
    mutant(
        "sums multiplied",
        "grad_mask",
        _RETURN,
        "split = N, G, C1 // G, taps, points\n"
        "    g, X = (a.reshape(split).sum(axis=2) for a in (grad_columns, values))\n"
        "    return (g * X).reshape(mask_shape)",
        "You sum both factors over the channels and then multiply. Multiply first, then sum.",
    ),
    mutant(
        "sorted by tap first",
        "grad_mask",
        "grad_m[n, g * taps + k]",
        "grad_m[n, k * G + g]",
        "Your gradient is sorted by tap first and by group second. All taps of a group stand together.",
    ),
    Mutant(
        "rows as (taps, channels)",
        "grad_mask",
        ((_GRADS, "grad_columns[n, k * C1 + c1] * values[n, k * C1 + c1]"),),
        "You read the rows of the columns as sorted by tap first. Row (c1, k) is c1*kH*kW + k.",
    ),
    mutant(
        "first tap for all",
        "grad_mask",
        "grad_m[n, g * taps + k]",
        "grad_m[n, g * taps]",
        "All taps are collected in the first one. Each tap has a modulation of its own.",
    ),
    mutant(
        "sum over the points",
        "grad_mask",
        "+= grad_columns[n, c1 * taps + k] * values[n, c1 * taps + k]",
        "+= grad_columns[n, c1 * taps + k] @ values[n, c1 * taps + k]",
        "You sum over the output points too. Each point has a modulation of its own.",
    ),
    mutant(
        "gradient with a minus",
        "grad_mask",
        "return grad_m",
        "return -grad_m",
        "The sign is wrong. A gradient points to where the error grows; the step downhill is the "
        "optimiser's.",
    ),
    mutant(
        "value squared",
        "grad_mask",
        "* values[n, c1 * taps + k]",
        "* values[n, c1 * taps + k] ** 2",
        "The value comes in twice.",
    ),
    mutant(
        "not reshaped",
        "grad_mask",
        ".reshape(mask_shape)",
        "",
        "Your result has the axes (N, G*kH*kW, points). A gradient has the shape of its argument: reshape.",
    ),
)

_WHOLE = (
    mutant(
        "mask forgotten in both gradients",
        "deform_conv2d_backward",
        _VALUES,
        "grad_values = g",
        "The mask is missing in the gradients of the input and the offsets: a quiet tap sends back little.",
    ),
    mutant(
        "mask forgotten in the input's gradient",
        "deform_conv2d_backward",
        "deform_conv2d_grad_input(grad_values",
        "deform_conv2d_grad_input(g",
        "The mask is missing in the gradient of the input: a pixel is worth m times g to the tap that read "
        "it.",
    ),
    mutant(
        "mask forgotten in the offsets' gradient",
        "deform_conv2d_backward",
        "deform_conv2d_grad_offset(grad_values",
        "deform_conv2d_grad_offset(g",
        "The mask is missing in the gradient of the offsets: m of the slope reaches the output.",
    ),
    mutant(
        "mask in its own gradient",
        "deform_conv2d_backward",
        "grad_mask(g,",
        "grad_mask(grad_values,",
        "The mask's own gradient contains the mask. The derivative of m X with respect to m is X: take g "
        "itself.",
    ),
    mutant(
        "mask twice",
        "deform_conv2d_backward",
        _VALUES,
        "grad_values = modulate(modulate(g, mask, (kH, kW)), mask, (kH, kW))",
        "The mask comes in twice in the gradients of the input and the offsets.",
    ),
    mutant(
        "mask on the input's gradient twice",
        "deform_conv2d_backward",
        "(grad_values, buffers, input.shape)",
        "(grad_values, buffers, input.shape, mask)",
        "You hand the mask to the scatter too, after you have multiplied by it: once is enough.",
    ),
    mutant(
        "mask on the offsets' gradient twice",
        "deform_conv2d_backward",
        "(grad_values, buffers, input)",
        "(grad_values, buffers, input, mask)",
        "You hand the mask to the offsets' gradient too, after you have multiplied by it: once is enough.",
    ),
    mutant(
        "border forgotten",
        "deform_conv2d_backward",
        "border=border",
        'border="zeros"',
        "The border is not handed on: with project the taps outside have read on the image's edge.",
    ),
    mutant(
        "always projected",
        "deform_conv2d_backward",
        "border=border",
        'border="project"',
        "You project always. With the border zeros a tap outside has read zero.",
    ),
    mutant(
        "grad_output forgotten",
        "deform_conv2d_backward",
        "grad_output.reshape(N, C2, Ho * Wo)",
        "np.ones((N, C2, Ho * Wo))",
        "grad_output is missing: you have differentiated the sum of the output.",
    ),
    mutant(
        "transposed kernel",
        "deform_conv2d_backward",
        "weight.reshape(C2, C1 * kH * kW).T",
        "weight.reshape(C1 * kH * kW, C2)",
        "You reshape the kernel where it must be transposed: reshape keeps the order of the numbers.",
    ),
    mutant(
        "kernel forgotten",
        "deform_conv2d_backward",
        "weight.reshape(C2, C1 * kH * kW).T",
        "np.ones((C1 * kH * kW, C2))",
        "The kernel is missing: what a tap reads reaches the output with its weight K.",
    ),
    mutant(
        "softmax for the mask",
        "deform_conv2d_backward",
        _VALUES,
        f"mask = np.exp(mask) / np.exp(mask).sum(axis=1, keepdims=True)\n    {_VALUES}",
        "You take the softmax of the mask before you use it. The forward pass has used m as it is.",
    ),
    Mutant(
        "input and offsets in the other order",
        "deform_conv2d_backward",
        (("return grad_input, grad_offset,", "return grad_offset, grad_input,"),),
        "The gradients of the input and of the offsets are exchanged: the input's comes first.",
    ),
    mutant(
        "mask's gradient forgotten",
        "deform_conv2d_backward",
        f", {_MASK}",
        "",
        "The mask's gradient is not returned: three arrays are asked for.",
    ),
)

MUTANTS: tuple[Mutant, ...] = _MODULATE + _GRAD + _WHOLE
EQUIVALENT: dict[str, str] = {}
