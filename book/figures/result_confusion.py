"""Confusion matrices from records, mean counts over the seeds, and the difference of two networks."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from palette import BLUE, INK, ORANGE, QUIET, use_style

from dcn_course.findings import Runs

PAIR = ("lenet5", "lenet5-dc")


def means(runs: Runs) -> list[np.ndarray]:
    """(label, answer) for each network of the pair, over the seeds that both have."""
    seeds = sorted(set(runs.records[PAIR[0]]) & set(runs.records[PAIR[1]]))
    return [np.mean([runs.records[name][seed].confusion for seed in seeds], axis=0) for name in PAIR]


def confusion_alt(runs: Runs) -> str:
    n = len(set(runs.records[PAIR[0]]) & set(runs.records[PAIR[1]]))
    return (
        f"Three tables of ten by ten counts, means over {n} seeds: rows are the labels, columns the answers. "
        "The first two are for lenet5 and lenet5-dc, the third is the second less the first. On the diagonal "
        "stand the right answers; zeros are left out."
    )


def confusion(runs: Runs, classes: tuple[str, ...]) -> list[Figure]:
    use_style()
    plain, deformable = means(runs)
    scale = max(_mistakes(plain).max(), _mistakes(deformable).max())
    change = deformable - plain
    panels = [
        (PAIR[0], plain, _mistakes(plain) / scale, ""),
        (PAIR[1], deformable, _mistakes(deformable) / scale, ""),
        (f"{PAIR[1]} less {PAIR[0]}", change, change / max(abs(change).max(), 1), "+"),
    ]
    figures = []
    for title, counts, shades, sign in panels:
        figure, ax = plt.subplots(figsize=(4.6, 4.9))
        for (row, column), count in np.ndenumerate(counts):
            shade = shades[row, column]
            # A mistake more is bad, a right answer more is good.
            bad = (shade > 0) == (row != column)
            colour = ORANGE if bad else BLUE
            ax.add_patch(
                Rectangle((column, row), 1, 1, facecolor=colour, alpha=0.55 * abs(shade), linewidth=0)
            )
            if abs(count) >= 0.05:
                text = f"{count:{sign}.0f}" if abs(count) >= 9.95 else f"{count:{sign}.1f}"
                ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=8)
        _frame(ax, title, classes)
        figures.append(figure)
    return figures


def _mistakes(counts: np.ndarray) -> np.ndarray:
    return counts * (1 - np.eye(len(counts)))


def _frame(ax: Axes, title: str, classes: tuple[str, ...]) -> None:
    ax.set(xlim=(0, 10), ylim=(10, 0), aspect="equal", xlabel="answer", ylabel="label")
    places = np.arange(10) + 0.5
    long = max(map(len, classes)) > 2
    ax.set_xticks(places, classes, rotation=90 if long else 0, fontsize=9, color=INK)
    ax.set_yticks(places, classes, fontsize=9, color=INK)
    ax.tick_params(length=0)
    ax.set_title(title, fontsize=11, color=QUIET)
    for side in ax.spines.values():
        side.set_visible(True)
