"""Value and slope of the interpolant along a line that crosses cells and borders, with both border rules."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from palette import BLUE, INK, LINE, ORANGE, PAPER, use_style
from show import show
from surface import IMAGE

from dcn_course.reference.bilinear import bilinear_derivative, bilinear_sample

ALT = (
    "Two plots along the line y = 1.4, x from -2 to 6, for the image of width 5. Above, the value: a "
    "polyline with a corner at each integer x; outside the image it falls to zero within one pixel with "
    "the border rule zeros, and stays at the border's value with project. Below, the slope in x: a step "
    "function that jumps at each integer x, where a full dot marks the value taken, that of the step to "
    "the right."
)
Y = 1.4


def value_and_slope(x: float, border: str) -> tuple[float, float]:
    value, sample = bilinear_sample(IMAGE, Y, x, border)
    return value, bilinear_derivative(IMAGE, sample)[1]


def lattice(ax: Axes) -> None:
    for x in range(-2, 7):
        ax.axvline(x, color=LINE, linewidth=0.7, zorder=0)
    ax.axhline(0, color=LINE, linewidth=0.7, zorder=0)


def draw() -> list[Figure]:
    use_style()
    figure, (above, below) = plt.subplots(2, figsize=(5.6, 4.8), sharex=True)
    for left in range(-2, 6):
        # Just right of `left` to just left of the next integer: one cell.
        x = left + np.array([0, 0.5, 1 - 1e-9])
        zeros = np.array([value_and_slope(v, "zeros") for v in x]).T
        project = np.array([value_and_slope(v, "project") for v in x]).T
        for ax, z, p in zip((above, below), zeros, project, strict=True):
            agree = np.allclose(z, p)
            for line, colour in [(p, INK)] if agree else [(z, ORANGE), (p, BLUE)]:
                ax.plot(x, line, color=colour)
                if ax is below:
                    ax.plot(left, line[0], "o", color=colour, markersize=6, zorder=3)
                    if left < 5:
                        hollow = {"markerfacecolor": PAPER, "markersize": 6, "zorder": 2.5}
                        ax.plot(left + 1, line[-1], "o", color=colour, **hollow)
    inside = np.arange(IMAGE.shape[1])
    above.plot(inside, [value_and_slope(x, "zeros")[0] for x in inside], "o", color=INK, markersize=4.5)
    for ax in (above, below):
        lattice(ax)
    above.text(-1.5, value_and_slope(-1.5, "project")[0] + 0.2, "project", color=BLUE, ha="center")
    above.text(-1.5, 0.2, "zeros", color=ORANGE, ha="center")
    above.set(ylabel="value  X(1.4, x)")
    below.set(ylabel="slope in x", xlabel="x, in pixels", xlim=(-2.1, 6.1), xticks=range(-2, 7))
    figure.align_ylabels()
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "slice")
