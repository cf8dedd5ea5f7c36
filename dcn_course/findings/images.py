"""A few test images in the package, so that pages and labs can show them where the data set is not."""

import base64
import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dcn_course.datasets.loading import Dataset
from dcn_course.findings import kept_files
from dcn_course.provenance import Start
from dcn_course.records import Record, start_from_dict

if TYPE_CHECKING:
    import numpy as np

PER_SIDE = 8  # images that one network gets right more often than the other


@dataclass(frozen=True)
class KeptImages:
    """Some images of a test set, and the labels of all.

    Attributes:
        dataset: its name.
        labels: the class of each test image, a digit for each, in the set's order.
        classes: their names.
        indices: which images are kept, counted from 0, ascending.
        images: their pixels as stored, (N, C, H, W) uint8.
        start: code and machine that wrote the file.
    """

    dataset: str
    labels: str
    classes: tuple[str, ...]
    indices: tuple[int, ...]
    images: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"
    start: Start

    def part(self, indices: Sequence[int]) -> Dataset:
        """Return some kept images as a data set, for `datasets.lenet_images`.

        Raises:
            KeyError: an image is not kept.
        """
        import numpy as np

        places = {index: place for place, index in enumerate(self.indices)}
        labels = np.array([int(self.labels[index]) for index in indices])
        chosen = self.images[[places[index] for index in indices]]
        return Dataset(self.dataset, "test", chosen, labels, self.classes, "kept in the package")

    def first_of_each_class(self) -> list[int]:
        """Return for each class the index of its first test image; all of these are kept."""
        return [self.labels.index(str(label)) for label in range(len(self.classes))]


def load_images(dataset: str, folder: Path = kept_files.FOLDER) -> KeptImages | None:
    """Return the kept images of a data set, or None if there are none.

    Raises:
        KeptDamagedError: the file was changed after it was written.
    """
    import numpy as np

    content = kept_files.read(f"images-{dataset}", folder)
    if content is None:
        return None
    pixels = np.frombuffer(base64.b64decode(content["pixels"]), np.uint8)
    return KeptImages(
        content["dataset"],
        content["labels"],
        tuple(content["classes"]),
        tuple(content["indices"]),
        pixels.reshape(content["shape"]),
        start_from_dict(content["start"]),
    )


def write_images(
    dataset: str, found: Iterable[Record], start: Start, folder: Path = kept_files.FOLDER
) -> Path:
    """Keep the first test image of each class, and those on which the two networks differ most often.

    Args:
        dataset: its name.
        found: records; only those of ``lenet5`` and ``lenet5-dc`` on this data set count.
        start: code and machine.
        folder: gets the file.

    Raises:
        DataNotFoundError: the data set is not here.
    """
    from dcn_course import datasets

    whole = datasets.load(dataset, "test")
    labels = "".join(map(str, whole.labels.tolist()))
    chosen = {labels.index(str(label)) for label in range(len(whole.classes))}
    groups: dict[str, list[Record]] = {}
    for record in found:
        if record.config["dataset"] == dataset and not record.config["validation"]:
            groups.setdefault(record.group, []).append(record)
    for records in groups.values():
        for side in (("lenet5-dc", "lenet5"), ("lenet5", "lenet5-dc")):
            chosen |= set(most_often_only(*side, records, labels)[:PER_SIDE])
    indices = sorted(chosen)
    content = {
        "dataset": dataset,
        "labels": labels,
        "classes": whole.classes,
        "indices": indices,
        "shape": [len(indices), *whole.images.shape[1:]],
        "pixels": base64.b64encode(whole.images[indices].tobytes()).decode(),
        "start": dataclasses.asdict(start),
    }
    return kept_files.write(f"images-{dataset}", content, folder)


def most_often_only(one: str, other: str, found: Iterable[Record], labels: str) -> list[int]:
    """Return the test images that one network gets right with more seeds than another, the clearest first.

    Args:
        one: an experiment.
        other: another one.
        found: the records of one group.
        labels: the class of each test image.

    Returns:
        Indices; none if an experiment has no record. Where both have many seeds, the difference counts in
        shares of them; among equals the first image comes first.
    """
    by_name: dict[str, list[Record]] = {one: [], other: []}
    for record in found:
        if record.experiment in by_name:
            by_name[record.experiment].append(record)
    if not all(by_name.values()):
        return []

    def share(name: str, index: int) -> float:
        runs = by_name[name]
        return sum(record.predictions[index] == labels[index] for record in runs) / len(runs)

    lead = {index: share(one, index) - share(other, index) for index in range(len(labels))}
    return sorted((index for index in lead if lead[index] > 0), key=lambda index: (-lead[index], index))
