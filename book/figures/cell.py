"""One cell of the lattice with a point in it: the four lengths, and the four areas: the pixels' weights."""

import matplotlib.pyplot as plt
from lattice import lines
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import BLUE, GREEN, INK, ORANGE, PAPER, PURPLE, QUIET, use_style
from show import show

ALT = (
    "A square cell with a pixel at each corner; a is the upper-left one. A point p lies in the cell, 0.3 "
    "down and 0.6 to the right of a. Lines through p cut the cell into four rectangles, with sides w0, "
    "w1, w2 and w3. Each corner has the colour of the rectangle opposite to it, whose area is the weight "
    "of that pixel."
)
Y, X = 0.3, 0.6  # of p, relative to a


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(4.6, 4.1))
    lines(ax, (0, 1), (0, 1), 1, overhang=0.22)
    # Each corner (y, x), and the rectangle opposite to it: its y and x range.
    below, above, right, left = (Y, 1), (0, Y), (X, 1), (0, X)
    corners = [
        ((0, 0), below, right, BLUE, "w₀w₁", "a"),
        ((1, 0), above, right, ORANGE, "w₁w₂", "(aʸ+1, aˣ)"),
        ((1, 1), above, left, GREEN, "w₂w₃", "(aʸ+1, aˣ+1)"),
        ((0, 1), below, left, PURPLE, "w₃w₀", "(aʸ, aˣ+1)"),
    ]
    for (cy, cx), (y0, y1), (x0, x1), colour, weight, name in corners:
        ax.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, facecolor=colour, alpha=0.22, linewidth=0))
        ax.text((x0 + x1) / 2, (y0 + y1) / 2, weight, color=colour, ha="center", va="center", fontsize=13)
        ax.scatter(cx, cy, s=110, color=colour, edgecolors=PAPER, zorder=3)
        ax.text(cx, cy + (0.15 if cy else -0.17), name, ha="center", va="center", style="italic")
    ax.plot([0, 1], [Y, Y], color=QUIET, linewidth=1)
    ax.plot([X, X], [0, 1], color=QUIET, linewidth=1)
    ax.scatter(X, Y, s=70, color=INK, edgecolors=PAPER, zorder=3)
    ax.text(X + 0.03, Y - 0.06, "p", style="italic", fontsize=13)
    side = {"color": QUIET, "ha": "center", "va": "center", "fontsize": 12}
    ax.text(-0.1, Y / 2, "w₂", **side)
    ax.text(-0.1, (1 + Y) / 2, "w₀", **side)
    ax.text(X / 2, -0.06, "w₃", **side)
    ax.text((1 + X) / 2 - 0.02, -0.06, "w₁", **side)
    ax.set(xlim=(-0.25, 1.25), ylim=(1.25, -0.27), aspect="equal")
    ax.axis("off")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "cell")
