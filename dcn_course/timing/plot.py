"""A measurement as a picture."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from dcn_course._files import write_atomically
from dcn_course.timing.names import BOTH, FORWARD
from dcn_course.timing.results import Measurement

FORMATS = ("png", "svg", "pdf")
# Okabe and Ito's colours, told apart by colour-blind readers too, and shapes, told apart in print.
_COLOURS = ("#0072B2", "#CC79A7", "#D55E00", "#E69F00", "#000000", "#009E73", "#56B4E9")
_MARKERS = "osD^vPX"


def file_format(path: Path) -> str:
    """Return the format that the ending of a file's name asks for.

    Raises:
        ValueError: it is none of `FORMATS`.
    """
    ending = path.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        endings = ", ".join("." + ending for ending in FORMATS)
        raise ValueError(f"plot: expected a file name that ends in {endings}, got {path.name!r}")
    return ending


def draw(measurement: Measurement) -> Figure:
    """Draw the medians on a logarithmic axis, a panel for each number of threads.

    A mark is forward + backward, or forward alone where a peer has no more; its line spans the quartiles.
    """
    threads = measurement.threads
    figure = Figure(
        figsize=(max(6, 1.8 * len(measurement.workloads)), 3.2 * len(threads) + 0.6), layout="constrained"
    )
    panels = figure.subplots(len(threads), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    step = 0.8 / len(measurement.peers)
    for panel, number in zip(panels, threads, strict=True):
        for place, peer in enumerate(measurement.peers):
            whole = any(entry.peer == peer and entry.phase == BOTH for entry in measurement.timings)
            found = [
                measurement.timing(workload.name, peer, number, BOTH if whole else FORWARD)
                for workload in measurement.workloads
            ]
            entries = [(index, entry) for index, entry in enumerate(found) if entry is not None]
            panel.errorbar(
                [index + (place - (len(measurement.peers) - 1) / 2) * step for index, _ in entries],
                [1e3 * entry.median for _, entry in entries],
                yerr=(
                    [1e3 * (entry.median - entry.lower) for _, entry in entries],
                    [1e3 * (entry.upper - entry.median) for _, entry in entries],
                ),
                fmt=_MARKERS[place % len(_MARKERS)],
                color=_COLOURS[place % len(_COLOURS)],
                label=peer if whole else f"{peer} (forward only)",
            )
        for index in range(1, len(measurement.workloads)):
            panel.axvline(index - 0.5, color="#DDDDDD", linewidth=1)
        panel.set_yscale("log")
        panel.set_ylabel("ms, forward + backward")
        panel.set_title("1 thread" if number == 1 else f"{number} threads", loc="left", fontsize="medium")
        panel.grid(axis="y", alpha=0.3)
        panel.set_axisbelow(True)
    panels[-1].set_xticks(
        range(len(measurement.workloads)),
        [f"{workload.title}\n{workload.shape}" for workload in measurement.workloads],
        fontsize="x-small",
    )
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    return figure


def save(measurement: Measurement, path: Path) -> None:
    """Draw a measurement into a file, atomically, in the format of its ending.

    Raises:
        ValueError: the ending is none of `FORMATS`.
        OSError: the file cannot be written.
    """
    ending = file_format(path)
    figure = draw(measurement)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "dcn"}):
        write_atomically(path, lambda file: figure.savefig(file, format=ending, dpi=150))
