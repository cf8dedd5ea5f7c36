"""Exercise 15: the column matrix, vectorised and compiled; and how fast that is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from dcn_course import reference

from .. import deformed_inputs, probes
from ..convolution_inputs import ONE, Pair
from . import deformed
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung

_GIVEN = ("input", "offset", "kernel_size", "padding")
_REST: Arguments = {"stride": ONE, "dilation": ONE, "border": "zeros"}
_CHANNELS, _SIZE, _TAPS = 8, 24, 3  # of the layer on which the time is measured


def _family(name: str, about: str, **facts: Any) -> Family:
    def make(function: str, rng: np.random.Generator) -> Arguments:
        made = deformed_inputs.layer(rng, **facts)
        return {key: made[key] for key in _GIVEN}

    return Family(name, about, make)


FAMILIES = (
    _family("inside", "positions between the pixels of the image"),
    _family(
        "channels",
        "several images and channels",
        images=2,
        channels=3,
        size=(3, 5),
        kernel=(2, 2),
        places=deformed_inputs.anywhere,
    ),
    _family("edges", "positions in the cells that the image's edges cut", places=deformed_inputs.edges),
    _family("outside", "positions off the image", places=deformed_inputs.outside, channels=2),
    _family("repeated", "the same position more than once", places=deformed_inputs.repeated, kernel=(3, 2)),
    _family(
        "padding",
        "a ring of zeros, wider in x than in y",
        places=deformed_inputs.anywhere,
        padding=(1, 2),
        images=2,
        size=(3, 4),
    ),
)


def _columns(input: Numbers, offset: Numbers, kernel_size: Pair, padding: Pair) -> tuple[Numbers]:
    return (reference.deform_im2col(input, offset, kernel_size, 1, padding, 1).columns,)


def _view(arguments: Arguments, shape: tuple[int, ...]) -> tuple[int, ...]:
    return deformed.column_view(arguments | _REST)


def _features(arguments: Arguments) -> list[Feature]:
    return deformed.column_features(arguments | _REST)


def _planes(arguments: Arguments) -> list[Plane]:
    return deformed.column_planes(arguments | _REST)


def _terms(arguments: Arguments) -> dict[str, Numbers]:
    return deformed.column_terms(arguments | _REST)


def _small() -> Iterator[Arguments]:
    for made in deformed_inputs.small((*_GIVEN, *_REST), groups=False):
        if all(made[name] == value for name, value in _REST.items()):
            yield {name: made[name] for name in _GIVEN}


def _times(runner: Any) -> tuple[str, ...]:
    """Measure, and say how the times compare."""
    rng = np.random.default_rng(0)
    made = deformed_inputs.layer(
        rng,
        deformed_inputs.anywhere,
        channels=_CHANNELS,
        maps=_CHANNELS,
        size=(_SIZE, _SIZE),
        kernel=(_TAPS, _TAPS),
        padding=ONE,
    )
    call = ("columns_loop", {name: made[name] for name in ("input", "offset", "weight", "padding")})
    outcomes = runner([call]).outcomes
    if not outcomes or outcomes[0].values is None:
        why = outcomes[0].error["text"] if outcomes else "the run did not end"
        return (f"The times could not be measured: {why}.",)
    loop, *ours, theirs = (float(seconds) for seconds in outcomes[0].values[0])
    lines = [
        f"How fast, columns and product, {_CHANNELS} channels of {_SIZE}×{_SIZE} pixels, "
        f"{_TAPS}×{_TAPS} taps, one thread, the shortest of several times:",
        f"the loop takes {_seconds(loop)};",
    ]
    for name, seconds in zip(("vectorised", "compiled"), ours, strict=True):
        beside = "" if math.isnan(theirs) else f", {_ratio(seconds / theirs)} the time of torchvision"
        lines.append(
            f"{name} takes {_seconds(seconds)}, {_ratio(loop / seconds)} as fast as the loop{beside};"
        )
    if math.isnan(theirs):
        lines.append("torchvision is not installed, so there is no comparison with it.")
    else:
        lines.append(f"torchvision takes {_seconds(theirs)}.")
    return tuple(lines)


def _ratio(value: float) -> str:
    return f"{value:.0f}×" if value >= 10 else f"{value:.2g}×"


def _seconds(value: float) -> str:
    return f"{1e3 * value:.3g} ms"


def _rung(function: str) -> Rung:
    columns = Quantity("columns", deformed.COLUMN_AXES, _features, _planes, _view, _terms)
    return Rung(function, _columns, (columns,), _small, probes.path("make_it_fast"))


LADDER = Ladder(
    rungs=(_rung("columns_vectorised"), _rung("columns_compiled")), families=FAMILIES, extra=_times
)
