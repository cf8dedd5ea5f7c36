"""Exercise 10: the slopes at the samples, the sum over the channels, the gradient of the offsets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dcn_course import reference

from .. import deformed_saved
from . import deformed
from .deformable_convolution import Border
from .gradient_input import with_grad_columns
from .model import Arguments, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

Pair = tuple[int, int]
_ARGUMENTS = {
    "sampling_slopes": ("input", "indices", "weights", "projected"),
    "collect_offsets": ("grad_columns", "slopes", "offset_groups"),
    "deform_conv2d_grad_offset": (
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
_NAME = "gradient of the offsets"
EQUATIONS = {"∂/∂y": "bilinear-derivative-y", "∂/∂x": "bilinear-derivative-x"}
# Which of the summands of `deformed.offset_terms` make up the two sides of each slope, in its order.
_SIDES = (
    ("∂/∂y: bottom [w1·X(below a) + w3·X(diagonal)]", ("∂/∂y: w1·X(below a)", "∂/∂y: w3·X(diagonal)")),
    ("∂/∂y: top [−w1·X(a) − w3·X(right of a)]", ("∂/∂y: −w1·X(a)", "∂/∂y: −w3·X(right of a)")),
    (
        "∂/∂x: right [w2·X(diagonal) + w0·X(right of a)]",
        ("∂/∂x: w2·X(diagonal)", "∂/∂x: w0·X(right of a)"),
    ),
    ("∂/∂x: left [−w0·X(a) − w2·X(below a)]", ("∂/∂x: −w0·X(a)", "∂/∂x: −w2·X(below a)")),
)


def _slopes(input: Numbers, indices: Numbers, weights: Numbers, projected: Numbers) -> tuple[Numbers]:
    return (deformed_saved.slopes(input, indices, weights, projected),)


def _collect(grad_columns: Numbers, slopes: Numbers, offset_groups: int) -> tuple[Numbers]:
    N, C1, taps, Ho, Wo, _ = slopes.shape
    A = grad_columns.reshape(N, C1, taps, Ho, Wo)
    found = np.zeros((N, offset_groups, taps, 2, Ho, Wo))
    for n, c1, k, oy, ox, axis in np.ndindex(slopes.shape):
        # eq: gradient-offset
        found[n, c1 // (C1 // offset_groups), k, axis, oy, ox] += (
            A[n, c1, k, oy, ox] * slopes[n, c1, k, oy, ox, axis]
        )
    return (found.reshape(N, offset_groups * taps * 2, Ho, Wo),)


def _grad_offset(
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
    return (reference.deform_conv2d_grad_offset(grad_columns, buffers, input),)


def sides(terms: dict[str, Numbers]) -> dict[str, Numbers]:
    """Sum the eight terms of the slopes to the two sides of each of the two slopes."""
    return {name: terms[one] + terms[other] for name, (one, other) in _SIDES}


def held_slopes(found: deformed.Samples, image: Numbers) -> dict[str, Numbers]:
    """What a forgotten clamp adds: in the held axes, and there alone, the slopes without a clamp."""
    held_y, held_x = found.held
    terms = deformed.slope_terms(replace(found, held=(~held_y, ~held_x)), image)
    made = {}
    for group in EQUATIONS:
        name = f"{group}: slope where the border holds the tap"
        made[name] = np.sum([term for key, term in terms.items() if key.startswith(group)], axis=0)
    return made


def _slope_terms(arguments: Arguments) -> dict[str, Numbers]:
    return deformed.slope_terms(deformed.samples(arguments), arguments["input"])


def _held_terms(arguments: Arguments) -> dict[str, Numbers]:
    a, found = with_grad_columns(arguments), deformed.samples(arguments)
    return deformed.collected(held_slopes(found, a["input"]), found, a)


def _offset_terms(arguments: Arguments) -> dict[str, Numbers]:
    return deformed.offset_terms(with_grad_columns(arguments))


def _slope_view(arguments: Arguments, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    return (*deformed.column_view(arguments), 2)


def _slope_features(arguments: Arguments) -> list[Feature]:
    found = deformed.samples(arguments)
    held = np.stack([found.per_channel(h) for h in found.held], axis=-1)
    return [
        *_axis_features(np.arange(2)),
        *deformed.held_features(np.arange(2), held),
        *(Feature(f.words, f.mask[..., None], f.hint) for f in deformed.column_features(arguments)),
    ]


def _slope_planes(arguments: Arguments) -> list[Plane]:
    planes = deformed.column_planes(arguments)
    return [replace(plane, rows=plane.rows[..., None], columns=plane.columns[..., None]) for plane in planes]


def _collected_view(arguments: Arguments, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    N, _, taps, Ho, Wo, _ = arguments["slopes"].shape
    return N, arguments["offset_groups"], 1, taps, 2, Ho, Wo


def _collected_features(arguments: Arguments) -> list[Feature]:
    shape = _collected_view(arguments)
    several = np.full((1,) * 7, arguments["slopes"].shape[1] > shape[1])
    sums = "all channels of a group move together: sum over them"
    return [
        *_axis_features(grid(shape)[4]),
        Feature("serve several channels", several, sums),
        *(
            Feature(f.words, np.expand_dims(f.mask, 4), f.hint)
            for f in deformed.place_features((*shape[:4], *shape[5:]))
        ),
    ]


def _collected_planes(arguments: Arguments) -> list[Plane]:
    shape = _collected_view(arguments)
    _, _, i, j, _, oy, ox = grid(shape)
    return deformed.lattices((*shape[:4], *shape[5:]), i, j, oy, ox)


def _collected_terms(arguments: Arguments) -> dict[str, Numbers]:
    N, C1, taps, Ho, Wo, _ = arguments["slopes"].shape
    groups = arguments["offset_groups"]
    g = arguments["grad_columns"].reshape(N, C1, taps, Ho, Wo, 1)
    each = (g * arguments["slopes"]).reshape(N, groups, C1 // groups, taps, Ho, Wo, 2)
    made = {}
    for name, part in (("first channel", each[:, :, :1]), ("other channels", each[:, :, 1:])):
        ordered = np.moveaxis(part.sum(axis=2), -1, 3)
        made[f"g·slope of each group's {name}"] = ordered.reshape(_collected_view(arguments))
    return made


def _axis_features(axis: Numbers) -> list[Feature]:
    return [
        Feature("are in y", axis == 0, "the pair is (y, x)"),
        Feature("are in x", axis == 1, "the pair is (y, x)"),
    ]


LADDER = Ladder(
    rungs=(
        Rung(
            "sampling_slopes",
            _slopes,
            (
                Quantity(
                    "slopes",
                    (*deformed.COLUMN_AXES, "y or x"),
                    _slope_features,
                    _slope_planes,
                    view=_slope_view,
                    terms=lambda a: sides(_slope_terms(a)),
                    finer=_slope_terms,
                    foreign=lambda a: held_slopes(deformed.samples(a), a["input"]),
                    equations=EQUATIONS,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["sampling_slopes"]),
        ),
        Rung(
            "collect_offsets",
            _collect,
            (
                Quantity(
                    _NAME,
                    deformed.OFFSET_AXES,
                    _collected_features,
                    _collected_planes,
                    view=_collected_view,
                    terms=_collected_terms,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["collect_offsets"]),
        ),
        Rung(
            "deform_conv2d_grad_offset",
            _grad_offset,
            (
                Quantity(
                    _NAME,
                    deformed.OFFSET_AXES,
                    deformed.offset_features,
                    deformed.offset_planes,
                    view=deformed.offset_view,
                    terms=lambda a: sides(_offset_terms(a)),
                    finer=_offset_terms,
                    foreign=_held_terms,
                    equations=EQUATIONS,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["deform_conv2d_grad_offset"]),
        ),
    ),
    families=deformed_saved.families(_ARGUMENTS),
)
