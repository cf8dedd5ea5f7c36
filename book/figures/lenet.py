"""LeNet-5 from image to scores, and the two places where LeNet-5-DC has deformable layers."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from palette import BLUE, INK, ORANGE, PAPER, QUIET, use_style
from show import show

ALT = (
    "LeNet-5 in three parts. First the feature maps: an image of 32 by 32 pixels; by a 5 by 5 "
    "convolution 6 maps of 28 by 28; by max pooling 6 maps of 14 by 14; by a second 5 by 5 convolution "
    "16 maps of 10 by 10; by max pooling 16 maps of 5 by 5. Both convolutions are marked with a star: "
    "in LeNet-5-DC they are deformable. Between the second convolution and its pooling a dashed line "
    "marks the cut for the sampling area. Then the linear layers: 400 numbers become 120, then 84, "
    "then 10 scores."
)
TIMES = "\u00d7"
FIVE = f"5{TIMES}5 ★"
STAGES = ((1, 32), (6, 28), (6, 14), (16, 10), (16, 5))


def stack(ax: Axes, left: float, maps: int, size: int) -> float:
    """Some of the maps, one behind the other; returns where they end."""
    shown, side = min(maps, 5), size / 20
    for number in reversed(range(shown)):
        corner = (left + 0.09 * number, 0.09 * number - side / 2)
        ax.add_patch(Rectangle(corner, side, side, facecolor=PAPER, edgecolor=INK, linewidth=1.1))
    right = left + side + 0.09 * (shown - 1)
    ax.text((left + right) / 2, -1.2, f"{maps}@{size}{TIMES}{size}", ha="center", fontsize=10)
    return right


def arrow(ax: Axes, start: float, end: float, colour: str) -> None:
    ax.add_patch(
        FancyArrowPatch(
            (start, 0), (end, 0), arrowstyle="-|>", mutation_scale=12, color=colour, linewidth=1.6
        )
    )


def maps(first: int, last: int) -> Figure:
    """The stages from `first` to `last`, and the ways to those after the first stage of all."""
    figure, ax = plt.subplots(figsize=(4.3 if first == 0 else 3.4, 2.5))
    words = (FIVE, "pool 2", FIVE, "pool 2")
    left = 0.0
    for place in range(first, last + 1):
        if place > 0:
            colour = BLUE if place % 2 else QUIET
            arrow(ax, left + 0.1, left + 1.1, colour)
            ax.text(left + 0.6, 0.13, words[place - 1], ha="center", fontsize=10, color=colour)
            if place == 4:
                ax.plot([left + 0.12] * 2, [-0.85, 1.0], color=ORANGE, linewidth=1.6, linestyle=(0, (4, 3)))
                ax.text(left + 0.12, 1.08, "cut", ha="center", fontsize=10, color=ORANGE)
            left += 1.2
        left = stack(ax, left, *STAGES[place])
    if first == 0:
        ax.text(0, 1.5, "★ deformable (OP + DC) in LeNet-5-DC", fontsize=10, color=BLUE)
    ax.set(xlim=(-0.1, left + 0.25), ylim=(-1.4, 1.7), aspect="equal")
    ax.axis("off")
    return figure


def linear() -> Figure:
    figure, ax = plt.subplots(figsize=(3.4, 2.6))
    for place, (number, name) in enumerate(((400, "flat"), (120, ""), (84, ""), (10, "scores"))):
        height, x = 0.12 + 2 * number / 400, 1.15 * place
        ax.add_patch(Rectangle((x, -height / 2), 0.22, height, facecolor=PAPER, edgecolor=INK, linewidth=1.1))
        ax.text(x + 0.11, -1.35, number, ha="center", fontsize=10)
        ax.text(x + 0.11, -1.6, name, ha="center", fontsize=9, color=QUIET)
        if place < 3:
            arrow(ax, x + 0.26, x + 1.11, QUIET)
            ax.text(x + 0.68, 0.14, "linear", ha="center", fontsize=9, color=QUIET)
    ax.set(xlim=(-0.15, 3.85), ylim=(-1.7, 1.4), aspect="equal")
    ax.axis("off")
    return figure


def draw() -> list[Figure]:
    use_style()
    return [maps(0, 2), maps(3, 4), linear()]


if __name__ == "__main__":
    show(draw(), ALT, "lenet")
