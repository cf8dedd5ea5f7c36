"""Exercise 09: what the pixels of an image receive from the taps."""

import numpy as np

from dcn_course.reference import DeformedColumns, deform_conv2d_grad_input, deform_im2col

from ..ladder.model import Numbers
from ..svg import Canvas, Drawing

H, W = 4, 5
SIZE, MARGIN = 62, 90  # of a pixel; around the image, for the taps outside it


def draw() -> Drawing:
    """Draw the taps of a small layer, and what each pixel receives when every tap sends 1."""
    buffers = layer()
    canvas = Canvas(*panel_size())
    received = deform_conv2d_grad_input(np.ones((1, 4, 4)), buffers, (1, 1, H, W))[0, 0]
    panel(canvas, 0, received, received.max(), buffers, np.ones(16))
    return canvas.drawing(
        "An image of 4 by 5 pixels, each with the number that it receives, and 16 dots where the taps have "
        f"read, some of them outside. Together the pixels receive {received.sum():.2f} of 16; the rest "
        "belonged to places outside the image."
    )


def layer() -> DeformedColumns:
    """The samples of a 2×2 kernel with stride 2 on an image of 4×5 pixels."""
    offset = np.random.default_rng(9).uniform(-1.3, 1.3, (1, 8, 2, 2))
    return deform_im2col(np.zeros((1, 1, H, W)), offset, 2, stride=2)


def panel_size() -> tuple[float, float]:
    """Width and height of a panel."""
    return (W - 1) * SIZE + 2 * MARGIN, (H - 1) * SIZE + 2 * MARGIN


def panel(
    canvas: Canvas, left: float, received: Numbers, darkest: float, buffers: DeformedColumns, m: Numbers
) -> None:
    """Draw what the pixels receive, and the taps as discs as large as their m; a ring where it is 0."""
    for (y, x), value in np.ndenumerate(received):
        corner = left + MARGIN + (x - 0.5) * SIZE, MARGIN + (y - 0.5) * SIZE
        canvas.rectangle(*corner, SIZE, SIZE, "blue", 0.8 * value / darkest, "line")
        canvas.text(corner[0] + 4, corner[1] + 15, f"{value:.2f}", "ink", 12, "start")
    places = (buffers.indices + buffers.weights[..., 2:]).reshape(-1, 2)
    for (y, x), size in zip(places, m, strict=True):
        at = left + MARGIN + x * SIZE, MARGIN + y * SIZE
        if size:
            canvas.circle(*at, 5 * float(size), "orange")
        else:
            canvas.circle(*at, 4, "none", "orange")
