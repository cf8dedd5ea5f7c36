"""A random deformable layer with what its forward pass saves: the arguments of the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dcn_course.reference import BilinearSample, bilinear_derivative, deform_im2col

from . import deformed_inputs, inputs
from .ladder.model import Arguments, Family, Numbers

_GIVEN = (
    "input",
    "input_shape",
    "offset",
    "mask",
    "weight",
    "kernel_size",
    "grad_output",
    "grad_columns",
    "stride",
    "padding",
    "dilation",
    "border",
)
_READABLE = 20  # entries of an array


def _before(rng: np.random.Generator, count: int, height: int, width: int) -> Numbers:
    return inputs.points(rng, count, (-2, -2), (height - 1, width - 1))


# No position lies behind the image, so that a wrong index is no IndexError that hides all others.
_NEGATIVE = Family(
    "negative",
    "positions on the image, above it and to its left",
    lambda function, rng: deformed_inputs.layer(rng, _before, channels=2, size=(4, 3), kernel=(2, 2)),
)


def saved(given: Arguments) -> Arguments:
    """Run a layer forward, without its mask.

    Args:
        given: the layer, as `deformed_inputs.layer` draws it.

    Returns:
        The layer with `indices`, `weights` and `projected` as in `dcn_course.reference.DeformedColumns`,
        `values` and `columns`, X at the samples, (N, C1·kH·kW, Hout·Wout), `offset_groups`, and the shapes
        `weight_shape` and `mask_shape`.
    """
    a = _with_shapes(given)
    buffers = deform_im2col(
        a["input"],
        a["offset"],
        a["kernel_size"],
        a["stride"],
        a["padding"],
        a["dilation"],
        border=a["border"],
    )
    return a | {
        "indices": buffers.indices,
        "weights": buffers.weights,
        "projected": buffers.projected,
        "values": buffers.columns,
        "columns": buffers.columns,
    }


def slopes(input: Numbers, indices: Numbers, weights: Numbers, projected: Numbers) -> Numbers:
    """Differentiate the value of each sample with the specification; shape (N, C1, kH·kW, Hout, Wout, 2)."""
    N, C1 = input.shape[:2]
    _, G, *inner, _ = indices.shape
    found = np.zeros((N, C1, *inner, 2), input.dtype)
    for n, c1, k, oy, ox in np.ndindex(N, C1, *inner):
        place = n, c1 // (C1 // G), k, oy, ox
        sample = BilinearSample(tuple(indices[place]), tuple(weights[place]), tuple(projected[place]))
        found[n, c1, k, oy, ox] = bilinear_derivative(input[n, c1], sample)
    return found


def families(names: Mapping[str, Sequence[str]], without: Sequence[str] = ()) -> tuple[Family, ...]:
    """List the kinds of layers, as `deformed_inputs.families`, with what is saved among the arguments.

    Args:
        names: for each function of an exercise the names of its arguments.
        without: names of families to leave out.
    """
    kinds = (*deformed_inputs.families({"layer": _GIVEN}), _NEGATIVE)
    return tuple(
        Family(kind.name, kind.about, _maker(kind, names)) for kind in kinds if kind.name not in without
    )


def small(names: Sequence[str], groups: bool = True) -> Iterator[Arguments]:
    """Yield small layers, as `deformed_inputs.small`, with what is saved among the arguments; none twice."""
    seen = set()
    for given in deformed_inputs.small(_GIVEN, groups):
        found = _pick(given, names)
        key = tuple((v.shape, v.tobytes()) if isinstance(v, np.ndarray) else v for v in found.values())
        if key not in seen and all(getattr(value, "size", 1) <= _READABLE for value in found.values()):
            seen.add(key)
            yield found


def _maker(kind: Family, names: Mapping[str, Sequence[str]]) -> Any:
    wanted = list(dict.fromkeys(name for each in names.values() for name in each))
    drawn = inputs.once(lambda rng: _pick(kind.make("layer", rng), wanted))

    def make(function: str, rng: np.random.Generator) -> Arguments:
        everything = drawn(rng)
        return {name: everything[name] for name in names[function]}

    return make


def _pick(given: Arguments, names: Sequence[str]) -> Arguments:
    known = _with_shapes(given)
    made = known if set(names) <= set(known) else saved(given)
    if "slopes" in names:
        made["slopes"] = slopes(given["input"], made["indices"], made["weights"], made["projected"])
    return {name: made[name] for name in names}


def _with_shapes(given: Arguments) -> Arguments:
    taps = given["kernel_size"][0] * given["kernel_size"][1]
    return given | {
        "offset_groups": given["mask"].shape[1] // taps,
        "weight_shape": given["weight"].shape,
        "mask_shape": given["mask"].shape,
    }
