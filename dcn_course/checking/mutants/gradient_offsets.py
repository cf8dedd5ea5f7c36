"""Mistakes in exercise 10."""

from .model import Mutant, mutant

_DY = "-w1 * X_a + w1 * X_down + w3 * X_diagonal - w3 * X_right"
_DX = "-w0 * X_a - w2 * X_down + w2 * X_diagonal + w0 * X_right"
_Y, _X = "slopes[n, c1, k, oy, ox, 0]", "slopes[n, c1, k, oy, ox, 1]"
_ZEROS = "np.zeros((N, offset_groups, taps, 2, Ho, Wo), grad_columns.dtype)"
_GROUP = "g = c1 // (C1 // offset_groups)"
_ADD_Y = "grad_offset[:, g, :, 0] += A[:, c1] * slopes[:, c1, :, :, :, 0]"
_ADD_X = "grad_offset[:, g, :, 1] += A[:, c1] * slopes[:, c1, :, :, :, 1]"
_RETURN = "return grad_offset.reshape(N, 2 * offset_groups * taps, Ho, Wo)"
_G = "weight.reshape(C2, C1 * kH * kW).T @ grad_output.reshape(N, C2, Ho * Wo)"
_COLLECT = "return collect_offsets(g, slopes, buffers.indices.shape[1])"

_SLOPES = (
    Mutant(
        "clamp forgotten",
        "sampling_slopes",
        (("if not projected_y:", "if True:"), ("if not projected_x:", "if True:")),
        "The clamp is not differentiated: where the border holds the tap the sample does not move, and the "
        "slope is 0.",
    ),
    mutant(
        "clamp forgotten in y",
        "sampling_slopes",
        "if not projected_y:",
        "if True:",
        "The clamp is not differentiated in y: above and below the image the border holds the tap in y.",
    ),
    mutant(
        "clamp forgotten in x",
        "sampling_slopes",
        "if not projected_x:",
        "if True:",
        "The clamp is not differentiated in x: left and right of the image the border holds the tap in x.",
    ),
    Mutant(
        "held in both axes",
        "sampling_slopes",
        (
            ("if not projected_y:", "if not projected_y and not projected_x:"),
            ("if not projected_x:", "if not projected_x and not projected_y:"),
        ),
        "A tap that is held in one axis gets no slope at all. In the other axis it may slide along the "
        "border.",
    ),
    Mutant(
        "held in the other axis",
        "sampling_slopes",
        (
            ("if not projected_y:", "if not projected_x:"),
            ("if not projected_x:\n            " + _X, "if not projected_y:\n            " + _X),
        ),
        "The two held axes are exchanged: a tap above the image is held in y and slides in x.",
    ),
    Mutant(
        "held where it is free",
        "sampling_slopes",
        (("if not projected_y:", "if projected_y:"), ("if not projected_x:", "if projected_x:")),
        "It is the wrong way round: the slope is 0 where the border holds the tap, not where it is free.",
    ),
    mutant(
        "top missing in y",
        "sampling_slopes",
        _DY,
        "w1 * X_down + w3 * X_diagonal",
        "∂/∂y has the lower row alone. When the tap moves down, the upper row loses what the lower one "
        "gains.",
    ),
    mutant(
        "left missing in x",
        "sampling_slopes",
        _DX,
        "w2 * X_diagonal + w0 * X_right",
        "∂/∂x has the right column alone. When the tap moves right, the left column loses what the right "
        "one gains.",
    ),
    mutant(
        "left difference alone in y",
        "sampling_slopes",
        _DY,
        "-w1 * X_a + w1 * X_down",
        "∂/∂y has the left difference alone: the right column changes too, with the weight w3.",
    ),
    mutant(
        "upper difference alone in x",
        "sampling_slopes",
        _DX,
        "-w0 * X_a + w0 * X_right",
        "∂/∂x has the upper difference alone: the lower row changes too, with the weight w2.",
    ),
    mutant(
        "uphill for downhill",
        "sampling_slopes",
        _DY,
        "w1 * X_a - w1 * X_down - w3 * X_diagonal + w3 * X_right",
        "∂/∂y has the wrong sign: when the tap moves down, the lower row gains weight.",
    ),
    mutant(
        "x uphill for downhill",
        "sampling_slopes",
        _DX,
        "w0 * X_a + w2 * X_down - w2 * X_diagonal - w0 * X_right",
        "∂/∂x has the wrong sign: when the tap moves right, the right column gains weight.",
    ),
    mutant(
        "no minus in y",
        "sampling_slopes",
        _DY,
        "w1 * X_a + w1 * X_down + w3 * X_diagonal + w3 * X_right",
        "In ∂/∂y the minus signs are missing: w0 = 1 − (y − ay) falls when y grows.",
    ),
    mutant(
        "no minus in x",
        "sampling_slopes",
        _DX,
        "w0 * X_a + w2 * X_down + w2 * X_diagonal + w0 * X_right",
        "In ∂/∂x the minus signs are missing: w1 = 1 − (x − ax) falls when x grows.",
    ),
    mutant(
        "w1 and w3 exchanged",
        "sampling_slopes",
        _DY,
        "-w3 * X_a + w3 * X_down + w1 * X_diagonal - w1 * X_right",
        "In ∂/∂y, w1 and w3 are exchanged: w1 is the weight of the left column, where a and the pixel below "
        "it stand.",
    ),
    mutant(
        "w0 and w2 exchanged",
        "sampling_slopes",
        _DX,
        "-w2 * X_a - w0 * X_down + w0 * X_diagonal + w2 * X_right",
        "In ∂/∂x, w0 and w2 are exchanged: w0 is the weight of the upper row, where a and the pixel to its "
        "right stand.",
    ),
    mutant(
        "weights of y in y",
        "sampling_slopes",
        _DY,
        "-w0 * X_a + w0 * X_down + w2 * X_diagonal - w2 * X_right",
        "In ∂/∂y the weights of y are left over. They are what is differentiated; left are those of x: w1 "
        "and w3.",
    ),
    mutant(
        "weights of x in x",
        "sampling_slopes",
        _DX,
        "-w1 * X_a - w3 * X_down + w3 * X_diagonal + w1 * X_right",
        "In ∂/∂x the weights of x are left over. They are what is differentiated; left are those of y: w0 "
        "and w2.",
    ),
    mutant(
        "all weights of the value",
        "sampling_slopes",
        _DY,
        "-w0 * w1 * X_a + w1 * w2 * X_down + w2 * w3 * X_diagonal - w3 * w0 * X_right",
        "In ∂/∂y the weights in y are still there: w0 gives −1, w2 gives +1.",
    ),
    mutant(
        "slopes without weights",
        "sampling_slopes",
        _DY,
        "-X_a + X_down",
        "∂/∂y is the difference of two pixels without their weights in x.",
    ),
    mutant(
        "down and right exchanged",
        "sampling_slopes",
        _DY,
        "-w1 * X_a + w1 * X_right + w3 * X_diagonal - w3 * X_down",
        "In ∂/∂y the pixels below and to the right are exchanged: the lower row counts plus.",
    ),
    mutant("same slope twice", "sampling_slopes", _DX, _DY, "Your ∂/∂x is ∂/∂y once more."),
    Mutant(
        "slopes as (x, y)",
        "sampling_slopes",
        (
            (
                f"if not projected_y:\n            {_Y} = {_DY}",
                f"if not projected_y:\n            {_X} = {_DY}",
            ),
            (
                f"if not projected_x:\n            {_X} = {_DX}",
                f"if not projected_x:\n            {_Y} = {_DX}",
            ),
        ),
        "The slopes are in the order (x, y): a pair is (y, x).",
    ),
    Mutant(
        "value for slope",
        "sampling_slopes",
        (
            (_DY, "w0 * w1 * X_a + w1 * w2 * X_down + w2 * w3 * X_diagonal + w3 * w0 * X_right"),
            (_DX, "w0 * w1 * X_a + w1 * w2 * X_down + w2 * w3 * X_diagonal + w3 * w0 * X_right"),
        ),
        "You give the value at the sample. Asked for is its derivative, how fast the value changes when the "
        "tap moves.",
    ),
)

_SUM = (
    mutant(
        "all y then all x",
        "collect_offsets",
        _RETURN,
        "return grad_offset.swapaxes(2, 3).reshape(N, 2 * offset_groups * taps, Ho, Wo)",
        "Your gradient has all y first and then all x. The offsets are interleaved: y and x of the first "
        "tap, y and x of the second, and so on.",
    ),
    Mutant(
        "gradient as (x, y)",
        "collect_offsets",
        (
            ("grad_offset[:, g, :, 0] +=", "grad_offset[:, g, :, 2 - 1] +="),
            ("grad_offset[:, g, :, 1] +=", "grad_offset[:, g, :, 0] +="),
        ),
        "The gradient is in the order (x, y): a pair is (y, x).",
    ),
    Mutant(
        "grad_columns forgotten",
        "collect_offsets",
        (
            ("A[:, c1] * slopes[:, c1, :, :, :, 0]", "slopes[:, c1, :, :, :, 0]"),
            ("A[:, c1] * slopes[:, c1, :, :, :, 1]", "slopes[:, c1, :, :, :, 1]"),
        ),
        "The gradient of the columns is missing: a slope says how the value changes, g what that is worth "
        "to the error.",
    ),
    Mutant(
        "= for += over the channels",
        "collect_offsets",
        (("0] += A", "0] = A"), ("1] += A", "1] = A")),
        "Only the last channel of each group counts: you write with =. All channels are read at the same "
        "place, so sum over them: +=.",
    ),
    mutant(
        "first channel alone",
        "collect_offsets",
        "for c1 in range(C1):",
        "for c1 in range(0, C1, C1 // offset_groups):",
        "Only the first channel of each group counts. All channels are read at the same place: sum over "
        "them.",
    ),
    mutant(
        "mean over the channels",
        "collect_offsets",
        _RETURN,
        "grad_offset /= C1 // offset_groups\n    " + _RETURN,
        "You take the mean over the channels. The chain rule takes the sum.",
    ),
    mutant(
        "everything into the first group",
        "collect_offsets",
        _GROUP,
        "g = 0",
        "All channels are collected in the first offset group. The group of channel c1 is c1 // (C1 // G).",
    ),
    Mutant(
        "every group gets all channels",
        "collect_offsets",
        (
            ("grad_offset[:, g, :, 0]", "grad_offset[:, :, :, 0]"),
            ("grad_offset[:, g, :, 1]", "grad_offset[:, :, :, 1]"),
            ("A[:, c1] * slopes[:, c1, :, :, :, 0]", "(A[:, c1] * slopes[:, c1, :, :, :, 0])[:, None]"),
            ("A[:, c1] * slopes[:, c1, :, :, :, 1]", "(A[:, c1] * slopes[:, c1, :, :, :, 1])[:, None]"),
        ),
        "Each group gets the sum over the channels of all groups. Channels of other groups are read "
        "elsewhere.",
    ),
    mutant(
        "group by remainder",
        "collect_offsets",
        _GROUP,
        "g = c1 % offset_groups",
        "You deal the channels out to the groups in turn, c1 % G. They stand in blocks: c1 // (C1 // G).",
    ),
    mutant(
        "groups after the taps",
        "collect_offsets",
        _RETURN,
        "return grad_offset.swapaxes(1, 2).reshape(N, 2 * offset_groups * taps, Ho, Wo)",
        "Your gradient is sorted by tap first and by group second. All taps of a group stand together.",
    ),
    mutant(
        "slope in y for both",
        "collect_offsets",
        "slopes[:, c1, :, :, :, 1]",
        "slopes[:, c1, :, :, :, 0]",
        "Both components are made with the slope in y. The second is the slope in x.",
    ),
    mutant(
        "columns as (taps, channels)",
        "collect_offsets",
        "for c1 in range(C1):",
        "A = grad_columns.reshape(N, taps, C1, Ho, Wo).swapaxes(1, 2)\n    for c1 in range(C1):",
        "You read the rows of the columns as sorted by tap first. Row (c1, k) is c1*kH*kW + k.",
    ),
    mutant(
        "gradient with a minus",
        "collect_offsets",
        _RETURN,
        _RETURN.replace("return ", "return -"),
        "The sign is wrong. A gradient points to where the error grows; the step downhill is the "
        "optimiser's.",
    ),
    mutant(
        "slopes written into",
        "collect_offsets",
        "for c1 in range(C1):",
        "slopes *= A[..., None]\n    A = np.ones_like(A)\n    for c1 in range(C1):",
        "You multiply the slopes in place: slopes *= changes the array of the caller.",
    ),
)

_WHOLE = (
    mutant(
        "border forgotten",
        "deform_conv2d_grad_offset",
        "border=border",
        'border="zeros"',
        "The border is not handed on: with project the taps outside have read on the image's edge.",
    ),
    mutant(
        "always projected",
        "deform_conv2d_grad_offset",
        "border=border",
        'border="project"',
        "You project always. With the border zeros a tap in the rim around the image feels the image fade "
        "out.",
    ),
    mutant(
        "clamp forgotten in the offset gradient",
        "deform_conv2d_grad_offset",
        "buffers.projected)",
        "np.zeros_like(buffers.projected))",
        "The clamp is not differentiated: in an axis in which the border holds a tap its offset has the "
        "gradient 0. Hand buffers.projected on.",
    ),
    mutant(
        "transposed kernel",
        "deform_conv2d_grad_offset",
        "weight.reshape(C2, C1 * kH * kW).T",
        "weight.reshape(C1 * kH * kW, C2)",
        "You reshape the kernel where it must be transposed: reshape keeps the order of the numbers.",
    ),
    mutant(
        "kernel turned round",
        "deform_conv2d_grad_offset",
        "weight.reshape(C2, C1 * kH * kW).T",
        "weight[:, :, ::-1, ::-1].reshape(C2, C1 * kH * kW).T",
        "The kernel is turned round by 180 degrees. Each tap has its own weight and its own offset; none is "
        "turned.",
    ),
    mutant(
        "grad_output forgotten",
        "deform_conv2d_grad_offset",
        "grad_output.reshape(N, C2, Ho * Wo)",
        "np.ones((N, C2, Ho * Wo))",
        "grad_output is missing: you have differentiated the sum of the output.",
    ),
    mutant(
        "kernel forgotten",
        "deform_conv2d_grad_offset",
        "weight.reshape(C2, C1 * kH * kW).T",
        "np.ones((C1 * kH * kW, C2))",
        "The kernel is missing: what a tap reads reaches the output with its weight K.",
    ),
    mutant(
        "first output map alone",
        "deform_conv2d_grad_offset",
        _G,
        "weight[:1].reshape(1, C1 * kH * kW).T @ grad_output[:, :1].reshape(N, 1, Ho * Wo)",
        "Only the first output map counts. A tap serves all of them: sum over c2.",
    ),
    mutant(
        "offsets as (x, y)",
        "deform_conv2d_grad_offset",
        "(input, offset,",
        "(input, offset.reshape(N, -1, 2, Ho, Wo)[:, :, ::-1].reshape(offset.shape),",
        "You take the offsets as (x, y). They are in the order (y, x).",
    ),
    mutant(
        "offsets read as all y then all x",
        "deform_conv2d_grad_offset",
        "(input, offset,",
        "(input, offset.reshape(N, 2, -1, Ho, Wo).swapaxes(1, 2).reshape(offset.shape),",
        "You read the offsets as all y, then all x. They are interleaved: y and x of the first tap, y and x "
        "of the second, and so on.",
    ),
    mutant(
        "offsets forgotten",
        "deform_conv2d_grad_offset",
        "(input, offset,",
        "(input, 0 * offset,",
        "The slopes are taken where the taps stand without their offsets. Take them where the taps have "
        "read.",
    ),
    mutant(
        "stride times the gradient",
        "deform_conv2d_grad_offset",
        _COLLECT,
        f"{_COLLECT.replace('return ', 'return (')}.reshape(N, -1, 2, Ho, Wo)\n"
        "            * np.reshape(stride, (2, 1, 1))).reshape(offset.shape)",
        "You multiply by the stride. It moves the output point; the offset is added behind it, in pixels of "
        "the input.",
    ),
    mutant(
        "dilation times the gradient",
        "deform_conv2d_grad_offset",
        _COLLECT,
        f"{_COLLECT.replace('return ', 'return (')}.reshape(N, -1, 2, Ho, Wo)\n"
        "            * np.reshape(dilation, (2, 1, 1))).reshape(offset.shape)",
        "You multiply by the dilation. It moves the tap in the kernel; the offset is added behind it, in "
        "pixels of the input.",
    ),
    mutant(
        "times the offset",
        "deform_conv2d_grad_offset",
        _COLLECT,
        f"{_COLLECT} * offset",
        "You multiply by the offset. The derivative says what happens when the offset grows; the offset is "
        "no factor of the value.",
    ),
    mutant(
        "one group",
        "deform_conv2d_grad_offset",
        "slopes, buffers.indices.shape[1])",
        "slopes, 1).repeat(buffers.indices.shape[1], axis=1)",
        "You sum over all channels for each group. Each group has its own channels: hand the number of "
        "groups on.",
    ),
    mutant(
        "mean over the images",
        "deform_conv2d_grad_offset",
        _COLLECT,
        f"{_COLLECT} / N",
        "You divide by the number of images. Each image has offsets of its own; nothing is averaged.",
    ),
)

MUTANTS: tuple[Mutant, ...] = _SLOPES + _SUM + _WHOLE
EQUIVALENT: dict[str, str] = {}
