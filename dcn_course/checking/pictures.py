"""What one should see at the end of each exercise, drawn with the specification."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dcn_course.reference import bilinear_derivative, bilinear_sample, im2col, locate

from .svg import Canvas, Drawing

# An image that is neither square nor symmetric.
IMAGE = np.array([[1.0, 2, 4, 3, 1], [2, 5, 9, 6, 2], [1, 4, 7, 8, 5], [0, 1, 3, 6, 9]])


def picture(number: int) -> Drawing:
    """Draw what one should see at the end of an exercise.

    Args:
        number: of the exercise.

    Returns:
        An SVG; in a notebook it shows itself.

    Raises:
        ValueError: there is no such picture.
    """
    if number not in _PICTURES:
        raise ValueError(f"number: expected one of {sorted(_PICTURES)}, got {number!r}")
    return _PICTURES[number]()


def _columns() -> Drawing:
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


def _sampled() -> Drawing:
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


def _slopes() -> Drawing:
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


_PICTURES: dict[int, Callable[[], Drawing]] = {1: _columns, 4: _sampled, 5: _slopes}
