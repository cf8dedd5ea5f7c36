"""The order in which the places are looked into, and what is said of them."""

import subprocess
import sys
from pathlib import Path

import pytest
from small_sets import assert_equals

from dcn_course import datasets
from dcn_course.datasets import DataNotFoundError, download


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_folder_in_dcn_data_comes_first(small, split, dcn_data, cache, no_download):
    small.put(dcn_data)
    small.put(cache)
    dataset = datasets.load(small.name, split)
    assert dataset.source == "DCN_DATA"
    assert_equals(dataset, small.arrays[split])


def test_a_folder_without_the_data_set_leaves_it_to_the_cache(small, dcn_data, cache, no_download):
    (dcn_data / "something-else").mkdir()
    small.put(cache)
    dataset = datasets.load(small.name, "train")
    assert dataset.source == "user cache"
    assert_equals(dataset, small.arrays["train"])


@pytest.mark.parametrize("unset", [None, ""])
def test_without_dcn_data_the_cache_comes_first(small, unset, cache, monkeypatch, no_download):
    if unset is not None:
        monkeypatch.setenv("DCN_DATA", unset)
    small.put(cache)
    assert datasets.load(small.name, "test").source == "user cache"


def test_dcn_data_may_start_with_a_tilde(small, tmp_path, cache, monkeypatch, no_download):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("DCN_DATA", "~/here")
    small.put(tmp_path / "here")
    assert datasets.load(small.name, "test").source == "DCN_DATA"


def test_what_is_nowhere_is_downloaded_once_for_both_splits(small, fetches, dcn_data, cache):
    for split in ("train", "test", "train"):
        dataset = datasets.load(small.name, split)
        assert dataset.source == "user cache"
        assert_equals(dataset, small.arrays[split])
    assert fetches == [small.name]
    assert [p.name for p in cache.iterdir()] == [Path(small.real.folder).parts[0]], (
        "nothing else is left behind"
    )


def test_if_nothing_works_one_error_says_what_was_tried_and_the_ways_out(small, dcn_data, cache, monkeypatch):
    def offline(name, root):
        raise OSError("no route to host")

    monkeypatch.setattr(download, "_fetch", offline)
    with pytest.raises(DataNotFoundError) as caught:
        datasets.load(small.name, "train")
    text = str(caught.value)
    title = small.real.title
    assert f"{title} was not found" in text
    assert f"DCN_DATA ({dcn_data}): has no file of {title}" in text
    assert f"user cache ({cache}): no such folder" in text
    assert "download by torchvision: no route to host" in text
    assert f"1. set DCN_DATA to a folder that has {small.real.folder}/" in text
    assert f"2. put the same into the cache folder, {cache}" in text
    assert "3. connect to the internet" in text
    assert "'digits' needs none of this" in text
    for forms in small.real.files():
        assert forms[0].name in text


def test_the_error_says_when_dcn_data_is_not_set(cache):
    # No patched download here: torchvision itself meets the refused network.
    with pytest.raises(DataNotFoundError, match=r"DCN_DATA: not set\n(.*\n)*.*never touch the network"):
        datasets.load("mnist", "train")


def test_dcn_data_that_names_no_folder_is_an_error_even_if_the_cache_has_the_data(
    small, tmp_path, cache, monkeypatch, no_download
):
    small.put(cache)
    monkeypatch.setenv("DCN_DATA", str(tmp_path / "tpyo"))
    with pytest.raises(DataNotFoundError, match=r"DCN_DATA names no folder: .*tpyo"):
        datasets.load(small.name, "train")


def test_locate_says_in_the_order_of_load_what_each_place_has(small, dcn_data, cache, no_download):
    small.put(dcn_data, without=[small.real.test[0][0].name])
    named, cached = datasets.locate(small.name)
    assert (named.source, named.root, named.present) == ("DCN_DATA", dcn_data, False)
    assert named.note == f"incomplete, lacks {small.real.test[0][0].name}"
    assert (cached.source, cached.root, cached.present) == ("user cache", cache, False)
    assert cached.note == "no such folder"
    small.put(cache)
    assert datasets.locate(small.name)[1].present


def test_locate_says_when_dcn_data_is_not_set(cache):
    named, _ = datasets.locate("cifar10")
    assert (named.root, named.present, named.note) == (None, False, "not set")


def test_where_covers_every_data_set(cache, no_download):
    places = datasets.where()
    assert tuple(places) == datasets.NAMES
    assert places["digits"][0].present
    assert places["mnist"] == datasets.locate("mnist")
    assert not cache.exists(), "looking creates nothing"


def test_locate_refuses_an_unknown_name():
    with pytest.raises(ValueError, match=r"name must be one of digits, mnist, cifar10, got 'svhn'"):
        datasets.locate("svhn")


def test_neither_the_import_nor_a_look_around_loads_torch_or_scikit_learn():
    code = (
        "import sys, dcn_course.datasets as d; d.where()\n"
        "assert not {'torch', 'torchvision', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
