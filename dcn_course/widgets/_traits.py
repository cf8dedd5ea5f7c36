"""Checks of what a figure is given: they name the argument more plainly than traitlets' types do."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

BORDERS: tuple[Literal["zeros"], Literal["project"]] = ("zeros", "project")
LARGEST = 12
"""Rows and columns at most; more would be too small to read."""


def as_array(name: str, value: Any, *shape: int | None) -> list[Any]:
    """Check an array of finite numbers and return it as nested lists of floats.

    Args:
        name: the argument's name.
        value: what came.
        shape: sizes that are asked for; None stands for 1 to 12 pixels.

    Raises:
        TypeError: If it is no array of numbers.
        ValueError: If its shape is another, or a number is not finite.
    """
    words = {1: "one-dimensional", 2: "two-dimensional"}[len(shape)]
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be a {words} array of numbers, got {value!r}") from error
    fits = array.ndim == len(shape) and all(
        1 <= size <= LARGEST if wanted is None else size == wanted
        for size, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits:
        sizes = "1 to 12 pixels each" if None in shape else " by ".join(map(str, shape)) + " numbers"
        dimensions = {1: "one dimension", 2: "two dimensions"}[len(shape)]
        raise ValueError(f"{name} must have {dimensions} of {sizes}, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers, got {value!r}")
    nested: list[Any] = array.tolist()
    return nested


def as_number(name: str, value: Any, low: float, high: float, why: str = "") -> float:
    """Check a number in [low, high] and return it as a float; `why` ends the message of the error.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is out of range or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    number = float(value)
    if not (math.isfinite(number) and low <= number <= high):
        raise ValueError(f"{name} must lie in [{low}, {high}]{why}, got {value!r}")
    return number


def as_coordinate(name: str, value: Any, size: int, reach: float) -> float:
    """Check a coordinate, in pixels, that may leave an image of `size` pixels by `reach` pixels."""
    return as_number(name, value, -reach, size - 1 + reach, f" as the image has {size} pixels")


def as_choice(name: str, value: Any, values: tuple[str, ...] = BORDERS) -> str:
    """Check that a word is one of two or more.

    Raises:
        ValueError: If it is none of them.
    """
    if value not in values:
        raise ValueError(f"{name} must be {' or '.join(map(repr, values))}, got {value!r}")
    return str(value)


def as_index(name: str, value: Any, largest: int) -> int:
    """Check an integer from 0 to `largest`.

    Raises:
        TypeError: If it is no integer.
        ValueError: If it is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    index = int(value)
    if not 0 <= index <= largest:
        raise ValueError(f"{name} must lie in [0, {largest}], got {value!r}")
    return index


def as_index_pair(name: str, value: Any, largest: Sequence[int]) -> list[int]:
    """Check a pair (y, x) of integers, each from 0 to the one in `largest`.

    Raises:
        TypeError: If it is no pair of integers.
        ValueError: If one is out of range.
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise TypeError(f"{name} must be a pair of integers, got {value!r}")
    pairs = zip("yx", value, largest, strict=True)
    return [as_index(f"{name} in {axis}", entry, top) for axis, entry, top in pairs]
