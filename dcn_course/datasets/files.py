"""Which files make up MNIST and CIFAR-10, and reading them only when every byte is right."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


class DataDamagedError(RuntimeError):
    """A data file is truncated or changed, or some files of a data set are there and others are not."""


@dataclass(frozen=True)
class StoredFile:
    """One form in which a file may lie on the disk: its name, its size in bytes and its MD5."""

    name: str
    size: int
    md5: str


@dataclass(frozen=True)
class FileSet:
    """The files of one data set, in the layout that torchvision's class for it expects.

    Each file is a tuple of the forms that are accepted (unpacked, or the ``.gz``); the first found is read.
    """

    title: str
    folder: str  # below the root that torchvision's class takes
    train: tuple[tuple[StoredFile, ...], ...]
    test: tuple[tuple[StoredFile, ...], ...]
    download_megabytes: int

    def files(self, split: str | None = None) -> tuple[tuple[StoredFile, ...], ...]:
        """The files that ``split`` needs; without a split, all files of the set, each once."""
        if split is not None:
            return self.train if split == "train" else self.test
        return tuple(dict.fromkeys(self.train + self.test))

    def layout(self) -> str:
        """The files below the root, in one line for a message."""
        names = (forms[0].name + ("[.gz]" if len(forms) > 1 else "") for forms in self.files())
        return f"{self.folder}/{{{', '.join(names)}}}"


def _idx(name: str, size: int, md5: str, gz_size: int, gz_md5: str) -> tuple[StoredFile, StoredFile]:
    return StoredFile(name, size, md5), StoredFile(name + ".gz", gz_size, gz_md5)


_BATCHES_META = (StoredFile("batches.meta", 158, "5ff9c542aee3614f3951f8cda6e48888"),)

# The MD5s of the .gz files and of the CIFAR-10 batches are those that torchvision publishes (a test compares
# them); those of the unpacked MNIST files were taken from the genuine archives.
FILE_SETS = {
    "mnist": FileSet(
        title="MNIST",
        folder="MNIST/raw",
        train=(
            _idx(
                "train-images-idx3-ubyte",
                47_040_016,
                "6bbc9ace898e44ae57da46a324031adb",
                9_912_422,
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            ),
            _idx(
                "train-labels-idx1-ubyte",
                60_008,
                "a25bea736e30d166cdddb491f175f624",
                28_881,
                "d53e105ee54ea40749a09fcbcd1e9432",
            ),
        ),
        test=(
            _idx(
                "t10k-images-idx3-ubyte",
                7_840_016,
                "2646ac647ad5339dbf082846283269ea",
                1_648_877,
                "9fb629c4189551a2d022fa330f9573f3",
            ),
            _idx(
                "t10k-labels-idx1-ubyte",
                10_008,
                "27ae3e4e09519cfbb04c329615203637",
                4_542,
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
        ),
        download_megabytes=12,
    ),
    "cifar10": FileSet(
        title="CIFAR-10",
        folder="cifar-10-batches-py",
        train=(
            (StoredFile("data_batch_1", 31_035_704, "c99cafc152244af753f735de768cd75f"),),
            (StoredFile("data_batch_2", 31_035_320, "d4bba439e000b95fd0a9bffe97cbabec"),),
            (StoredFile("data_batch_3", 31_035_999, "54ebc095f3ab1f0389bbae665268c751"),),
            (StoredFile("data_batch_4", 31_035_696, "634d18415352ddfa80567beed471001a"),),
            (StoredFile("data_batch_5", 31_035_623, "482c414d41f54cd18b22e5b47cb7c3cb"),),
            _BATCHES_META,
        ),
        test=(
            (StoredFile("test_batch", 31_035_526, "40351d587109b95175f43aff81a1287e"),),
            _BATCHES_META,
        ),
        download_megabytes=171,
    ),
}


def find_form(folder: Path, forms: tuple[StoredFile, ...]) -> StoredFile | None:
    """The first of a file's forms that lies in ``folder``, or None."""
    return next((form for form in forms if (folder / form.name).is_file()), None)


def read_verified(path: Path, expected: StoredFile) -> bytes:
    """Read a file and check its size and MD5.

    Args:
        path: the file.
        expected: what it must be.

    Returns:
        The very bytes that were checked, so that nothing can change between check and use.

    Raises:
        DataDamagedError: naming the file, what was expected and what was found.
    """
    size = path.stat().st_size
    if size != expected.size:
        what = "truncated" if size < expected.size else "too long"
        raise _damaged(path, f"{what}: expected {expected.size:,} bytes, found {size:,}")
    data = path.read_bytes()
    # A guard against accidents on the disk, so MD5 serves, and it is what torchvision publishes.
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if md5 != expected.md5:
        raise _damaged(
            path, f"changed: expected MD5 {expected.md5}, found {md5} (the size, {size:,} bytes, is right)"
        )
    return data


def _damaged(path: Path, finding: str) -> DataDamagedError:
    return DataDamagedError(
        f"{path} is {finding}. Replace it by a genuine copy, or delete the folder {path.parent}: "
        "the data set is then looked for elsewhere or downloaded anew."
    )
