"""`load` and `Dataset`."""

import dataclasses

import numpy as np
import pytest
from small_sets import DIGITS

from dcn_course import datasets
from dcn_course.datasets import Dataset


@pytest.mark.parametrize(
    ("name", "split", "message"),
    [
        ("svhn", "train", "name must be one of digits, mnist, cifar10, got 'svhn'"),
        ("MNIST", "train", "got 'MNIST'"),
        ("digits", "valid", "split must be train or test, got 'valid'"),
    ],
)
def test_an_unknown_name_or_split_is_refused(name, split, message):
    with pytest.raises(ValueError, match=message):
        datasets.load(name, split)


def test_a_data_set_cannot_be_changed(small, dcn_data, cache):
    small.put(dcn_data)
    for dataset in (datasets.load(small.name, "test"), datasets.load("digits", "test")):
        assert dataset.images.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            dataset.images[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            dataset.labels[0] = 0
        with pytest.raises(dataclasses.FrozenInstanceError):
            dataset.images = dataset.images.copy()


def test_a_data_set_leaves_the_arrays_it_was_made_of_alone():
    images, labels = np.zeros((2, 1, 8, 8), np.uint8), np.zeros(2, np.int64)
    dataset = Dataset("digits", "train", images, labels, DIGITS, "a test")
    images[0] = 1
    assert dataset.images.max() == 0


def test_a_data_set_says_what_it_is():
    dataset = datasets.load("digits", "train")
    assert len(dataset) == 1437
    assert (
        repr(dataset) == "Dataset(digits train: 1,437 images of 1x8x8, 10 classes, from scikit-learn wheel)"
    )


@pytest.mark.parametrize(
    ("images", "labels", "error", "message"),
    [
        (np.zeros((2, 1, 8, 8)), np.zeros(2, np.int64), TypeError, "images must be uint8, got float64"),
        (
            np.zeros((2, 1, 8, 8), np.uint8),
            np.zeros(2, np.int32),
            TypeError,
            "labels must be int64, got int32",
        ),
        (np.zeros((2, 8, 8), np.uint8), np.zeros(2, np.int64), ValueError, r"images must be \(N, C, H, W\)"),
        (np.zeros((2, 1, 8, 8), np.uint8), np.zeros(3, np.int64), ValueError, r"labels \(N,\), got .*\(3,\)"),
    ],
)
def test_wrong_arrays_are_refused(images, labels, error, message):
    with pytest.raises(error, match=message):
        Dataset("digits", "train", images, labels, DIGITS, "a test")
