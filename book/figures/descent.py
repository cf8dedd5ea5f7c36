"""One deformable tap goes down the gradient of its offset: where it starts decides where it ends."""

import matplotlib.pyplot as plt
import numpy as np
from lattice import lattice_on_pixels
from matplotlib.figure import Figure
from palette import BLUE, GREEN, ORANGE, PAPER, PURPLE, use_style
from show import show

from dcn_course.reference import deform_conv2d, deform_conv2d_backward

ALT = (
    "An image of 8 by 13 pixels, shaded: a high hill at the left, a lower one at the right, flat ground"
    " between them. Four paths begin at rings and end at squares. The one called near climbs the high "
    "hill to its top; the one called lower hill climbs the lower hill and stays there; the one called "
    "flat does not move; the one called outside begins above the image, slides along the border until "
    "it is level with the high hill's top, and stays outside."
)
HEIGHT, WIDTH = 8, 13
STARTS = {"near": (5.4, 1.8), "lower hill": (5.3, 9.2), "flat": (6.5, 6.4), "outside": (-0.5, 1.4)}
STEPS = 120
RATE = 2.0  # in pixels² for each unit of the error


def image() -> np.ndarray:
    """A hill of height 1 at (3, 3), one of height 0.6 at (3, 10), flat ground; shape (HEIGHT, WIDTH)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]

    def hill(top: int) -> np.ndarray:
        return np.cos(np.pi / 8 * np.minimum(np.hypot(y - 3, x - top), 4)) ** 2

    return np.maximum(hill(3), 0.6 * hill(10))


def follow(start: tuple[float, float]) -> np.ndarray:
    """Let a tap go downhill; return its places (y, x), (STEPS + 1, 2)."""
    X, K = image()[None, None], np.ones((1, 1, 1, 1))
    # One tap; a stride as large as the image leaves one output point.
    settings = {"stride": X.shape[2:], "border": "project"}
    offset = np.reshape(start, (1, 2, 1, 1))
    path = [offset]
    for _ in range(STEPS):
        Y = deform_conv2d(X, offset, K, **settings)
        δ = Y - 1
        gradients = deform_conv2d_backward(δ, X, offset, K, **settings)
        offset = offset - RATE * gradients.offset
        path.append(offset)
    return np.reshape(path, (STEPS + 1, 2))


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(6.2, 4.3))
    lattice_on_pixels(ax, image(), 0.5)
    for (name, start), colour in zip(STARTS.items(), (BLUE, ORANGE, PURPLE, GREEN), strict=True):
        path = follow(start)
        ax.plot(path[:, 1], path[:, 0], color=colour, linewidth=1.8, marker=".", markersize=4, zorder=4)
        ax.scatter(*path[0, ::-1], s=55, color=PAPER, edgecolors=colour, linewidths=1.8, zorder=5)
        beside = {"textcoords": "offset points", "ha": "right", "va": "center"}
        ax.annotate(name, path[0, ::-1], (-8, 0), color=colour, **beside)
        ax.scatter(*path[-1, ::-1], s=45, marker="s", color=colour, edgecolors=PAPER, zorder=5)
    ax.set(xlim=(-0.7, WIDTH - 0.3), ylim=(HEIGHT - 0.3, -1.1), aspect="equal")
    ax.axis("off")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "descent")
