"""scikit-learn's digits and our split of them."""

import sys

import numpy as np
import pytest
from small_sets import DIGITS, md5

from dcn_course import datasets
from dcn_course.datasets import DataNotFoundError


def test_digits_come_without_looking_anywhere_else(monkeypatch, tmp_path, no_download):
    monkeypatch.setenv("DCN_DATA", str(tmp_path / "no-folder"))
    dataset = datasets.load("digits", "train")
    assert dataset.source == "scikit-learn wheel"
    assert dataset.images.shape == (1437, 1, 8, 8)
    assert dataset.images.dtype == np.uint8
    assert dataset.labels.dtype == np.int64
    assert dataset.classes == DIGITS
    assert datasets.load("digits", "test").images.shape == (360, 1, 8, 8)


def test_the_two_splits_share_no_image_and_lose_none():
    from sklearn.datasets import load_digits

    parts = [datasets.load("digits", split) for split in ("train", "test")]
    train, test = ({image.tobytes() for image in part.images} for part in parts)
    assert not train & test
    original = {image.astype(np.uint8).tobytes() for image in load_digits().images}
    assert len(original) == 1797, "no image occurs twice in the original"
    assert len(train | test) == 1797


def test_every_class_has_its_share_in_both_splits():
    train, test = (np.bincount(datasets.load("digits", split).labels) for split in ("train", "test"))
    np.testing.assert_allclose(test, 360 / 1797 * (train + test), atol=1)


def test_the_sixteen_steps_of_grey_are_spread_evenly_over_the_bytes():
    from sklearn.datasets import load_digits

    levels = np.unique(datasets.load("digits", "train").images)
    np.testing.assert_array_equal(levels, [(255 * v + 8) // 16 for v in range(17)])
    assert np.abs(levels - 255 / 16 * np.arange(17)).max() <= 0.5
    # The pairing of image and label survives: each image is found in the original under its label.
    bunch = load_digits()
    original = {
        ((image.astype(int) * 255 + 8) // 16).astype(np.uint8).tobytes(): label
        for image, label in zip(bunch.images, bunch.target, strict=True)
    }
    test = datasets.load("digits", "test")
    assert [original[image.tobytes()] for image in test.images] == test.labels.tolist()


def test_the_split_of_digits_is_the_same_for_ever():
    digest = {}
    for split in datasets.SPLITS:
        dataset = datasets.load("digits", split)
        digest[split] = md5(dataset.images.tobytes() + dataset.labels.astype("<i8").tobytes())
    # Records name "digits" and no more, so another split would make them wrong without a word.
    assert digest == {"train": "fbbaedbc6955f0f5b4884f66b379938b", "test": "d17a95cf0763b103f92c8f78f275c874"}


def test_without_scikit_learn_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(
        DataNotFoundError, match=r"digits comes with scikit-learn.*pip install .dcn-course\[torch\]"
    ):
        datasets.load("digits", "train")
