"""What several figures draw: the lines of a lattice, the pixels of an image, a marked block."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from palette import INK, LINE


def lines(
    ax: Axes,
    y: Sequence[float],
    x: Sequence[float],
    width: float = 0.8,
    overhang: float = 0,
    zorder: float = 0,
) -> None:
    """Draw a line at each y and at each x, from the first to the last of the others."""
    style = {"color": LINE, "linewidth": width, "zorder": zorder}
    for place in y:
        ax.plot([x[0] - overhang, x[-1] + overhang], [place, place], **style)
    for place in x:
        ax.plot([place, place], [y[0] - overhang, y[-1] + overhang], **style)


def pixels(ax: Axes, image: np.ndarray, strength: float) -> None:
    """Draw an image as squares around its lattice points: the larger a value, the stronger the shade."""
    for (y, x), value in np.ndenumerate(image):
        box = (x - 0.5, y - 0.5), 1, 1
        ax.add_patch(Rectangle(*box, facecolor=INK, alpha=strength * value, linewidth=0))


def lattice_on_pixels(ax: Axes, image: np.ndarray, strength: float) -> None:
    """Draw an image, and on it the lines that join the centres of its pixels."""
    pixels(ax, image, strength)
    lines(ax, range(image.shape[0]), range(image.shape[1]), 0.6, zorder=2)


def fill(ax: Axes, left: float, top: float, width: float, height: float, colour: str) -> None:
    """Mark a block: tinted, with a frame."""
    box = (left, top), width, height
    ax.add_patch(Rectangle(*box, facecolor=colour, alpha=0.22, linewidth=0))
    ax.add_patch(Rectangle(*box, fill=False, edgecolor=colour, linewidth=2, zorder=3))
