"""Every kind of damage is found, and a foreign pickle is never unpickled."""

import pickle
import shutil
from pathlib import Path

import pytest
from small_sets import SmallSet, assert_equals, damage, flip_last_byte, md5

from dcn_course import datasets
from dcn_course.datasets import DataDamagedError
from dcn_course.datasets.files import FILE_SETS


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("gz", [False, True])
def test_a_truncated_file_is_named_with_both_sizes(small, gz, position, place, no_download):
    folder = small.put(place, gz=gz)
    path = folder / FILE_SETS[small.name].train[position][-1 if gz else 0].name
    before, after = damage(path, lambda data: data[:-7])
    with pytest.raises(DataDamagedError) as caught:
        datasets.load(small.name, "train")
    text = str(caught.value)
    assert f"{path} is truncated" in text
    assert f"expected {len(before):,} bytes, found {len(after):,}" in text
    assert f"delete the folder {folder}" in text


def test_an_empty_file_counts_as_truncated(small, place, no_download):
    path = small.put(place) / small.real.test[0][0].name
    path.write_bytes(b"")
    with pytest.raises(DataDamagedError, match=r"truncated.*found 0"):
        datasets.load(small.name, "test")


def test_a_file_that_goes_on_after_its_end_is_too_long(small, place, no_download):
    damage(small.put(place) / small.real.test[0][0].name, lambda data: data + b"x")
    with pytest.raises(DataDamagedError, match="too long"):
        datasets.load(small.name, "test")


@pytest.mark.parametrize("gz", [False, True])
def test_one_flipped_bit_is_found_and_both_checksums_are_said(small, gz, place, no_download):
    for forms in FILE_SETS[small.name].train:
        folder = small.put(place, gz=gz)
        path = folder / forms[-1 if gz else 0].name
        before, after = damage(path, flip_last_byte)
        with pytest.raises(DataDamagedError) as caught:
            datasets.load(small.name, "train")
        assert str(path) in str(caught.value)
        assert f"expected MD5 {md5(before)}, found {md5(after)}" in str(caught.value)
        shutil.rmtree(folder)


def test_a_damaged_folder_in_dcn_data_is_not_passed_over_for_a_good_cache(
    small, dcn_data, cache, no_download
):
    damage(small.put(dcn_data) / small.real.train[0][0].name, flip_last_byte)
    small.put(cache)
    with pytest.raises(DataDamagedError):
        datasets.load(small.name, "train")


def test_a_missing_file_among_others_is_named(small, place, no_download):
    missing = small.real.train[1][0].name
    folder = small.put(place, without=[missing])
    with pytest.raises(DataDamagedError) as caught:
        datasets.load(small.name, "train")
    assert f"{folder} (" in str(caught.value)
    assert "is incomplete" in str(caught.value)
    assert missing in str(caught.value)


def test_a_split_loads_where_only_its_own_files_lie(small_mnist, dcn_data, cache, no_download):
    small_mnist.put(dcn_data, without=["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
    assert_equals(datasets.load("mnist", "train"), small_mnist.arrays["train"])
    with pytest.raises(DataDamagedError, match="not t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte"):
        datasets.load("mnist", "test")


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_foreign_pickle_is_never_unpickled(tmp_path, dcn_data, cache, no_download, monkeypatch):
    small = SmallSet("cifar10", monkeypatch)
    folder = small.put(dcn_data)
    mark = tmp_path / "was-run"
    bomb = pickle.dumps(Bomb(mark))
    pickle.loads(bomb)
    assert mark.exists(), "the bomb works"
    mark.unlink()
    for name in ("test_batch", "batches.meta"):
        good = (folder / name).read_bytes()
        (folder / name).write_bytes(bomb.ljust(len(good), b"."))
        with pytest.raises(DataDamagedError):
            datasets.load("cifar10", "test")
        (folder / name).write_bytes(good)
    assert not mark.exists()
