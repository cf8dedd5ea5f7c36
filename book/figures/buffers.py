"""One sample and the seven numbers that the forward pass of the report keeps of it."""

import matplotlib.pyplot as plt
from lattice import lines
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import BLUE, GREEN, INK, ORANGE, PAPER, PURPLE, QUIET, use_style
from show import show

from dcn_course.reference.bilinear import locate

ALT = (
    "Left: part of channel c1 = 1 of the input, as a grid of pixels with row and column numbers. A "
    "point p lies at row 2.3, column 4.6. Its cell is marked, and so is the cell's upper-left pixel a "
    "at row 2, column 4. Four lengths are drawn at the cell's sides: w2 from a down to p and w0 from p "
    "on down, w3 from a right to p and w1 from p on to the right. Right: the two records of this "
    "sample. BufferIndices holds three integers, 1, 2 and 4; BufferWeights holds four fractions, 0.7, "
    "0.4, 0.3 and 0.6."
)
Y, X = 2.3, 4.6
ROWS, COLUMNS = range(1, 5), range(3, 7)


def dimension(ax: Axes, start: tuple, end: tuple, name: str, colour: str, shift: tuple) -> None:
    """A length with ticks at its ends, and its name."""
    (y0, x0), (y1, x1) = start, end
    ax.plot([x0, x1], [y0, y1], color=colour, linewidth=2.5, solid_capstyle="butt")
    for y, x in (start, end):
        across = (0.06, 0) if y0 == y1 else (0, 0.06)
        ax.plot([x - across[1], x + across[1]], [y - across[0], y + across[0]], color=colour, linewidth=1.2)
    ax.text((x0 + x1) / 2 + shift[1], (y0 + y1) / 2 + shift[0], name, color=colour, ha="center", va="center")


def cell() -> Figure:
    figure, ax = plt.subplots(figsize=(3.7, 3.6))
    lines(ax, ROWS, COLUMNS, 1, overhang=0.4)
    for k in ROWS:
        ax.text(2.4, k, k, color=QUIET, ha="center", va="center", fontsize=9)
    for k in COLUMNS:
        ax.text(k, 0.4, k, color=QUIET, ha="center", va="center", fontsize=9)
    ax.add_patch(Rectangle((4, 2), 1, 1, facecolor=BLUE, alpha=0.12, linewidth=0))
    ax.scatter([c for _ in ROWS for c in COLUMNS], [r for r in ROWS for _ in COLUMNS], s=22, color=QUIET)
    ax.plot([4, 5], [Y, Y], color=QUIET, linewidth=0.8, linestyle=(0, (2, 2)))
    ax.plot([X, X], [2, 3], color=QUIET, linewidth=0.8, linestyle=(0, (2, 2)))
    dimension(ax, (2, 3.8), (Y, 3.8), "w₂", GREEN, (0, -0.2))
    dimension(ax, (Y, 3.8), (3, 3.8), "w₀", BLUE, (0, -0.2))
    dimension(ax, (1.8, 4), (1.8, X), "w₃", PURPLE, (-0.2, 0))
    dimension(ax, (1.8, X), (1.8, 5), "w₁", ORANGE, (-0.2, 0))
    ax.scatter(4, 2, s=85, color=INK, edgecolors=PAPER, zorder=3)
    ax.text(3.87, 1.85, "a", style="italic", fontsize=13, ha="right", va="bottom")
    ax.scatter(X, Y, s=70, color=INK, edgecolors=PAPER, zorder=3, marker="D")
    ax.text(X + 0.12, Y + 0.2, "p", style="italic", fontsize=13)
    ax.text(6.4, 4.62, "channel c₁ = 1", color=QUIET, ha="right", va="center", fontsize=10)
    ax.set(xlim=(2.2, 6.5), ylim=(4.75, 0.2), aspect="equal")
    ax.axis("off")
    return figure


def table(ax: Axes, y: float, title: str, entries: list[tuple[str, str, str]], words: str) -> None:
    """One record: a row of boxes with a name over each."""
    ax.text(0, y - 0.72, title, fontsize=12, weight="bold")
    for place, (name, value, colour) in enumerate(entries):
        ax.add_patch(Rectangle((place, y), 0.92, 0.62, facecolor=PAPER, edgecolor=colour, linewidth=1.6))
        ax.text(place + 0.46, y - 0.2, name, ha="center", va="center", color=colour)
        ax.text(place + 0.46, y + 0.31, value, ha="center", va="center", fontsize=12)
    ax.text(0, y + 0.88, words, fontsize=9.5, color=QUIET, va="center")


def records() -> Figure:
    figure, ax = plt.subplots(figsize=(3.7, 3.6))
    sample = locate(Y, X, 10, 10)
    integers = zip(("c₁", "aʸ", "aˣ"), ("1", *map(str, sample.a)), (QUIET, INK, INK), strict=True)
    names, colours = ("w₀", "w₁", "w₂", "w₃"), (BLUE, ORANGE, GREEN, PURPLE)
    fractions = zip(names, (f"{w:.1f}" for w in sample.w), colours, strict=True)
    table(ax, 0, "BufferIndices", list(integers), "integers: where the four pixels are")
    table(ax, 2.35, "BufferWeights", list(fractions), "fractions: what each of them counts")
    ax.set(xlim=(-0.1, 4.1), ylim=(3.5, -1.1), aspect="equal")
    ax.axis("off")
    return figure


def draw() -> list[Figure]:
    use_style()
    return [cell(), records()]


if __name__ == "__main__":
    show(draw(), ALT, "buffers")
