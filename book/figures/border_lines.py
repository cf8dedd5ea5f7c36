"""Value and slope along a line that leaves the image, with each of the three border rules."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from palette import BLUE, GREEN, INK, LINE, ORANGE, PAPER, QUIET, use_style
from show import show

from dcn_course.reference.bilinear import bilinear_derivative, bilinear_sample

ALT = (
    "For a column of 4 pixels with the values 2, 4, 1 and 3, three plots of the value over the position"
    " from -2 to 5, and under each its slope. Between 0 and 3 all three are the same polyline. With "
    "zeros the value rises from 0 at -1 to 2 at 0 and falls from 3 at 3 to 0 at 4: four outer corners, "
    "no jump. With project it stays 2 up to 0 and 3 from 3 on, with slope 0. With the third rule, cut, "
    "it is 0 below 0, jumps to 2 at 0, stays 3 from 3 to 4 and jumps to 0 at 4. Full dots mark the "
    "value or slope taken at an integer, hollow dots the one left of it."
)
COLUMN = np.array([[2.0], [4.0], [1.0], [3.0]])
H = len(COLUMN)
RULES = {"zeros": ORANGE, "project": BLUE, "cut": GREEN}


def value_and_slope(p: float, rule: str) -> tuple[float, float]:
    """Read the column at p; the slope is the right-hand one."""
    if rule == "cut":
        if not 0 <= p < H:
            return 0.0, 0.0
        rule = "project"
    value, sample = bilinear_sample(COLUMN, p, 0.0, rule)
    return float(value), float(bilinear_derivative(COLUMN, sample)[0])


def polyline(ax: Axes, rule: str, which: int, colour: str) -> None:
    """Draw value (0) or slope (1) cell by cell, with a full and a hollow dot where it jumps."""
    for left in range(-2, H + 1):
        ends = [value_and_slope(p, rule)[which] for p in (left, left + 1 - 1e-9)]
        inside = 0 <= left < H - 1
        ax.plot([left, left + 1], ends, color=INK if inside else colour, linewidth=1.8)
        before = value_and_slope(left - 1e-9, rule)[which]
        if abs(ends[0] - before) > 1e-6:
            dot = {"color": INK if inside else colour, "markersize": 5, "zorder": 3}
            ax.plot(left, ends[0], "o", **dot)
            ax.plot(
                left, before, "o", **dot | {"color": INK if 0 < left < H else colour}, markerfacecolor=PAPER
            )


def draw() -> list[Figure]:
    use_style()
    panels = []
    for rule, colour in RULES.items():
        figure, (above, below) = plt.subplots(2, figsize=(1.95, 3.6), sharex=True)
        for which, ax in enumerate((above, below)):
            for p in range(-2, H + 2):
                ax.axvline(p, color=LINE, linewidth=0.6, zorder=0)
            ax.axhline(0, color=LINE, linewidth=0.6, zorder=0)
            polyline(ax, rule, which, colour)
        above.plot(np.arange(H), COLUMN[:, 0], "o", color=INK, markersize=5, zorder=4)
        above.set_title(rule, color=colour, fontsize=12)
        above.set(ylim=(-0.4, 4.5), yticks=[0, 2, 4])
        below.set(ylim=(-3.7, 2.7), yticks=[-3, 0, 2], xlim=(-2.1, H + 1.1), xticks=range(-2, H + 2, 2))
        below.set_xlabel("position p", color=QUIET)
        above.set_ylabel("value")
        below.set_ylabel("slope")
        figure.align_ylabels()
        panels.append(figure)
    return panels


if __name__ == "__main__":
    show(draw(), ALT, "border-lines")
