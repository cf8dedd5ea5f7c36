"""Three taps read from the lattice; on the way back each adds to the pixels that it was read from."""

import matplotlib.pyplot as plt
import numpy as np
from lattice import lines
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from palette import BLUE, INK, ORANGE, PAPER, PURPLE, QUIET, use_style
from show import show

from dcn_course.reference.bilinear import BilinearSample, bilinear_grad_image, locate

ALT = (
    "A lattice of 3 by 4 pixels, twice, with three taps on it. First, forward: arrows lead from four "
    "pixels to each tap. Taps 1 and 2 lie in neighbouring cells and share two pixels; tap 3 lies "
    "outside, right of the last column, and two of its four neighbours are not pixels. Then, backward: "
    "the same arrows reversed. Beside each pixel stands what it receives; the two shared pixels receive"
    " two shares each, and the arrows of tap 3 that point outside end in crosses."
)
HEIGHT, WIDTH = 3, 4
TAPS = [(0.4, 0.7), (0.5, 1.25), (1.6, 3.4)]  # (y, x), in pixels
COLOURS = (BLUE, ORANGE, PURPLE)


def neighbours(sample: BilinearSample) -> list[tuple[int, int, float]]:
    """The four lattice points of a sample, (y, x), each with its weight."""
    (ay, ax), (w0, w1, w2, w3) = sample.a, sample.w
    return [
        *((ay, ax, w0 * w1), (ay + 1, ax, w1 * w2)),
        *((ay + 1, ax + 1, w2 * w3), (ay, ax + 1, w3 * w0)),
    ]


def received() -> np.ndarray:
    """What the pixels receive when each tap sends back 1; shape (HEIGHT, WIDTH)."""
    grad_image = np.zeros((HEIGHT, WIDTH))
    for y, x in TAPS:
        bilinear_grad_image(grad_image, locate(y, x, HEIGHT, WIDTH), 1.0)
    return grad_image


def lattice(ax: Axes) -> None:
    lines(ax, range(HEIGHT), range(WIDTH + 1), overhang=0.35)


def panel(title: str, back: bool) -> Figure:
    figure, ax = plt.subplots(figsize=(4.3, 3.2))
    lattice(ax)
    arrow = {"arrowstyle": "-|>", "mutation_scale": 10, "shrinkA": 7, "shrinkB": 7}
    for (y, x), colour in zip(TAPS, COLOURS, strict=True):
        for qy, qx, weight in neighbours(locate(y, x, HEIGHT, WIDTH)):
            ends = [(qx, qy), (x, y)]
            start, end = ends[::-1] if back else ends
            width = 0.6 + 3.2 * weight
            ax.annotate("", end, start, arrowprops={**arrow, "color": colour, "linewidth": width})
            if back and not (0 <= qy < HEIGHT and 0 <= qx < WIDTH):
                ax.scatter(qx, qy, s=60, marker="x", color=INK, linewidths=2, zorder=4)
    pixels = np.array([(x, y) for y in range(HEIGHT) for x in range(WIDTH)])
    ax.scatter(*pixels.T, s=40, color=INK, edgecolors=PAPER, zorder=3)
    for number, ((y, x), colour) in enumerate(zip(TAPS, COLOURS, strict=True), 1):
        ax.scatter(x, y, s=150, color=PAPER, edgecolors=colour, linewidths=1.8, zorder=5)
        ax.text(x, y + 0.01, str(number), ha="center", va="center", fontsize=9, zorder=6)
    if back:
        for (y, x), amount in np.ndenumerate(received()):
            if amount:
                below = y > 0
                place = x - 0.12 * below, y + (0.1 if below else -0.1)
                side = {"ha": "right", "va": "top"} if below else {"ha": "center", "va": "bottom"}
                ax.text(*place, f"{amount:.3f}".rstrip("0"), fontsize=10, **side)
    ax.set(xlim=(-0.5, WIDTH + 0.5), ylim=(HEIGHT - 0.45, -0.55), aspect="equal")
    ax.axis("off")
    ax.set_title(title, fontsize=11, color=QUIET)
    return figure


def draw() -> list[Figure]:
    use_style()
    return [panel("forward: read", back=False), panel("backward: add", back=True)]


if __name__ == "__main__":
    show(draw(), ALT, "scatter")
