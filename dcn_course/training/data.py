"""The images and labels of a run, as the networks take them."""

import hashlib
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dcn_course import datasets
from dcn_course.datasets import Dataset


@dataclass(frozen=True, eq=False)
class TrainingData:
    """A training set and a test set.

    Attributes:
        train_images: shape (N, C, 32, 32), float32.
        train_labels: shape (N,), int64.
        test_images: shape (M, C, 32, 32), float32.
        test_labels: shape (M,), int64.
        classes: the names of the classes.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: tuple[str, ...]

    @classmethod
    def from_datasets(cls, train: Dataset, test: Dataset) -> "TrainingData":
        """Prepare two sets of images for the networks (see `datasets.lenet_images`).

        Raises:
            ValueError: a set is empty, or the two differ in their classes.
        """
        for name, part in (("train", train), ("test", test)):
            if len(part) == 0:
                raise ValueError(f"{name} must hold at least one image, got none")
        if train.classes != test.classes:
            raise ValueError(
                f"train and test must have the same classes, got {train.classes} and {test.classes}"
            )
        return cls(
            datasets.lenet_images(train),
            torch.from_numpy(train.labels.copy()),
            datasets.lenet_images(test),
            torch.from_numpy(test.labels.copy()),
            train.classes,
        )

    def to(self, device: torch.device) -> "TrainingData":
        """Return the same data on a device."""
        return TrainingData(
            self.train_images.to(device),
            self.train_labels.to(device),
            self.test_images.to(device),
            self.test_labels.to(device),
            self.classes,
        )

    def summary(self) -> dict[str, Any]:
        """Return the counts of images and the SHA-256 of all numbers, for checkpoints and records."""
        digest = hashlib.sha256()
        for part in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            digest.update(part.contiguous().cpu().numpy().data)
        return {
            "train_images": len(self.train_images),
            "test_images": len(self.test_images),
            "sha256": digest.hexdigest(),
        }


def load_data(name: str) -> TrainingData:
    """Load both splits of a data set for training.

    Raises:
        ValueError: there is no data set of this name.
        DataNotFoundError: its files are nowhere and cannot be downloaded.
        DataDamagedError: a file is not what it should be.
    """
    return TrainingData.from_datasets(datasets.load(name, "train"), datasets.load(name, "test"))
