"""Along one axis: the pixels that the taps read, plain and with stride, padding and dilation."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import BLUE, INK, LINE, ORANGE, QUIET, use_style
from show import show

from dcn_course.reference import output_size

ALT = (
    "Two drawings of a row of six pixels, 0 to 5, with the three taps of a kernel below it, one line "
    "for each output point. Plain: four output points; the taps of point o read o, o+1 and o+2. With "
    "stride 2, padding 2 and dilation 2: three output points; the first reads -2, 0 and 2, the second "
    "0, 2 and 4, the third 2, 4 and 6. Of the zeros at both ends, that at place 7 is not reached."
)
SIZE, TAPS = 6, 3


def places(o: int, stride: int, padding: int, dilation: int) -> list[int]:
    """Where the taps of output point o read, in pixels."""
    return [stride * o - padding + dilation * i for i in range(TAPS)]


def panel(title: str, stride: int, padding: int, dilation: int) -> Figure:
    points = output_size(SIZE, TAPS, stride, padding, dilation)
    figure, ax = plt.subplots(figsize=(0.36 * (SIZE + 2 * padding) + 1.2, 2.5))
    for q in range(-padding, SIZE + padding):
        inside = 0 <= q < SIZE
        style = {"facecolor": LINE, "linestyle": "-"} if inside else {"fill": False, "linestyle": (0, (3, 2))}
        ax.add_patch(Rectangle((q - 0.5, -0.5), 1, 1, edgecolor=QUIET, linewidth=0.8, **style))
        ax.text(q, 0.02, "x" if inside else "0", ha="center", va="center", color=INK if inside else QUIET)
        ax.text(q, -0.85, f"{q}".replace("-", "\N{MINUS SIGN}"), ha="center", fontsize=9, color=QUIET)
    for o in range(points):
        at = places(o, stride, padding, dilation)
        y = 1.15 + 0.8 * o
        ax.plot([at[0], at[-1]], [y, y], color=BLUE, linewidth=1.2, zorder=1)
        ax.scatter(at, [y] * TAPS, s=55, color=BLUE, zorder=2)
        ax.scatter(at[0], y, s=55, color=ORANGE, marker="s", zorder=3)
        ax.text(-padding - 0.9, y, f"o = {o}", ha="right", va="center", fontsize=10)
    ax.set_title(title, fontsize=11, color=QUIET)
    ax.set(xlim=(-padding - 2.2, SIZE + padding - 0.3), ylim=(4.1, -1.5), aspect="equal")
    ax.axis("off")
    return figure


def draw() -> list[Figure]:
    use_style()
    return [panel("stride 1, no padding", 1, 0, 1), panel("stride 2, padding 2, dilation 2", 2, 2, 2)]


if __name__ == "__main__":
    show(draw(), ALT, "taps")
