"""Which number stands in which channel, in each layout of the offsets, for a kernel of 2x3 taps."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import BLUE, INK, ORANGE, PAPER, QUIET, use_style
from show import show

from dcn_course import convert_offset
from dcn_course.ops import OFFSET_LAYOUTS

KERNEL_SIZE = (2, 3)
ALT = (
    "A strip of 12 channels for each of five layouts; the kernel has 2 rows and 3 columns of taps, "
    "numbered 0 to 5 row by row. yx-interleaved: y0 x0 y1 x1 and so on to y5 x5. xy-interleaved: x0 y0 "
    "to x5 y5. y-then-x: y0 to y5, then x0 to x5. x-then-y: x0 to x5, then y0 to y5. dcnv3: x0 y0 x3 y3"
    " x1 y1 x4 y4 x2 y2 x5 y5, the taps column by column."
)
SUBSCRIPTS = "₀₁₂₃₄₅"


def names(layout: str) -> list[str]:
    """The names of the numbers in the order of their channels, "y0" to "x5"."""
    kH, kW = KERNEL_SIZE
    numbers = np.arange(2 * kH * kW).reshape(1, -1, 1, 1)  # in our own layout, y and x of each tap in turn
    return [
        f"{'yx'[c % 2]}{c // 2}" for c in convert_offset(numbers, "yx-interleaved", layout, (kH, kW)).flat
    ]


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(6.0, 4.1))
    for row, layout in enumerate(OFFSET_LAYOUTS):
        top = 1.95 * row
        ax.text(0, top - 0.22, layout, fontsize=11, color=INK)
        for channel, (direction, tap) in enumerate(names(layout)):
            colour = BLUE if direction == "y" else ORANGE
            # y is filled, x is hollow: the colour does not say it alone.
            fill = {"facecolor": colour} if direction == "y" else {"facecolor": "none"}
            ax.add_patch(Rectangle((channel + 0.04, top), 0.92, 1, edgecolor=colour, linewidth=1.2, **fill))
            text = PAPER if direction == "y" else colour
            name = direction + SUBSCRIPTS[int(tap)]
            ax.text(channel + 0.5, top + 0.52, name, color=text, ha="center", va="center", fontsize=12)
    bottom = 1.95 * len(OFFSET_LAYOUTS) - 0.55
    for channel in range(12):
        ax.text(channel + 0.5, bottom, str(channel), color=QUIET, ha="center", va="center", fontsize=10)
    ax.text(6, bottom + 0.75, "channel", color=QUIET, ha="center", va="center", fontsize=10)
    ax.set(xlim=(-0.05, 12.05), ylim=(bottom + 1.1, -0.95), aspect="equal")
    ax.axis("off")
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "offset-layouts")
