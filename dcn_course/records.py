"""Records: what one run of one experiment did, as a JSON file that nobody edits by hand.

A record holds the recipe, the curves, the code, the machine and the SHA-256 of its own content, so that an
edit is noticed when it is read. Reading needs neither torch nor NumPy.
"""

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcn_course._files import sha256_of, sha256_of_json, write_once
from dcn_course.provenance import PACKAGE, Commit, Start

FORMAT = 2


class RecordDamagedError(Exception):
    """A record, or the weights that belong to it, is not what was written."""


@dataclass(frozen=True)
class LayerOffsets:
    """The offsets of one deformable convolution, over all samples of some test images. Lengths are in pixels.

    Attributes:
        layer: its name in the network.
        mean: length of the offsets, the mean.
        median: the median.
        percentile_95: what 95 % do not exceed.
        largest: the largest.
        mean_y: mean of the offsets in y, with their sign.
        mean_x: the same in x.
        outside_y: the share of samples above or below the image: those that projection holds in y.
        outside_x: the same in x, to its left or right.
        outside: the share of samples that are outside in y or x.
    """

    layer: str
    mean: float
    median: float
    percentile_95: float
    largest: float
    mean_y: float
    mean_x: float
    outside_y: float
    outside_x: float
    outside: float


@dataclass(frozen=True)
class Epoch:
    """What one epoch did. Cross-entropies are means over the images, with the natural logarithm.

    Attributes:
        epoch: counted from 1 through all phases.
        phase: the name of the phase that it belongs to.
        loss: mean cross-entropy of the batches while the network was changing.
        train_accuracy: right answers on the whole training set after the epoch, 0 to 1.
        train_cross_entropy: on the whole training set after the epoch.
        test_accuracy: right answers on the test set after the epoch, 0 to 1.
        test_cross_entropy: on the test set after the epoch.
        train_seconds: wall-clock time of the training.
        train_cpu_seconds: processor time of the training by all threads; other programs add nothing to it.
        evaluation_seconds: wall-clock time of the evaluation of both sets.
        offsets: of each deformable convolution after the epoch; empty where there is none.
    """

    epoch: int
    phase: str
    loss: float
    train_accuracy: float
    train_cross_entropy: float
    test_accuracy: float
    test_cross_entropy: float
    train_seconds: float
    evaluation_seconds: float
    train_cpu_seconds: float
    offsets: tuple[LayerOffsets, ...] = ()


@dataclass(frozen=True)
class Weights:
    """A file with a network's ``state_dict``, in the folder of its record.

    Attributes:
        phase: the phase after whose last epoch the weights were saved.
        epoch: that epoch.
        file: the file's name.
        sha256: of the file's bytes.
    """

    phase: str
    epoch: int
    file: str
    sha256: str


@dataclass(frozen=True)
class Record:
    """One run of one experiment with one seed.

    Attributes:
        group: the data set and the kind of recipe, e.g. "mnist-period".
        experiment: the experiment's name, e.g. "lenet5-dc".
        seed: of the initial weights and of the order of the images.
        config: the whole recipe, as the training configuration writes itself; it repeats the seed.
        parameters: how many numbers the network learns.
        data: the data set: "train_images" and "test_images" (counts) and "sha256" of images and labels.
        epochs: the curves, one entry an epoch.
        weights: one file a phase, the last one being the final network; none where they were not kept.
        predictions: the final network's class for each test image, a digit for each, in the set's order.
        confusion: how many test images of each class (row) were given each class (column).
        starts: code and machine at the start, and again at each resumption.
        seconds: wall-clock "train", "evaluation" and their sum "total"; and "train_cpu", the processor time
            of the training; all without what a kill threw away.
        date: when the run ended; UTC, ISO 8601.
    """

    group: str
    experiment: str
    seed: int
    config: dict[str, Any]
    parameters: int
    data: dict[str, Any]
    epochs: tuple[Epoch, ...]
    weights: tuple[Weights, ...]
    predictions: str
    confusion: tuple[tuple[int, ...], ...]
    starts: tuple[Start, ...]
    seconds: dict[str, float]
    date: str

    @property
    def final(self) -> Epoch:
        """The last epoch, whose numbers the experiment reports."""
        return self.epochs[-1]

    @property
    def file_name(self) -> str:
        """The name of the record's file, ``<experiment>-seed<seed>.json``."""
        return f"{self.experiment}-seed{self.seed}.json"


def write(record: Record, folder: Path) -> Path:
    """Write a record into ``folder`` atomically and return the file's path.

    Raises:
        FileExistsError: the file is there already; a record is never overwritten.
        ValueError: the record holds a number that is not finite, which JSON cannot hold.
        OSError: the file cannot be written.
    """
    path = folder / record.file_name
    content = _content(record)
    text = json.dumps(
        content | {"sha256": sha256_of_json(content)}, indent=1, ensure_ascii=False, allow_nan=False
    )
    try:
        write_once(path, lambda file: file.write(text.encode() + b"\n"))
    except FileExistsError as error:
        if not path.exists():  # the folder itself is a file
            raise
        raise FileExistsError(f"{path} holds a record already; a record is never overwritten") from error
    return path


def load(path: Path) -> Record:
    """Read a record and check it against its own SHA-256.

    Raises:
        FileNotFoundError: there is no such file.
        RecordDamagedError: the file is no record, was changed after it was written, or has another format.
    """
    text = path.read_bytes()
    try:
        content = json.loads(text)
        claimed = content.pop("sha256")
        number = content["format"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordDamagedError(f"{path} is not a record: {error!r}") from error
    if number != FORMAT:
        raise RecordDamagedError(f"{path} has record format {number!r}; this version reads format {FORMAT}")
    if claimed != sha256_of_json(content):
        raise RecordDamagedError(
            f"{path} was changed after it was written: its SHA-256 does not fit its content"
        )
    try:
        return _record(content)
    except (KeyError, TypeError) as error:
        raise RecordDamagedError(f"{path} lacks a field or holds an unknown one: {error}") from error


def load_all(folder: Path | None = None, group: str | None = None) -> list[Record]:
    """Read every record under a folder, sorted by group, experiment and seed.

    Args:
        folder: None takes the shipped records (`results_folder`).
        group: only the records of this group; None takes all.

    Raises:
        FileNotFoundError: there is no such folder.
        RecordDamagedError: one of the files is not an intact record.
    """
    folder = results_folder() if folder is None else folder
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder of records at {folder}")
    found = (load(path) for path in folder.rglob("*.json"))
    kept = (record for record in found if group is None or record.group == group)
    return sorted(kept, key=lambda record: (record.group, record.experiment, record.seed))


def results_folder() -> Path:
    """Return the folder of the shipped records.

    In this order: the folder in the environment variable ``DCN_RESULTS``; ``results/`` of the checkout that
    the package runs from; the copy inside the installed package.

    Raises:
        FileNotFoundError: ``DCN_RESULTS`` names no folder, or the package was installed without its records.
    """
    if named := os.environ.get("DCN_RESULTS"):
        if not Path(named).is_dir():
            raise FileNotFoundError(f"DCN_RESULTS={named} is not a folder")
        return Path(named)
    checkout = PACKAGE.parent / "results"
    inside = PACKAGE / "_results"
    if (PACKAGE.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    if inside.is_dir():
        return inside
    raise FileNotFoundError(f"no records at {checkout} nor at {inside}; set DCN_RESULTS to their folder")


def weights_file(record: Record, folder: Path, phase: str | None = None) -> Path:
    """Return the checked path of a record's weights.

    Args:
        record: the record.
        folder: where the record lies.
        phase: the phase after which the weights were saved; None takes the last, the final network.

    Raises:
        ValueError: the run had no such phase.
        FileNotFoundError: the file is missing.
        RecordDamagedError: the file is not the one that the run wrote.
    """
    by_phase = {entry.phase: entry for entry in record.weights}
    wanted = record.final.phase if phase is None else phase
    if wanted not in by_phase:
        raise ValueError(f"phase must be one of {', '.join(by_phase)}, got {wanted!r}")
    entry = by_phase[wanted]
    path = folder / entry.file
    if sha256_of(path) != entry.sha256:
        raise RecordDamagedError(f"{path} is not the file that the run wrote: its SHA-256 differs")
    return path


def _content(record: Record) -> dict[str, Any]:
    """The record as plain JSON values; tuples become lists, as they come back from a file."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(record), allow_nan=False))
    return {"format": FORMAT} | plain


def _record(content: dict[str, Any]) -> Record:
    fields = {name: value for name, value in content.items() if name != "format"}
    fields["epochs"] = tuple(epoch_from_dict(entry) for entry in fields["epochs"])
    fields["confusion"] = tuple(tuple(row) for row in fields["confusion"])
    fields["weights"] = tuple(Weights(**entry) for entry in fields["weights"])
    fields["starts"] = tuple(start_from_dict(entry) for entry in fields["starts"])
    return Record(**fields)


def epoch_from_dict(entry: dict[str, Any]) -> Epoch:
    """Rebuild an `Epoch` from the dict that ``dataclasses.asdict`` made of it."""
    return Epoch(**entry | {"offsets": tuple(LayerOffsets(**layer) for layer in entry["offsets"])})


def start_from_dict(entry: dict[str, Any]) -> Start:
    """Rebuild a `Start` from the dict that ``dataclasses.asdict`` made of it."""
    made_at = entry["commit"]
    return Start(**entry | {"commit": None if made_at is None else Commit(**made_at)})
