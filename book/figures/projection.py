"""Points outside the image, projected onto it: the right half of the report's Figure 4, drawn anew."""

import matplotlib.pyplot as plt
from lattice import lines
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import BLUE, GREEN, INK, ORANGE, PAPER, QUIET, use_style
from show import show

from dcn_course.reference.bilinear import project

ALT = (
    "A lattice of 3 by 4 pixels, joined by thin lines; its frame is the border of the image. The point "
    "p lies above the image, right of the second column; an arrow leads straight down from it to its "
    "projection on the upper edge, which may still slide to the left and to the right. The point p' "
    "lies below and right of the image; its arrow leads to the lower right corner, where nothing may "
    "slide. Below the last row and right of the last column, hollow squares mark the neighbours that do"
    " not exist: they have weight zero and are not read."
)
H, W = 3, 4
# (y, x): held in y alone, and held in both axes.
POINTS = {"p": (-0.8, 1.4), "p'": (2.75, 3.8)}
COLOURS = {"p": ORANGE, "p'": BLUE}


def projected(p: tuple[float, float]) -> tuple[float, float]:
    return project(p[0], H), project(p[1], W)


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(4.8, 3.9))
    lines(ax, range(H), range(W), 1)
    ax.add_patch(Rectangle((0, 0), W - 1, H - 1, fill=False, edgecolor=INK, linewidth=1.6))
    for y in range(H):
        for x in range(W):
            ax.scatter(x, y, s=45, color=INK, edgecolors=PAPER, zorder=3)
    for y, x in ((H, W - 1), (H, W), (H - 1, W)):
        ax.scatter(x, y, s=42, marker="s", facecolors="none", edgecolors=QUIET, linewidths=1.2)
    for name, p in POINTS.items():
        q, colour = projected(p), COLOURS[name]
        arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 5, "shrinkB": 5, "linewidth": 1.6}
        ax.annotate("", q[::-1], p[::-1], arrowprops=arrow, zorder=4)
        ax.scatter(*p[::-1], s=60, color=colour, edgecolors=PAPER, zorder=5)
        ax.scatter(*q[::-1], s=70, facecolors=PAPER, edgecolors=colour, linewidths=2, zorder=5)
        ax.text(p[1] + 0.14, p[0], name, color=colour, style="italic", fontsize=14, va="center")
    hat = projected(POINTS["p"])
    for side in (-1, 1):
        slide = {"arrowstyle": "->", "color": GREEN, "shrinkA": 6, "shrinkB": 0, "linewidth": 1.4}
        ax.annotate("", (hat[1] + 0.62 * side, hat[0] + 0.2), (hat[1], hat[0] + 0.2), arrowprops=slide)
    ax.text(hat[1], hat[0] + 0.48, "may still slide along x", color=GREEN, ha="center", fontsize=10)
    ax.text(hat[1] - 0.14, -0.4, "held in y", color=ORANGE, ha="right", va="center", fontsize=10)
    ax.text(3.12, 1.6, "held in both", color=BLUE, fontsize=10)
    ax.text(
        W - 1.2, H + 0.02, "not there: weight 0, not read", color=QUIET, ha="right", va="center", fontsize=10
    )
    ax.text(-0.12, 0, "0", color=QUIET, ha="right", va="center", fontsize=10)
    ax.text(-0.12, H - 1, "H-1", color=QUIET, ha="right", va="center", fontsize=10)
    ax.text(0, -0.14, "0", color=QUIET, ha="center", va="bottom", fontsize=10)
    ax.text(W - 1, -0.14, "W-1", color=QUIET, ha="center", va="bottom", fontsize=10)
    ax.set(xlim=(-0.6, W + 0.35), ylim=(H + 0.25, -1.15), aspect="equal")
    ax.axis("off")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "projection")
