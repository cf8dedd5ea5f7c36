"""Bilinear sampling at a fractional position: value, both derivatives, and the gradient of the image.

A sample is first located (its cell and its four weights), then read or written as often as wished:
these are the report's BufferIndices and BufferWeights. At a lattice line, where the value has a kink,
each derivative is the right-hand one.
"""

from __future__ import annotations

from math import floor, isnan, nan
from typing import Any, NamedTuple

import numpy as np

from ._checks import Array, Border, check_array, check_border, check_count
from .pixels import add_to_pixel, pixel


class BilinearSample(NamedTuple):
    """What the forward pass saves of one sampling position.

    Attributes:
        a: (ay, ax), the upper-left lattice point of the cell, in pixels; may lie outside the image.
        w: (w0, w1, w2, w3), the four one-dimensional weights.
        projected: (in y, in x), True where the border `project` holds the sample, so that moving the
            position to the right does not move the sample: before 0, and from the last pixel on.
    """

    a: tuple[int, int]
    w: tuple[float, float, float, float]
    projected: tuple[bool, bool]


def project(p: float, size: int) -> float:
    """Project one coordinate onto the image.

    Args:
        p: coordinate, in pixels; may be infinite.
        size: H or W, in pixels; at least 1. Unchecked: `locate` looks first.

    Returns:
        The nearest coordinate in [0, size - 1].

    Source: equation `projection`; report, Fig. 4 right.
    """
    # eq: projection
    return min(max(p, 0.0), size - 1.0)


def locate(y: float, x: float, height: int, width: int, border: Border = "zeros") -> BilinearSample:
    """Find the cell that holds a position, and the position's weights in it.

    Args:
        y: row of the position, in pixels; any number.
        x: column of the position, in pixels; any number.
        height: H, in pixels.
        width: W, in pixels.
        border: "zeros" (the image is zero outside) or "project" (the position is first projected).

    Returns:
        Lattice point, weights, and the projected axes. A position that is infinite or far outside is
        brought to where it reads the same. If a coordinate is NaN, all weights are NaN and a is (0, 0).

    Raises:
        TypeError: a size is no integer.
        ValueError: a size is less than 1, or the border is unknown.

    Source: equations `bilinear-cell`, `bilinear-weights` and `projection`; report, section 2.1.
    """
    H, W = check_count("height", height), check_count("width", width)
    check_border(border)
    projected = (False, False)
    if isnan(y) or isnan(x):
        # The place is lost: a lattice point that exists, with weights that spoil what they touch.
        return BilinearSample((0, 0), (nan, nan, nan, nan), projected)
    if border == "project":
        # eq: projection-derivative
        projected = (bool(y < 0 or y >= H - 1), bool(x < 0 or x >= W - 1))
        y, x = project(y, H), project(x, W)
    else:
        # Up to -2 and from H on a cell lies outside as a whole: farther out nothing changes.
        y, x = min(max(y, -2.0), float(H)), min(max(x, -2.0), float(W))
    # eq: bilinear-cell
    ay, ax = floor(y), floor(x)
    # eq: bilinear-weights
    w0, w1, w2, w3 = 1 - (y - ay), 1 - (x - ax), y - ay, x - ax
    return BilinearSample((ay, ax), (w0, w1, w2, w3), projected)


def bilinear_sample(image: Array, y: float, x: float, border: Border = "zeros") -> tuple[Any, BilinearSample]:
    """Read an image at a fractional position.

    Args:
        image: X, shape (H, W), floating.
        y: row of the position, in pixels.
        x: column of the position, in pixels.
        border: "zeros" or "project", see `locate`.

    Returns:
        The value X(p), and the sample to be saved for the way back. The value is 0 far outside for
        `zeros`, the border's value for `project`, and NaN if a coordinate is NaN.

    Raises:
        TypeError: the image is no floating array.
        ValueError: the image has not two axes, or the border is unknown.

    Source: equation `bilinear-value`; report, Eq. (3).
    """
    check_array("image", image, "H", "W")
    H, W = image.shape
    sample = locate(y, x, H, W, border)
    return bilinear_value(image, sample), sample


def hat(t: float) -> float:
    """Compute the weight of a pixel at a distance, in one dimension.

    Args:
        t: distance from the position to the pixel, with its sign, in pixels.

    Returns:
        1 at distance 0, falling to 0 at distance 1, and 0 beyond.

    Source: equation `hat`.
    """
    # eq: hat
    return max(0.0, 1 - abs(t))


def bilinear_sum(image: Array, y: float, x: float) -> Any:
    """Compute the value as a sum over all pixels of the image, which is zero outside.

    Slow: `bilinear_value` reads the four pixels whose weights may differ from zero.

    Args:
        image: X, shape (H, W), floating.
        y: row of the position, in pixels; any number.
        x: column of the position, in pixels; any number.

    Returns:
        X(p), a scalar.

    Raises:
        TypeError: the image is no floating array.
        ValueError: the image has not two axes.

    Source: equation `bilinear-sum`; report, Eq. (3), with the weights cut at zero.
    """
    check_array("image", image, "H", "W")
    value: Any = image.dtype.type(0)
    if isnan(y) or isnan(x):
        return value * nan
    for qy, qx in np.ndindex(image.shape):
        # eq: bilinear-sum
        value += hat(qy - y) * hat(qx - x) * image[qy, qx]
    return value


def bilinear_value(image: Array, sample: BilinearSample) -> Any:
    """Read the image at a located sample.

    Args:
        image: X, shape (H, W), floating; the one that `sample` was located in, which is not checked.
        sample: from `locate`; it holds all that the border decides.

    Returns:
        X(p), a scalar.

    Source: equation `bilinear-value`; report, Eq. (3).
    """
    (ay, ax), (w0, w1, w2, w3) = sample.a, sample.w
    # eq: bilinear-value
    return (
        w0 * w1 * pixel(image, ay, ax)
        + w1 * w2 * pixel(image, ay + 1, ax)
        + w2 * w3 * pixel(image, ay + 1, ax + 1)
        + w3 * w0 * pixel(image, ay, ax + 1)
    )


def bilinear_derivative(image: Array, sample: BilinearSample) -> tuple[Any, Any]:
    """Differentiate the value with respect to the position.

    Args:
        image: X, shape (H, W), floating; the one that `sample` was located in, which is not checked.
        sample: from `locate`; it holds all that the border decides.

    Returns:
        (∂X(p)/∂y, ∂X(p)/∂x), values a pixel. On a lattice line the right-hand derivative; 0 in a
        projected axis; NaN if a coordinate was NaN.

    Source: equations `bilinear-derivative-y`, `bilinear-derivative-x` and `projection-derivative`.
    """
    (ay, ax), (w0, w1, w2, w3) = sample.a, sample.w
    X_a, X_down = pixel(image, ay, ax), pixel(image, ay + 1, ax)
    X_diagonal, X_right = pixel(image, ay + 1, ax + 1), pixel(image, ay, ax + 1)
    # eq: bilinear-derivative-y
    dy = -w1 * X_a + w1 * X_down + w3 * X_diagonal - w3 * X_right
    # eq: bilinear-derivative-x
    dx = -w0 * X_a - w2 * X_down + w2 * X_diagonal + w0 * X_right
    held_y, held_x = sample.projected
    zero = image.dtype.type(0)
    return (zero if held_y else dy), (zero if held_x else dx)


def bilinear_grad_image(grad_image: Array, sample: BilinearSample, grad_value: Any) -> None:
    """Scatter the gradient of one sample's value to the four pixels it was read from.

    Args:
        grad_image: ∂E/∂X, shape (H, W), floating; the four weights are added to it in place. Its size is
            that of the image that `sample` was located in, which is not checked.
        sample: from `locate`.
        grad_value: ∂E/∂X(p), a scalar.

    Source: equation `scatter`; report, section 2.3.
    """
    (ay, ax), (w0, w1, w2, w3) = sample.a, sample.w
    # eq: scatter
    add_to_pixel(grad_image, ay, ax, grad_value * w0 * w1)
    add_to_pixel(grad_image, ay + 1, ax, grad_value * w1 * w2)
    add_to_pixel(grad_image, ay + 1, ax + 1, grad_value * w2 * w3)
    add_to_pixel(grad_image, ay, ax + 1, grad_value * w3 * w0)
