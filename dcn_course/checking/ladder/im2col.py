"""Exercise 01: the output's size, the columns, the output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from dcn_course import reference

from ..convolution_inputs import Pair, families, small
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

_GEOMETRY = ("stride", "padding", "dilation")
_NAMES = {
    "output_size": ("input_shape", "kernel_size", *_GEOMETRY),
    "im2col": ("input", "kernel_size", *_GEOMETRY),
    "conv2d": ("input", "weight", "bias", *_GEOMETRY),
}


def _line(size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> Arguments:
    return {
        "size": size,
        "kernel_size": kernel_size,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
    }


def _one_axis(family: Family) -> Family:
    """Give `output_size` one axis of the layer, with some pixels more."""

    def make(function: str, rng: np.random.Generator) -> Arguments:
        made = family.make(function, rng)
        if function != "output_size":
            return made
        axis, longer = int(rng.integers(2)), int(rng.integers(4))
        facts = [made[name][axis] for name in ("kernel_size", *_GEOMETRY)]
        return _line(made["input_shape"][2 + axis] + longer, *facts)

    return replace(family, make=make)


def _size(size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> tuple[Numbers]:
    return (np.array(reference.output_size(size, kernel_size, stride, padding, dilation)),)


def _columns(
    input: Numbers, kernel_size: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> tuple[Numbers]:
    return (reference.im2col(input, kernel_size, stride, padding, dilation),)


def _output(
    input: Numbers, weight: Numbers, bias: Numbers, stride: Pair, padding: Pair, dilation: Pair
) -> tuple[Numbers]:
    return (reference.conv2d(input, weight, bias, stride, padding, dilation),)


def _points(arguments: Arguments) -> Pair:
    H, W = arguments["input"].shape[2:]
    (sy, sx), (py, px), (dy, dx) = (arguments[key] for key in ("stride", "padding", "dilation"))
    kH, kW = _kernel(arguments)
    return reference.output_size(H, kH, sy, py, dy), reference.output_size(W, kW, sx, px, dx)


def _kernel(arguments: Arguments) -> Pair:
    kH, kW = arguments["kernel_size"] if "kernel_size" in arguments else arguments["weight"].shape[2:]
    return int(kH), int(kW)


def _columns_view(arguments: Arguments, shape: tuple[int, ...]) -> tuple[int, ...]:
    N, C1 = arguments["input"].shape[:2]
    return (N, C1, *_kernel(arguments), *_points(arguments))


def _where(arguments: Arguments) -> tuple[list[Numbers], Numbers, Numbers]:
    """Give the indices (n, c1, i, j, oy, ox) of the entries, and the row and column that each reads."""
    n, c1, i, j, oy, ox = grid(_columns_view(arguments, ()))
    (sy, sx), (py, px), (dy, dx) = (arguments[key] for key in ("stride", "padding", "dilation"))
    return [n, c1, i, j, oy, ox], sy * oy - py + dy * i, sx * ox - px + dx * j


def _column_features(arguments: Arguments) -> list[Feature]:
    (n, c1, i, j, oy, ox), y, x = _where(arguments)
    H, W = arguments["input"].shape[2:]
    outside = (y < 0) | (y >= H) | (x < 0) | (x >= W)
    return [
        Feature("read outside the image", outside, "outside, the image is zero"),
        Feature("read the image itself, not the zeros around it", ~outside),
        Feature("belong to taps with i ≠ j", i != j, "y and x may be swapped: i goes with y, j with x"),
        Feature("belong to output points with oy ≠ ox", oy != ox, "the points are counted row by row"),
        Feature("belong to taps with i > 0", i > 0),
        Feature("belong to taps with j > 0", j > 0),
        Feature(
            "belong to taps with i > 0 or j > 0",
            (i > 0) | (j > 0),
            "is the dilation in? A tap's step is dy or dx",
        ),
        Feature("belong to output points with oy > 0", oy > 0, "is the stride in, sy with oy?"),
        Feature("belong to output points with ox > 0", ox > 0, "is the stride in, sx with ox?"),
        Feature("are in another channel than the first", c1 > 0),
        Feature("are in another image than the first", n > 0),
    ]


def _column_planes(arguments: Arguments) -> list[Plane]:
    (_, _, i, j, oy, ox), _, _ = _where(arguments)
    return [
        Plane("the output points", oy, ox, _points(arguments)),
        Plane("the taps of the kernel", i, j, _kernel(arguments)),
    ]


def _output_features(arguments: Arguments) -> list[Feature]:
    N, C2 = len(arguments["input"]), len(arguments["weight"])
    H, W = arguments["input"].shape[2:]
    kH, kW = _kernel(arguments)
    n, c2, oy, ox = grid((N, C2, *_points(arguments)))
    (sy, sx), (py, px), (dy, dx) = (arguments[key] for key in ("stride", "padding", "dilation"))
    top, left = sy * oy - py, sx * ox - px
    over = (top < 0) | (left < 0) | (top + dy * (kH - 1) >= H) | (left + dx * (kW - 1) >= W)
    return [
        Feature("have a tap outside the image", over, "outside, the image is zero"),
        Feature("are output points with oy ≠ ox", oy != ox, "the points are counted row by row"),
        Feature("are in another map than the first", c2 > 0, "each map has a row of K and a bias of its own"),
        Feature("are in another image than the first", n > 0),
    ]


def _output_planes(arguments: Arguments) -> list[Plane]:
    _, _, oy, ox = grid((1, 1, *_points(arguments)))
    return [Plane("the output points", oy, ox, _points(arguments))]


def _output_terms(arguments: Arguments) -> dict[str, Numbers]:
    a = arguments
    without = reference.conv2d(a["input"], a["weight"], None, a["stride"], a["padding"], a["dilation"])
    return {"K·A": without, "b": np.broadcast_to(a["bias"][:, None, None], without.shape)}


def _no_features(arguments: Arguments) -> list[Feature]:
    everywhere = np.ones((), bool)
    found = []
    for name, plain in (("padding", 0), ("stride", 1), ("dilation", 1)):
        special = everywhere & (arguments[name] != plain)
        found.append(
            Feature(
                f"have a {name} other than {plain}", special, f"is the {name} in the formula, as it should?"
            )
        )
    return found


def _small_sizes() -> Iterator[Arguments]:
    for size, kernel_size, padding, stride, dilation in product(range(1, 7), (1, 2), (0, 1), (1, 2), (1, 2)):
        if dilation * (kernel_size - 1) + 1 <= size + 2 * padding:
            yield _line(size, kernel_size, stride, padding, dilation)


LADDER = Ladder(
    rungs=(
        Rung(
            "output_size",
            _size,
            (Quantity("number of output points", (), _no_features, lambda a: [], kind="whole"),),
            _small_sizes,
        ),
        Rung(
            "im2col",
            _columns,
            (
                Quantity(
                    "columns",
                    ("image", "channel", "i", "j", "oy", "ox"),
                    _column_features,
                    _column_planes,
                    view=_columns_view,
                ),
            ),
            lambda: small(_NAMES["im2col"]),
        ),
        Rung(
            "conv2d",
            _output,
            (
                Quantity(
                    "output",
                    ("image", "map", "oy", "ox"),
                    _output_features,
                    _output_planes,
                    terms=_output_terms,
                ),
            ),
            lambda: small(_NAMES["conv2d"]),
        ),
    ),
    families=tuple(map(_one_axis, families(_NAMES))),
)
