"""The settings of each recipe: what the report does not say, and how we came to it.

Two kinds of recipe. `period`: what a Torch7 user would have written in 2017: stochastic gradient descent
without momentum or weight decay, images scaled to 0..1 and not standardised, kernels uniform in ±1/√(inputs).
Learning rate and batch size are those of a small grid with which LeNet-5 lands nearest the report's LeNet-5
on validation images; every network is trained with them. `tuned`: a grid of the same size for each
network, and for each the setting that is best on the validation images. The test set is never looked at.

The grids are run by ``dcn tune``; a test compares the choices below with the records that it left.
"""

from dataclasses import dataclass
from typing import Any

VALIDATION = 10_000  # images of the training set
TUNING_SEED = 1000  # no run of the experiments has it


@dataclass(frozen=True)
class Setting:
    """What a grid searches, and what goes with it.

    Attributes:
        learning_rate: of stochastic gradient descent.
        batch_size: images a step.
        momentum: 0 for none.
        weight_decay: 0 for none.
        scaling: of the images, see `datasets.lenet_images`.
    """

    learning_rate: float
    batch_size: int
    momentum: float
    weight_decay: float
    scaling: str

    @property
    def name(self) -> str:
        """Small letters, digits and hyphens, for the names of files."""
        words = f"rate{self.learning_rate:g}-batch{self.batch_size}"
        if self.weight_decay:
            words += f"-decay{self.weight_decay:g}"
        return words.replace(".", "p")

    def options(self) -> dict[str, Any]:
        """Return the setting as arguments of `TrainingConfig`."""
        return {
            "learning_rate": self.learning_rate,
            "batch_size": self.batch_size,
            "momentum": self.momentum,
            "weight_decay": self.weight_decay,
            "scaling": self.scaling,
        }


def period(learning_rate: float, batch_size: int) -> Setting:
    """Return a setting of the recipe `period`."""
    return Setting(learning_rate, batch_size, momentum=0.0, weight_decay=0.0, scaling="unit")


def tuned(learning_rate: float, weight_decay: float) -> Setting:
    """Return a setting of the recipe `tuned`."""
    return Setting(learning_rate, 64, momentum=0.9, weight_decay=weight_decay, scaling="standard")


_TUNED = tuple(tuned(rate, decay) for decay in (0.0, 5e-4) for rate in (0.01, 0.02, 0.05, 0.1))
# By data set and kind of recipe. A run on CIFAR-10 has 31 epochs, not 5: there the period grid has half as
# many points, without the smallest batch, whose epochs take longest, and without the largest rate.
GRIDS = {
    ("mnist", "period"): tuple(
        period(rate, batch) for batch in (10, 32, 128) for rate in (0.003, 0.01, 0.03, 0.1)
    ),
    ("mnist", "tuned"): _TUNED,
    ("cifar10", "period"): tuple(period(rate, batch) for batch in (32, 128) for rate in (0.003, 0.01, 0.03)),
    ("cifar10", "tuned"): _TUNED,
}
# The networks that a grid is run for.
TUNED_NETWORKS = {"period": ("lenet5",), "tuned": ("lenet5", "lenet5-wide", "lenet5-dc")}
# Epochs of a grid's runs; None: as many as the experiments'.
TUNING_EPOCHS = {("cifar10", "tuned"): 10}

# What the grids chose, by data set, kind of recipe and network.
CHOSEN: dict[tuple[str, str], dict[str, Setting]] = {
    ("mnist", "period"): dict.fromkeys(("lenet5", "lenet5-wide", "lenet5-dc"), period(0.1, 128)),
    ("mnist", "tuned"): {
        "lenet5": tuned(0.01, 0.0),
        "lenet5-wide": tuned(0.02, 0.0),
        "lenet5-dc": tuned(0.01, 5e-4),
    },
    ("cifar10", "period"): dict.fromkeys(("lenet5", "lenet5-wide", "lenet5-dc"), period(0.01, 128)),
    ("cifar10", "tuned"): {
        "lenet5": tuned(0.01, 5e-4),
        "lenet5-wide": tuned(0.01, 5e-4),
        "lenet5-dc": tuned(0.01, 5e-4),
    },
}
