"""Checks of arguments: each error names the argument, what came and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Pair: TypeAlias = tuple[int, int]
Border: TypeAlias = Literal["zeros", "project"]


def check_pair(name: str, value: int | Sequence[int], least: int) -> Pair:
    """Turn an integer or a pair (y, x) into a pair; TypeError or ValueError if it is neither."""
    expected = f"expected an integer or a pair (y, x) of integers, each at least {least}"
    values = (value, value) if isinstance(value, int | np.integer) else value
    if not isinstance(values, list | tuple):
        raise TypeError(f"{name}: {expected}, got {value!r}")
    if not all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in values):
        raise TypeError(f"{name}: {expected}, got {value!r}")
    if len(values) != 2 or min(values) < least:
        raise ValueError(f"{name}: {expected}, got {value!r}")
    return int(values[0]), int(values[1])


def check_geometry(
    stride: int | Sequence[int], padding: int | Sequence[int], dilation: int | Sequence[int]
) -> tuple[Pair, Pair, Pair]:
    """Turn stride, padding and dilation into pairs (y, x)."""
    return (
        check_pair("stride", stride, 1),
        check_pair("padding", padding, 0),
        check_pair("dilation", dilation, 1),
    )


def check_count(name: str, value: int, least: int = 1) -> int:
    """Give back a count such as `groups` if it is an integer of at least `least`."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{name}: expected an integer of at least {least}, got {value!r}")
    if value < least:
        raise ValueError(f"{name}: expected an integer of at least {least}, got {value!r}")
    return int(value)


def check_border(border: str) -> None:
    """Raise ValueError unless `border` is one of the two that the course knows."""
    if border not in ("zeros", "project"):
        raise ValueError(f"border: expected 'zeros' or 'project', got {border!r}")


def check_array(name: str, value: Array, *axes: str) -> None:
    """Raise unless `value` is a floating-point array with these axes; all but N at least 1 long."""
    layout = f"a floating-point NumPy array of shape ({', '.join(axes)})"
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name}: expected {layout}, got {type(value).__name__}")
    if not np.issubdtype(value.dtype, np.floating):
        raise TypeError(f"{name}: expected {layout}, got dtype {value.dtype}")
    if value.ndim != len(axes):
        raise ValueError(f"{name}: expected {layout}, got shape {value.shape}")
    for axis, length in zip(axes, value.shape, strict=True):
        if axis != "N" and length < 1:
            raise ValueError(
                f"{name}: expected at least one {axis} of ({', '.join(axes)}), got {value.shape}"
            )


def check_same_dtype(**arrays: Array | None) -> None:
    """Raise TypeError unless all arrays have the dtype of the first one; None is passed over."""
    (first, yardstick), *others = ((name, array) for name, array in arrays.items() if array is not None)
    for name, array in others:
        if array.dtype != yardstick.dtype:
            raise TypeError(f"{name}: expected the dtype of {first}, {yardstick.dtype}, got {array.dtype}")


def check_shape(name: str, shape: Sequence[int], expected: Sequence[int], meaning: str) -> None:
    """Raise ValueError unless `shape` is as expected; `meaning` says the axes in words."""
    if tuple(shape) != tuple(expected):
        raise ValueError(f"{name}: expected shape {meaning} = {tuple(expected)}, got {tuple(shape)}")


def check_shape_argument(name: str, shape: Sequence[int], *axes: str) -> None:
    """Raise unless `shape` itself, given as an argument, is one positive integer an axis (N may be 0)."""
    expected = f"expected the shape ({', '.join(axes)})"
    if len(shape) != len(axes):
        raise ValueError(f"{name}: {expected}, got {tuple(shape)}")
    for axis, length in zip(axes, shape, strict=True):
        if not isinstance(length, int | np.integer) or isinstance(length, bool):
            raise TypeError(f"{name}: {expected} of integers, got {tuple(shape)}")
        if length < (axis != "N"):
            raise ValueError(f"{name}: {expected} with at least one {axis}, got {tuple(shape)}")


def check_weight(weight_shape: Sequence[int], channels: int, groups: int) -> None:
    """Raise ValueError unless the kernel fits `channels` input maps in `groups` groups."""
    maps, channels_of_group = weight_shape[:2]
    if channels_of_group * groups != channels:
        raise ValueError(
            f"weight: expected {channels} input maps / {groups} groups in axis 1,"
            f" got shape {tuple(weight_shape)}"
        )
    if maps % groups:
        raise ValueError(
            f"weight: expected a multiple of {groups} groups in axis 0, got shape {tuple(weight_shape)}"
        )
