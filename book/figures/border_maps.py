"""The interpolant of a small image inside and outside of it, with each of the three border rules, as grey."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from border_lines import RULES
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import INK, PAPER, use_style
from show import show

from dcn_course.reference.bilinear import bilinear_sample

ALT = (
    "The same image of 3 by 4 pixels three times, as shades of grey over the plane; a frame joins the "
    "centres of the outermost pixels, which are dots. With zeros the shades fade out over one pixel "
    "around the frame. With project each edge value is drawn out to infinity, and the corners fill the "
    "corners of the plane. With cut the picture ends at the frame above and to the left, and one pixel "
    "beyond it below and to the right, where the edge values are drawn out."
)
IMAGE = np.array([[0.9, 0.25, 0.6, 1.0], [0.3, 0.75, 0.15, 0.5], [1.0, 0.4, 0.8, 0.35]])
LEVELS = np.linspace(0, 1, 11)
REACH = 1.9  # pixels shown around the frame
STEPS = 8  # grid points a pixel


def domain(rule: str, size: int) -> tuple[float, float]:
    """The interval of one axis outside of which the rule reads zero, as far as it is shown."""
    return {"zeros": (-1, size), "project": (-REACH, size - 1 + REACH), "cut": (0, size)}[rule]


def panel(rule: str, colour: str) -> Figure:
    H, W = IMAGE.shape
    figure, ax = plt.subplots(figsize=(2.15, 2.0))
    axes = []
    for size in (H, W):
        low, high = domain(rule, size)
        axes.append(np.linspace(low, high, round((high - low) * STEPS) + 1))
    border = "zeros" if rule == "zeros" else "project"
    z = np.array([[bilinear_sample(IMAGE, v, u, border)[0] for u in axes[1]] for v in axes[0]])
    greys = [to_rgba(INK, 0.85 * (low + high) / 2) for low, high in pairwise(LEVELS)]
    # The lightest level is left out: nothing is nothing.
    ax.contourf(axes[1], axes[0], z, levels=LEVELS[1:], colors=greys[1:], antialiased=True)
    ax.add_patch(Rectangle((0, 0), W - 1, H - 1, fill=False, edgecolor=colour, linewidth=2))
    if rule != "project":
        (top, bottom), (left, right) = domain(rule, H), domain(rule, W)
        edge = {"fill": False, "edgecolor": colour, "linewidth": 1.2, "linestyle": (0, (3, 3))}
        ax.add_patch(Rectangle((left, top), right - left, bottom - top, **edge))
    x, y = np.meshgrid(np.arange(W), np.arange(H))
    ax.scatter(x, y, s=22, color=colour, edgecolors=PAPER, linewidths=0.8, zorder=3)
    ax.set_title(rule, color=colour, fontsize=12)
    ax.set(xlim=(-REACH, W - 1 + REACH), ylim=(H - 1 + REACH, -REACH), aspect="equal")
    ax.axis("off")
    return figure


def draw() -> list[Figure]:
    use_style()
    return [panel(rule, colour) for rule, colour in RULES.items()]


if __name__ == "__main__":
    show(draw(), ALT, "border-maps")
