"""Exercise 05: the slopes between the pixels."""

import numpy as np

from dcn_course.reference import bilinear_derivative, locate

from ..svg import Canvas, Drawing
from .example import IMAGE


def draw() -> Drawing:
    """Draw the slopes as strokes that point uphill."""
    size = 70
    H, W = IMAGE.shape
    canvas = Canvas((W - 1) * size + 80, (H - 1) * size + 80)
    for (y, x), value in np.ndenumerate(IMAGE):
        canvas.circle(40 + x * size, 40 + y * size, 2 + 1.2 * value, "line")
    for y in np.arange(0.125, H - 1, 0.25):
        for x in np.arange(0.125, W - 1, 0.25):
            down, right = bilinear_derivative(IMAGE, locate(y, x, H, W))
            tail = 40 + x * size, 40 + y * size
            canvas.path([tail, (tail[0] + 2.5 * right, tail[1] + 2.5 * down)], "orange", 1.5)
            canvas.circle(*tail, 1.8, "orange", "none")
    return canvas.drawing(
        "An image of 4 by 5 pixels as discs, large where the value is large. From points between them start "
        "strokes that point uphill, towards the large discs, longer where the value grows faster."
    )
