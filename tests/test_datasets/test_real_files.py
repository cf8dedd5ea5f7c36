"""The genuine MNIST and CIFAR-10, against what torchvision reads."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from small_sets import DIGITS, assert_equals, md5

from dcn_course import datasets
from dcn_course.datasets.files import FILE_SETS


@pytest.mark.data("mnist")
@pytest.mark.parametrize(
    ("split", "counts", "first"),
    [
        (
            "train",
            [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
            [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
        ),
        ("test", [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]),
    ],
)
def test_the_real_mnist_is_what_torchvision_reads(split, counts, first):
    from torchvision.datasets import MNIST

    dataset = datasets.load("mnist", split)
    assert dataset.source == "DCN_DATA"
    assert dataset.images.shape == (sum(counts), 1, 28, 28)
    assert np.bincount(dataset.labels).tolist() == counts
    assert dataset.labels[:10].tolist() == first
    assert dataset.classes == DIGITS
    theirs = MNIST(os.environ["DCN_DATA"], train=split == "train")
    np.testing.assert_array_equal(dataset.images[:, 0], theirs.data)
    np.testing.assert_array_equal(dataset.labels, theirs.targets)


@pytest.mark.data("mnist")
def test_the_real_mnist_is_the_same_packed_and_unpacked(tmp_path, monkeypatch):
    given = Path(os.environ["DCN_DATA"]) / "MNIST/raw"
    unpacked = datasets.load("mnist", "test")
    for forms in FILE_SETS["mnist"].test:
        put_packed(given, forms, tmp_path / "MNIST/raw")
    monkeypatch.setenv("DCN_DATA", str(tmp_path))
    packed = datasets.load("mnist", "test")
    assert_equals(packed, (unpacked.images, unpacked.labels))


def put_packed(given, forms, folder):
    """Copy one genuine archive; skip, in one line, where only the unpacked file was given."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (given / forms[1].name).is_file():
        pytest.skip(f"needs the genuine {forms[1].name} beside the unpacked file in DCN_DATA")
    shutil.copy(given / forms[1].name, folder)


@pytest.mark.data("mnist")
def test_the_real_mnist_downloads_from_a_mirror(mirror, cache, monkeypatch):
    from torchvision.datasets import MNIST

    for forms in FILE_SETS["mnist"].files():
        put_packed(Path(os.environ["DCN_DATA"]) / "MNIST/raw", forms, mirror[0])
    monkeypatch.delenv("DCN_DATA")
    monkeypatch.setattr(MNIST, "mirrors", [mirror[1]])
    assert datasets.load("mnist", "train").source == "user cache"
    # torchvision has unpacked the published archives: so this checks the sums of the unpacked files.
    for forms in FILE_SETS["mnist"].files():
        assert md5((cache / "MNIST/raw" / forms[0].name).read_bytes()) == forms[0].md5


@pytest.mark.data("cifar10")
@pytest.mark.parametrize(
    ("split", "count", "first"),
    [("train", 50_000, [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]), ("test", 10_000, [3, 8, 8, 0, 6, 6, 1, 6, 3, 1])],
)
def test_the_real_cifar10_is_what_torchvision_reads(split, count, first):
    from torchvision.datasets import CIFAR10

    dataset = datasets.load("cifar10", split)
    assert dataset.source == "DCN_DATA"
    assert dataset.images.shape == (count, 3, 32, 32)
    assert np.bincount(dataset.labels).tolist() == [count // 10] * 10
    assert dataset.labels[:10].tolist() == first
    theirs = CIFAR10(os.environ["DCN_DATA"], train=split == "train")
    np.testing.assert_array_equal(dataset.images.transpose(0, 2, 3, 1), theirs.data)
    np.testing.assert_array_equal(dataset.labels, theirs.targets)
    assert list(dataset.classes) == theirs.classes
    assert dataset.classes[0] == "airplane"
