"""Files like the real ones, but few images, and what the tests do to them."""

import dataclasses
import gzip
import hashlib
import pickle

import numpy as np

from dcn_course.datasets.files import FILE_SETS, StoredFile

DIGITS = tuple("0123456789")


class SmallSet:
    """Files like the real ones, with few random images, and FILE_SETS changed to expect exactly these."""

    def __init__(self, name, monkeypatch):
        self.name = name
        self.contents = {}  # file name: bytes
        self.arrays = {}  # split: (images, labels)
        random = np.random.default_rng(7)
        {"mnist": self._make_mnist, "cifar10": self._make_cifar}[name](random)
        self.real = FILE_SETS[name]
        forms = {split: self._expect(self.real.files(split)) for split in ("train", "test")}
        monkeypatch.setitem(FILE_SETS, name, dataclasses.replace(self.real, **forms))

    def _make_mnist(self, random):
        for split, prefix, count in (("train", "train", 12), ("test", "t10k", 5)):
            images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
            labels = random.integers(0, 10, count, dtype=np.uint8)
            self.arrays[split] = images[:, None], labels.astype(np.int64)
            for kind, array in (
                (f"{prefix}-images-idx3-ubyte", images),
                (f"{prefix}-labels-idx1-ubyte", labels),
            ):
                self.contents[kind] = idx(array)
                self.contents[kind + ".gz"] = gzip.compress(idx(array), mtime=0)

    def _make_cifar(self, random):
        batches = {}
        for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
            data = random.integers(0, 256, (4, 3072), dtype=np.uint8)
            labels = random.integers(0, 10, 4).tolist()
            batches[name] = data.reshape(4, 3, 32, 32), np.array(labels)
            self.contents[name] = pickle.dumps({"data": data, "labels": labels}, protocol=2)
        self.contents["batches.meta"] = pickle.dumps({"label_names": list("abcdefghij")}, protocol=2)
        self.arrays["test"] = batches.pop("test_batch")
        self.arrays["train"] = tuple(np.concatenate(parts) for parts in zip(*batches.values(), strict=True))

    def _expect(self, files):
        return tuple(
            tuple(StoredFile(f.name, len(self.contents[f.name]), md5(self.contents[f.name])) for f in forms)
            for forms in files
        )

    def put(self, root, *, gz=False, without=()):
        folder = root / self.real.folder
        folder.mkdir(parents=True)
        for forms in self.real.files():
            form = forms[-1 if gz else 0]
            if form.name not in without:
                (folder / form.name).write_bytes(self.contents[form.name])
        return folder


def idx(array):
    return (
        bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()
    )


def md5(data):
    return hashlib.md5(data).hexdigest()


def assert_equals(dataset, arrays):
    np.testing.assert_array_equal(dataset.images, arrays[0])
    np.testing.assert_array_equal(dataset.labels, arrays[1])


def damage(path, how):
    data = path.read_bytes()
    path.write_bytes(how(data))
    return data, path.read_bytes()


def flip_last_byte(data):
    return data[:-1] + bytes([data[-1] ^ 1])
