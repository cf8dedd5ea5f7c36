"""Two maps, read at the same moved places, and their column matrix: the report's Figure 3, drawn anew."""

import matplotlib.pyplot as plt
import numpy as np
from lattice import fill, lines
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from palette import BLUE, INK, ORANGE, PAPER, QUIET, use_style
from show import show

from dcn_course.reference import sampling_position

ALT = (
    "Left: two input maps of 4 by 5 pixels, one above the other. In both, four hollow dots show the "
    "places of a kernel of 2 by 2 taps, and arrows lead to four full dots, numbered 0 to 3, between the"
    " pixels; the moves are the same in both maps. Right: the column matrix with 8 rows and 12 columns."
    " In the column of this output point the four values of the first map stand above the four of the "
    "second, in the order of the taps."
)
SIZE = (4, 5)
POINT = (1, 2)  # p_o
# (y, x) of each tap at this output point, in pixels. Chosen by hand: a layer would compute its own.
OFFSETS = np.array([[-0.6, -0.75], [-0.55, 0.8], [0.65, -0.4], [0.3, 0.7]])
TAPS = [(0, 0), (0, 1), (1, 0), (1, 1)]


def places() -> tuple[np.ndarray, np.ndarray]:
    """The places (y, x) of the taps without and with their offsets, two arrays (4, 2)."""
    plain = [sampling_position(POINT, tap, (0, 0), (1, 1), (0, 0), (1, 1)) for tap in TAPS]
    moved = [
        sampling_position(POINT, t, d, (1, 1), (0, 0), (1, 1)) for t, d in zip(TAPS, OFFSETS, strict=True)
    ]
    return np.array(plain, float), np.array(moved)


def draw_map(ax: Axes, left: float, top: float, colour: str, name: str) -> None:
    H, W = SIZE
    lines(ax, top + np.arange(H), left + np.arange(W))
    yy, xx = np.mgrid[:H, :W]
    ax.scatter(left + xx, top + yy, s=10, color=QUIET, zorder=1)
    for k, (a, b) in enumerate(zip(*places(), strict=True)):
        (y0, x0), (y1, x1) = a, b
        ax.scatter(left + x0, top + y0, s=34, facecolors=PAPER, edgecolors=colour, linewidths=1.3, zorder=2)
        ax.plot([left + x0, left + x1], [top + y0, top + y1], color=colour, linewidth=1.2, zorder=2)
        ax.scatter(left + x1, top + y1, s=125, color=colour, edgecolors=PAPER, zorder=3)
        ax.text(
            left + x1, top + y1 + 0.02, str(k), color=PAPER, ha="center", va="center", fontsize=9, zorder=4
        )
    ax.text(left + (W - 1) / 2, top + H - 0.35, name, color=colour, ha="center", va="center")


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(6.0, 4.6))
    rows, points = 2 * len(TAPS), (SIZE[0] - 1) * (SIZE[1] - 1)
    column = POINT[0] * (SIZE[1] - 1) + POINT[1]
    left, width = 6.6, 0.62
    lines(ax, range(rows + 1), left + width * np.arange(points + 1))
    for c1, colour in enumerate((BLUE, ORANGE)):
        top = c1 * 4.8 - 0.4
        draw_map(ax, 0.4, top, colour, f"X, c₁ = {c1}")
        fill(ax, left + column * width, 4 * c1, width, 4, colour)
        for k in range(4):
            ax.text(
                left + (column + 0.5) * width,
                4 * c1 + k + 0.52,
                str(k),
                ha="center",
                va="center",
                fontsize=10,
            )
        arrow = {"arrowstyle": "-|>", "color": colour, "connectionstyle": "arc3,rad=-0.05", "shrinkB": 4}
        ax.annotate("", (left + column * width, 4 * c1 + 2), (4.9, top + 1.5), arrowprops=arrow)
        ax.text(left + points * width + 0.2, 4 * c1 + 2, f"c₁ = {c1}", color=colour, va="center", fontsize=10)
    centre = left + points * width / 2
    ax.text(centre, -0.75, "A, a column for each pₒ", ha="center", fontsize=12)
    ax.text(left + (column + 0.5) * width, rows + 0.45, "pₒ", ha="center", va="center", color=INK)
    ax.set(xlim=(-0.1, left + points * width + 1.7), ylim=(8.4, -1.3), aspect="equal")
    ax.axis("off")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "deformed-im2col")
