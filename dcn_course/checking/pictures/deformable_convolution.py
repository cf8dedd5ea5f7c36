"""Exercise 07: displaced taps, and the columns that they fill."""

import numpy as np

from dcn_course.reference import deform_im2col, sampling_position

from ..svg import Canvas, Drawing
from .example import IMAGE

_CELL = 48
_SHOWN = (((0, 0), "orange"), ((1, 2), "purple"))  # output points, each in a colour
# The offset (y, x) of each tap at the output points that are shown.
_OFFSETS = {
    (0, 0): [(-0.25, 0.25), (0.5, -0.25), (0.25, -0.5), (0.75, 0.5)],
    (1, 2): [(-0.75, 0.25), (0.25, 0.75), (0.5, -0.5), (0.75, -0.25)],
}


def draw() -> Drawing:
    """Draw where the taps of two output points read, and the columns with what they read."""
    H, W = IMAGE.shape
    offset = np.zeros((1, 8, H - 1, W - 1))
    for (oy, ox), pairs in _OFFSETS.items():
        offset[0, :, oy, ox] = np.ravel(pairs)
    A = deform_im2col(IMAGE[None, None], offset, 2).columns[0]
    canvas = Canvas(W * _CELL + 330, H * _CELL + 60)
    canvas.text(20 + W * _CELL / 2, 20, "image")
    for (y, x), value in np.ndenumerate(IMAGE):
        canvas.rectangle(20 + x * _CELL, 36 + y * _CELL, _CELL, _CELL, "blue", value / 20, "line")
        canvas.text(20 + (x + 0.5) * _CELL, 36 + (y + 0.6) * _CELL, f"{value:g}", "quiet")
    for point, colour in _SHOWN:
        _taps(canvas, point, colour)
    left = W * _CELL + 100
    canvas.text(left + 90, 20, "two columns of A")
    told = []
    for column, ((oy, ox), colour) in enumerate(_SHOWN):
        values = A[:, oy * (W - 1) + ox]
        told.append(f"for the output point ({oy}, {ox}) " + ", ".join(f"{value:g}" for value in values))
        canvas.text(left + 45 + column * 90, 52, f"({oy}, {ox})", colour)
        for k, value in enumerate(values):
            canvas.rectangle(left + column * 90, 60 + k * 34, 90, 34, colour, 0.2, "line")
            canvas.text(left + 45 + column * 90, 82 + k * 34, f"{value:g}")
    for k in range(4):
        canvas.text(left - 8, 82 + k * 34, f"tap {k}", "quiet", 12, "end")
    return canvas.drawing(
        "An image of 4 by 5 pixels with their values. For two output points, rings show the four taps of a "
        "kernel of 2 by 2 taps and lines lead to discs, where the taps read after their offsets. Beside it "
        "the "
        f"two columns of A with the four values that are read there: {', '.join(told)}."
    )


def _taps(canvas: Canvas, point: tuple[int, int], colour: str) -> None:
    for k, delta in enumerate(_OFFSETS[point]):
        place = _on_page(sampling_position(point, divmod(k, 2), (0.0, 0.0), (1, 1), (0, 0), (1, 1)))
        moved = _on_page(sampling_position(point, divmod(k, 2), delta, (1, 1), (0, 0), (1, 1)))
        canvas.path([place, moved], colour, 1.5)
        canvas.circle(*place, 5, "paper", colour)
        canvas.circle(*moved, 9, colour)
        canvas.text(moved[0], moved[1] + 4, f"{k}", "paper", 12)


def _on_page(position: tuple[float, float]) -> tuple[float, float]:
    return 20 + (position[1] + 0.5) * _CELL, 36 + (position[0] + 0.5) * _CELL
