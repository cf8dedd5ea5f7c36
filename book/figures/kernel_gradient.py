"""Y = K A laid out so that rows and columns meet: one kernel entry forward, and the way back to it."""

import matplotlib.pyplot as plt
import numpy as np
from lattice import lines
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import BLUE, GREEN, INK, ORANGE, QUIET, use_style
from show import show

ALT = (
    "Three tables of squares, twice: the kernel at the lower left, the column matrix A at the upper "
    "right, and where the kernel's rows meet A's columns the output. First, forward: one entry of the "
    "kernel, row c2, column (c1, k), goes through the row (c1, k) of A into the row c2 of Y. Then, "
    "backward: the row c2 of δ and the row (c1, k) of A, multiplied entry by entry and summed, give the"
    " same entry of ∂E/∂K."
)
MAPS, ROWS, POINTS = 3, 6, 7  # C2, C1·kH·kW, Hout·Wout
C2, ROW = 1, 3  # the entry that is followed
GAP = 1.1  # between the tables, in squares


def table(ax: Axes, left: float, top: float, rows: int, columns: int) -> None:
    lines(ax, top + np.arange(rows + 1), left + np.arange(columns + 1))


def mark(ax: Axes, left: float, top: float, width: int, colour: str, hatch: str) -> None:
    ax.add_patch(Rectangle((left, top), width, 1, facecolor=colour, alpha=0.3, linewidth=0))
    ax.add_patch(
        Rectangle((left, top), width, 1, facecolor="none", edgecolor=colour, linewidth=1.4, hatch=hatch)
    )


def panel(title: str, at_kernel: str, at_output: str, back: bool) -> Figure:
    figure, ax = plt.subplots(figsize=(4.1, 3.7))
    right, below = ROWS + GAP, ROWS + GAP  # where A begins in x, where K and Y begin in y
    table(ax, 0, below, MAPS, ROWS)
    table(ax, right, 0, ROWS, POINTS)
    table(ax, right, below, MAPS, POINTS)
    mark(ax, ROW, below + C2, 1, ORANGE, "")
    mark(ax, right, ROW, POINTS, BLUE, "///")
    mark(ax, right, below + C2, POINTS, GREEN, "\\\\\\")
    middle = right + POINTS / 2
    arrow = {
        "color": INK,
        "linewidth": 1.4,
        "arrowstyle": "-|>",
        "shrinkA": 0,
        "shrinkB": 0,
        "mutation_scale": 14,
    }
    if back:
        steps = [((right - 0.1, below + C2 + 0.5), (ROW + 1.1, below + C2 + 0.5))]
        steps += [((right - 0.1, ROW + 0.6), (ROW + 0.8, below + C2 - 0.1))]
    else:
        steps = [((ROW + 0.8, below + C2 - 0.1), (right - 0.1, ROW + 0.6))]
        steps += [((middle, ROW + 1.1), (middle, below + C2 - 0.1))]
    for start, end in steps:
        ax.annotate("", end, start, arrowprops=arrow)
    name = {"ha": "center", "va": "center", "fontsize": 13}
    ax.text(ROWS / 2, below + MAPS + 0.75, at_kernel, color=ORANGE, **name)
    ax.text(middle, -0.75, "A", color=BLUE, style="italic", **name)
    ax.text(middle, below + MAPS + 0.75, at_output, color=GREEN, **name)
    small = {"color": QUIET, "fontsize": 10, "va": "center"}
    ax.text(-0.25, below + C2 + 0.5, "c₂", ha="right", **small)
    ax.text(ROW + 0.4, below - 0.45, "(c₁, k)", ha="right", **small)
    ax.text(right - 0.25, ROW, "(c₁, k)", ha="right", **small)
    ax.set(xlim=(-1.2, right + POINTS + 0.2), ylim=(below + MAPS + 1.4, -1.4), aspect="equal")
    ax.axis("off")
    ax.set_title(title, fontsize=11, color=QUIET)
    return figure


def draw() -> list[Figure]:
    use_style()
    return [panel("forward", "K", "Y", back=False), panel("backward", "∂E/∂K", "δ", back=True)]


if __name__ == "__main__":
    show(draw(), ALT, "kernel-gradient")
