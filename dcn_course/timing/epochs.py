"""An epoch of LeNet-5-DC beside one of LeNet-5, on MNIST: ``python -m dcn_course.timing.epochs``."""

import argparse
import dataclasses
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from dcn_course._files import write_atomically
from dcn_course.timing.results import Machine, load_average, machine, read
from dcn_course.training.config import Phase, TrainingConfig
from dcn_course.training.data import TrainingData, load_data
from dcn_course.training.epoch import run_epoch
from dcn_course.training.networks import build_network, prepare_phase
from dcn_course.training.reporters import Reporter

CONFIGS = (
    TrainingConfig("lenet5", "mnist", (Phase("all", 1),)),
    TrainingConfig("lenet5-dc", "mnist", (Phase("joint", 1),), border="project"),
)
EVALUATED = 64  # images of each set: the epoch's scores are not what is timed
FORMAT = 1


@dataclass(frozen=True)
class Epochs:
    """What one run found.

    Attributes:
        machine: where and when.
        load_before: the system's load averages over 1, 5 and 15 minutes; empty where there are none.
        images: of an epoch.
        threads: so many were allowed.
        seconds: of each network's epochs, training alone.
    """

    machine: Machine
    load_before: tuple[float, ...]
    images: int
    threads: int
    seconds: dict[str, list[float]]

    @property
    def medians(self) -> dict[str, float]:
        """Seconds of an epoch of each network."""
        return {name: statistics.median(each) for name, each in self.seconds.items()}

    @property
    def ratio(self) -> float:
        """The median of LeNet-5-DC over that of LeNet-5."""
        return self.medians["lenet5-dc"] / self.medians["lenet5"]


def train_seconds(data: TrainingData, rounds: int) -> dict[str, list[float]]:
    """Train both networks in turn, always from the start, one epoch each.

    Args:
        data: on the CPU.
        rounds: epochs of each network, after one to warm up.

    Returns:
        For each network the seconds of training of its epochs, evaluation left out.
    """
    seconds: dict[str, list[float]] = {config.network: [] for config in CONFIGS}
    for number in range(rounds + 1):
        for config in CONFIGS:
            network = build_network(config, data.train_images.shape[1], len(data.classes))
            parameters = prepare_phase(network, config.phases[0])
            optimizer = torch.optim.SGD(parameters, config.learning_rate, config.momentum)
            result = run_epoch(config, 1, config.phases[0].name, network, optimizer, data, Reporter())
            if number:
                seconds[config.network].append(result.train_seconds)
    return seconds


def load(path: Path) -> Epochs:
    """Read what ``--json`` wrote.

    Raises:
        OSError: there is no such file, or it cannot be read.
        ValueError: it has another format.
    """
    return Epochs(**read(path, FORMAT))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the medians and their ratio."""
    parser = argparse.ArgumentParser(prog="python -m dcn_course.timing.epochs", description=__doc__)
    parser.add_argument("--images", type=int, default=60_000, help="training images of an epoch")
    parser.add_argument("--rounds", type=int, default=3, help="epochs of each network")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", type=Path, help="write the measurement to this file")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    whole = load_data("mnist")
    data = dataclasses.replace(
        whole,
        train_images=whole.train_images[: chosen.images],
        train_labels=whole.train_labels[: chosen.images],
        test_images=whole.test_images[:EVALUATED],
        test_labels=whole.test_labels[:EVALUATED],
    )
    where, load_before = machine(), load_average()
    seconds = train_seconds(data, chosen.rounds)
    found = Epochs(where, load_before, len(data.train_images), chosen.threads, seconds)
    for name, median in found.medians.items():
        print(f"{name}: {median:.3f} s an epoch of {found.images} images, {found.threads} threads")
    print(f"ratio: {found.ratio:.2f}")
    if chosen.json:
        text = json.dumps({"format": FORMAT} | dataclasses.asdict(found), indent=1)
        write_atomically(chosen.json, lambda file: file.write(text.encode() + b"\n"))


if __name__ == "__main__":
    main()
