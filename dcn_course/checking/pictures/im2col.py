"""Exercise 01: an image and its columns."""

import numpy as np

from dcn_course.reference import im2col

from ..svg import Canvas, Drawing


def draw() -> Drawing:
    """Draw an image and its column matrix."""
    image = np.arange(1.0, 13).reshape(3, 4)
    A = im2col(image[None, None], 2)[0]
    canvas, cell = Canvas(560, 190), 34
    colours = ["blue", "orange", "green", "purple", "quiet", "ink"]
    canvas.text(2 * cell + 20, 20, "image")
    for (y, x), value in np.ndenumerate(image):
        canvas.rectangle(20 + x * cell, 32 + y * cell, cell, cell, "none", line="line")
        canvas.text(20 + (x + 0.5) * cell, 32 + (y + 0.65) * cell, f"{value:g}")
    for column, colour in enumerate(colours):  # the window of each output point, marked at its first tap
        oy, ox = divmod(column, 3)
        canvas.rectangle(24 + ox * cell, 36 + oy * cell, cell - 8, cell - 8, colour, 0.25)
    left = 260
    canvas.text(left + 3 * cell, 20, "columns A")
    for (row, column), value in np.ndenumerate(A):
        colour = colours[column]
        canvas.rectangle(left + column * cell, 32 + row * cell, cell, cell, colour, 0.25, "line")
        canvas.text(left + (column + 0.5) * cell, 32 + (row + 0.65) * cell, f"{value:g}")
    for row, tap in enumerate(["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"]):
        canvas.text(left - 8, 32 + (row + 0.65) * cell, tap, "quiet", 12, "end")
    return canvas.drawing(
        "An image of 3 by 4 pixels, numbered 1 to 12, and its matrix of columns for a kernel of 2 by 2 taps: "
        "6 columns, one for each output point, each with the 4 pixels that the taps read; the first is "
        "1, 2, 5, 6."
    )
