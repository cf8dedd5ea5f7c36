"""Exercise 06: an image with zeros around it, and with its edges drawn out."""

import numpy as np

from dcn_course.reference import bilinear_sample

from ..svg import Canvas, Drawing
from .example import IMAGE

_AROUND, _FINE, _SIZE = 2, 6, 30  # pixels around the image; samples a pixel; size of a pixel


def draw() -> Drawing:
    """Draw the two rules beside each other."""
    H, W = IMAGE.shape
    width, height = (W + 2 * _AROUND) * _SIZE, (H + 2 * _AROUND) * _SIZE
    canvas = Canvas(2 * width + 60, height + 46)
    step = _SIZE / _FINE
    for place, border in enumerate(("zeros", "project")):
        left = 20 + place * (width + 20)
        canvas.text(left + width / 2, 20, border)
        levels: dict[int, list[tuple[float, float]]] = {}  # a shade is one shape
        for i, j in np.ndindex(height * _FINE // _SIZE, width * _FINE // _SIZE):
            y, x = ((k + 0.5) / _FINE - _AROUND - 0.5 for k in (i, j))
            value, _ = bilinear_sample(IMAGE, y, x, border)  # type: ignore[arg-type]
            levels.setdefault(round(4 * value), []).append((left + j * step, 32 + i * step))
        for level, corners in sorted(levels.items()):
            if level:
                canvas.squares(corners, step, "blue", level / 36)
        canvas.rectangle(left, 32, width, height, "none", line="line")
        centre = (_AROUND + 0.5) * _SIZE
        canvas.rectangle(left + centre, 32 + centre, (W - 1) * _SIZE, (H - 1) * _SIZE, "none", line="orange")
    return canvas.drawing(
        "An image of 4 by 5 pixels, sampled on and around it, twice. With the rule zeros it fades to nothing "
        "over one pixel outside. With the rule project the colours of its edge go on unchanged to all sides."
    )
