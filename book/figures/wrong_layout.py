"""The same 18 numbers, read in the right layout and in two wrong ones: where the nine taps then lie."""

import matplotlib.pyplot as plt
import numpy as np
from kernel_taps import CENTRE, OFFSETS, digit
from matplotlib.figure import Figure
from palette import BLUE, GREEN, ORANGE, PAPER, QUIET, use_style
from show import show

from dcn_course import convert_offset

ALT = (
    "The handwritten three of the first page, three times, with the nine moved taps. As they were meant"
    " the taps follow the stroke. Read with x before y, and read with all y first, the same numbers "
    "place the nine taps elsewhere, still near the regular grid, but off the stroke."
)
READINGS = {
    "yx-interleaved": ("as meant", GREEN),
    "xy-interleaved": ("read as xy-interleaved", ORANGE),
    "y-then-x": ("read as y-then-x", BLUE),
}


def taps(layout: str) -> np.ndarray:
    """The places (y, x) of the taps, (9, 2), if the channels are read in `layout`."""
    channels = OFFSETS.reshape(1, 18, 1, 1)
    read = convert_offset(channels, layout, "yx-interleaved", 3).reshape(9, 2)
    return CENTRE + np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]) + read


def draw() -> list[Figure]:
    use_style()
    panels = []
    for layout, (title, colour) in READINGS.items():
        figure, ax = plt.subplots(figsize=(2.35, 2.6))
        digit(ax)
        ends = taps(layout)
        ax.scatter(ends[:, 1], ends[:, 0], s=95, color=colour, edgecolors=PAPER, linewidths=1, zorder=5)
        for k, (y, x) in enumerate(ends):
            ax.text(x, y + 0.04, str(k), color=PAPER, ha="center", va="center", fontsize=8, zorder=6)
        ax.set_title(title, fontsize=11, color=QUIET)
        panels.append(figure)
    return panels


if __name__ == "__main__":
    show(draw(), ALT, "wrong-layout")
