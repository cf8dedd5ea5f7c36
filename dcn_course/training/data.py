"""The images and labels of a run, as the networks take them."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dcn_course import datasets
from dcn_course.datasets import Dataset

SPLIT_SEED = 2017


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
    def from_datasets(cls, train: Dataset, test: Dataset, scaling: str = "standard") -> "TrainingData":
        """Prepare two sets of images for the networks.

        Args:
            train: the training set.
            test: the test set.
            scaling: as `datasets.lenet_images` takes it.

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
            datasets.lenet_images(train, scaling),
            torch.from_numpy(train.labels.copy()),
            datasets.lenet_images(test, scaling),
            torch.from_numpy(test.labels.copy()),
            train.classes,
        )

    def hold_out(self, images: int) -> "TrainingData":
        """Return the training set without some images, and these in the place of the test set.

        Which ones is drawn once and for all, so that every recipe is validated on the same images.

        Args:
            images: how many, at least 1.

        Raises:
            ValueError: the training set has not more images than that.
        """
        count = len(self.train_images)
        if not 0 < images < count:
            raise ValueError(f"validation must be from 1 to {count - 1} of {count} images, got {images}")
        drawn = torch.from_numpy(np.random.default_rng(SPLIT_SEED).permutation(count))
        held, kept = drawn[:images].sort().values, drawn[images:].sort().values
        return TrainingData(
            self.train_images[kept],
            self.train_labels[kept],
            self.train_images[held],
            self.train_labels[held],
            self.classes,
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


def load_data(name: str, scaling: str = "standard", validation: int = 0) -> TrainingData:
    """Load both splits of a data set for training.

    Args:
        name: of the data set.
        scaling: as `datasets.lenet_images` takes it.
        validation: how many training images stand in for the test set, see `TrainingData.hold_out`; 0 for
            none.

    Raises:
        ValueError: there is no data set or no scaling of this name, or not so many images.
        DataNotFoundError: its files are nowhere and cannot be downloaded.
        DataDamagedError: a file is not what it should be.
    """
    data = TrainingData.from_datasets(datasets.load(name, "train"), datasets.load(name, "test"), scaling)
    return data.hold_out(validation) if validation else data
