"""A central difference near a kink: secants across it, and the slope that each step reports."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from palette import BLUE, INK, LINE, ORANGE, PAPER, use_style
from show import show

ALT = (
    "Two plots near a kink at zero, where the slope jumps from -0.5 to 1. Left: the function, and the "
    "secant of a central difference at the kink, which is flatter than the right arm and steeper than "
    "the left. Right: the slope reported at each place. The true slope jumps; a central difference with "
    "step 0.4 ramps from one slope to the other over the 0.8 pixels around the kink, and is their mean "
    "in the middle."
)
SLOPES = (-0.5, 1.0)  # left and right of the kink
STEP = 0.4


def f(t: np.ndarray | float) -> np.ndarray:
    t = np.asarray(t, dtype=float)
    return np.where(t < 0, SLOPES[0] * t, SLOPES[1] * t)


def central(t: np.ndarray | float) -> np.ndarray:
    return (f(np.asarray(t) + STEP) - f(np.asarray(t) - STEP)) / (2 * STEP)


def draw() -> list[Figure]:
    use_style()
    left, ax = plt.subplots(figsize=(3.0, 2.9))
    t = np.array([-1.0, 0.0, 1.0])
    ax.plot(t, f(t), color=INK)
    ends = np.array([-STEP, STEP])
    ax.plot(ends, f(ends), color=ORANGE, linewidth=1.6, linestyle=(0, (4, 2)))
    ax.plot(ends, f(ends), "o", color=ORANGE, markersize=6)
    ax.plot(0, 0, "o", color=INK, markersize=6)
    ax.set(xlabel="place t", ylabel="value", xticks=[-1, -STEP, 0, STEP, 1], yticks=[0, 0.5, 1])
    ax.set_xticklabels(["\N{MINUS SIGN}1", "\N{MINUS SIGN}ε", "0", "ε", "1"])
    right, bx = plt.subplots(figsize=(3.0, 2.9))
    for start, stop, slope in ((-1.0, 0.0, SLOPES[0]), (0.0, 1.0, SLOPES[1])):
        bx.plot([start, stop], [slope, slope], color=BLUE)
    bx.plot(0, SLOPES[1], "o", color=BLUE, markersize=6, zorder=4)
    bx.plot(0, SLOPES[0], "o", color=BLUE, markerfacecolor=PAPER, markersize=6, zorder=4)
    t = np.linspace(-1, 1, 201)
    bx.plot(t, central(t), color=ORANGE, linewidth=1.6, linestyle=(0, (4, 2)), zorder=3)
    bx.axhline(0, color=LINE, linewidth=0.7, zorder=0)
    bx.text(0.08, 0.08, "central\ndifference", color=ORANGE, fontsize=9.5, va="center")
    bx.text(-0.95, SLOPES[0] + 0.12, "true", color=BLUE, fontsize=9.5)
    bx.set(xlabel="place t", ylabel="slope", xticks=[-1, -STEP, 0, STEP, 1], yticks=[SLOPES[0], 0, SLOPES[1]])
    bx.set_xticklabels(["\N{MINUS SIGN}1", "\N{MINUS SIGN}ε", "0", "ε", "1"])
    for axes in (ax, bx):
        axes.axvline(0, color=LINE, linewidth=0.7, zorder=0)
    return [left, right]


if __name__ == "__main__":
    show(draw(), ALT, "kink")
