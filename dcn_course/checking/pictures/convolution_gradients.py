"""Exercise 02: how often each pixel stands in the columns."""

import numpy as np

from dcn_course.reference import col2im, im2col

from ..svg import Canvas, Drawing

_SIZE, _CELL = (5, 6), 32
_LAYERS = (  # title, kernel, stride, padding
    ("3×3 taps", (3, 3), 1, 0),
    ("3×3 taps, padding 1", (3, 3), 1, 1),
    ("2×3 taps, stride 2", (2, 3), 2, 0),
)


def draw() -> Drawing:
    """Draw col2im of ones for three layers."""
    H, W = _SIZE
    step = W * _CELL + 30
    canvas = Canvas(len(_LAYERS) * step + 10, H * _CELL + 50)
    told = []
    for place, (title, kernel, stride, padding) in enumerate(_LAYERS):
        image = np.ones((1, 1, H, W))
        ones = np.ones_like(im2col(image, kernel, stride, padding))
        copies = col2im(ones, image.shape, kernel, stride, padding)[0, 0]
        left = 20 + place * step
        canvas.text(left + W * _CELL / 2, 20, title)
        for (y, x), count in np.ndenumerate(copies):
            at = left + x * _CELL, 32 + y * _CELL
            canvas.rectangle(*at, _CELL, _CELL, "blue", count / 15, "line")
            canvas.text(at[0] + _CELL / 2, at[1] + 0.65 * _CELL, f"{count:g}")
        told.append(f"{title}: first row {', '.join(f'{count:g}' for count in copies[0])}")
    return canvas.drawing(
        "Three images of 5 by 6 pixels; the number in each pixel says how many entries of the columns are "
        "copies "
        f"of it. {'. '.join(told)}."
    )
