"""The convolution as a chain of two maps, and the way back: from δ to the kernel, the bias and the input."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from palette import INK, LINE, ORANGE, PAPER, use_style
from show import show

ALT = (
    "A chain of four boxes: X, then im2col to A, then the product with K plus b to Y, then the rest of "
    "the network to E. Solid arrows lead forward. Dashed arrows lead back: from E to Y comes delta; "
    "from Y to K, delta times A transposed; from Y to b, the sums of delta; from Y to A, K transposed "
    "times delta; from A to X, col2im."
)


def box(ax: Axes, x: float, y: float, name: str) -> None:
    style = {"boxstyle": "round,pad=0.42", "facecolor": PAPER, "edgecolor": LINE, "linewidth": 1.2}
    ax.text(x, y, name, ha="center", va="center", fontsize=14, style="italic", bbox=style, zorder=3)


def arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], back: bool) -> None:
    style = {"color": ORANGE, "linestyle": (0, (4, 2.5))} if back else {"color": INK}
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "linewidth": 1.5, **style})


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(6.4, 3.5))
    X, A, Y, E = (0.0, 0.0), (2.35, 0.0), (5.0, 0.0), (7.0, 0.0)
    K, b = (4.1, 1.75), (5.9, 1.75)
    near, gap = 0.42, 0.13
    for (start, _), (end, _) in ((X, A), (A, Y), (Y, E)):
        arrow(ax, (start + near, gap), (end - near, gap), back=False)
        arrow(ax, (end - near, -gap), (start + near, -gap), back=True)
    for (x, y), side in ((K, -1), (b, 1)):
        # Two parallel lines between the parameter and Y.
        arrow(ax, (x - gap, y - 0.36), (Y[0] + side * 0.3 - gap, 0.36), back=False)
        arrow(ax, (Y[0] + side * 0.3 + gap, 0.36), (x + gap, y - 0.36), back=True)
    for place, name in ((X, "X"), (A, "A"), (Y, "Y"), (E, "E"), (K, "K"), (b, "b")):
        box(ax, *place, name)
    forward = {"ha": "center", "va": "bottom", "color": INK, "fontsize": 11}
    back = {"ha": "center", "va": "top", "color": ORANGE, "fontsize": 11}
    ax.text(1.175, 0.24, "im2col", **forward)
    ax.text(3.55, 0.24, "K A + b", **forward)
    ax.text(1.175, -0.26, "col2im", **back)
    ax.text(3.675, -0.26, "Kᵀ δ", **back)
    ax.text(6.0, -0.26, "δ", **back)
    ax.text(3.55, 2.2, "∂E/∂K = δ Aᵀ", color=ORANGE, ha="center", va="bottom", fontsize=11)
    ax.text(6.35, 2.2, "∂E/∂b = Σ δ", color=ORANGE, ha="center", va="bottom", fontsize=11)
    ax.text(2.35, -0.62, "∂E/∂A", **back)
    ax.text(0.0, -0.62, "∂E/∂X", **back)
    ax.plot([0.0, 0.55], [2.3, 2.3], color=INK, linewidth=1.5)
    ax.plot([0.0, 0.55], [1.85, 1.85], color=ORANGE, linewidth=1.5, linestyle=(0, (4, 2.5)))
    ax.text(0.7, 2.3, "forward", va="center", color=INK)
    ax.text(0.7, 1.85, "back", va="center", color=ORANGE)
    ax.set(xlim=(-0.6, 7.6), ylim=(-1.0, 2.7), aspect="equal")
    ax.axis("off")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "backward")
