"""Where the data are: the folder in ``DCN_DATA``, the user cache, a download, scikit-learn's wheel."""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from dcn_course.datasets.download import DownloadError, download
from dcn_course.datasets.files import FILE_SETS, DataDamagedError, FileSet, StoredFile, find_form

VARIABLE = "DCN_DATA"


class DataNotFoundError(FileNotFoundError):
    """A data set is in none of the places; the message says which were tried and the ways out."""


@dataclass(frozen=True)
class Location:
    """One place where a data set may be.

    Attributes:
        source: ``"DCN_DATA"``, ``"user cache"`` or ``"scikit-learn wheel"``.
        root: the folder that was looked into; None where there is none.
        present: True if all files of the data set are there (their contents are not checked).
        note: the same in words.
    """

    source: str
    root: Path | None
    present: bool
    note: str


def locate(name: str) -> tuple[Location, ...]:
    """Say for each place whether it has the data set: a look at the file names, no torch, no download.

    Args:
        name: ``"digits"``, ``"mnist"`` or ``"cifar10"``.

    Returns:
        The places in the order in which ``load`` looks into them.

    Raises:
        ValueError: for another name.
    """
    if name == "digits":
        return (_locate_digits(),)
    if name not in FILE_SETS:
        raise ValueError(f"name must be one of digits, {', '.join(FILE_SETS)}, got {name!r}")
    return tuple(_look(source, root, FILE_SETS[name]) for source, root in _roots())


def where() -> dict[str, tuple[Location, ...]]:
    """``locate`` for every data set, by name."""
    return {name: locate(name) for name in ("digits", *FILE_SETS)}


def find(name: str, split: str) -> tuple[Path, str]:
    """Find the folder that has the files of a split of MNIST or CIFAR-10; download them if none has.

    Returns:
        The folder of the files, and its source in words.

    Raises:
        DataDamagedError: if a place has some of the data set's files but not all that the split needs.
        DataNotFoundError: if no place has them and the download fails, or ``DCN_DATA`` names no folder.
    """
    file_set = FILE_SETS[name]
    tried = []
    for source, root in _roots():
        place = _look(source, root, file_set)
        tried.append(f"{source}{f' ({root})' if root else ''}: {place.note}")
        if root is None:
            continue
        if source == VARIABLE and not root.is_dir():
            raise DataNotFoundError(
                f"{VARIABLE} names no folder: {root}. Set it to a folder that exists, or unset it."
            )
        folder = root / file_set.folder
        missing = _missing(folder, file_set.files(split))
        if not missing:
            return folder, source
        if len(_missing(folder, file_set.files())) < len(file_set.files()):
            raise DataDamagedError(
                f"{folder} ({source}) is incomplete: it has files of {file_set.title}, but not "
                f"{', '.join(missing)}. Add what is missing, or delete the folder: "
                "the data set is then looked for elsewhere or downloaded anew."
            )
    cache = cache_root()
    try:
        return download(name, cache), "user cache"
    except DownloadError as failure:
        tried.append(f"download by torchvision: {failure}")
    raise DataNotFoundError(_ways_out(file_set, cache, tried))


def cache_root() -> Path:
    """The user cache's folder (not created): ``~/.cache/dcn-course`` on Linux."""
    return platformdirs.user_cache_path("dcn-course")


def _roots() -> tuple[tuple[str, Path | None], ...]:
    named = os.environ.get(VARIABLE)
    return (VARIABLE, Path(named).expanduser() if named else None), ("user cache", cache_root())


def _look(source: str, root: Path | None, file_set: FileSet) -> Location:
    if root is None:
        return Location(source, None, False, "not set")
    if not root.is_dir():
        return Location(source, root, False, "no such folder")
    missing = _missing(root / file_set.folder, file_set.files())
    if not missing:
        return Location(source, root, True, f"has all files of {file_set.title}")
    if len(missing) == len(file_set.files()):
        return Location(source, root, False, f"has no file of {file_set.title}")
    return Location(source, root, False, f"incomplete, lacks {', '.join(missing)}")


def _missing(folder: Path, files: tuple[tuple[StoredFile, ...], ...]) -> list[str]:
    return [forms[0].name for forms in files if find_form(folder, forms) is None]


def _locate_digits() -> Location:
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        return Location("scikit-learn wheel", None, False, "scikit-learn is not installed")
    folder = Path(spec.origin).parent / "datasets" / "data"
    present = (folder / "digits.csv.gz").is_file()
    return Location("scikit-learn wheel", folder, present, f"has {'' if present else 'no '}digits.csv.gz")


def _ways_out(file_set: FileSet, cache: Path, tried: list[str]) -> str:
    return "\n".join(
        [
            f"{file_set.title} was not found. Tried:",
            *(f"  - {line}" for line in tried),
            "Three ways out:",
            f"  1. set {VARIABLE} to a folder that has {file_set.layout()}",
            f"  2. put the same into the cache folder, {cache}",
            f"  3. connect to the internet: they are then downloaded ({file_set.download_megabytes} MB)",
            "The data set 'digits' needs none of this: it comes with scikit-learn.",
        ]
    )
