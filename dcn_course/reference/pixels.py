"""Read a pixel, or add to one, where the lattice point may lie outside the image."""

from __future__ import annotations

from typing import Any

from ._checks import Array


def pixel(image: Array, qy: int, qx: int) -> Any:
    """Read X(q); the image is zero outside.

    Args:
        image: one map, shape (H, W), floating; not checked.
        qy: row of the lattice point, in pixels; any integer.
        qx: column of the lattice point, in pixels; any integer.

    Returns:
        A scalar of the image's dtype.

    Source: equation `border-zeros`.
    """
    H, W = image.shape
    # eq: border-zeros
    return image[qy, qx] if 0 <= qy < H and 0 <= qx < W else image.dtype.type(0)


def add_to_pixel(image: Array, qy: int, qx: int, amount: Any) -> None:
    """Add to X(q) in place; what would fall outside is dropped.

    This is the way back of `pixel`: what was read from outside was a constant.

    Args:
        image: one map, shape (H, W), floating; changed, not checked.
        qy: row of the lattice point, in pixels; any integer.
        qx: column of the lattice point, in pixels; any integer.
        amount: the number to add.

    Source: equation `border-zeros`.
    """
    H, W = image.shape
    if 0 <= qy < H and 0 <= qx < W:
        image[qy, qx] += amount
