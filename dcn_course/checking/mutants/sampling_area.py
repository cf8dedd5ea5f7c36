"""Mistakes in exercise 14."""

from .model import Mutant, mutant

_A, _W, _F = "sampling_area", "answers", "frame"
_LEAF = "X = image.detach().clone().requires_grad_()"
_GRAD = "(gradient,) = torch.autograd.grad(value, X, retain_graph=True)"
_ADD = "area += gradient.abs().sum(0)"
_POINT = "Y[0, :, oy, ox]"
_CHANGE = "changed[c, y, x] += step"
_COPY = "changed = image.clone()"
_SUM = "(after - before).abs().sum() / step"
_ROWS = "rows, columns = area.any(1).nonzero(), area.any(0).nonzero()"
_SIZES = "return top, left, rows.max() - top + 1, columns.max() - left + 1"

MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "with signs",
        _A,
        _ADD,
        "area += gradient.sum(0)",
        "You add up the gradients with their signs: then they cancel. Take absolute values first.",
    ),
    mutant(
        "absolute value of the sum over the channels",
        _A,
        _ADD,
        "area += gradient.sum(0).abs()",
        "You add up the channels before you take the absolute value: there signs cancel.",
    ),
    Mutant(
        "absolute value of the sum over the maps",
        _A,
        ((_POINT, "[Y[0, :, oy, ox].sum()]"),),
        "You differentiate the sum of the output maps: there signs cancel. Differentiate each by itself.",
    ),
    mutant(
        "squares",
        _A,
        _ADD,
        "area += (gradient**2).sum(0)",
        "You add up squares. The area is the sum of absolute values.",
    ),
    mutant(
        "mean over the channels",
        _A,
        _ADD,
        "area += gradient.abs().mean(0)",
        "You take the mean over the image's channels. The area is the sum.",
    ),
    mutant(
        "largest channel",
        _A,
        _ADD,
        "area += gradient.abs().amax(0)",
        "You take the largest of the image's channels. The area is their sum.",
    ),
    mutant(
        "first channel",
        _A,
        _ADD,
        "area += gradient.abs()[0]",
        "You look at the first channel of the image alone. The area is the sum over all.",
    ),
    mutant(
        "first map", _A, _POINT, "Y[0, :1, oy, ox]", "You look at the first output map alone. Sum over all."
    ),
    mutant(
        "last map",
        _A,
        _ADD,
        "area = gradient.abs().sum(0)",
        "Each output map starts the area anew, so only the last one is left: +=.",
    ),
    mutant(
        "mean over the maps",
        _A,
        _ADD,
        "area += gradient.abs().sum(0) / Y.shape[1]",
        "You take the mean over the output maps. The area is the sum.",
    ),
    mutant(
        "point swapped",
        _A,
        _POINT,
        "Y[0, :, min(ox, Y.shape[2] - 1), min(oy, Y.shape[3] - 1)]",
        "You look at the output point (ox, oy): a pair is (y, x).",
    ),
    mutant(
        "all points",
        _A,
        _POINT,
        "Y[0].sum((1, 2))",
        "You differentiate the sum of all output points. The area belongs to one of them.",
    ),
    mutant(
        "after a ReLU",
        _A,
        "Y = network(X[None])",
        "Y = network(X[None]).relu()",
        "You look at the output behind a ReLU, where negative outputs have no gradient.",
    ),
    mutant(
        "times the image",
        _A,
        _ADD,
        "area += (gradient * image).abs().sum(0)",
        "You multiply the gradient by the image. The area is the gradient alone.",
    ),
    mutant(
        "backward in place of grad",
        _A,
        _GRAD,
        "X.grad = None; value.backward(retain_graph=True); gradient = X.grad",
        "backward() adds to the .grad of the network's parameters, which others still need. "
        "torch.autograd.grad leaves them alone.",
    ),
    mutant(
        "the caller's image",
        _A,
        _LEAF,
        "X = image.requires_grad_()",
        "You make the caller's image require a gradient: work on a copy, image.detach().clone().",
    ),
    mutant(
        "graph freed",
        _A,
        ", retain_graph=True",
        "",
        "The graph is freed after the first map, and the second one needs it: retain_graph=True.",
    ),
    mutant(
        "not divided",
        _W,
        ".sum() / step",
        ".sum()",
        "You do not divide by the step: the answer is per unit of input.",
    ),
    mutant(
        "with signs, by hand",
        _W,
        _SUM,
        "(after - before).sum() / step",
        "You add up the changes with their signs: then they cancel.",
    ),
    mutant(
        "absolute value of the sum, by hand",
        _W,
        _SUM,
        "(after - before).sum().abs() / step",
        "You add up the output maps before you take the absolute value: there signs cancel.",
    ),
    mutant(
        "mean over the maps, by hand",
        _W,
        _SUM,
        "(after - before).abs().mean() / step",
        "You take the mean over the output maps. The answer is the sum.",
    ),
    mutant(
        "first map, by hand",
        _W,
        _SUM,
        "(after - before).abs()[0] / step",
        "You compare the first output map alone before and after. Sum over all.",
    ),
    mutant(
        "last channel, by hand",
        _W,
        "area[y, x] +=",
        "area[y, x] =",
        "Each channel starts the pixel anew, so only the last one is left: +=.",
    ),
    mutant(
        "changes stay",
        _W,
        _COPY,
        "changed = image",
        "You change the image itself, and the changes stay: clone it for each.",
    ),
    Mutant(
        "changes add up",
        _W,
        (
            (_COPY, "pass"),
            ("before = network", "changed = image.clone()\n        before = network"),
        ),
        "You clone the image once, and the changes add up. Only one number may differ: clone it for each.",
    ),
    mutant(
        "all channels at once",
        _W,
        _CHANGE,
        "changed[:, y, x] += step",
        "You change all channels of the pixel at once. Change one number at a time.",
    ),
    mutant(
        "set and not added",
        _W,
        _CHANGE,
        "changed[c, y, x] = step",
        "You set the pixel to the step. The step is added to it.",
    ),
    mutant(
        "y and x swapped",
        _W,
        _CHANGE,
        "changed[c, min(x, H - 1), min(y, W - 1)] += step",
        "You change the pixel (x, y): a pair is (y, x).",
    ),
    mutant(
        "both sides",
        _W,
        "(after - before)",
        "(after - network(2 * image[None] - changed[None])[0, :, oy, ox])",
        "You step to both sides, but divide by one step. Asked for is the change from the image itself.",
    ),
    mutant(
        "compared with nothing",
        _W,
        "(after - before)",
        "after",
        "You add up the output itself. The answer is its change.",
    ),
    mutant(
        "last row not counted",
        _F,
        "rows.max() - top + 1",
        "rows.max() - top",
        "Your height is one too small: the first and the last row both belong to it.",
    ),
    mutant(
        "last column not counted",
        _F,
        "columns.max() - left + 1",
        "columns.max() - left",
        "Your width is one too small: the first and the last column both belong to it.",
    ),
    Mutant(
        "ends not counted",
        _F,
        (("rows.max() - top + 1", "rows.max() - top"), ("columns.max() - left + 1", "columns.max() - left")),
        "Your height and width are one too small: both ends belong to them.",
    ),
    mutant(
        "rows and columns swapped",
        _F,
        _ROWS,
        "columns, rows = area.any(1).nonzero(), area.any(0).nonzero()",
        "Rows and columns are exchanged: area.any(1) goes through each row and says which rows count.",
    ),
    mutant(
        "corners and not sizes",
        _F,
        _SIZES,
        "return top, left, rows.max(), columns.max()",
        "You give the last row and column. Asked for are the height and the width.",
    ),
    mutant(
        "counted and not spanned",
        _F,
        _SIZES,
        "return top, left, len(rows), len(columns)",
        "You count the rows in which something is. The rectangle may have empty ones inside.",
    ),
    mutant(
        "from the upper left corner",
        _F,
        _SIZES,
        "return top, left, rows.max() + 1, columns.max() + 1",
        "You measure from the image's corner. The rectangle begins at its own top and left.",
    ),
    mutant(
        "positive numbers alone",
        _F,
        _ROWS,
        "rows, columns = (area > 0).any(1).nonzero(), (area > 0).any(0).nonzero()",
        "You ask for positive numbers. What is not zero counts, negative numbers too.",
    ),
    mutant(
        "small numbers dropped",
        _F,
        _ROWS,
        "rows, columns = (area.abs() > 1e-6).any(1).nonzero(), (area.abs() > 1e-6).any(0).nonzero()",
        "You drop small numbers. What is not zero counts, however small.",
    ),
    mutant(
        "around the largest",
        _F,
        "rows.min(), columns.min()",
        "area.abs().argmax() // area.shape[1], area.abs().argmax() % area.shape[1]",
        "Your rectangle begins at the largest number. It begins at the first row and column that count.",
    ),
    mutant(
        "left before top",
        _F,
        "return top, left,",
        "return left, top,",
        "You give the left column before the top row: first y, then x.",
    ),
    mutant(
        "width before height",
        _F,
        "rows.max() - top + 1, columns.max() - left + 1",
        "columns.max() - left + 1, rows.max() - top + 1",
        "You give the width before the height: first y, then x.",
    ),
)

_ONE = "there is one image, so the first one is the last one too"
_SHAPE = "only the shape of the channel is used, and all channels have the same"
EQUIVALENT: dict[str, str] = {
    "area = torch.zeros_like(image[0]) → area = torch.zeros_like(image[(-1)])": _SHAPE,
    "area = torch.zeros_like(image[0]) → area = torch.zeros_like(image[(-1)]) (2)": _SHAPE,
    "for value in Y[0, :, oy, ox]: → for value in Y[(-1), :, oy, ox]:": _ONE,
    "before = network(image[None])[0, :, oy, ox] → before = network(image[None])[(-1), :, oy, ox]": _ONE,
    "after = network(changed[None])[0, :, oy, ox] → after = network(changed[None])[(-1), :, oy, ox]": _ONE,
}
