"""Exercise 12: a sample on the way forward and on the way back."""

import numpy as np

from dcn_course.reference import bilinear_derivative, bilinear_grad_image, bilinear_sample

from ..svg import Canvas, Drawing

_IMAGE = np.array([[10.0, 20], [40, 80]])
_PLACE, _KERNEL, _BIAS, _DELTA = (0.25, 0.5), 3.0, 1.0, 2.0


def draw() -> Drawing:
    """Draw one sample and its four pixels: what is read, and what is sent back."""
    value, sample = bilinear_sample(_IMAGE, *_PLACE)
    w0, w1, w2, w3 = sample.w
    weights = np.array([[w0 * w1, w3 * w0], [w1 * w2, w2 * w3]])
    shares = np.zeros((2, 2))
    bilinear_grad_image(shares, sample, _DELTA * _KERNEL)
    slopes = [_DELTA * _KERNEL * float(slope) for slope in bilinear_derivative(_IMAGE, sample)]
    canvas, size, top = Canvas(620, 250), 120, 70
    lefts = 70, 390
    for left, title in zip(lefts, ("forward", "backward"), strict=True):
        canvas.text(left + size / 2, 24, title)
        at = left + _PLACE[1] * size, top + _PLACE[0] * size
        for (i, j), pixel in np.ndenumerate(_IMAGE):
            place = left + j * size, top + i * size
            canvas.path([place, at], "line", 1 + 8 * float(weights[i, j]))
            canvas.circle(*place, 17, "paper", "ink")
            if title == "forward":
                words, beside = f"{pixel:g}", f"× {weights[i, j]:g}"
            else:
                words, beside = "+", f"+ {shares[i, j]:g}"
            canvas.text(place[0], place[1] + 5, words)
            canvas.text(place[0] + (45 if j else -45), place[1] + 5, beside, "blue", 12)
        canvas.circle(*at, 6, "orange", "none")
    at = lefts[1] + _PLACE[1] * size, top + _PLACE[0] * size
    step = size / 400
    canvas.path([at, (at[0] + step * slopes[1], at[1] + step * slopes[0])], "orange", 3)
    output = _KERNEL * value + _BIAS
    line = top + size + 45
    canvas.text(
        lefts[0] + size / 2,
        line,
        f"sample {value:g}, output {_KERNEL:g} · {value:g} + {_BIAS:g} = {output:g}",
    )
    canvas.text(
        lefts[1] + size / 2, line, f"δ = {_DELTA:g}; offset's gradient ({slopes[0]:g}, {slopes[1]:g})"
    )
    return canvas.drawing(
        "Left, forward: four pixels, 10, 20, 40 and 80, give a sample between them their values times the "
        "weights 0.375, 0.375, 0.125 and 0.125. Right, backward: the sample gives each pixel its share of "
        "the gradient, large to the near ones, and an arrow, the gradient of the offset, points to where "
        "the value grows."
    )
