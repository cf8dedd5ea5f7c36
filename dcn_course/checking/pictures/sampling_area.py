"""Exercise 14: the sampling areas of an ordinary and of a deformable network."""

import numpy as np
from numpy.typing import NDArray

from dcn_course.reference import (
    conv2d,
    conv2d_grad_input,
    deformable_conv2d,
    deformable_conv2d_grad_input,
)

from ..svg import Canvas, Drawing

_H, _W, _SIZE = 9, 10, 22
_POINT = 3, 3


def draw() -> Drawing:
    """Draw the areas of one output point, and the receptive field of the ordinary network."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(1, 1, _H, _W))
    first, second = rng.normal(size=(2, 1, 3, 3)), rng.normal(size=(3, 2, 3, 3))
    K_op, b_op = 0.15 * rng.normal(size=(18, 1, 3, 3)), rng.uniform(-1.5, 1.5, 18)
    areas = []
    for deformable in (False, True):
        maps = deformable_conv2d(X, K_op, b_op, first) if deformable else conv2d(X, first)
        area = np.zeros((_H, _W))
        for c2 in range(len(second)):
            δ = np.zeros((1, len(second), *(n - 2 for n in maps.shape[2:])))
            δ[0, c2][_POINT] = 1
            back = conv2d_grad_input(δ, second, maps.shape)
            if deformable:
                area += np.abs(deformable_conv2d_grad_input(back, X, K_op, b_op, first).total[0, 0])
            else:
                area += np.abs(conv2d_grad_input(back, first, X.shape)[0, 0])
        areas.append(area)
    canvas = Canvas(2 * _W * _SIZE + 70, _H * _SIZE + 60)
    for place, (title, area) in enumerate(
        zip(("two convolutions", "the first one deformable"), areas, strict=True)
    ):
        _panel(canvas, 20 + place * (_W * _SIZE + 30), title, area)
    return canvas.drawing(
        "Two images of 9 by 10 pixels, darker where one output point depends on them more. Left, two "
        "convolutions: only the 5 by 5 pixels in a black frame are dark, more so in the middle. Right, the "
        "first convolution is deformable: dark pixels lie scattered inside the frame and outside it."
    )


def _panel(canvas: Canvas, left: float, title: str, area: NDArray[np.float64]) -> None:
    top = 40
    canvas.text(left + _W * _SIZE / 2, 22, title)
    for (y, x), value in np.ndenumerate(area):
        strength = round(float(np.sqrt(value / area.max())), 2)
        canvas.rectangle(
            left + x * _SIZE, top + y * _SIZE, _SIZE, _SIZE, "blue" if strength else "none", strength, "line"
        )
    field = 5 * _SIZE
    corner = left + _POINT[1] * _SIZE, top + _POINT[0] * _SIZE
    canvas.rectangle(*corner, field, field, "none", line="ink")
