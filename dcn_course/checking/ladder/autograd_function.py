"""Exercise 12: the operation as autograd calls it, forward and backward."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from dcn_course import reference

from .. import deformed_inputs, probes
from . import deformed
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

FORWARD, BACKWARD = "DeformConv2d.forward", "DeformConv2d.backward"
_GIVEN = ("input", "offset", "weight", "bias", "stride", "padding", "dilation", "border")
_NAMES = {FORWARD: _GIVEN, BACKWARD: ("grad_output", *_GIVEN)}
_ALL = (True,) * 4
_SOME = [tuple(place != frozen for place in range(4)) for frozen in range(4)]
_SPECIAL: list[Arguments] = [{"layout": "transposed"}, *({"wanted": flags} for flags in _SOME)]
_NONE_SPECIAL = 60  # so many small layers come before those of which a part is frozen, or lies otherwise


def _transposed(function: str, rng: np.random.Generator) -> Arguments:
    """Tensors whose memory is in another order than their axes."""
    facts: dict[str, Any] = {"images": 2, "channels": 3, "maps": 2, "size": (3, 5), "kernel": (2, 2)}
    made = deformed_inputs.layer(rng, deformed_inputs.anywhere, **facts)
    return {name: made[name] for name in _NAMES[function]} | {"layout": "transposed"}


def _first(function: str, rng: np.random.Generator) -> Arguments:
    """A first layer: nobody asks for the gradient of the images."""
    made = deformed_inputs.layer(rng, deformed_inputs.anywhere, images=2, channels=2)
    return {name: made[name] for name in _NAMES[function]} | {"wanted": _SOME[0]}


def _frozen(function: str, rng: np.random.Generator) -> Arguments:
    """A layer in which offsets, kernel or bias are frozen."""
    made = deformed_inputs.layer(rng, deformed_inputs.anywhere, images=2, channels=2, border="project")
    return {name: made[name] for name in _NAMES[function]} | {"wanted": _SOME[rng.integers(1, 4)]}


FAMILIES = (
    *(family for family in deformed_inputs.families(_NAMES) if family.name != "groups"),
    Family("first layer", "a layer whose images need no gradient", _first),
    Family("frozen", "a layer whose offsets, kernel or bias need no gradient", _frozen),
    Family("layout", "tensors that are not contiguous", _transposed),
)


def _output(layout: str = "", wanted: tuple[bool, ...] = _ALL, **given: Any) -> tuple[Numbers]:
    return (reference.deform_conv2d(**given),)


def _gradients(layout: str = "", wanted: tuple[bool, ...] = _ALL, **given: Any) -> tuple[Numbers, ...]:
    found = reference.deform_conv2d_backward(**given)
    assert found.bias is not None
    made = (found.input, found.offset, found.weight, found.bias)
    return tuple(array if need else np.zeros_like(array) for array, need in zip(made, wanted, strict=True))


def _output_terms(arguments: Arguments) -> dict[str, Numbers]:
    given = {name: arguments[name] for name in _GIVEN}
    without = reference.deform_conv2d(**(given | {"bias": None}))
    return {"K·A": without, "b": np.broadcast_to(arguments["bias"][:, None, None], without.shape)}


def _with_columns(arguments: Arguments, place: int) -> Arguments:
    """Add the gradient of the columns; it is zero where the gradient at this place is not wanted."""
    weight, δ = arguments["weight"], arguments["grad_output"]
    K = weight.reshape(len(weight), -1)
    need = arguments.get("wanted", _ALL)[place]
    return arguments | {"grad_columns": need * (K.T @ δ.reshape(*δ.shape[:2], -1))}


def _input_terms(arguments: Arguments) -> dict[str, Numbers]:
    return deformed.input_terms(_with_columns(arguments, 0))


def _offset_terms(arguments: Arguments) -> dict[str, Numbers]:
    return deformed.offset_terms(_with_columns(arguments, 1))


def _call_features(arguments: Arguments, axes: int) -> list[Feature]:
    everywhere = np.ones((1,) * axes, bool)
    wanted, layout = arguments.get("wanted", _ALL), arguments.get("layout", "")
    return [
        Feature(
            "come from tensors that are not contiguous",
            everywhere & (layout != ""),
            "view asks for contiguous memory; flatten and reshape do not",
        ),
        Feature(
            "come from a call in which some inputs need no gradient",
            everywhere & (not all(wanted)),
            "ctx.needs_input_grad has a flag for each argument of forward, in their order",
        ),
        Feature(
            "come from a call with several images",
            everywhere & (len(arguments["input"]) > 1),
            "kernel and bias serve all images: sum over them",
        ),
    ]


def _output_features(arguments: Arguments) -> list[Feature]:
    return [*deformed.output_features(arguments), *_call_features(arguments, 4)]


def _input_features(arguments: Arguments) -> list[Feature]:
    return [*deformed.input_features(arguments), *_call_features(arguments, 4)]


def _offset_features(arguments: Arguments) -> list[Feature]:
    return [*deformed.offset_features(arguments), *_call_features(arguments, 7)]


def _weight_features(arguments: Arguments) -> list[Feature]:
    return [*deformed.weight_features(arguments), *_call_features(arguments, 4)]


def _bias_features(arguments: Arguments) -> list[Feature]:
    (c2,) = grid(arguments["bias"].shape)
    return [Feature("are of another map than the first", c2 > 0), *_call_features(arguments, 1)]


def _bias_planes(arguments: Arguments) -> list[Plane]:
    (c2,) = grid(arguments["bias"].shape)
    return [Plane("the output maps", np.zeros_like(c2), c2, (1, len(arguments["bias"])))]


def _small(function: str) -> Iterator[Arguments]:
    yield from islice(deformed_inputs.small(_NAMES[function], groups=False), _NONE_SPECIAL)
    for made in deformed_inputs.small(_NAMES[function], groups=False):
        if made["offset"].shape[2:] == (2, 2):  # so that each tensor has rows and columns to exchange
            for special in _SPECIAL:
                yield made | special
            break
    yield from islice(deformed_inputs.small(_NAMES[function], groups=False), _NONE_SPECIAL, None)


_PROBES = probes.path("autograd_function")


def _paste(arguments: Arguments, backward: bool) -> str:
    """Write the call, and before it what is special about its tensors."""
    call = "DeformConv2d.apply(input, offset, weight, bias, stride, padding, dilation, border)"
    lines = []
    if "layout" in arguments:  # rows and columns exchanged in memory
        names = "input, offset, weight" + ", grad_output" * backward
        lines.append(f"{names} = (t.mT.contiguous().mT for t in ({names}))")
    if not backward:
        return "\n".join([*lines, f"print({call})"])
    wanted = arguments.get("wanted", _ALL)
    needing = [name for name, need in zip(("input", "offset", "weight", "bias"), wanted, strict=True) if need]
    lines += [f"{name}.requires_grad_()" for name in needing]
    return "\n".join([*lines, f"{call}.backward(grad_output)", *(f"print({name}.grad)" for name in needing)])


LADDER = Ladder(
    rungs=(
        Rung(
            FORWARD,
            _output,
            (
                Quantity(
                    "output",
                    deformed.OUTPUT_AXES,
                    _output_features,
                    deformed.output_planes,
                    terms=_output_terms,
                ),
            ),
            lambda: _small(FORWARD),
            _PROBES,
            lambda arguments: _paste(arguments, backward=False),
        ),
        Rung(
            BACKWARD,
            _gradients,
            (
                Quantity(
                    "gradient of the input",
                    deformed.INPUT_AXES,
                    _input_features,
                    deformed.input_planes,
                    terms=_input_terms,
                ),
                Quantity(
                    "gradient of the offsets",
                    deformed.OFFSET_AXES,
                    _offset_features,
                    deformed.offset_planes,
                    deformed.offset_view,
                    _offset_terms,
                ),
                Quantity(
                    "gradient of the kernel",
                    deformed.WEIGHT_AXES,
                    _weight_features,
                    deformed.weight_planes,
                ),
                Quantity("gradient of the bias", ("map",), _bias_features, _bias_planes),
            ),
            lambda: _small(BACKWARD),
            _PROBES,
            lambda arguments: _paste(arguments, backward=True),
        ),
    ),
    families=FAMILIES,
    seeds=(0, 1),
)
