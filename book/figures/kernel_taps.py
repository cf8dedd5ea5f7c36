"""Nine taps on a handwritten digit: on the regular grid of a 3x3 kernel, and moved by offsets."""

import matplotlib.pyplot as plt
import numpy as np
from lattice import lines, pixels
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from palette import BLUE, ORANGE, PAPER, QUIET, use_style
from show import show
from sklearn.datasets import load_digits

ALT = (
    "A handwritten three of 8 by 8 pixels, twice. First: the nine taps of a 3 by 3 kernel on a regular "
    "grid around one point. Then: a line leads each tap to a place between the pixels, so that the nine "
    "taps follow the stroke."
)
CENTRE = np.array([4, 4])  # (y, x), in pixels
# (y, x) for each tap, in pixels, row by row. Chosen by hand: a layer would compute its own.
OFFSETS = np.array(
    [
        *([-1.8, -1.3], [-2.6, -0.5], [-1.4, -0.8]),
        *([-1.1, 0.4], [0.1, 0.5], [1.2, 0.5]),
        *([1.6, -0.7], [2.0, -0.4], [1.5, 0.2]),
    ]
)


def digit(ax: Axes) -> None:
    image = load_digits().images[3] / 16
    pixels(ax, image, 0.55)
    edges = np.arange(9) - 0.5
    lines(ax, edges, edges, 0.6, zorder=2)
    ax.set(xlim=(-0.6, 7.6), ylim=(7.6, -0.6), aspect="equal")
    ax.axis("off")


def taps() -> np.ndarray:
    """The nine places that a convolution reads, (y, x), row by row."""
    return CENTRE + np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])


def panel(title: str, offsets: np.ndarray | None) -> Figure:
    figure, ax = plt.subplots(figsize=(3.3, 3.5))
    digit(ax)
    places = taps()
    if offsets is None:
        ax.scatter(places[:, 1], places[:, 0], s=60, color=BLUE, edgecolors=PAPER, linewidths=1, zorder=3)
    else:
        ends = places + offsets
        ax.scatter(places[:, 1], places[:, 0], s=22, color=BLUE, zorder=3)
        for (y0, x0), (y1, x1) in zip(places, ends, strict=True):
            ax.plot([x0, x1], [y0, y1], color=ORANGE, linewidth=1.5, zorder=4)
        ax.scatter(ends[:, 1], ends[:, 0], s=60, color=ORANGE, edgecolors=PAPER, linewidths=1, zorder=5)
    ax.set_title(title, fontsize=11, color=QUIET)
    return figure


def draw() -> list[Figure]:
    use_style()
    return [panel("convolution", None), panel("deformable convolution", OFFSETS)]


if __name__ == "__main__":
    show(draw(), ALT, "kernel-taps")
