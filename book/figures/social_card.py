"""Draw the picture that other sites show beside a link to the book: its first figure and its name."""

from pathlib import Path

import kernel_taps
import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from palette import BLUE, INK, ORANGE, PAPER, QUIET, use_style

WIDE, HIGH = 1200, 630  # pixels, as such sites want it
DPI = 100


def draw() -> Figure:
    use_style()
    with plt.rc_context({"font.family": "STIXGeneral"}):
        figure = plt.figure(figsize=(WIDE / DPI, HIGH / DPI), dpi=DPI, facecolor=PAPER)
        ax = figure.add_axes((0.52, 0.04, 0.48, 0.92))
        kernel_taps.digit(ax)
        taps = kernel_taps.taps()
        ends = taps + kernel_taps.OFFSETS
        ax.scatter(taps[:, 1], taps[:, 0], s=70, color=BLUE, zorder=3)
        for (y0, x0), (y1, x1) in zip(taps, ends, strict=True):
            ax.plot([x0, x1], [y0, y1], color=ORANGE, linewidth=3.5, zorder=4)
        ax.scatter(ends[:, 1], ends[:, 0], s=190, color=ORANGE, edgecolors=PAPER, linewidths=2, zorder=5)
        text = {"color": INK, "size": 50, "va": "center", "linespacing": 1.15}
        figure.text(0.06, 0.62, "Deformable\nConvolution,\nDerived", **text)
        text |= {"color": QUIET, "size": 23, "linespacing": 1.35}
        figure.text(0.06, 0.24, "One layer, every gradient by hand:\nformulas, code and checks", **text)
    return figure


def write(file: Path) -> None:
    """Write the picture as a PNG of 1200×630 pixels."""
    figure = draw()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=DPI, facecolor=PAPER, metadata={"Software": None})
    plt.close(figure)
