"""Exercise 09: the gradient of the columns, the scatter, the gradient of the input."""

from __future__ import annotations

import numpy as np

from dcn_course import reference

from .. import deformed_saved
from . import deformed
from .deformable_convolution import Border
from .model import Arguments, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

Pair = tuple[int, int]
_ARGUMENTS = {
    "matmul_grad_columns": ("grad_output", "weight"),
    "scatter": ("grad_columns", "indices", "weights", "input_shape"),
    "deform_conv2d_grad_input": (
        "grad_output",
        "input",
        "offset",
        "weight",
        "stride",
        "padding",
        "dilation",
        "border",
    ),
}


def _grad_columns(grad_output: Numbers, weight: Numbers) -> tuple[Numbers]:
    N, C2, Ho, Wo = grad_output.shape
    return (reference.matmul_grad_columns(grad_output.reshape(N, C2, Ho * Wo), weight),)


def _scatter(
    grad_columns: Numbers, indices: Numbers, weights: Numbers, input_shape: tuple[int, ...]
) -> tuple[Numbers]:
    unused = np.zeros_like(grad_columns), np.zeros(indices.shape, np.bool_)
    buffers = reference.DeformedColumns(unused[0], indices, weights, unused[1], input_shape)
    return (reference.deform_conv2d_grad_input(grad_columns, buffers, input_shape),)


def _grad_input(
    grad_output: Numbers,
    input: Numbers,
    offset: Numbers,
    weight: Numbers,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    border: Border,
) -> tuple[Numbers]:
    geometry = stride, padding, dilation
    buffers = reference.deform_im2col(input, offset, weight.shape[2:], *geometry, border=border)
    grad_columns = reference.matmul_grad_columns(grad_output.reshape(*grad_output.shape[:2], -1), weight)
    return (reference.deform_conv2d_grad_input(grad_columns, buffers, input.shape),)


def with_grad_columns(arguments: Arguments) -> Arguments:
    """Add g to arguments that have `grad_output` and `weight`, for the terms of what comes after it."""
    return arguments | {"grad_columns": _grad_columns(arguments["grad_output"], arguments["weight"])[0]}


def _column_view(arguments: Arguments, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    N, _, Ho, Wo = arguments["grad_output"].shape
    return (N, *arguments["weight"].shape[1:], Ho, Wo)


def _column_features(arguments: Arguments) -> list[Feature]:
    N, C1, *lattice = _column_view(arguments)
    _, c1, *_ = grid((1, C1, 1, 1, 1, 1))
    several = np.full((1,) * 6, arguments["weight"].shape[0] > 1)
    return [
        *deformed.place_features((N, 1, *lattice)),
        Feature("are in another channel than the first", c1 > 0),
        Feature("are in a layer with several output maps", several, "an entry acts on all maps: sum over c2"),
    ]


def _column_planes(arguments: Arguments) -> list[Plane]:
    shape = _column_view(arguments)
    _, _, i, j, oy, ox = grid(shape)
    return deformed.lattices(shape, i, j, oy, ox)


def _column_terms(arguments: Arguments) -> dict[str, Numbers]:
    δ, K = arguments["grad_output"], arguments["weight"]
    maps = {"K·δ of the first output map": slice(1), "K·δ of the other maps": slice(1, None)}
    return {name: np.einsum("ocij,noyx->ncijyx", K[s], δ[:, s]) for name, s in maps.items()}


LADDER = Ladder(
    rungs=(
        Rung(
            "matmul_grad_columns",
            _grad_columns,
            (
                Quantity(
                    "gradient of the columns",
                    deformed.COLUMN_AXES,
                    _column_features,
                    _column_planes,
                    view=_column_view,
                    terms=_column_terms,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["matmul_grad_columns"]),
        ),
        Rung(
            "scatter",
            _scatter,
            (
                Quantity(
                    "gradient of the input",
                    deformed.INPUT_AXES,
                    deformed.input_features,
                    deformed.input_planes,
                    terms=deformed.input_terms,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["scatter"]),
        ),
        Rung(
            "deform_conv2d_grad_input",
            _grad_input,
            (
                Quantity(
                    "gradient of the input",
                    deformed.INPUT_AXES,
                    deformed.input_features,
                    deformed.input_planes,
                    terms=lambda a: deformed.input_terms(with_grad_columns(a)),
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["deform_conv2d_grad_input"]),
        ),
    ),
    families=deformed_saved.families(_ARGUMENTS),
)
