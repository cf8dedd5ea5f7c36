"""The offsets over the epochs, from records: how far the taps move, and how many of them leave the image."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from palette import GREEN, INK, LINE, ORANGE, PURPLE, use_style

from dcn_course.experiments.catalogue import EPOCHS
from dcn_course.findings import Runs

LINES = {
    "lenet5-dc-joint": (GREEN, "--"),
    "lenet5-dc": (ORANGE, "-"),
    "lenet5-dc-zeros": (PURPLE, ":"),
}
LAYERS = ("conv1", "conv2")
PANELS = (("mean length, pixels", "mean", 1), ("samples outside the image, %", "outside", 100))


def offsets_alt(runs: Runs) -> str:
    shown = [f"{name} ({len(runs.of(name))} seeds)" for name in LINES if runs.of(name)]
    return (
        "Four plots over the epochs: for the first and the second deformable layer the mean length of the "
        "offsets in pixels, and the share of samples outside the image, each with a line for "
        f"{', '.join(shown)}. The table below gives the numbers."
    )


def offset_curves(runs: Runs) -> list[Figure]:
    use_style()
    joint, _ = EPOCHS[runs.group.dataset]
    figures = []
    for label, name, factor in PANELS:
        for place, layer in enumerate(LAYERS):
            figure, ax = plt.subplots(figsize=(3.9, 2.9))
            ax.axvline(joint + 0.5, color=LINE, linewidth=1, linestyle="--", zorder=0)
            for experiment, (colour, dashes) in LINES.items():
                found = runs.of(experiment)
                if not found:
                    continue
                values = np.array(
                    [[factor * getattr(epoch.offsets[place], name) for epoch in run.epochs] for run in found]
                )
                epochs = np.arange(1, values.shape[1] + 1)
                ax.fill_between(epochs, values.min(0), values.max(0), color=colour, alpha=0.18, linewidth=0)
                ax.plot(epochs, values.mean(0), dashes, color=colour, label=f"{experiment}, n = {len(found)}")
            ax.set(xlabel="epoch", ylabel=label, ylim=(0, None))
            ax.set_title(layer, fontsize=11)
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.tick_params(labelcolor=INK)
            figure.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), fontsize=9)
            figures.append(figure)
    return figures
