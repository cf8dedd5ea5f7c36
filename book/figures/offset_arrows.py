"""Taps on an image, each with the arrow along which its value would grow fastest."""

import matplotlib.pyplot as plt
import numpy as np
from lattice import lattice_on_pixels
from matplotlib.figure import Figure
from palette import BLUE, ORANGE, PAPER, use_style
from show import show

from dcn_course.reference.bilinear import bilinear_derivative, bilinear_sample

ALT = (
    "An image of 6 by 9 pixels with a shaded hill left of its middle, and ten taps. Near the hill each "
    "tap has an arrow that points up the hill, longer where the slope is steeper. Three taps on the "
    "flat ground at the right have no arrow. One tap above the image has an arrow along the border "
    "only, to the side."
)
HEIGHT, WIDTH = 6, 9
TAPS = [
    *((0.5, 4.6), (1.6, 0.4), (1.6, 5.4), (3.4, 1.3), (3.5, 4.5), (4.5, 2.6)),
    *((0.6, 7.6), (2.4, 7.4), (4.6, 7.6), (-0.7, 1.2)),
]  # (y, x), in pixels


def image() -> np.ndarray:
    """A hill of height 1 at (2, 3), flat and zero from four pixels away on; shape (HEIGHT, WIDTH)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.cos(np.pi / 8 * np.minimum(np.hypot(y - 2, x - 3), 4)) ** 2


def slopes() -> np.ndarray:
    """The slope (y, x) under each tap, border `project`; shape (taps, 2)."""
    X = image()
    return np.array([bilinear_derivative(X, bilinear_sample(X, y, x, "project")[1]) for y, x in TAPS])


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(5.2, 4.3))
    lattice_on_pixels(ax, image(), 0.55)
    arrow = {
        "arrowstyle": "-|>",
        "color": ORANGE,
        "linewidth": 2,
        "mutation_scale": 13,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    for (y, x), (dy, dx) in zip(TAPS, slopes(), strict=True):
        moves = np.hypot(dy, dx) > 1e-9
        if moves:
            ax.annotate("", (x + 3.2 * dx, y + 3.2 * dy), (x, y), arrowprops=arrow, zorder=4)
        ax.scatter(x, y, s=50, color=BLUE if moves else PAPER, edgecolors=PAPER if moves else BLUE, zorder=5)
    ax.set(xlim=(-0.7, WIDTH - 0.3), ylim=(HEIGHT - 0.3, -1.0), aspect="equal")
    ax.axis("off")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "offset-arrows")
