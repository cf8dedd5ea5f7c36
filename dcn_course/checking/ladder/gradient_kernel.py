"""Exercise 08: the gradients of the kernel and the bias, and that of the kernel without columns."""

from __future__ import annotations

import numpy as np

from dcn_course import reference

from .. import deformed_saved
from . import deformed
from .deformable_convolution import Border
from .model import Arguments, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

Pair = tuple[int, int]
_ARGUMENTS = {
    "matmul_grad_weight": ("grad_output", "columns", "weight_shape"),
    "conv2d_grad_bias": ("grad_output",),
    "deform_conv2d_grad_weight": (
        "grad_output",
        "input",
        "offset",
        "weight_shape",
        "stride",
        "padding",
        "dilation",
        "border",
    ),
}
_NAME = "gradient of the kernel"


def _from_columns(grad_output: Numbers, columns: Numbers, weight_shape: tuple[int, ...]) -> tuple[Numbers]:
    N, C2, Ho, Wo = grad_output.shape
    return (reference.matmul_grad_weight(grad_output.reshape(N, C2, Ho * Wo), columns, weight_shape),)


def _bias(grad_output: Numbers) -> tuple[Numbers]:
    return (reference.conv2d_grad_bias(grad_output),)


def _kernel(
    grad_output: Numbers,
    input: Numbers,
    offset: Numbers,
    weight_shape: tuple[int, ...],
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    border: Border,
) -> tuple[Numbers]:
    geometry = stride, padding, dilation
    kernel_size = weight_shape[2], weight_shape[3]
    buffers = reference.deform_im2col(input, offset, kernel_size, *geometry, border=border)
    δ = grad_output.reshape(*grad_output.shape[:2], -1)
    return (reference.matmul_grad_weight(δ, buffers.columns, weight_shape),)


def _products(arguments: Arguments) -> Numbers:
    """δ times A before any sum: shape (N, C2, C1, kH, kW, Hout, Wout)."""
    a = arguments
    N, _, Ho, Wo = a["grad_output"].shape
    _, C1, kH, kW = a["weight_shape"]
    if "columns" in a:
        columns = a["columns"]
    else:
        columns = reference.deform_im2col(
            a["input"],
            a["offset"],
            (kH, kW),
            a["stride"],
            a["padding"],
            a["dilation"],
            border=a["border"],
        ).columns
    A = columns.reshape(N, 1, C1, kH, kW, Ho, Wo)
    product: Numbers = a["grad_output"][:, :, None, None, None] * A
    return product


def _kernel_terms(arguments: Arguments) -> dict[str, Numbers]:
    """Take the sum over images and output points apart: the first ones and all others."""
    each = _products(arguments).sum(axis=(5, 6))
    return {"δ·A of the first image": each[0], "δ·A of the other images": each[1:].sum(axis=0)}


def _kernel_pieces(arguments: Arguments) -> dict[str, Numbers]:
    each = _products(arguments)
    flat = each.reshape(*each.shape[:5], -1)
    made = {}
    for image, part in (("first image", flat[:1]), ("other images", flat[1:])):
        made[f"δ·A at the first output point of the {image}"] = part[..., 0].sum(axis=0)
        made[f"δ·A at the last output point of the {image}"] = part[..., -1].sum(axis=0)
        made[f"δ·A at the other output points of the {image}"] = part[..., 1:-1].sum(axis=(0, -1))
    return made


def _kernel_features(arguments: Arguments) -> list[Feature]:
    return [*deformed.weight_features(arguments), *_layer_features(arguments, 4)]


def _layer_features(arguments: Arguments, axes: int) -> list[Feature]:
    here = np.ones((1,) * axes, bool)
    N = len(arguments["grad_output"])
    found = [
        Feature("are in a layer with several images", here & (N > 1), "all images share the kernel: sum"),
        Feature("are in a layer with several output maps", here & (arguments["grad_output"].shape[1] > 1)),
    ]
    if "border" in arguments:
        special = here & (arguments["border"] == "project")
        found.append(Feature("are read with the border projected", special, "is the border handed on?"))
        for name, plain in (("padding", (0, 0)), ("stride", (1, 1)), ("dilation", (1, 1))):
            words = f"belong to a {name} other than {plain[0]}"
            found.append(Feature(words, here & (arguments[name] != plain), f"is the {name} in the position?"))
    return found


def _bias_features(arguments: Arguments) -> list[Feature]:
    (c2,) = grid(arguments["grad_output"].shape[1:2])
    return [Feature("are in another map than the first", c2 > 0), *_layer_features(arguments, 1)]


def _bias_planes(arguments: Arguments) -> list[Plane]:
    maps = arguments["grad_output"].shape[1]
    return [Plane("the maps, side by side", np.zeros(maps, int), np.arange(maps), (1, maps))]


def _bias_terms(arguments: Arguments) -> dict[str, Numbers]:
    each = arguments["grad_output"].reshape(*arguments["grad_output"].shape[:2], -1)
    return {
        "δ of the first image": each[0].sum(axis=-1),
        "δ of the other images": each[1:].sum(axis=(0, -1)),
    }


LADDER = Ladder(
    rungs=(
        Rung(
            "matmul_grad_weight",
            _from_columns,
            (
                Quantity(
                    _NAME,
                    deformed.WEIGHT_AXES,
                    _kernel_features,
                    deformed.weight_planes,
                    terms=_kernel_terms,
                    finer=_kernel_pieces,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["matmul_grad_weight"], groups=False),
        ),
        Rung(
            "conv2d_grad_bias",
            _bias,
            (Quantity("gradient of the bias", ("map",), _bias_features, _bias_planes, terms=_bias_terms),),
            lambda: deformed_saved.small(_ARGUMENTS["conv2d_grad_bias"], groups=False),
        ),
        Rung(
            "deform_conv2d_grad_weight",
            _kernel,
            (
                Quantity(
                    _NAME,
                    deformed.WEIGHT_AXES,
                    _kernel_features,
                    deformed.weight_planes,
                    terms=_kernel_terms,
                    finer=_kernel_pieces,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["deform_conv2d_grad_weight"], groups=False),
        ),
    ),
    # The offset groups are past: they are inside the columns.
    families=deformed_saved.families(_ARGUMENTS, without=("groups",)),
)
