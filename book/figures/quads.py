"""A map in memory as it comes, and as a table of quads: where the four pixels of one cell lie."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import BLUE, GREEN, INK, LINE, ORANGE, PAPER, PURPLE, QUIET, use_style
from show import show

ALT = (
    "Above, a map of 3 rows and 5 pixels, numbered row by row; a point p lies in the cell of the pixels 6, "
    "11, 12 and 7. In the middle, the map in memory: 15 boxes in a row; 6 and 7 touch, 11 and 12 lie "
    "five boxes on. Below, a part of the table of quads: four boxes for each cell; the quad of cell 6 holds "
    "6, 11, 12, 7 side by side, so that one read brings all four."
)
H, W = 3, 5
CELL = 6  # the pixel a
CORNERS = {CELL: BLUE, CELL + W: ORANGE, CELL + W + 1: GREEN, CELL + 1: PURPLE}


def quad(a: int) -> list[int]:
    """The pixels at a, below, diagonal and right, in the order of the table."""
    return [a, a + W, a + W + 1, a + 1]


def box(ax: Axes, x: float, y: float, pixel: int, width: float = 1.0) -> None:
    colour = CORNERS.get(pixel)
    ax.add_patch(Rectangle((x, y), width, 1, facecolor=PAPER, edgecolor=LINE, linewidth=1, zorder=1))
    if colour:
        ax.add_patch(Rectangle((x, y), width, 1, facecolor=colour, alpha=0.25, linewidth=0, zorder=2))
    ax.text(
        x + width / 2,
        y + 0.5,
        f"{pixel}",
        ha="center",
        va="center",
        color=colour or QUIET,
        fontweight="bold" if colour else "normal",
        zorder=3,
    )


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(7.2, 4.3))
    for pixel in range(H * W):
        box(ax, 5 + pixel % W, pixel // W, pixel)
    # p lies between the centres of the four pixels.
    ax.scatter(5 + 1.5 + 0.5, 1.5 + 0.58, s=45, color=INK, edgecolors=PAPER, zorder=4)
    ax.text(5 + 2.12, 1.5 + 0.36, "p", style="italic", va="center", zorder=4)
    ax.text(4.7, 1.5, "the map", ha="right", va="center")

    y = 4.6
    ax.text(0, y - 0.2, "in memory, row by row", color=INK)
    for pixel in range(H * W):
        box(ax, pixel, y, pixel)
    for first in (CELL, CELL + W):
        ax.plot([first, first + 2], [y + 1.18] * 2, color=INK, linewidth=2)
    ax.text(CELL + W / 2 + 1, y + 1.5, "two reads, a row apart", ha="center", va="center", fontsize=10)

    y = 7.6
    ax.text(0, y - 0.2, "as quads, cell by cell", color=INK)
    x = 0.0
    for a in (CELL - 1, CELL, CELL + 1):
        for pixel in quad(a):
            box(ax, x, y, pixel)
            x += 1
        x += 0.5
    ax.text(x - 0.1, y + 0.5, "…", va="center", color=QUIET)
    ax.plot([4.5, 8.5], [y + 1.18] * 2, color=INK, linewidth=2)
    ax.text(6.5, y + 1.5, "one read", ha="center", va="center", fontsize=10)
    ax.set(xlim=(-0.1, 15.1), ylim=(9.5, -0.2), aspect="equal")
    ax.axis("off")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "quads")
