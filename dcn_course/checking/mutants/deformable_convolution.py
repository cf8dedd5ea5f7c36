"""Mistakes in exercise 07."""

from .model import Mutant, mutant

_SPLIT = "offset.reshape(N, G, kH * kW, 2, Ho, Wo)"
_Y = "sy * oy - py + dy * i + Δ[:, :, k, 0, oy, ox]"
_X = "sx * ox - px + dx * j + Δ[:, :, k, 1, oy, ox]"
_SAMPLE = "sample(input[n, served], y, x, border)"
_ZEROS = "np.zeros((N, C1, taps, Ho, Wo), input.dtype)"
_SERVED = "slice(g * size, (g + 1) * size)"
_AT = "positions[n, g, k, oy, ox]"
_COLUMNS = "return A.reshape(N, C1 * taps, Ho * Wo)"
_INTO = "A[n, served, k, oy, ox] ="
_K = "weight.reshape(C2, C1 * kH * kW)"
_DEFORM = "deform_im2col(input, offset, (kH, kW), stride, padding, dilation, border)"
_OUT = "return Y.reshape(N, C2, Ho, Wo)"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "offsets as all y, then all x",
        "sampling_positions",
        (
            (_SPLIT, "offset.reshape(N, G, 2, kH * kW, Ho, Wo)"),
            ("Δ[:, :, k, 0, oy, ox]", "Δ[:, :, 0, k, oy, ox]"),
            ("Δ[:, :, k, 1, oy, ox]", "Δ[:, :, 1, k, oy, ox]"),
        ),
        "You read the offsets as all y, then all x. They stand tap by tap: y, x, y, x.",
    ),
    Mutant(
        "offsets as all x, then all y",
        "sampling_positions",
        (
            (_SPLIT, "offset.reshape(N, G, 2, kH * kW, Ho, Wo)"),
            ("Δ[:, :, k, 0, oy, ox]", "Δ[:, :, 1, k, oy, ox]"),
            ("Δ[:, :, k, 1, oy, ox]", "Δ[:, :, 0, k, oy, ox]"),
        ),
        "You read the offsets as all x, then all y. They stand tap by tap: y, x, y, x.",
    ),
    Mutant(
        "offsets as (x, y)",
        "sampling_positions",
        (
            ("Δ[:, :, k, 0, oy, ox]", "Δ[:, :, k, 2 - 1, oy, ox]"),
            ("Δ[:, :, k, 1, oy, ox]", "Δ[:, :, k, 0, oy, ox]"),
        ),
        "You read each offset as (x, y): y comes first.",
    ),
    Mutant(
        "positions as (x, y)",
        "sampling_positions",
        ((f"0] = {_Y}", f"2 - 1] = {_Y}"), (f"1] = {_X}", f"0] = {_X}")),
        "The positions are in the order (x, y): a pair is (y, x).",
    ),
    Mutant(
        "offsets for their taps column by column",
        "sampling_positions",
        (("i, j = divmod(k, kW)", "j, i = divmod(k, kH)"),),
        "You walk through the taps column by column. They stand row by row: k = i*kW + j.",
    ),
    Mutant(
        "divmod by kH",
        "sampling_positions",
        (("divmod(k, kW)", "divmod(k, kH)"),),
        "You divide k by kH. A row of the kernel has kW taps: i, j = divmod(k, kW).",
    ),
    Mutant(
        "i and j exchanged",
        "sampling_positions",
        (("i, j = divmod(k, kW)", "j, i = divmod(k, kW)"),),
        "i and j are exchanged: i = k // kW is the row, j = k % kW the column.",
    ),
    Mutant(
        "offsets subtracted",
        "sampling_positions",
        (("+ Δ[:, :, k, 0", "- Δ[:, :, k, 0"), ("+ Δ[:, :, k, 1", "- Δ[:, :, k, 1")),
        "You subtract the offsets. They are added.",
    ),
    Mutant(
        "offsets without the lattice",
        "sampling_positions",
        ((_Y, "Δ[:, :, k, 0, oy, ox]"), (_X, "Δ[:, :, k, 1, oy, ox]")),
        "You take the offsets for the positions. An offset is added to the tap's ordinary place.",
    ),
    Mutant(
        "tap's place forgotten",
        "sampling_positions",
        ((" + dy * i", ""), (" + dx * j", "")),
        "The tap's place in the kernel is missing: + dy*i, + dx*j.",
    ),
    Mutant(
        "padding forgotten",
        "sampling_positions",
        ((" - py", ""), (" - px", "")),
        "The padding is missing. The input here is not padded, so the taps begin at −py, −px.",
    ),
    Mutant(
        "padding added",
        "sampling_positions",
        ((" - py", " + py"), (" - px", " + px")),
        "You add the padding. The taps of the first output point begin at −py, −px.",
    ),
    Mutant(
        "stride forgotten",
        "sampling_positions",
        (("sy * oy", "oy"), ("sx * ox", "ox")),
        "The stride is missing: the output point (oy, ox) stands at (sy*oy, sx*ox).",
    ),
    Mutant(
        "dilation forgotten",
        "sampling_positions",
        (("dy * i", "i"), ("dx * j", "j")),
        "The dilation is missing: tap (i, j) stands at (dy*i, dx*j).",
    ),
    Mutant(
        "dilation on the offset",
        "sampling_positions",
        (
            ("+ dy * i + Δ[:, :, k, 0, oy, ox]", "+ dy * (i + Δ[:, :, k, 0, oy, ox])"),
            ("+ dx * j + Δ[:, :, k, 1, oy, ox]", "+ dx * (j + Δ[:, :, k, 1, oy, ox])"),
        ),
        "You multiply the offsets by the dilation. They are in pixels already.",
    ),
    Mutant(
        "stride on the offset",
        "sampling_positions",
        (
            (
                "sy * oy - py + dy * i + Δ[:, :, k, 0, oy, ox]",
                "sy * (oy + Δ[:, :, k, 0, oy, ox]) - py + dy * i",
            ),
            (
                "sx * ox - px + dx * j + Δ[:, :, k, 1, oy, ox]",
                "sx * (ox + Δ[:, :, k, 1, oy, ox]) - px + dx * j",
            ),
        ),
        "You multiply the offsets by the stride. They are in pixels already.",
    ),
    Mutant(
        "stride and dilation exchanged",
        "sampling_positions",
        (("sy * oy", "dy * oy"), ("dy * i", "sy * i"), ("sx * ox", "dx * ox"), ("dx * j", "sx * j")),
        "Stride and dilation are exchanged: the stride goes with the output point, the dilation with the "
        "tap.",
    ),
    Mutant(
        "whole offsets",
        "sampling_positions",
        ((_SPLIT, f"np.floor({_SPLIT})"),),
        "You round the offsets. They may lie between the pixels; that is what bilinear sampling is for.",
    ),
    Mutant(
        "first group for all",
        "sampling_positions",
        ((_SPLIT, f"{_SPLIT}[:, :1].repeat(G, axis=1)"),),
        "All offset groups get the offsets of the first one.",
    ),
    Mutant(
        "groups inside the taps",
        "sampling_positions",
        ((_SPLIT, "offset.reshape(N, kH * kW, G, 2, Ho, Wo).transpose(0, 2, 1, 3, 4, 5)"),),
        "You take the maps apart as tap, group, axis. The order is group, tap, axis.",
    ),
    Mutant(
        "first image for all",
        "sampling_positions",
        ((_SPLIT, f"{_SPLIT}[:1].repeat(N, axis=0)"),),
        "All images get the offsets of the first one.",
    ),
    Mutant(
        "offsets of the first output point",
        "sampling_positions",
        (("Δ[:, :, k, 0, oy, ox]", "Δ[:, :, k, 0, 0, 0]"), ("Δ[:, :, k, 1, oy, ox]", "Δ[:, :, k, 1, 0, 0]")),
        "You use the offsets of the first output point everywhere. Each output point has offsets of its own.",
    ),
    Mutant(
        "offsets of the first tap",
        "sampling_positions",
        (
            ("Δ[:, :, k, 0, oy, ox]", "Δ[:, :, 0, 0, oy, ox]"),
            ("Δ[:, :, k, 1, oy, ox]", "Δ[:, :, 0, 1, oy, ox]"),
        ),
        "All taps get the offset of the first one. Each tap has an offset of its own.",
    ),
    Mutant(
        "offset changed",
        "sampling_positions",
        ((_SPLIT, "offset.reshape(N, G, kH * kW, 2, Ho, Wo)\n    offset += 1\n    Δ = Δ - 1"),),
        "You add to offset itself.",
    ),
    mutant(
        "nearest pixel",
        "deform_im2col",
        _SAMPLE,
        "sample(input[n, served], np.round(y), np.round(x), border)",
        "You read the nearest pixel. A position between the pixels is sampled bilinearly.",
    ),
    mutant(
        "pixel by int()",
        "deform_im2col",
        _SAMPLE,
        "sample(input[n, served], int(y), int(x), border)",
        "You cut the fractions off with int(). A position between the pixels is sampled bilinearly.",
    ),
    mutant(
        "y and x exchanged",
        "deform_im2col",
        _SAMPLE,
        "sample(input[n, served], x, y, border)",
        "You sample at (x, y): a position is (y, x).",
    ),
    mutant(
        "always zeros outside",
        "deform_im2col",
        "y, x, border)",
        'y, x, "zeros")',
        'You always read zeros outside. With border "project" it is the nearest pixel: pass border on.',
    ),
    mutant(
        "always projected",
        "deform_im2col",
        "y, x, border)",
        'y, x, "project")',
        'You always project. With border "zeros" the image is zero outside: pass border on.',
    ),
    mutant(
        "projected to the padded image",
        "deform_im2col",
        _SAMPLE,
        "sample(np.pad(input[n, served], [(0, 0)] + [(p, p) for p in padding]), "
        "y + padding[0], x + padding[1], border)",
        "You pad the image and sample in that one. A position is projected onto the image without its "
        "padding.",
    ),
    mutant(
        "samples off the image skipped",
        "deform_im2col",
        "        served =",
        "        if not (0 <= y <= H - 1 and 0 <= x <= W - 1):\n            continue\n        served =",
        "You skip positions outside the image. Within one pixel of it they read a part of the border's "
        "pixels, and with project they always read one.",
    ),
    mutant(
        "kept on the image",
        "deform_im2col",
        "        served =",
        "        y, x = abs(y), abs(x)\n        served =",
        "You take the amount of a negative coordinate. That mirrors the position at the border.",
    ),
    mutant(
        "no offset groups",
        "deform_im2col",
        _SERVED,
        "slice(0, C1)",
        "Each group's offsets move all channels, so that the last group wins. Group g has the channels "
        "from g*(C1 // G) to (g + 1)*(C1 // G).",
    ),
    mutant(
        "every G-th channel",
        "deform_im2col",
        _SERVED,
        "slice(g, None, G)",
        "You give group g every G-th channel. Its channels stand next to each other.",
    ),
    mutant(
        "groups in reverse",
        "deform_im2col",
        _SERVED,
        "slice((G - 1 - g) * size, (G - g) * size)",
        "The groups are in reverse: group 0 has the first channels.",
    ),
    mutant(
        "first channel of a group",
        "deform_im2col",
        _SERVED,
        "slice(g * size, g * size + 1)",
        "Only the first channel of each group is read. The offsets serve all channels of the group.",
    ),
    mutant(
        "first channel for all",
        "deform_im2col",
        _SAMPLE,
        "sample(input[n, :1], y, x, border)",
        "All channels get what is read in the first one. Read each channel at the same position.",
    ),
    mutant(
        "first group's offsets",
        "deform_im2col",
        _AT,
        "positions[n, 0, k, oy, ox]",
        "All channels are read at the positions of group 0. Each group has positions of its own.",
    ),
    mutant(
        "first image's offsets",
        "deform_im2col",
        _AT,
        "positions[0, g, k, oy, ox]",
        "All images are read at the positions of the first one.",
    ),
    mutant(
        "first image alone",
        "deform_im2col",
        _SAMPLE,
        "sample(input[0, served], y, x, border)",
        "You read the first image in all of them.",
    ),
    mutant(
        "mean for each value",
        "deform_im2col",
        _SAMPLE,
        f"{_SAMPLE}.mean()",
        "All channels get the mean of what the channels read. Each has its own value.",
    ),
    mutant(
        "taps in reverse",
        "deform_im2col",
        _INTO,
        "A[n, served, taps - 1 - k, oy, ox] =",
        "The taps are in reverse, as if the kernel were turned round by 180 degrees. Deep learning does not.",
    ),
    mutant(
        "rows by taps",
        "deform_im2col",
        _COLUMNS,
        "return A.transpose(0, 2, 1, 3, 4).reshape(N, C1 * taps, Ho * Wo)",
        "Your rows are sorted by tap first, then by channel. Row (c1, k) is c1*kH*kW + k.",
    ),
    mutant(
        "columns by ox",
        "deform_im2col",
        _COLUMNS,
        "return A.transpose(0, 1, 2, 4, 3).reshape(N, C1 * taps, Ho * Wo)",
        "Your columns go down the columns of the output. Column (oy, ox) is oy*Wout + ox.",
    ),
    mutant(
        "columns transposed",
        "deform_im2col",
        _COLUMNS,
        "return A.reshape(N, C1 * taps, Ho * Wo).transpose(0, 2, 1)",
        "Your matrix is transposed: a column of A belongs to an output point, a row to a tap.",
    ),
    mutant(
        "whole numbers",
        "deform_im2col",
        _ZEROS,
        "np.zeros((N, C1, taps, Ho, Wo), int)",
        "You collect in an array of integers, which cuts off all fractions: give np.zeros the input's dtype.",
    ),
    mutant("bias forgotten", "deform_conv2d", " + bias[:, None]", "", "The bias is missing."),
    mutant(
        "bias of the first map",
        "deform_conv2d",
        "bias[:, None]",
        "bias[:1, None]",
        "All maps get the bias of the first one.",
    ),
    mutant(
        "bias for each tap",
        "deform_conv2d",
        "bias[:, None]",
        "C1 * kH * kW * bias[:, None]",
        "You add the bias inside the sum, once for each channel and tap. It is added once.",
    ),
    mutant("bias subtracted", "deform_conv2d", " + bias", " - bias", "You subtract the bias."),
    mutant(
        "kernel transposed",
        "deform_conv2d",
        _K,
        "weight.transpose(0, 1, 3, 2).reshape(C2, C1 * kH * kW)",
        "Rows and columns of your kernel are exchanged: k = i*kW + j.",
    ),
    mutant(
        "kernel turned round",
        "deform_conv2d",
        _K,
        "weight[:, :, ::-1, ::-1].reshape(C2, C1 * kH * kW)",
        "Your kernel is turned round by 180 degrees. What deep learning calls a convolution does not flip "
        "it.",
    ),
    mutant(
        "kernel's axes mixed",
        "deform_conv2d",
        _K,
        "weight.reshape(C1 * kH * kW, C2).T",
        "You reshape the kernel to (C1*kH*kW, C2) and transpose. That mixes the entries: its first axis is "
        "already C2.",
    ),
    mutant(
        "kernel sorted by taps",
        "deform_conv2d",
        _K,
        "weight.transpose(0, 2, 3, 1).reshape(C2, C1 * kH * kW)",
        "Your kernel's columns are sorted by tap first. The rows of A are sorted by channel first.",
    ),
    mutant(
        "first map alone",
        "deform_conv2d",
        _K,
        "weight[:1].repeat(C2, axis=0).reshape(C2, C1 * kH * kW)",
        "All output maps use the kernel of the first one.",
    ),
    mutant(
        "mean over the taps",
        "deform_conv2d",
        _K,
        f"{_K} / (C1 * kH * kW)",
        "You take the mean over channels and taps. A convolution takes the sum.",
    ),
    mutant(
        "offsets not used",
        "deform_conv2d",
        _DEFORM,
        "deform_im2col(input, 0 * offset, (kH, kW), stride, padding, dilation, border)",
        "Your output is that of an ordinary convolution: the offsets are not used.",
    ),
    mutant(
        "border not passed on",
        "deform_conv2d",
        _DEFORM,
        _DEFORM.replace("border", '"zeros"'),
        'The border is not passed on: with "project" you still read zeros outside.',
    ),
    mutant(
        "stride and dilation exchanged in the call",
        "deform_conv2d",
        _DEFORM,
        _DEFORM.replace("stride, padding, dilation", "dilation, padding, stride"),
        "Stride and dilation are exchanged in the call of deform_im2col.",
    ),
    mutant(
        "output by columns",
        "deform_conv2d",
        _OUT,
        "return Y.reshape(N, C2, Wo, Ho).transpose(0, 1, 3, 2)",
        "You read the columns of Y in the order of columns of the output. Column (oy, ox) is oy*Wout + ox.",
    ),
    mutant(
        "first image's output",
        "deform_conv2d",
        _OUT,
        "return Y[:1].repeat(N, axis=0).reshape(N, C2, Ho, Wo)",
        "Every image gets the output of the first one.",
    ),
    mutant(
        "bias written into",
        "deform_conv2d",
        "    Y = ",
        "    bias *= 1.5\n    Y = ",
        "You change the bias itself.",
    ),
)

EQUIVALENT: dict[str, str] = {
    "served = slice(g * size, (g + 1) * size) → served = slice(g * size, (g + 2) * size)": (
        "the next group, which comes later, writes its own channels anew"
    )
}
