"""Linear interpolation between the pixels of a row: a sum of hats, cut at zero and not cut."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from palette import BLUE, GREEN, INK, LINE, ORANGE, PURPLE, QUIET, use_style
from show import show

from dcn_course.reference.bilinear import hat

ALT = (
    "Four pixel values at the integer places 0 to 3. Under them four hats, one a pixel, each as high as "
    "its pixel and zero from one pixel away on. Their sum is the polyline through the values. The sum of "
    "the uncut hats, dashed, misses it at every pixel."
)
VALUES = np.array([1.0, 2.5, 2.0, 3.0])


def hats(t: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The hat of each pixel in `q` at each place in `t`."""
    return np.array([[hat(u - place) for u in t] for place in q])


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(5.6, 3.2))
    t = np.linspace(0, 3, 301)
    q = np.arange(4)
    summands = VALUES[:, None] * hats(t, q)
    for summand, colour in zip(summands, (BLUE, GREEN, PURPLE, ORANGE), strict=True):
        ax.fill_between(t, summand, color=colour, alpha=0.18, linewidth=0)
        ax.plot(t, summand, color=colour, linewidth=1.2)
    ax.plot(t, summands.sum(axis=0), color=INK)
    ax.plot(t, VALUES @ (1 - np.abs(t - q[:, None])), color=QUIET, linewidth=1.5, linestyle=(0, (4, 3)))
    ax.scatter(q, VALUES, s=45, color=INK, zorder=3)
    ax.axhline(0, color=LINE, linewidth=0.8, zorder=0)
    ax.annotate("sum of the hats", (1.5, 2.25), (0, 11), textcoords="offset points", ha="center")
    ax.annotate("sum of the uncut hats", (1.2, -0.95), color=QUIET)
    ax.set(xlim=(-0.12, 3.12), ylim=(-1.3, 3.4), xticks=q)
    ax.set(xlabel="place in the row, in pixels", ylabel="value")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "hats")
