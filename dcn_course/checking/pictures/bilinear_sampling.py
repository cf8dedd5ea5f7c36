"""Exercise 04: an image between its pixels."""

import numpy as np

from dcn_course.reference import bilinear_sample

from ..svg import Canvas, Drawing
from .example import IMAGE


def draw() -> Drawing:
    """Draw the pixels, and the image sampled between them."""
    fine, size = 8, 32
    H, W = IMAGE.shape
    canvas = Canvas(2 * (W + 2) * size + 60, (H + 2) * size + 40)
    canvas.text((W + 2) * size / 2 + 20, 20, "the pixels")
    canvas.text((W + 2) * size * 1.5 + 40, 20, "sampled between them")
    for y in range(-1, H + 1):
        for x in range(-1, W + 1):
            value = IMAGE[y, x] if 0 <= y < H and 0 <= x < W else 0.0
            canvas.rectangle(20 + (x + 1) * size, 32 + (y + 1) * size, size, size, "blue", value / 9, "line")
    left, step = 40 + (W + 2) * size, size / fine
    levels: dict[int, list[tuple[float, float]]] = {}  # places of each shade, so that a shade is one shape
    for i, j in np.ndindex((H + 2) * fine, (W + 2) * fine):
        value, _ = bilinear_sample(IMAGE, (i + 0.5) / fine - 1.5, (j + 0.5) / fine - 1.5)
        levels.setdefault(round(4 * value), []).append((left + j * step, 32 + i * step))
    for level, places in sorted(levels.items()):
        if level:
            canvas.squares(places, step, "blue", level / 36)
    return canvas.drawing(
        "Left, an image of 4 by 5 pixels as squares of one colour each. Right, the same image sampled "
        "eight times "
        "as finely: the colour glides from pixel to pixel and fades to nothing over one pixel outside."
    )
