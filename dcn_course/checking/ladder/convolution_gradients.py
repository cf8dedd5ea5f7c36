"""Exercise 02: the gradients of bias and kernel, of the columns, col2im, the gradient of the input."""

from __future__ import annotations

import numpy as np

from dcn_course import reference

from ..convolution_inputs import Pair, families, small
from . import deformed
from .model import Arguments, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

_GEOMETRY = ("stride", "padding", "dilation")
_NAMES = {
    "conv2d_grad_bias": ("grad_output",),
    "conv2d_grad_weight": ("grad_output", "columns", "weight_shape"),
    "conv2d_grad_columns": ("grad_output", "weight"),
    "col2im": ("columns", "input_shape", "kernel_size", *_GEOMETRY),
    "conv2d_grad_input": ("grad_output", "weight", "input_shape", *_GEOMETRY),
}


def _grad_bias(grad_output: Numbers) -> tuple[Numbers]:
    return (reference.conv2d_grad_bias(grad_output),)


def _grad_weight(grad_output: Numbers, columns: Numbers, weight_shape: tuple[int, ...]) -> tuple[Numbers]:
    δ = grad_output.reshape(*grad_output.shape[:2], -1)
    return (reference.matmul_grad_weight(δ, columns, weight_shape),)


def _grad_columns(grad_output: Numbers, weight: Numbers) -> tuple[Numbers]:
    δ = grad_output.reshape(*grad_output.shape[:2], -1)
    return (reference.matmul_grad_columns(δ, weight),)


def _col2im(
    columns: Numbers,
    input_shape: tuple[int, ...],
    kernel_size: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
) -> tuple[Numbers]:
    return (reference.col2im(columns, input_shape, kernel_size, stride, padding, dilation),)


def _grad_input(
    grad_output: Numbers,
    weight: Numbers,
    input_shape: tuple[int, ...],
    stride: Pair,
    padding: Pair,
    dilation: Pair,
) -> tuple[Numbers]:
    geometry = stride, padding, dilation
    return (reference.conv2d_grad_input(grad_output, weight, input_shape, *geometry),)


def _batch_feature(arguments: Arguments, axes: int) -> Feature:
    several = np.full((1,) * axes, len(arguments["grad_output"]) > 1)
    return Feature("belong to a batch of several images", several, "all images use it: sum over them")


def _bias_features(arguments: Arguments) -> list[Feature]:
    c2 = np.arange(arguments["grad_output"].shape[1])
    return [
        _batch_feature(arguments, 1),
        Feature("belong to another map than the first", c2 > 0, "each map has a bias of its own"),
    ]


def _weight_features(arguments: Arguments) -> list[Feature]:
    return [_batch_feature(arguments, 4), *deformed.weight_features(arguments)]


def _columns_view(arguments: Arguments, shape: tuple[int, ...]) -> tuple[int, ...]:
    N, _, Ho, Wo = arguments["grad_output"].shape
    return (N, *arguments["weight"].shape[1:], Ho, Wo)


def _column_features(arguments: Arguments) -> list[Feature]:
    n, c1, i, j, oy, ox = grid(_columns_view(arguments, ()))
    several = np.full((1,) * 6, len(arguments["weight"]) > 1)
    return [
        Feature("belong to taps with i ≠ j", i != j, "row r of the columns is c1*kH*kW + i*kW + j"),
        Feature("belong to output points with oy ≠ ox", oy != ox, "the points are counted row by row"),
        Feature("come from several output maps", several, "an entry of A takes part in all C2 maps: sum"),
        Feature("are in another channel than the first", c1 > 0),
        Feature("are in another image than the first", n > 0, "each image has a δ of its own"),
    ]


def _column_planes(arguments: Arguments) -> list[Plane]:
    shape = _columns_view(arguments, ())
    _, _, i, j, oy, ox = grid((1, 1, *shape[2:]))
    return deformed.lattices(shape, i, j, oy, ox)


def _pixel_features(arguments: Arguments) -> list[Feature]:
    N, C1, H, W = arguments["input_shape"]
    kH, kW = arguments["kernel_size"] if "kernel_size" in arguments else arguments["weight"].shape[2:]
    geometry = [arguments[name] for name in _GEOMETRY]
    n, c1, y, x = grid((N, C1, H, W))
    ones = reference.im2col(np.ones((1, 1, H, W)), (kH, kW), *geometry)
    copies = reference.col2im(np.ones_like(ones), (1, 1, H, W), (kH, kW), *geometry)
    (sy, sx), (py, px), (dy, dx) = geometry
    special = [
        ("a padding", (py, px) != (0, 0), "the padding is cut off in front and behind: py rows, px columns"),
        ("a stride other than 1", (sy, sx) != (1, 1), "is the stride in, sy with oy and sx with ox?"),
        ("a dilation other than 1", (dy, dx) != (1, 1), "is the dilation in, dy with i and dx with j?"),
    ]
    everywhere = np.ones((1,) * 4, bool)
    return [
        Feature("are pixels that several taps read", copies > 1, "they all add up: += and not ="),
        Feature("are pixels that some tap reads", copies > 0),
        Feature("lie on the image's rim", (y == 0) | (x == 0) | (y == H - 1) | (x == W - 1)),
        *(Feature(f"are in a layer with {what}", everywhere & there, hint) for what, there, hint in special),
        Feature("are in another channel than the first", c1 > 0, "every channel has a gradient of its own"),
        Feature("are in another image than the first", n > 0),
    ]


def _bias_terms(arguments: Arguments) -> dict[str, Numbers]:
    δ = arguments["grad_output"].sum(axis=(2, 3))
    return {"δ of the first image": δ[0], "δ of the other images": δ[1:].sum(axis=0)}


def _weight_terms(arguments: Arguments) -> dict[str, Numbers]:
    a = arguments
    first = _grad_weight(a["grad_output"][:1], a["columns"][:1], a["weight_shape"])[0]
    return {"δAᵀ of the first image": first, "δAᵀ of the other images": _grad_weight(**a)[0] - first}


def _pixel_terms(arguments: Arguments) -> dict[str, Numbers]:
    """What comes through the first tap, and through the others."""
    a = arguments
    if "columns" in a:
        columns, kernel_size = a["columns"], a["kernel_size"]
    else:
        columns, kernel_size = _grad_columns(a["grad_output"], a["weight"])[0], a["weight"].shape[2:]
    taps = kernel_size[0] * kernel_size[1]
    is_first = np.arange(columns.shape[1])[:, None] % taps == 0
    geometry = [a[name] for name in _GEOMETRY]
    parts = {"through tap (0, 0)": columns * is_first, "through the other taps": columns * ~is_first}
    return {
        name: reference.col2im(part, a["input_shape"], kernel_size, *geometry) for name, part in parts.items()
    }


LADDER = Ladder(
    rungs=(
        Rung(
            "conv2d_grad_bias",
            _grad_bias,
            (Quantity("gradient of the bias", ("map",), _bias_features, lambda a: [], terms=_bias_terms),),
            lambda: small(_NAMES["conv2d_grad_bias"]),
        ),
        Rung(
            "conv2d_grad_weight",
            _grad_weight,
            (
                Quantity(
                    "gradient of the kernel",
                    deformed.WEIGHT_AXES,
                    _weight_features,
                    deformed.weight_planes,
                    terms=_weight_terms,
                ),
            ),
            lambda: small(_NAMES["conv2d_grad_weight"]),
        ),
        Rung(
            "conv2d_grad_columns",
            _grad_columns,
            (
                Quantity(
                    "gradient of the columns",
                    deformed.COLUMN_AXES,
                    _column_features,
                    _column_planes,
                    view=_columns_view,
                ),
            ),
            lambda: small(_NAMES["conv2d_grad_columns"]),
        ),
        Rung(
            "col2im",
            _col2im,
            (
                Quantity(
                    "image",
                    deformed.INPUT_AXES,
                    _pixel_features,
                    deformed.input_planes,
                    terms=_pixel_terms,
                ),
            ),
            lambda: small(_NAMES["col2im"]),
        ),
        Rung(
            "conv2d_grad_input",
            _grad_input,
            (
                Quantity(
                    "gradient of the input",
                    deformed.INPUT_AXES,
                    _pixel_features,
                    deformed.input_planes,
                    terms=_pixel_terms,
                ),
            ),
            lambda: small(_NAMES["conv2d_grad_input"]),
        ),
    ),
    families=families(_NAMES),
)
