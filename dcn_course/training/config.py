"""The recipe of a run, with every choice stated. Needs no torch."""

import dataclasses
import math
import re
from dataclasses import dataclass
from typing import Any

from dcn_course.datasets import NAMES as DATASETS

NETWORKS = ("lenet5", "lenet5-wide", "lenet5-dc")
BORDERS = ("project", "zeros")
BACKENDS = ("numba", "torch")
TRAINS = ("all", "offsets", "all-but-offsets", "all-but-kernels")
SCALINGS = ("standard", "unit")
# What says how a run is computed, not what.
MACHINE = ("backend", "device", "threads")
LARGEST = 2**63 - 1  # of the signed 64-bit integers in which PyTorch counts
MOST_THREADS = 1024  # torch starts as many as it is told, until the system gives no more


@dataclass(frozen=True)
class Phase:
    """Some epochs in which the same parameters are trained.

    Attributes:
        name: small letters, digits and hyphens; names the phase's file of weights.
        epochs: how many, at least 1.
        trains: "all" parameters; or the "offsets": those of the offset predictors alone; or
            "all-but-offsets"; or "all-but-kernels", where the kernels and biases of the deformable
            convolutions are fixed. The others stay as they are to the last bit.

    Raises:
        ValueError: an attribute is none of these.
    """

    name: str
    epochs: int
    trains: str = "all"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ValueError(f"name must be of small letters, digits and hyphens, got {self.name!r}")
        _at_least("epochs", self.epochs, 1)
        _one_of("trains", self.trains, TRAINS)


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides the result of a run.

    The recipe: stochastic gradient descent with momentum on the mean cross-entropy of each batch, at a
    constant learning rate. Where a phase trains other parameters than the one before, it starts with a fresh
    optimiser (momentum zero). Every epoch visits each training image once, in an order drawn from (seed,
    number of the epoch); the last batch may be smaller. Initial weights are those of PyTorch's layers (offset
    predictors start at zero), drawn from the seed. The defaults suit LeNet-5 on MNIST; the report states none
    of these choices.

    Attributes:
        network: "lenet5"; "lenet5-wide", with more maps, so that it has as many parameters as "lenet5-dc" (to
            half a percent); "lenet5-dc".
        dataset: "digits", "mnist" or "cifar10".
        phases: in their order, with distinct names.
        border: "project" or "zeros" for "lenet5-dc"; None for the others, which have no offsets.
        offset_spread: for "lenet5-dc", standard deviation, in pixels, of the numbers that the biases of the
            offset predictors start with, drawn from the seed: a random shape of the kernel. 0 for none.
        seed: of the initial weights and of the order of the images, at least 0 and below 2**63.
        batch_size: images a step, at least 1 and below 2**63.
        learning_rate: of stochastic gradient descent.
        momentum: 0 for none, below 1.
        weight_decay: factor of the weights added to their gradient; 0 for none.
        scaling: of the images, "standard" or "unit", see `datasets.lenet_images`.
        validation: how many of the training images are kept from training and stand in for the test set,
            which is then not looked at; 0 for none.
        backend: name of the deformable operator's backend for "lenet5-dc", or None to choose one.
        device: as PyTorch names it. Only "cpu" promises the same bits in every run.
        threads: that torch may use for one operation, 1 to 1024; None leaves torch's own choice. The last
            bits of a result depend on it.

    Raises:
        ValueError: an attribute is out of its range.
    """

    network: str
    dataset: str
    phases: tuple[Phase, ...]
    border: str | None = None
    offset_spread: float = 0.0
    seed: int = 0
    batch_size: int = 64
    learning_rate: float = 0.02
    momentum: float = 0.9
    weight_decay: float = 0.0
    scaling: str = "standard"
    validation: int = 0
    backend: str | None = None
    device: str = "cpu"
    threads: int | None = None

    def __post_init__(self) -> None:
        _one_of("network", self.network, NETWORKS)
        _one_of("dataset", self.dataset, DATASETS)
        if self.network == "lenet5-dc":
            _one_of("border", self.border, BORDERS)
            if self.backend is not None:
                _one_of("backend", self.backend, BACKENDS)
        else:
            for name, expected in (("border", None), ("offset_spread", 0), ("backend", None)):
                if (value := getattr(self, name)) != expected:
                    raise ValueError(
                        f"{name} must be {expected} for {self.network}, which has no offsets, got {value!r}"
                    )
        if not self.phases:
            raise ValueError("phases must hold at least one phase, got none")
        names = [phase.name for phase in self.phases]
        if len(set(names)) < len(names):
            raise ValueError(f"phases must have distinct names, got {names}")
        parts = [phase.trains for phase in self.phases if phase.trains != "all"]
        if self.network != "lenet5-dc" and parts:
            raise ValueError(
                f"phases trains {parts[0]}, but {self.network} has no offset predictors; take lenet5-dc"
            )
        _at_least("seed", self.seed, 0)
        _at_most("seed", self.seed, LARGEST)
        _at_least("batch_size", self.batch_size, 1)
        _at_most("batch_size", self.batch_size, LARGEST)
        _number("learning_rate", self.learning_rate, 0 < self.learning_rate < math.inf, "above 0")
        _number("momentum", self.momentum, 0 <= self.momentum < 1, "at least 0 and below 1")
        _number("weight_decay", self.weight_decay, 0 <= self.weight_decay < math.inf, "at least 0")
        _number("offset_spread", self.offset_spread, 0 <= self.offset_spread < math.inf, "at least 0")
        _one_of("scaling", self.scaling, SCALINGS)
        _at_least("validation", self.validation, 0)
        if self.threads is not None:
            _at_least("threads", self.threads, 1)
            _at_most("threads", self.threads, MOST_THREADS)

    @property
    def epochs(self) -> int:
        """The number of epochs of all phases."""
        return sum(phase.epochs for phase in self.phases)

    def phase_of(self, epoch: int) -> tuple[Phase, bool, bool]:
        """Return the phase of an epoch, counted from 1, and whether the epoch is its first and its last.

        Raises:
            ValueError: the run has no such epoch.
        """
        end = 0
        for phase in self.phases:
            start, end = end, end + phase.epochs
            if start < epoch <= end:
                return phase, epoch == start + 1, epoch == end
        raise ValueError(f"epoch must be in 1..{self.epochs}, got {epoch}")

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain values, as checkpoints and records hold it."""
        plain = dataclasses.asdict(self)
        return plain | {"phases": list(plain["phases"])}

    def recipe(self) -> dict[str, Any]:
        """Return `to_dict` without what only says how the run is computed: backend, device and threads."""
        return {name: value for name, value in self.to_dict().items() if name not in MACHINE}

    def prefix(self, phases: int) -> "TrainingConfig":
        """Return the recipe of the first so many phases. Runs that share it share those epochs."""
        return dataclasses.replace(self, phases=self.phases[:phases])

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "TrainingConfig":
        """Return the recipe that `to_dict` wrote.

        Raises:
            TypeError: a value is missing, or one is unknown.
            ValueError: a value is out of its range.
        """
        return cls(**plain | {"phases": tuple(Phase(**phase) for phase in plain["phases"])})


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")


def _at_least(name: str, value: object, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be a whole number, at least {least}, got {value!r}")


def _at_most(name: str, value: int, most: int) -> None:
    if value > most:
        raise ValueError(f"{name} must be at most {most}, got {value}")


def _number(name: str, value: object, fits: bool, expected: str) -> None:
    if not fits:
        raise ValueError(f"{name} must be a number {expected}, got {value!r}")
