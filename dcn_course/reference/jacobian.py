"""The derivative by numbers: central differences against which every derived gradient is held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64: TypeAlias = NDArray[np.float64]


def numerical_jacobian(f: Callable[[Float64], Any], x: Float64, eps: float = 1e-6) -> Float64:
    """Compute the Jacobian of f at x by central differences.

    Away from kinks the error is about eps² (the formula's) plus 1e-16 / eps (rounding). Across a kink
    the result is the mean of the two slopes and tests neither.

    Args:
        f: takes an array like x and returns a float64 array of any shape, or a number.
        x: float64, any shape.
        eps: half the step, in units of x.

    Returns:
        Shape (f(x).size, x.size), float64: row i is output i, column j is input j, both in C order.

    Raises:
        TypeError: x or f(x) is not float64; a step of 1e-6 vanishes in float32.
        ValueError: eps is not a positive finite number.

    Source: equation `central-difference`.
    """
    _check_float64("x", x)
    if not 0 < eps < np.inf:
        raise ValueError(f"eps: expected a positive finite number, got {eps!r}")
    J = np.zeros((_evaluate(f, x).size, x.size))
    for j in range(x.size):
        e = np.zeros(x.shape)
        e.flat[j] = eps
        # eq: central-difference
        J[:, j] = (_evaluate(f, x + e) - _evaluate(f, x - e)) / (2 * eps)
    return J


def numerical_gradient(
    f: Callable[[Float64], Any], x: Float64, grad_output: Float64, eps: float = 1e-6
) -> Float64:
    """Compute the gradient that a backward pass should give: the transposed Jacobian times δ.

    Args:
        f: as in `numerical_jacobian`.
        x: float64, any shape.
        grad_output: δ = ∂E/∂f, float64, shape of f(x).
        eps: half the step, in units of x.

    Returns:
        ∂E/∂x, shape of x, float64.

    Raises:
        TypeError: x, f(x) or grad_output is not float64.
        ValueError: grad_output has not the shape of f(x), or eps is not a positive finite number.

    Source: equation `central-difference`.
    """
    _check_float64("x", x)
    _check_float64("grad_output", grad_output)
    shape = np.shape(f(x.copy()))
    if grad_output.shape != shape:
        raise ValueError(f"grad_output: expected the shape of f(x), {shape}, got {grad_output.shape}")
    J = numerical_jacobian(f, x, eps)
    return (grad_output.reshape(-1) @ J).reshape(x.shape)


def _evaluate(f: Callable[[Float64], Any], x: Float64) -> Float64:
    """Compute f of a copy of x, as a vector."""
    y = np.asarray(f(x.copy()))
    _check_float64("f(x)", y)
    return y.reshape(-1).copy()


def _check_float64(name: str, value: Any) -> None:
    dtype = getattr(value, "dtype", type(value).__name__)
    if not isinstance(value, np.ndarray) or value.dtype != np.float64:
        raise TypeError(
            f"{name}: expected a float64 array (in float32 a step of 1e-6 is lost in rounding), got {dtype}"
        )
