"""A download comes whole or not at all."""

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest
from small_sets import assert_equals, damage, flip_last_byte, md5

from dcn_course import datasets
from dcn_course.datasets import DataNotFoundError, download
from dcn_course.datasets.files import FILE_SETS


def serve(small, mirror, monkeypatch):
    """Let torchvision's own downloader find the small files at the mirror."""
    import torchvision.datasets as tv

    folder, address = mirror
    if small.name == "mnist":
        resources = [(forms[1].name, forms[1].md5) for forms in FILE_SETS["mnist"].files()]
        for name, _ in resources:
            (folder / name).write_bytes(small.contents[name])
        monkeypatch.setattr(tv.MNIST, "mirrors", [address])
        monkeypatch.setattr(tv.MNIST, "resources", resources)
        return
    archive = folder / "cifar.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in small.contents.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    sums = {name: md5(data) for name, data in small.contents.items()}
    monkeypatch.setattr(tv.CIFAR10, "url", address + archive.name)
    monkeypatch.setattr(tv.CIFAR10, "tgz_md5", md5(archive.read_bytes()))
    monkeypatch.setattr(
        tv.CIFAR10, "train_list", [[f"data_batch_{i}", sums[f"data_batch_{i}"]] for i in range(1, 6)]
    )
    monkeypatch.setattr(tv.CIFAR10, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(tv.CIFAR10, "meta", tv.CIFAR10.meta | {"md5": sums["batches.meta"]})


def test_torchvision_downloads_with_a_progress_bar_on_stderr(small, mirror, cache, monkeypatch, capfd):
    serve(small, mirror, monkeypatch)
    dataset = datasets.load(small.name, "train")
    assert_equals(dataset, small.arrays["train"])
    assert dataset.source == "user cache"
    out, err = capfd.readouterr()
    assert out == ""
    assert f"Downloading {small.real.title}" in err
    assert re.search(r"100(\.0)?%", err), "with tqdm a bar, without it torch's own percentages"
    assert [p.name for p in cache.iterdir()] == [Path(small.real.folder).parts[0]]


def test_a_mirror_that_serves_something_else_leaves_nothing(small, mirror, cache, monkeypatch):
    serve(small, mirror, monkeypatch)
    for path in mirror[0].iterdir():
        damage(path, flip_last_byte)
    with pytest.raises(DataNotFoundError, match="corrupted"):
        datasets.load(small.name, "train")
    assert list(cache.iterdir()) == []


def test_a_download_is_verified_before_it_is_moved_in_place(small, cache, monkeypatch):
    def fetch(name, root):
        damage(small.put(root) / small.real.test[0][0].name, flip_last_byte)

    monkeypatch.setattr(download, "_fetch", fetch)
    with pytest.raises(DataNotFoundError, match=r"download by torchvision: .*expected MD5"):
        datasets.load(small.name, "train")
    assert list(cache.iterdir()) == []


def test_a_download_that_lacks_a_file_is_refused(small, cache, monkeypatch):
    missing = small.real.test[0][0].name
    monkeypatch.setattr(download, "_fetch", lambda name, root: small.put(root, without=[missing]))
    with pytest.raises(DataNotFoundError, match=f"the download lacks {missing}"):
        datasets.load(small.name, "train")
    assert list(cache.iterdir()) == []


def test_ctrl_c_during_the_download_leaves_nothing(small, cache, monkeypatch):
    def fetch(name, root):
        small.put(root, without=[small.real.test[0][0].name])
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_fetch", fetch)
    with pytest.raises(KeyboardInterrupt):
        datasets.load(small.name, "train")
    assert list(cache.iterdir()) == []


KILLED = """
import os, pathlib, sys
from dcn_course.datasets import download
def fetch(name, root):
    folder = root / "MNIST/raw"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte").write_bytes(b"half")
    os._exit(9)
download._fetch = fetch
download.download("mnist", pathlib.Path(sys.argv[1]))
"""


def test_a_killed_download_leaves_no_half_data_and_its_rest_is_swept_later(small_mnist, cache, monkeypatch):
    assert subprocess.run([sys.executable, "-c", KILLED, str(cache)], timeout=60).returncode == 9
    (rest,) = cache.iterdir()
    assert rest.name.startswith(".download-")
    assert not datasets.locate("mnist")[1].present

    monkeypatch.setattr(download, "_fetch", lambda name, root: small_mnist.put(root))
    assert_equals(datasets.load("mnist", "train"), small_mnist.arrays["train"])
    assert rest.exists(), "it might belong to a download that runs"

    shutil.rmtree(cache / "MNIST")
    os.utime(rest, (time.time() - 25 * 3600,) * 2)
    datasets.load("mnist", "train")
    assert not rest.exists()


def test_of_two_downloads_at_once_the_quicker_serves_both(small, cache, monkeypatch):
    def fetch(name, root):
        small.put(root)
        small.put(cache)  # the other process

    monkeypatch.setattr(download, "_fetch", fetch)
    assert_equals(datasets.load(small.name, "train"), small.arrays["train"])


def test_an_empty_folder_in_the_cache_is_not_in_the_way(small, fetches, cache):
    (cache / small.real.folder).mkdir(parents=True)
    assert_equals(datasets.load(small.name, "train"), small.arrays["train"])


def test_other_files_in_the_cache_folder_are_kept_and_said_to_be_in_the_way(small, cache, no_download):
    folder = cache / small.real.folder
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(DataNotFoundError, match="holds other files: move them away"):
        datasets.load(small.name, "train")
    assert (folder / "notes.txt").read_text() == "mine"


def test_without_torchvision_the_error_says_how_to_install_it(small, cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(DataNotFoundError, match=r"torchvision is missing .*pip install .dcn-course\[torch\]"):
        datasets.load(small.name, "train")


def test_a_server_that_stays_silent_is_given_up(cache, monkeypatch):
    from torchvision.datasets import MNIST

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "STALL_SECONDS", 0.2)
    before = socket.getdefaulttimeout()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        too_late = threading.Timer(20, silent.close)  # or the test would hang where it should fail
        too_late.start()
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        with pytest.raises(DataNotFoundError, match=r"download by torchvision: .*timed out"):
            datasets.load("mnist", "train")
        too_late.cancel()
    assert socket.getdefaulttimeout() == before
    assert list(cache.iterdir()) == []
