"""Exercise 07: the positions, the columns, the output."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from dcn_course import reference

from .. import deformed_inputs
from . import deformed
from .model import Arguments, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

Pair = tuple[int, int]
Border: TypeAlias = Literal["zeros", "project"]
_GEOMETRY = ("stride", "padding", "dilation")
_NAMES = {
    "sampling_positions": ("offset", "kernel_size", *_GEOMETRY),
    "deform_im2col": ("input", "offset", "kernel_size", *_GEOMETRY, "border"),
    "deform_conv2d": ("input", "offset", "weight", "bias", *_GEOMETRY, "border"),
}


def _positions(
    offset: Numbers, kernel_size: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> tuple[Numbers]:
    N, maps, Ho, Wo = offset.shape
    taps = kernel_size[0] * kernel_size[1]
    G = maps // (2 * taps)
    found = np.zeros((N, G, taps, Ho, Wo, 2))
    for n, g, k, oy, ox in np.ndindex(N, G, taps, Ho, Wo):
        # eq: offset-layout
        channel_y, channel_x = 2 * (g * taps + k), 2 * (g * taps + k) + 1
        delta = offset[n, channel_y, oy, ox], offset[n, channel_x, oy, ox]
        tap = divmod(k, kernel_size[1])
        found[n, g, k, oy, ox] = reference.sampling_position((oy, ox), tap, delta, stride, padding, dilation)
    return (found,)


def _columns(
    input: Numbers,
    offset: Numbers,
    kernel_size: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    border: Border,
) -> tuple[Numbers]:
    geometry = stride, padding, dilation
    return (reference.deform_im2col(input, offset, kernel_size, *geometry, border=border).columns,)


def _output(
    input: Numbers,
    offset: Numbers,
    weight: Numbers,
    bias: Numbers,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    border: Border,
) -> tuple[Numbers]:
    geometry = stride, padding, dilation
    return (reference.deform_conv2d(input, offset, weight, bias, *geometry, border=border),)


def _shape(arguments: Arguments) -> tuple[int, ...]:
    N, maps, Ho, Wo = arguments["offset"].shape
    kH, kW = arguments["kernel_size"]
    return N, maps // (2 * kH * kW), kH, kW, Ho, Wo


def _position_features(arguments: Arguments) -> list[Feature]:
    axis = np.arange(2).reshape(1, 1, 1, 1, 1, 1, 2)
    return [
        Feature("are in y", axis == 0, "the pair is (y, x)"),
        Feature("are in x", axis == 1, "the pair is (y, x)"),
        *(Feature(f.words, f.mask[..., None], f.hint) for f in deformed.place_features(_shape(arguments))),
    ]


def _position_planes(arguments: Arguments) -> list[Plane]:
    shape = _shape(arguments)
    _, _, i, j, oy, ox, _ = grid((1, 1, *shape[2:], 1))
    return deformed.lattices(shape, i, j, oy, ox)


def _position_terms(arguments: Arguments) -> dict[str, Numbers]:
    a, shape = arguments, _shape(arguments)
    _, _, i, j, oy, ox = grid(shape)
    Δ = a["offset"].reshape(*shape[:4], 2, *shape[4:])
    made: dict[str, Numbers] = {}
    for axis, (letter, point, o, tap, k) in enumerate((("y", oy, "oy", i, "i"), ("x", ox, "ox", j, "j"))):
        parts = {
            f"s{letter}·{o}": a["stride"][axis] * point,
            f"−p{letter}": -a["padding"][axis],
            f"d{letter}·{k}": a["dilation"][axis] * tap,
            f"Δ{letter}": Δ[:, :, :, :, axis],
        }
        for name, part in parts.items():
            term = np.zeros((*shape, 2))
            term[..., axis] = part
            made[name] = term
    return made


def _output_terms(arguments: Arguments) -> dict[str, Numbers]:
    weight, shape = arguments["weight"], _output(**arguments)[0].shape
    made = {
        f"K·{name}": np.einsum("oijk,nijkyx->noyx", weight, term)
        for name, term in deformed.column_terms(arguments).items()
    }
    return {**made, "b": np.broadcast_to(arguments["bias"][:, None, None], shape)}


LADDER = Ladder(
    rungs=(
        Rung(
            "sampling_positions",
            _positions,
            (
                Quantity(
                    "positions",
                    (*deformed.MASK_AXES, "y or x"),
                    _position_features,
                    _position_planes,
                    view=lambda arguments, shape: (*_shape(arguments), 2),
                    terms=_position_terms,
                ),
            ),
            lambda: deformed_inputs.small(_NAMES["sampling_positions"]),
        ),
        Rung(
            "deform_im2col",
            _columns,
            (
                Quantity(
                    "columns",
                    deformed.COLUMN_AXES,
                    deformed.column_features,
                    deformed.column_planes,
                    view=deformed.column_view,
                    terms=deformed.column_terms,
                ),
            ),
            lambda: deformed_inputs.small(_NAMES["deform_im2col"]),
        ),
        Rung(
            "deform_conv2d",
            _output,
            (
                Quantity(
                    "output",
                    deformed.OUTPUT_AXES,
                    deformed.output_features,
                    deformed.output_planes,
                    terms=_output_terms,
                ),
            ),
            lambda: deformed_inputs.small(_NAMES["deform_conv2d"]),
        ),
    ),
    families=deformed_inputs.families(_NAMES),
)
