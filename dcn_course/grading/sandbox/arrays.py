"""Arrays with a head of JSON as bytes: nothing in the format can hold an object or run code."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

LENGTH = struct.Struct("<Q")  # of the head, which comes next; then the arrays' numbers in their order


def packed(head: Any, arrays: Mapping[str, Any]) -> bytes:
    """Write arrays of numbers, each by its name, and whatever JSON can hold."""
    listed = [(name, array.dtype.str, array.shape) for name, array in arrays.items()]
    text = json.dumps({"head": head, "arrays": listed}).encode()
    return b"".join([LENGTH.pack(len(text)), text, *(array.tobytes() for array in arrays.values())])


def unpacked(data: bytes) -> tuple[Any, dict[str, Any]]:
    """Read what `packed` wrote; for bytes that are trusted."""
    (length,) = LENGTH.unpack_from(data)
    place = LENGTH.size + length
    given = json.loads(data[LENGTH.size : place])
    arrays = {}
    for name, kind, shape in given["arrays"]:
        dtype = np.dtype(kind)
        end = place + dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(data[place:end], dtype).reshape(shape)
        place = end
    return given["head"], arrays
