"""The recipe of a run, with every choice stated. Needs no torch."""

import dataclasses
import math
import re
from dataclasses import dataclass
from typing import Any

from dcn_course.datasets import NAMES as DATASETS

NETWORKS = ("lenet5", "lenet5-dc")
BORDERS = ("project", "zeros")
TRAINS = ("all", "offsets")
LARGEST = 2**63 - 1  # of the signed 64-bit integers in which PyTorch counts
MOST_THREADS = 1024  # torch starts as many as it is told, until the system gives no more


@dataclass(frozen=True)
class Phase:
    """Some epochs in which the same parameters are trained.

    Attributes:
        name: small letters, digits and hyphens; names the phase's file of weights.
        epochs: how many, at least 1.
        trains: "all" parameters, or the "offsets": those of the offset predictors alone, all others stay
            as they are to the last bit.

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
    constant learning rate. Each phase starts with a fresh optimiser (momentum zero). Every epoch visits each
    training image once, in an order drawn from (seed, number of the epoch); the last batch may be smaller.
    Initial weights are those of PyTorch's layers (offset predictors start at zero), drawn from the seed. The
    defaults suit LeNet-5 on MNIST; the report states none of these choices.

    Attributes:
        network: "lenet5" or "lenet5-dc".
        dataset: "digits", "mnist" or "cifar10".
        phases: in their order, with distinct names.
        border: "project" or "zeros" for "lenet5-dc"; None for "lenet5", which has no offsets.
        seed: of the initial weights and of the order of the images, at least 0 and below 2**63.
        batch_size: images a step, at least 1 and below 2**63.
        learning_rate: of stochastic gradient descent.
        momentum: 0 for none, below 1.
        weight_decay: factor of the weights added to their gradient; 0 for none.
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
    seed: int = 0
    batch_size: int = 64
    learning_rate: float = 0.02
    momentum: float = 0.9
    weight_decay: float = 0.0
    device: str = "cpu"
    threads: int | None = None

    def __post_init__(self) -> None:
        _one_of("network", self.network, NETWORKS)
        _one_of("dataset", self.dataset, DATASETS)
        if self.network == "lenet5-dc":
            _one_of("border", self.border, BORDERS)
        elif self.border is not None:
            raise ValueError(
                f"border must be None for {self.network}, which has no offsets, got {self.border!r}"
            )
        if not self.phases:
            raise ValueError("phases must hold at least one phase, got none")
        names = [phase.name for phase in self.phases]
        if len(set(names)) < len(names):
            raise ValueError(f"phases must have distinct names, got {names}")
        if self.network == "lenet5" and any(phase.trains == "offsets" for phase in self.phases):
            raise ValueError("phases trains offsets, but lenet5 has no offset predictors; take lenet5-dc")
        _at_least("seed", self.seed, 0)
        _at_most("seed", self.seed, LARGEST)
        _at_least("batch_size", self.batch_size, 1)
        _at_most("batch_size", self.batch_size, LARGEST)
        _number("learning_rate", self.learning_rate, 0 < self.learning_rate < math.inf, "above 0")
        _number("momentum", self.momentum, 0 <= self.momentum < 1, "at least 0 and below 1")
        _number("weight_decay", self.weight_decay, 0 <= self.weight_decay < math.inf, "at least 0")
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
