"""The whole layer, forward and backward: the input goes two ways, and so does its gradient."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from palette import BLUE, GREEN, INK, ORANGE, PAPER, QUIET, use_style
from show import show

ALT = (
    "Two diagrams of the layer. Forward: the input X goes directly into the box DC, and also into the "
    "box OP, whose output, the offsets with 2 kH kW maps, goes into DC as well; DC gives the output Y. "
    "Backward: delta enters DC from the right. One arrow, solid, leads from DC straight to a plus sign "
    "at the left: the first summand. Another, dashed, leads up to the gradient of the offsets, through "
    "OP and down to the same plus sign: the second summand. The plus sign gives the gradient of X."
)
X, OP, OFFSET, DC, Y = (0.0, 0.0), (1.05, 1.5), (2.65, 1.5), (2.65, 0.0), (4.0, 0.0)


def maps(ax: Axes, centre: tuple[float, float], colour: str) -> None:
    """A stack of three feature maps."""
    x, y = centre
    for step in (0.12, 0, -0.12):
        corner = (x - 0.28 + step, y - 0.28 + step)
        ax.add_patch(Rectangle(corner, 0.56, 0.56, facecolor=PAPER, edgecolor=colour, linewidth=1.3))


def box(ax: Axes, centre: tuple[float, float], name: str, words: str, colour: str) -> None:
    x, y = centre
    shape = FancyBboxPatch((x - 0.5, y - 0.3), 1.0, 0.6, boxstyle="round,pad=0.03,rounding_size=0.12")
    shape.set(facecolor=PAPER, edgecolor=colour, linewidth=2)
    ax.add_patch(shape)
    ax.text(x, y + 0.08, name, ha="center", va="center", fontsize=13, weight="bold", color=colour)
    ax.text(x, y - 0.17, words, ha="center", va="center", fontsize=7.5, color=QUIET)


def arrow(ax: Axes, start: tuple, end: tuple, colour: str, style: str = "-", bend: str = "arc3") -> None:
    ax.add_patch(
        FancyArrowPatch(
            *(start, end),
            arrowstyle="-|>",
            connectionstyle=bend,
            mutation_scale=13,
            color=colour,
            linewidth=1.8,
            linestyle=style,
            shrinkA=0,
            shrinkB=0,
        )
    )


def panel(title: str) -> tuple[Figure, Axes]:
    figure, ax = plt.subplots(figsize=(4.7, 2.9))
    ax.set(xlim=(-0.75, 4.75), ylim=(-0.85, 2.45), aspect="equal")
    ax.axis("off")
    ax.text(-0.7, 2.25, title, fontsize=11, color=QUIET)
    box(ax, OP, "OP", "convolution", ORANGE)
    box(ax, DC, "DC", "deformed", BLUE)
    return figure, ax


def forward() -> Figure:
    figure, ax = panel("forward")
    maps(ax, X, INK)
    maps(ax, OFFSET, ORANGE)
    maps(ax, Y, INK)
    ax.text(X[0], -0.66, "X", ha="center", style="italic", fontsize=13)
    ax.text(Y[0], -0.66, "Y", ha="center", style="italic", fontsize=13)
    ax.text(OFFSET[0] + 0.5, OFFSET[1] + 0.1, "Δp", fontsize=13, color=ORANGE, va="center")
    ax.text(OFFSET[0] + 0.5, OFFSET[1] - 0.2, "2·kH·kW maps", fontsize=8.5, color=QUIET, va="center")
    arrow(ax, (0.45, 0), (2.1, 0), BLUE)
    arrow(ax, (0, 0.45), (0.5, 1.5), ORANGE, bend="angle,angleA=90,angleB=0,rad=8")
    arrow(ax, (1.6, 1.5), (2.2, 1.5), ORANGE)
    arrow(ax, (2.65, 1.05), (2.65, 0.37), ORANGE)
    arrow(ax, (3.2, 0), (3.55, 0), INK)
    return figure


def backward() -> Figure:
    figure, ax = panel("backward")
    dashed = (0, (4, 2))
    ax.scatter(0, 0, s=330, facecolor=PAPER, edgecolors=GREEN, linewidths=2, zorder=3)
    ax.text(0, 0, "+", ha="center", va="center", fontsize=16, color=GREEN, zorder=4)
    ax.text(0.03, -0.6, "dE/dX", ha="center", fontsize=12, color=GREEN)
    ax.text(4.15, 0, "δ", va="center", fontsize=15)
    ax.text(2.78, 0.92, "∂E/∂Δp", fontsize=11, color=ORANGE, va="center")
    ax.text(1.25, 0.13, "∂₁E", ha="center", fontsize=12, color=BLUE)
    ax.text(-0.08, 1.0, "∂₂E · D OP", ha="right", va="center", fontsize=12, color=ORANGE, rotation=90)
    arrow(ax, (4.05, 0), (3.2, 0), INK)
    arrow(ax, (2.1, 0), (0.25, 0), BLUE)
    arrow(ax, (2.65, 0.35), (1.6, 1.5), ORANGE, dashed, bend="angle,angleA=90,angleB=0,rad=8")
    arrow(ax, (0.5, 1.5), (0, 0.25), ORANGE, dashed, bend="angle,angleA=180,angleB=90,rad=8")
    return figure


def draw() -> list[Figure]:
    use_style()
    return [forward(), backward()]


if __name__ == "__main__":
    show(draw(), ALT, "layer")
