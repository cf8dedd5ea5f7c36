"""Exercise 10: where taps on and around an image want to go."""

import numpy as np

from dcn_course.reference import bilinear_derivative, locate

from ..svg import Canvas, Drawing
from .example import IMAGE

SIZE, MARGIN, LENGTH = 70, 90, 10.0
# (y, x): on the image, then above it, below, left, right, and beyond a corner.
TAPS = [(0.4, 0.6), (0.6, 2.6), (1.5, 1.4), (1.4, 3.5), (2.4, 0.4), (2.6, 2.5)]
HELD = [(-0.7, 0.6), (-0.5, 2.5), (3.6, 0.7), (3.7, 3.4), (1.3, -0.7), (2.5, 4.7), (-0.7, 4.7)]


def draw() -> Drawing:
    """Draw the direction in which each tap reads more, with the border `project`."""
    H, W = IMAGE.shape
    canvas = Canvas((W - 1) * SIZE + 2 * MARGIN, (H - 1) * SIZE + 2 * MARGIN)
    for (y, x), value in np.ndenumerate(IMAGE):
        canvas.circle(MARGIN + x * SIZE, MARGIN + y * SIZE, 2 + 1.2 * value, "line")
    canvas.rectangle(MARGIN, MARGIN, (W - 1) * SIZE, (H - 1) * SIZE, "none", line="quiet")
    for places, colour in ((TAPS, "orange"), (HELD, "blue")):
        for y, x in places:
            down, right = bilinear_derivative(IMAGE, locate(y, x, H, W, "project"))
            tail = MARGIN + x * SIZE, MARGIN + y * SIZE
            canvas.path([tail, (tail[0] + LENGTH * right, tail[1] + LENGTH * down)], colour, 2)
            canvas.circle(*tail, 4, colour)
    return canvas.drawing(
        "An image of 4 by 5 pixels as discs, large where the value is large, in a frame through the "
        "outermost pixels. From six taps inside the frame start strokes that point uphill in any direction. "
        "From the taps above and below the frame the strokes run along it to the left or right, from those "
        "beside it up or down, and the one beyond the corner has none."
    )
