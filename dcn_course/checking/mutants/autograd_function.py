"""Mistakes in exercise 12."""

from .model import Mutant, mutant

_F, _B, _C = "DeformConv2d.forward", "DeformConv2d.backward", "DeformConv2d"
_SETTINGS = "settings = stride, padding, dilation, border"
_K = "weight.flatten(1) @"
_Y = "Y = weight.flatten(1) @ A.flatten(1, 2).flatten(2) + bias[:, None]"
_KEEP = "ctx.save_for_backward(input, offset, weight)"
_SAVED = "input, offset, weight = ctx.saved_tensors"
_RETURN = "return Y.reshape(len(input), len(weight), *offset.shape[2:])"
_DELTA = "delta = grad_output.flatten(2)"
_GRAD_A = "(weight.flatten(1).T @ delta)"
_SHARE = "add_pixels(grad_input, ay + i, ax + j, wy[i] * wx[j] * grad_A)"
_SLOPE_Y, _SLOPE_X = "(2 * i - 1) * wx[j] * X", "(2 * j - 1) * wy[i] * X"
_STACK = "torch.stack([along_y, along_x], 2)"
_WEIGHT = "(delta @ A.flatten(1, 2).flatten(2).mT).sum(0)"
_GRADS = "return grad_input, grad_offset, grad_weight, grad_bias, None, None, None, None"

MUTANTS: tuple[Mutant, ...] = (
    mutant("bias forgotten", _F, " + bias[:, None]", "", "The bias is missing."),
    mutant(
        "nearest pixel",
        _F,
        "sum(wy[i] * wx[j] * pixels(input, ay + i, ax + j) for i, j in CORNERS)",
        "pixels(input, ay, ax)",
        "You read the pixel at the cell's corner alone. A value between the pixels is made of four.",
    ),
    mutant(
        "weights of y and x swapped",
        _F,
        "wy[i] * wx[j] *",
        "wy[j] * wx[i] *",
        "The weights are exchanged: i counts down and goes with wy, j counts right and goes with wx.",
    ),
    mutant(
        "weights of the far pixel",
        _F,
        "wy[i] * wx[j] *",
        "wy[1 - i] * wx[1 - j] *",
        "Each pixel has the weight of the opposite one. The nearer a pixel, the larger its weight.",
    ),
    mutant(
        "border ignored",
        _F,
        _SETTINGS,
        'settings = stride, padding, dilation, "zeros"',
        'You always take the border "zeros": pass on the one that was given.',
    ),
    mutant(
        "padding forgotten",
        _F,
        _SETTINGS,
        "settings = stride, (0, 0), dilation, border",
        "You leave the padding out: the first tap of the first point stands at -padding.",
    ),
    mutant(
        "stride and dilation exchanged",
        _F,
        _SETTINGS,
        "settings = dilation, padding, stride, border",
        "Stride and dilation are exchanged in your call of cells.",
    ),
    mutant(
        "offsets ignored",
        _F,
        "cells(offset,",
        "cells(0 * offset,",
        "You do not use the offsets: this is the ordinary convolution.",
    ),
    mutant(
        "kernel transposed",
        _F,
        _K,
        "weight.mT.flatten(1) @",
        "Rows and columns of your kernel are exchanged: k = i*kW + j.",
    ),
    mutant(
        "kernel turned round",
        _F,
        _K,
        "weight.flip(2, 3).flatten(1) @",
        "Your kernel is turned round by 180 degrees. What deep learning calls a convolution does not "
        "flip it.",
    ),
    mutant(
        "kernel sorted by taps",
        _F,
        _K,
        "weight.permute(0, 2, 3, 1).flatten(1) @",
        "Your kernel's columns are sorted by tap first. The rows of A are sorted by channel first.",
    ),
    mutant(
        "channels summed before the kernel",
        _F,
        _Y,
        "A = A.sum(1, keepdim=True).expand_as(A); " + _Y,
        "You add up the channels before the kernel: each channel has kernel entries of its own.",
    ),
    mutant(
        "output by columns",
        _F,
        _RETURN,
        "return Y.reshape(len(input), len(weight), *offset.shape[:1:-1]).mT",
        "You read the columns of Y in the order of columns of the output. Column (oy, ox) is oy*Wout + ox.",
    ),
    mutant(
        "view in forward",
        _F,
        "cells(offset,",
        "cells(offset.view(-1).view(offset.shape),",
        "You use view on a tensor that need not be contiguous. reshape and flatten copy where they must.",
    ),
    mutant(
        "input changed",
        _F,
        _Y,
        f"input *= 2; {_Y}",
        "You change the input itself. The caller still needs it.",
    ),
    mutant(
        "nothing saved",
        _B,
        _KEEP,
        "pass",
        "Nothing was saved: call ctx.save_for_backward in forward.",
        _F,
    ),
    Mutant(
        "saved on the class",
        _B,
        (
            (_KEEP, "DeformConv2d.kept = input, offset, weight"),
            (_SAVED, "input, offset, weight = DeformConv2d.kept"),
        ),
        "You keep the tensors on the class. When the layer is applied to a second batch before the first way "
        "back, they are overwritten: each call has a ctx of its own.",
        _C,
    ),
    mutant(
        "settings of the class",
        _B,
        "ctx.settings",
        "DeformConv2d.settings",
        "You keep stride, padding, dilation and border on the class and not on ctx.",
        _F,
    ),
    mutant(
        "grad_output forgotten",
        _B,
        _DELTA,
        "delta = torch.ones_like(grad_output).flatten(2)",
        "You do not use grad_output: your gradients are those of the sum of all outputs.",
    ),
    mutant(
        "view of grad_output",
        _B,
        _DELTA,
        "delta = grad_output.view(*grad_output.shape[:2], -1)",
        "You use view on grad_output, which need not be contiguous. flatten and reshape copy where "
        "they must.",
    ),
    mutant(
        "kernel forgotten",
        _B,
        _GRAD_A,
        "(torch.ones_like(weight).flatten(1).T @ delta)",
        "The kernel is missing in your gradient of A: ∂E/∂A = Kᵀ δ.",
    ),
    mutant(
        "offsets get the columns for the slope",
        _B,
        "along_y = (grad_A * slope_y",
        "along_y = (grad_A * A",
        "In y you multiply by the value of the sample. The offset asks for its slope.",
    ),
    mutant(
        "sign of the slope in y",
        _B,
        _SLOPE_Y,
        "(1 - 2 * i) * wx[j] * X",
        "Your slope in y has the wrong sign: the lower row counts plus.",
    ),
    mutant(
        "sign of the slope in x",
        _B,
        _SLOPE_X,
        "(1 - 2 * j) * wy[i] * X",
        "Your slope in x has the wrong sign: the right column counts plus.",
    ),
    Mutant(
        "signs of both slopes",
        _B,
        ((_SLOPE_Y, "(1 - 2 * i) * wx[j] * X"), (_SLOPE_X, "(1 - 2 * j) * wy[i] * X")),
        "Your slopes have the wrong sign: lower row minus upper row, right column minus left column.",
    ),
    Mutant(
        "weights of the slopes swapped",
        _B,
        ((_SLOPE_Y, "(2 * i - 1) * wy[j] * X"), (_SLOPE_X, "(2 * j - 1) * wx[i] * X")),
        "The slope in y is weighted along x, with wx, and the slope in x along y.",
    ),
    Mutant(
        "slopes without weights",
        _B,
        ((_SLOPE_Y, "(2 * i - 1) * X / 2"), (_SLOPE_X, "(2 * j - 1) * X / 2")),
        "You take the mean of the two differences in a cell. The nearer one counts more.",
    ),
    mutant(
        "projected offsets still move in y",
        _B,
        " * slope_y * free_y)",
        " * slope_y)",
        "Where the border holds a sample in y, moving its offset does nothing: multiply by free_y.",
    ),
    mutant(
        "projected offsets still move in x",
        _B,
        " * slope_x * free_x)",
        " * slope_x)",
        "Where the border holds a sample in x, moving its offset does nothing: multiply by free_x.",
    ),
    Mutant(
        "projected offsets still move",
        _B,
        ((" * slope_y * free_y)", " * slope_y)"), (" * slope_x * free_x)", " * slope_x)")),
        "Where the border holds a sample, moving its offset does nothing: multiply by free_y and free_x.",
    ),
    Mutant(
        "held in one axis, held in both",
        _B,
        (
            (" * slope_y * free_y)", " * slope_y * free_y * free_x)"),
            (" * slope_x * free_x)", " * slope_x * free_y * free_x)"),
        ),
        "A sample that is held in one axis may still move along the other.",
    ),
    mutant(
        "projected samples give the pixels nothing",
        _B,
        _SHARE,
        "add_pixels(grad_input, ay + i, ax + j, wy[i] * wx[j] * grad_A * (free_y & free_x))",
        "A sample that the border holds still reads a pixel, which must get its share.",
    ),
    Mutant(
        "first channel moves the offsets",
        _B,
        ((" * free_y).sum(1)", " * free_y)[:, 0]"), (" * free_x).sum(1)", " * free_x)[:, 0]")),
        "All channels are read at the same place: sum over them for the gradient of the offsets.",
    ),
    Mutant(
        "mean over the channels",
        _B,
        ((" * free_y).sum(1)", " * free_y).mean(1)"), (" * free_x).sum(1)", " * free_x).mean(1)")),
        "You take the mean over the channels. The gradient of an offset is the sum.",
    ),
    mutant(
        "all y, then all x",
        _B,
        _STACK,
        "torch.stack([along_y, along_x], 1)",
        "Your offsets' gradient has all y first and then all x. The order is y, x for each tap.",
    ),
    mutant(
        "x before y",
        _B,
        _STACK,
        "torch.stack([along_x, along_y], 2)",
        "Your offsets' gradient has x before y. A pair is (y, x).",
    ),
    mutant(
        "equals for plus equals",
        _B,
        _SHARE,
        "add_pixels(grad_input.zero_(), ay + i, ax + j, wy[i] * wx[j] * grad_A)",
        "Each corner starts the input's gradient anew: they add up.",
    ),
    mutant(
        "pixels get their value",
        _B,
        _SHARE,
        "add_pixels(grad_input, ay + i, ax + j, wy[i] * wx[j] * grad_A * X)",
        "The value is linear in the pixel: its derivative is the weight alone, without the pixel.",
    ),
    mutant(
        "shares without weights",
        _B,
        _SHARE,
        "add_pixels(grad_input, ay + i, ax + j, grad_A)",
        "Each pixel gets the whole gradient of the sample. It gets its weight's share.",
    ),
    mutant(
        "shares to the nearest pixel",
        _B,
        _SHARE,
        "add_pixels(grad_input, ay, ax, wy[i] * wx[j] * grad_A)",
        "All four shares go to the cell's corner: each goes to its own pixel.",
    ),
    mutant(
        "weights of y and x swapped in the shares",
        _B,
        _SHARE,
        "add_pixels(grad_input, ay + i, ax + j, wy[j] * wx[i] * grad_A)",
        "In the shares i goes with wy and j with wx; yours are exchanged.",
    ),
    mutant(
        "mean over the images",
        _B,
        _WEIGHT,
        "(delta @ A.flatten(1, 2).flatten(2).mT).mean(0)",
        "You take the mean over the images for the kernel's gradient. It is the sum.",
    ),
    mutant(
        "kernel of the first image",
        _B,
        _WEIGHT,
        "(delta @ A.flatten(1, 2).flatten(2).mT)[0]",
        "Only the first image counts in your kernel's gradient: sum over all of them.",
    ),
    mutant(
        "kernel's gradient from nearest pixels",
        _B,
        "A = A + wy[i] * wx[j] * X",
        "A = A + X / 4",
        "Your A of the way back is not that of forward: its four pixels have weights.",
    ),
    mutant(
        "bias summed over the points alone",
        _B,
        "delta.sum((0, 2))",
        "delta[0].sum(1)",
        "Only the first image counts in your bias' gradient.",
    ),
    mutant(
        "bias summed over the images alone",
        _B,
        "delta.sum((0, 2))",
        "delta[:, :, 0].sum(0)",
        "Only the first output point counts in your bias' gradient.",
    ),
    mutant(
        "mean for the bias",
        _B,
        "delta.sum((0, 2))",
        "delta.mean((0, 2))",
        "You take a mean for the bias. Its gradient is the sum of δ over images and points.",
    ),
    mutant(
        "bias forgotten on the way back",
        _B,
        _GRADS,
        "return grad_input, grad_offset, grad_weight, None, None, None, None, None",
        "You return None for the bias: it needs a gradient too.",
    ),
    mutant(
        "no gradient for the offsets",
        _B,
        _GRADS,
        "return grad_input, None, grad_weight, grad_bias, None, None, None, None",
        "You return None for the offsets: then they are never trained.",
    ),
    mutant(
        "frozen images stop everything",
        _B,
        _SAVED,
        "if not ctx.needs_input_grad[0]:\n            return (None,) * 8\n        " + _SAVED,
        "When the images need no gradient, you return none at all. In a network's first layer the kernel "
        "still needs its own.",
    ),
    mutant(
        "flags of needs_input_grad moved on",
        _B,
        _GRADS,
        "needs = ctx.needs_input_grad\n        return (grad_input if needs[1] else None, "
        "grad_offset if needs[2] else None, grad_weight if needs[3] else None, grad_bias, *(None,) * 4)",
        "Your flags are one too far: ctx.needs_input_grad[0] belongs to input. ctx itself is not counted.",
    ),
    mutant(
        "grad_output changed",
        _B,
        _DELTA,
        f"{_DELTA}; grad_output *= 2",
        "You change grad_output itself, which others still need.",
    ),
)

EQUIVALENT: dict[str, str] = {}
