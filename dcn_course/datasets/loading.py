"""``load``: a data set's split as two arrays."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcn_course.datasets.digits import DIGIT_CLASSES, digits_arrays
from dcn_course.datasets.files import FILE_SETS, StoredFile, find_form, read_verified
from dcn_course.datasets.formats import cifar_batch, cifar_classes, idx_array
from dcn_course.datasets.sources import find

NAMES = ("digits", *FILE_SETS)
SPLITS = ("train", "test")


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled images, held in memory and read-only.

    Attributes:
        name: ``"digits"``, ``"mnist"`` or ``"cifar10"``.
        split: ``"train"`` or ``"test"``.
        images: (N, C, H, W) uint8, C-contiguous, 0..255; 8x8 (digits), 28x28 (MNIST), 32x32 RGB (CIFAR-10).
        labels: (N,) int64, the index of the class.
        classes: the names of the classes.
        source: where it was read, in words: ``"DCN_DATA"``, ``"user cache"`` or ``"scikit-learn wheel"``.
    """

    name: str
    split: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    source: str

    def __post_init__(self) -> None:
        for name, dtype in (("images", np.uint8), ("labels", np.int64)):
            array = np.array(getattr(self, name), order="C")
            if array.dtype != dtype:
                raise TypeError(f"{name} must be {np.dtype(dtype)}, got {array.dtype}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.images.ndim != 4 or self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                "images must be (N, C, H, W) and labels (N,), "
                f"got {self.images.shape} and {self.labels.shape}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        channels, height, width = self.images.shape[1:]
        return (
            f"Dataset({self.name} {self.split}: {len(self):,} images of {channels}x{height}x{width}, "
            f"{len(self.classes)} classes, from {self.source})"
        )


def load(name: str, split: str) -> Dataset:
    """Load one split of a data set, every byte checked.

    MNIST and CIFAR-10 are looked for in the folder that the environment variable ``DCN_DATA`` names, then in
    the user cache, both laid out as torchvision's ``MNIST(root)`` and ``CIFAR10(root)`` expect; then they are
    downloaded into the user cache. ``digits`` comes with scikit-learn and needs neither.

    Args:
        name: ``"digits"`` (1,437 + 360 images), ``"mnist"`` (60,000 + 10,000) or ``"cifar10"``
            (50,000 + 10,000).
        split: ``"train"`` or ``"test"``. MNIST and CIFAR-10 keep their own split and order; that of digits is
            described at ``digits_arrays``.

    Returns:
        The images and labels.

    Raises:
        ValueError: for another name or split.
        DataNotFoundError: if the data are nowhere; says what was tried and the ways out.
        DataDamagedError: if a place has them truncated, changed or incomplete; no other place is tried then.
    """
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, got {name!r}")
    if split not in SPLITS:
        raise ValueError(f"split must be train or test, got {split!r}")
    if name == "digits":
        images, labels = digits_arrays(split)
        return Dataset(name, split, images, labels, DIGIT_CLASSES, "scikit-learn wheel")
    folder, source = find(name, split)
    files = [_read(folder, forms) for forms in FILE_SETS[name].files(split)]
    if name == "mnist":
        images, labels = idx_array(files[0])[:, None], idx_array(files[1]).astype(np.int64)
        return Dataset(name, split, images, labels, DIGIT_CLASSES, source)
    batches = [cifar_batch(data) for data in files[:-1]]
    images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return Dataset(name, split, images, labels, cifar_classes(files[-1]), source)


def _read(folder: Path, forms: tuple[StoredFile, ...]) -> bytes:
    form = find_form(folder, forms)
    assert form is not None, "find() returns folders that have every file"
    data = read_verified(folder / form.name, form)
    return gzip.decompress(data) if form.name.endswith(".gz") else data
