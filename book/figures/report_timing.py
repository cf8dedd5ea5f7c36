"""How many times longer deformable convolution takes than plain: the report's three routines beside ours."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from measurement import shown
from palette import BLUE, GREEN, INK, LINE, ORANGE, PURPLE, QUIET, use_style
from show import show

from dcn_course.report import TIMINGS
from dcn_course.timing.names import OURS

ALT = (
    "Three rows, one for each routine of the report: forward, updateGradInput, accGradParameters. On a "
    "logarithmic axis, how many times longer the deformable layer takes than a plain one: a diamond for "
    "the report, and a mark of its own for each of our three LeNet layers, all to the left of the diamond. "
    "The table below has the numbers."
)
MARKS = (("o", BLUE), ("s", GREEN), ("^", PURPLE))


def draw() -> list[Figure]:
    use_style()
    measured = shown()
    threads = measured.threads[-1]
    figure, ax = plt.subplots(figsize=(6.4, 2.9))
    layers = [workload for workload in measured.workloads if workload.family == "lenet"]
    for place, row in enumerate(TIMINGS):
        ax.axhline(place, color=LINE, linewidth=1, zorder=0)
        label = "the report" if place == 0 else None
        ax.plot(row.ratio, place, "D", color=ORANGE, markersize=9, label=label)
        for workload, (mark, colour) in zip(layers, MARKS, strict=True):
            ratio = measured.ratio(workload.name, f"{OURS}numba", "conv2d", threads, row.phase)
            label = f"ours, {workload.title}" if place == 0 else None
            ax.plot(ratio, place, mark, color=colour, markersize=8, label=label)
    ax.axvline(1, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    ax.text(1, -0.62, "as plain convolution", color=QUIET, fontsize=10, ha="center")
    ax.set_yticks(range(len(TIMINGS)), [row.phase for row in TIMINGS], color=INK)
    ax.set(xscale="log", ylim=(2.6, -0.5), xlim=(0.5, 60), xlabel="times as long as plain convolution")
    ax.set_xticks([0.5, 1, 2, 5, 10, 20, 50], ["½", "1", "2", "5", "10", "20", "50"])
    ax.minorticks_off()
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    figure.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=2, handletextpad=0.3)
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "report_timing")
