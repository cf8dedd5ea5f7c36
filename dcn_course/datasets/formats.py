"""The two file formats: idx (MNIST) and pickled batches (CIFAR-10)."""

import math
import pickle

import numpy as np
from numpy.typing import NDArray


def idx_array(data: bytes) -> NDArray[np.uint8]:
    """Decode an idx file of unsigned bytes.

    The header is two zero bytes, the type (8: unsigned byte), the number of axes, then each axis' length as a
    big-endian 32-bit integer (http://yann.lecun.com/exdb/mnist/).

    Args:
        data: the whole file, unpacked.

    Returns:
        A read-only uint8 array of the shape that the header gives.

    Raises:
        ValueError: if the header is not one of an idx file of bytes, or the shape does not fit the length.
    """
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise ValueError(
            f"data must start with the idx header 00 00 08 (unsigned bytes), got {data[:4].hex(' ')!r}"
        )
    start = 4 + 4 * data[3]
    if len(data) < start:
        raise ValueError(f"data ends inside its header: {len(data)} of {start} bytes")
    shape = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4))
    values = data[start:]
    if math.prod(shape) != len(values):
        raise ValueError(f"data's header says shape {shape}, but {len(values)} bytes follow")
    return np.frombuffer(values, dtype=np.uint8).reshape(shape)


# Unpickling runs whatever code a file names. The two functions below therefore take only bytes that
# `files.read_verified` has found equal to the published batches: never call them with anything else.
def cifar_batch(verified: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Decode one batch of CIFAR-10.

    Args:
        verified: the whole file, as `files.read_verified` gave it; not checked again.

    Returns:
        Images (N, 3, 32, 32) uint8 and labels (N,) int64.

    Raises:
        pickle.UnpicklingError, EOFError: if the bytes are no whole pickle; `files.read_verified` lets only
            sound ones through.
    """
    batch = pickle.loads(verified, encoding="latin1")
    return batch["data"].reshape(-1, 3, 32, 32), np.array(batch["labels"], dtype=np.int64)


def cifar_classes(verified: bytes) -> tuple[str, ...]:
    """Decode the class names in ``batches.meta``.

    Args:
        verified: the whole file, as `files.read_verified` gave it; not checked again.

    Returns:
        The ten names, in the order of the labels.

    Raises:
        pickle.UnpicklingError, EOFError: if the bytes are no whole pickle; `files.read_verified` lets only
            sound ones through.
    """
    return tuple(pickle.loads(verified, encoding="latin1")["label_names"])
