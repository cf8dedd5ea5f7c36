"""Download a data set by torchvision into the user cache, all of it or nothing."""

import contextlib
import http.client
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dcn_course.datasets.files import FILE_SETS, DataDamagedError, FileSet, find_form, read_verified

STALL_SECONDS = 30.0  # a connection that sends nothing for so long is given up
STALE_SECONDS = 24 * 3600.0  # a download folder untouched for so long was left by a killed run


class DownloadError(Exception):
    """Why there was no download, in words."""


def download(name: str, cache: Path) -> Path:
    """Download MNIST or CIFAR-10 into ``cache``; torchvision's progress bar goes to stderr.

    The files arrive in a temporary folder inside ``cache``, are verified there and then moved in place by one
    rename: a kill at any moment leaves all files or none (and a folder that a later download sweeps away).

    Args:
        name: ``"mnist"`` or ``"cifar10"``.
        cache: the cache's folder; created if need be.

    Returns:
        The folder of the files.

    Raises:
        DownloadError: saying why.
    """
    file_set = FILE_SETS[name]
    target = cache / file_set.folder
    try:
        if target.exists() and any(target.iterdir()):
            # `find` came here because none of these are the data set's own.
            raise DownloadError(f"not tried, for {target} holds other files: move them away")
        cache.mkdir(parents=True, exist_ok=True)
        _sweep(cache)
        print(
            f"Downloading {file_set.title} ({file_set.download_megabytes} MB) into {cache}",
            file=sys.stderr,
            flush=True,
        )
        with tempfile.TemporaryDirectory(
            prefix=".download-", dir=cache, ignore_cleanup_errors=True
        ) as temporary:
            with _stalls_end():
                _fetch(name, Path(temporary))
            _verify(Path(temporary) / file_set.folder, file_set)
            _move(Path(temporary) / file_set.folder, target, file_set)
    except ImportError as error:
        raise DownloadError(f'torchvision is missing ({error}): pip install "dcn-course[torch]"') from error
    except (OSError, EOFError, RuntimeError, http.client.HTTPException) as error:
        # What urllib and torchvision raise on a bad line, a wrong checksum or a full disk, and our own.
        raise DownloadError(" ".join(str(error).split()) or type(error).__name__) from error
    return target


def _fetch(name: str, root: Path) -> None:
    from torchvision import datasets

    {"mnist": datasets.MNIST, "cifar10": datasets.CIFAR10}[name](root, download=True)


def _verify(folder: Path, file_set: FileSet) -> None:
    for forms in file_set.files():
        form = find_form(folder, forms)
        if form is None:
            raise DataDamagedError(f"the download lacks {forms[0].name}")
        read_verified(folder / form.name, form)


def _move(source: Path, target: Path, file_set: FileSet) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if target.exists():
            target.rmdir()  # Windows renames onto nothing, not even onto an empty folder
        source.rename(target)
    except OSError:
        # Another process may have been quicker: then its files serve as well as ours.
        if any(find_form(target, forms) is None for forms in file_set.files()):
            raise


def _sweep(cache: Path) -> None:
    for folder in cache.glob(".download-*"):
        with contextlib.suppress(OSError):  # another process may sweep too
            if time.time() - folder.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(folder)


@contextlib.contextmanager
def _stalls_end() -> Iterator[None]:
    # torchvision sets no time-out, so a network that swallows packets would hang for ever.
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
