"""Two small maps, their column matrix, and its product with the kernel: the report's Figure 2, drawn anew."""

import matplotlib.pyplot as plt
import numpy as np
from lattice import fill, lines
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from palette import BLUE, GREEN, INK, ORANGE, QUIET, use_style
from show import show

from dcn_course.reference import im2col

ALT = (
    "Upper left: two input maps of 3 by 4 pixels, named a to l and A to L. A window of 2 by 2 pixels is "
    "marked in both: f, g, j, k and F, G, J, K. Upper right: the column matrix with 8 rows and 6 "
    "columns; column 4 holds f, g, j, k, F, G, J, K from top to bottom. Lower left: the kernel as a "
    "matrix with 2 rows and 8 columns, its second row marked. Lower right, below the column matrix: the "
    "output with 2 rows and 6 columns; its marked entry stands where the marked row and the marked "
    "column meet."
)
NAMES = np.array([list("abcdefghijkl"), list("ABCDEFGHIJKL")]).reshape(2, 3, 4)  # (C1, H, W)
KERNEL_SIZE = (2, 2)
COLUMN = 4  # p_o = (1, 1): Wout is 3
ROW = 1  # c2


def columns_of_names() -> np.ndarray:
    """The column matrix with the pixels' names in place of their values: (C1·kH·kW, Hout·Wout)."""
    numbers = np.arange(NAMES.size, dtype=float).reshape(1, *NAMES.shape)
    return NAMES.ravel()[im2col(numbers, KERNEL_SIZE)[0].astype(int)]


def grid(ax: Axes, left: float, top: float, names: np.ndarray, size: float = 11) -> None:
    """Draw a matrix of names, one a unit square, with its upper left corner at (left, top)."""
    rows, columns = names.shape
    lines(ax, top + np.arange(rows + 1), left + np.arange(columns + 1))
    for (i, j), name in np.ndenumerate(names):
        ax.text(left + j + 0.5, top + i + 0.52, name, ha="center", va="center", fontsize=size)


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(6.0, 4.9))
    A = columns_of_names()
    rows, points = A.shape
    top, left = rows + 1.6, rows + 2.2  # of the kernel's and of A's block
    oy, ox = divmod(COLUMN, NAMES.shape[2] - KERNEL_SIZE[1] + 1)
    for c1, colour in enumerate((BLUE, ORANGE)):
        y = c1 * 4.4
        grid(ax, 2.3, y, NAMES[c1])
        fill(ax, 2.3 + ox, y + oy, 2, 2, colour)
        ax.text(1.9, y + 1.5, f"X, c₁ = {c1}", ha="right", va="center", color=colour)
        fill(ax, left + COLUMN, c1 * 4, 1, 4, colour)
        arrow = {"arrowstyle": "-|>", "color": colour, "connectionstyle": "arc3,rad=-0.08", "shrinkB": 5}
        ax.annotate("", (left, c1 * 4 + 2), (6.4, y + 1.5), arrowprops=arrow)
    grid(ax, left, 0, A)
    grid(ax, 0, top, np.full((2, rows), ""))
    grid(ax, left, top, np.full((2, points), ""))
    fill(ax, 0, top + ROW, rows, 1, INK)
    fill(ax, left + COLUMN, top + ROW, 1, 1, GREEN)
    small = {"ha": "center", "va": "center", "color": QUIET}
    for r in range(rows):
        ax.text(r + 0.5, top - 0.4, str(r % 4), fontsize=9, **small)
        ax.text(left + points + 0.4, r + 0.52, str(r % 4), fontsize=9, **small)
    ax.text(left + points + 0.4, -0.4, "k", style="italic", **small)
    for point in range(points):
        ax.text(left + point + 0.5, -0.4, str(point), fontsize=9, **small)
    ax.text(-0.55, top - 0.4, "k", style="italic", **small)
    name = {"ha": "center", "va": "center", "fontsize": 12}
    ax.text(left + points / 2, -1.15, "A, a column for each pₒ", **name)
    ax.text(rows / 2, top + 2.7, "K, a row for each c₂", **name)
    ax.text(left + points / 2, top + 2.7, "Y = K A", **name)
    ax.set(xlim=(-0.9, left + points + 0.9), ylim=(top + 3.1, -1.5), aspect="equal")
    ax.axis("off")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "im2col")
