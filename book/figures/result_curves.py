"""Learning curves of a group's records: the mean over the seeds, in a band from the lowest to the highest."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from palette import BLUE, GREEN, INK, LINE, ORANGE, PURPLE, use_style

from dcn_course.experiments.catalogue import EPOCHS
from dcn_course.findings import Runs

LINES = {
    "lenet5": (BLUE, "-"),
    "lenet5-wide": (PURPLE, ":"),
    "lenet5-dc-joint": (GREEN, "--"),
    "lenet5-dc": (ORANGE, "-"),
}
PANELS = (
    ("test accuracy, %", lambda epoch: 100 * epoch.test_accuracy),
    ("test cross-entropy", lambda epoch: epoch.test_cross_entropy),
    ("training cross-entropy", lambda epoch: epoch.train_cross_entropy),
)


def curves_alt(runs: Runs) -> str:
    shown = [f"{name} ({len(runs.of(name))} seeds)" for name in LINES if runs.of(name)]
    return (
        "Three plots over the epochs: test accuracy, test cross-entropy and training cross-entropy, each "
        f"with a line and a band for {', '.join(shown)}. A vertical line marks where the epochs of the "
        "offsets alone begin. The tables below give the numbers at the ends."
    )


def curves(runs: Runs) -> list[Figure]:
    use_style()
    joint, _ = EPOCHS[runs.group.dataset]
    figures = []
    for label, number in PANELS:
        figure, ax = plt.subplots(figsize=(4.0, 3.1))
        ax.axvline(joint + 0.5, color=LINE, linewidth=1, linestyle="--", zorder=0)
        for name, (colour, dashes) in LINES.items():
            values = np.array([[number(epoch) for epoch in run.epochs] for run in runs.of(name)])
            if len(values) == 0:
                continue
            epochs = np.arange(1, values.shape[1] + 1)
            ax.fill_between(epochs, values.min(0), values.max(0), color=colour, alpha=0.18, linewidth=0)
            ax.plot(epochs, values.mean(0), dashes, color=colour, label=f"{name}, n = {len(values)}")
        ax.set(xlabel="epoch", ylabel=label)
        ax.xaxis.get_major_locator().set_params(integer=True)
        if "entropy" in label:
            ax.set_ylim(bottom=0)
        ax.tick_params(labelcolor=INK)
        figure.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, fontsize=9)
        figures.append(figure)
    return figures
