"""Two ways to fill a vector: with output points of one map, or with maps at one output point."""

import matplotlib.pyplot as plt
from lattice import lines
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import BLUE, INK, ORANGE, QUIET, use_style
from show import show

ALT = (
    "Two tables of samples: rows are maps, columns are output points. Left, few maps: a vector lies across, "
    "over many output points of one map; each of its numbers comes from another place. Right, many maps: the "
    "vector stands upright, over many maps at one output point; its numbers lie side by side and share "
    "one place and one set of weights."
)


def table(ax: Axes, maps: int, points: int, title: str) -> None:
    lines(ax, range(maps + 1), range(points + 1))
    ax.set_title(title, fontsize=11, pad=8)
    ax.text(-0.5, maps / 2, "maps", ha="right", va="center", rotation=90, color=QUIET)
    ax.text(points / 2, maps + 0.5, "output points", ha="center", va="top", color=QUIET)
    ax.set(xlim=(-1.6, points + 0.2), ylim=(maps + 1.8, -0.2), aspect="equal")
    ax.axis("off")


def draw() -> list[Figure]:
    use_style()
    left, ax = plt.subplots(figsize=(4.6, 2.2))
    table(ax, 3, 16, "few maps: vectors over points")
    ax.add_patch(Rectangle((2, 1), 8, 1, facecolor=BLUE, alpha=0.35, edgecolor=BLUE, linewidth=1.5))
    ax.text(6, 1.5, "one vector", ha="center", va="center", color=INK, fontsize=10)
    right, ax = plt.subplots(figsize=(2.8, 3.0))
    table(ax, 12, 7, "many maps: vectors over maps")
    ax.add_patch(Rectangle((3, 2), 1, 8, facecolor=ORANGE, alpha=0.35, edgecolor=ORANGE, linewidth=1.5))
    ax.text(3.5, 6, "one vector", ha="center", va="center", color=INK, fontsize=10, rotation=90)
    return [left, right]


if __name__ == "__main__":
    show(draw(), ALT, "vectors")
