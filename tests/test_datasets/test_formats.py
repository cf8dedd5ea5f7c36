"""The idx format, packed and unpacked, and the published checksums."""

import numpy as np
import pytest
from small_sets import assert_equals, idx

from dcn_course import datasets
from dcn_course.datasets.files import FILE_SETS
from dcn_course.datasets.formats import idx_array


def test_packed_and_unpacked_mnist_are_the_same(small_mnist, dcn_data, cache):
    folder = small_mnist.put(dcn_data, gz=True)
    assert all(path.suffix == ".gz" for path in folder.iterdir())
    for split in ("train", "test"):
        assert_equals(datasets.load("mnist", split), small_mnist.arrays[split])


def test_one_file_may_be_packed_and_another_not(small_mnist, dcn_data, cache):
    folder = small_mnist.put(dcn_data)
    name = "train-images-idx3-ubyte"
    (folder / name).unlink()
    (folder / f"{name}.gz").write_bytes(small_mnist.contents[f"{name}.gz"])
    assert_equals(datasets.load("mnist", "train"), small_mnist.arrays["train"])


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\x08", b"\0\0\x0d\x01\0\0\0\x01....", b"\x1f\x8b\x08\x00 packed"]
)
def test_what_is_no_idx_file_of_bytes_is_refused(data):
    with pytest.raises(ValueError, match="idx header 00 00 08"):
        idx_array(data)


def test_an_idx_file_of_another_length_than_its_header_says_is_refused():
    whole = idx(np.zeros((3, 4), np.uint8))
    with pytest.raises(ValueError, match=r"header says shape \(3, 4\), but 11 bytes follow"):
        idx_array(whole[:-1])
    with pytest.raises(ValueError, match="ends inside its header: 9 of 12 bytes"):
        idx_array(whole[:9])


def test_the_checksums_are_those_that_torchvision_publishes():
    from torchvision.datasets import CIFAR10, MNIST

    packed = {forms[1].name: forms[1].md5 for forms in FILE_SETS["mnist"].files()}
    assert packed == dict(MNIST.resources)
    batches = {forms[0].name: forms[0].md5 for forms in FILE_SETS["cifar10"].files()}
    published = dict(CIFAR10.train_list + CIFAR10.test_list)
    assert batches == published | {CIFAR10.meta["filename"]: CIFAR10.meta["md5"]}
