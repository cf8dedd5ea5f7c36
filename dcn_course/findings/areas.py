"""Sampling areas of the shipped networks in numbers: how large, how far, how much of them on the digit."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcn_course.findings import kept_files
from dcn_course.provenance import Start
from dcn_course.records import Record, start_from_dict, weights_file

if TYPE_CHECKING:
    from torch import Tensor

    from dcn_course.lenet import LeNet5

POINTS = tuple((y, x) for y in range(10) for x in range(10))
IMAGES = 50  # the first ones of the test set


@dataclass(frozen=True)
class NetworkAreas:
    """The areas of one network: for each image the mean over its output points.

    Attributes:
        experiment: of the record that the weights belong to.
        seed: of that record.
        phase: after which the weights were kept.
        sha256: of the file of the weights.
        pixels: how many pixels the area has, in effect: (sum of S)² / sum of S², 1 for a single pixel.
        support: how many pixels can reach the point at all.
        reach: root mean square distance of the area from the middle of the plain network's square, in pixels.
        beyond: the share of S outside that square, 0 to 1.
        object: the mean of the image's ink, 0 to 1, with S for its weights: 1 if all of S lies on the digit.
            None for a data set whose objects nobody has marked.
    """

    experiment: str
    seed: int
    phase: str
    sha256: str
    pixels: tuple[float, ...]
    support: tuple[float, ...]
    reach: tuple[float, ...]
    beyond: tuple[float, ...]
    object: tuple[float, ...] | None


@dataclass(frozen=True)
class Areas:
    """The areas of a group's shipped networks on the first images of its test set.

    Attributes:
        group: of the networks.
        images: how many images.
        networks: in the order of the records, each after each phase.
        moved: for each image the share of S that lies elsewhere after the offset epochs than before, mean
            over the points: half the sum of |S/sum - S'/sum'|, 0 for the same area, 1 for areas without a
            common pixel. Empty without such a network.
        start: code and machine.
    """

    group: str
    images: int
    networks: tuple[NetworkAreas, ...]
    moved: tuple[float, ...]
    start: Start

    def of(self, experiment: str, phase: str) -> NetworkAreas | None:
        """Return one network's areas, or None."""
        for network in self.networks:
            if (network.experiment, network.phase) == (experiment, phase):
                return network
        return None


def load_areas(group: str, folder: Path = kept_files.FOLDER) -> Areas | None:
    """Return the kept areas of a group, or None if there are none.

    Raises:
        KeptDamagedError: the file was changed after it was written.
    """
    content = kept_files.read(f"areas-{group}", folder)
    if content is None:
        return None
    networks = tuple(_network(entry) for entry in content["networks"])
    return Areas(
        content["group"],
        content["images"],
        networks,
        tuple(content["moved"]),
        start_from_dict(content["start"]),
    )


def _network(entry: dict[str, Any]) -> NetworkAreas:
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
    }
    return NetworkAreas(**plain)


def measure_areas(
    group: str, found: Sequence[Record], results: Path, start: Start, count: int = IMAGES
) -> Areas | None:
    """Measure the areas of the networks whose weights are kept.

    Args:
        group: its name.
        found: its records.
        results: the folder of all records.
        start: code and machine.
        count: how many test images.

    Returns:
        None if no weights are kept.

    Raises:
        DataNotFoundError: the data set is not here.
        RecordDamagedError: weights are not those of their record.
    """
    from dcn_course import datasets
    from dcn_course.training.config import TrainingConfig

    kept = [(record, entry) for record in found for entry in record.weights]
    if not kept:
        return None
    config = TrainingConfig.from_dict(kept[0][0].config)
    whole = datasets.load(config.dataset, "test")
    part = dataclasses.replace(whole, images=whole.images[:count], labels=whole.labels[:count])
    ink = datasets.lenet_images(part, "unit")[:, 0] if config.dataset == "mnist" else None
    networks, shares = [], {}
    for record, entry in kept:
        network = load_network(record, results / group, entry.phase)
        images = datasets.lenet_images(part, record.config["scaling"])
        numbers, areas = _numbers(network, images, ink)
        shares[record.experiment, entry.phase] = areas / areas.sum((2, 3), keepdim=True)
        networks.append(NetworkAreas(record.experiment, record.seed, entry.phase, entry.sha256, **numbers))
    before, after = shares.get(("lenet5-dc", "joint")), shares.get(("lenet5-dc", "offsets"))
    moved: tuple[float, ...] = ()
    if before is not None and after is not None:
        moved = tuple(((before - after).abs().sum((2, 3)) / 2).mean(1).tolist())
    return Areas(group, count, tuple(networks), moved, start)


def load_network(record: Record, folder: Path, phase: str | None = None) -> "LeNet5":
    """Return a record's network as it was after a phase.

    Args:
        record: of the run.
        folder: where record and weights lie.
        phase: None takes the last.

    Raises:
        ValueError, FileNotFoundError, RecordDamagedError: as in `records.weights_file`.
    """
    import torch

    from dcn_course.lenet import LeNet5
    from dcn_course.training.config import TrainingConfig
    from dcn_course.training.networks import build_network

    state = torch.load(weights_file(record, folder, phase), weights_only=True)
    config = TrainingConfig.from_dict(record.config)
    network = build_network(config, 3 if config.dataset == "cifar10" else 1, 10)
    assert isinstance(network, LeNet5)
    network.load_state_dict(state)
    return network.eval()


def _numbers(network: "LeNet5", images: "Tensor", ink: "Tensor | None") -> tuple[dict[str, Any], "Tensor"]:
    """The numbers of `NetworkAreas`, and all areas: (images, points, H, W)."""
    import torch

    from dcn_course.sampling import sampling_areas, sampling_supports

    areas = torch.stack([sampling_areas(network, image, POINTS) for image in images]).double()
    supports = torch.stack([sampling_supports(network, image, POINTS) for image in images])
    first = 2 * torch.tensor(POINTS, dtype=torch.float64)[:, :, None, None]  # of the plain network's square
    rows, columns = torch.meshgrid(*(torch.arange(float(size)) for size in areas.shape[2:]), indexing="ij")
    place = torch.stack([rows, columns]).double()
    inside = ((place >= first) & (place < first + 14)).all(1)
    distance = ((place - first - 6.5) ** 2).sum(1)
    total = areas.sum((2, 3))

    def by_image(values: "Tensor") -> tuple[float, ...]:
        return tuple(values.double().mean(1).tolist())

    return {
        "pixels": by_image(total**2 / (areas**2).sum((2, 3))),
        "support": by_image(supports.sum((2, 3))),
        "reach": by_image(((areas * distance).sum((2, 3)) / total).sqrt()),
        "beyond": by_image((areas * ~inside).sum((2, 3)) / total),
        "object": None if ink is None else by_image((areas * ink[:, None].double()).sum((2, 3)) / total),
    }, areas
