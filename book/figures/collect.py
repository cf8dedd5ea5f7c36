"""One pixel's copies in the column matrix, and how often each pixel was copied."""

import matplotlib.pyplot as plt
import numpy as np
from im2col import KERNEL_SIZE, NAMES, columns_of_names, grid
from lattice import fill
from matplotlib.figure import Figure
from palette import BLUE, GREEN, QUIET, use_style
from show import show

from dcn_course.reference import col2im, im2col

ALT = (
    "First: the column matrix of one map of 3 by 4 pixels, a to l, with 4 rows and 6 columns. The pixel "
    "f stands in it four times, once in each row, in the columns 4, 3, 1 and 0. Then: the map itself, "
    "with the number of copies of each pixel: 1 2 2 1 in the upper row, 2 4 4 2 in the middle, 1 2 2 1 "
    "in the lower."
)
PIXEL = "f"


def copies() -> np.ndarray:
    """How often im2col copies each pixel: (H, W)."""
    shape = (1, 1, *NAMES.shape[1:])
    return col2im(im2col(np.ones(shape), KERNEL_SIZE), shape, KERNEL_SIZE)[0, 0]


def draw() -> list[Figure]:
    use_style()
    A = columns_of_names()[:4]
    left, ax = plt.subplots(figsize=(3.2, 2.6))
    grid(ax, 0, 0, A)
    for i, j in np.argwhere(A == PIXEL):
        fill(ax, j, i, 1, 1, BLUE)
    for k in range(4):
        ax.text(-0.4, k + 0.52, str(k), ha="center", va="center", fontsize=9, color=QUIET)
    for point in range(6):
        ax.text(point + 0.5, -0.35, str(point), ha="center", va="center", fontsize=9, color=QUIET)
    ax.text(-0.4, -0.35, "k", ha="center", va="center", style="italic", color=QUIET)
    ax.set(xlim=(-0.8, 6.2), ylim=(5.0, -0.8), aspect="equal")
    ax.text(3, 4.6, "in A: one pixel, four entries", ha="center", va="center")
    right, bx = plt.subplots(figsize=(2.5, 2.6))
    grid(bx, 0, 0, NAMES[0])
    for (i, j), count in np.ndenumerate(copies()):
        bx.text(j + 0.93, i + 0.93, f"{count:.0f}", ha="right", va="bottom", fontsize=8, color=GREEN)
    (y, x) = np.argwhere(NAMES[0] == PIXEL)[0]
    fill(bx, x, y, 1, 1, BLUE)
    bx.set(xlim=(-0.3, 4.3), ylim=(4.0, -0.8), aspect="equal")
    bx.text(2, 3.6, "in X: the sum of the four", ha="center", va="center")
    for axes in (ax, bx):
        axes.axis("off")
    return [left, right]


if __name__ == "__main__":
    show(draw(), ALT, "collect")
