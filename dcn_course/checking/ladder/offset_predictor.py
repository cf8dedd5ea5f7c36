"""Exercise 11: the offsets, the way back through their predictor, and the two summands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from dcn_course import reference

from .. import inputs
from ..convolution_inputs import NONE, ONE, Pair
from . import deformed
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

_NAMES = {
    "offset_predictor": ("input", "offset_weight", "offset_bias"),
    "predictor_backward": ("grad_offset", "input", "offset_weight"),
    "layer_grad_input": ("grad_output", "input", "offset_weight", "offset_bias", "weight"),
}
_GEOMETRY = ("stride", "padding", "dilation")
_LARGEST = 32  # entries of an array of a small layer: the predictor's kernel for 2×2 taps
_KINK = 1e-6  # pixels; no predicted position comes nearer to a lattice line


def _given(function: str, everything: Arguments) -> Arguments:
    names = (*_NAMES[function], *_GEOMETRY, *(("border",) if function == "layer_grad_input" else ()))
    return {name: everything[name] for name in names}


def _layer(
    rng: np.random.Generator,
    spread: float = 0.4,
    steep: float = 0.2,
    border: str = "zeros",
    images: int = 1,
    channels: int = 1,
    maps: int = 1,
    size: Pair = (4, 5),
    kernel: Pair = (2, 3),
    stride: Pair = ONE,
    padding: Pair = NONE,
    dilation: Pair = ONE,
) -> Arguments:
    """Draw a layer: biases of the offsets up to `spread` pixels, weights of about `steep`; off the kinks."""
    while True:
        offsets = 2 * kernel[0] * kernel[1]
        made = {
            "input": inputs.image(rng, images, channels, *size),
            "offset_weight": steep * inputs.image(rng, offsets, channels, *kernel),
            "offset_bias": rng.uniform(-spread, spread, offsets),
            "weight": inputs.image(rng, maps, channels, *kernel),
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "border": border,
        }
        offset = _offset(made)
        made["grad_offset"] = inputs.image(rng, *offset.shape)
        made["grad_output"] = inputs.image(rng, images, maps, *offset.shape[2:])
        if (np.abs(offset - np.round(offset)) > _KINK).all():
            return made


def _offset(arguments: Arguments) -> Numbers:
    """The right offsets; without a bias where there is none."""
    a = arguments
    geometry = (a[name] for name in _GEOMETRY)
    return reference.offset_predictor(a["input"], a["offset_weight"], a.get("offset_bias"), *geometry)


def _family(name: str, about: str, **facts: Any) -> Family:
    drawn = inputs.once(lambda rng: _layer(rng, **facts))
    return Family(name, about, lambda function, rng: _given(function, drawn(rng)))


FAMILIES = (
    _family("inside", "one image, one channel, small offsets"),
    _family("channels", "several of everything", images=2, channels=3, maps=2, size=(3, 4)),
    _family("edges", "offsets over the image's edges; zeros outside", spread=1.5, channels=2),
    _family(
        "edges, projected",
        "offsets over the image's edges; projected",
        spread=1.5,
        channels=2,
        border="project",
    ),
    _family("far", "large offsets; zeros outside", spread=4, steep=0.5),
    _family("far, projected", "large offsets; projected", spread=4, steep=0.5, border="project", maps=2),
    _family("start", "a predictor whose kernel is zero, as at the start of a training", steep=0, channels=2),
    _family("padding", "zeros around the image, more in x than in y", padding=(1, 2)),
    _family(
        "geometry",
        "stride, padding and dilation, other in y than in x",
        spread=1.0,
        border="project",
        images=2,
        channels=2,
        size=(5, 6),
        kernel=(3, 2),
        stride=(2, 3),
        padding=(1, 2),
        dilation=(1, 2),
    ),
)


def _predicted(
    input: Numbers, offset_weight: Numbers, offset_bias: Numbers, stride: Pair, padding: Pair, dilation: Pair
) -> tuple[Numbers]:
    return (reference.offset_predictor(input, offset_weight, offset_bias, stride, padding, dilation),)


def _backward(
    grad_offset: Numbers,
    input: Numbers,
    offset_weight: Numbers,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
) -> tuple[Numbers, ...]:
    geometry = stride, padding, dilation
    return (
        reference.conv2d_grad_input(grad_offset, offset_weight, input.shape, *geometry),
        reference.conv2d_grad_weight(grad_offset, input, offset_weight.shape, *geometry),
        reference.conv2d_grad_bias(grad_offset),
    )


def _summands(
    grad_output: Numbers,
    input: Numbers,
    offset_weight: Numbers,
    offset_bias: Numbers,
    weight: Numbers,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    border: Any,
) -> tuple[Numbers, ...]:
    return reference.deformable_conv2d_grad_input(
        grad_output,
        input,
        offset_weight,
        offset_bias,
        weight,
        None,
        stride,
        padding,
        dilation,
        border=border,
    )


def _whole(arguments: Arguments) -> Arguments:
    """Add what the parts of deformable layers ask for: the offsets and the kernel's size."""
    return arguments | {"offset": _offset(arguments), "kernel_size": arguments["offset_weight"].shape[2:]}


def _offset_view(arguments: Arguments, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape (N, 1, kH, kW, 2, Hout, Wout); as `deformed.offset_view`, but without predicting offsets."""
    (N, _, *size), kernel = arguments["input"].shape, arguments["offset_weight"].shape[2:]
    points = map(reference.output_size, size, kernel, *(arguments[name] for name in _GEOMETRY))
    return (N, 1, *kernel, 2, *points)


def _offset_features(arguments: Arguments) -> list[Feature]:
    (H, W), (kH, kW) = arguments["input"].shape[2:], arguments["offset_weight"].shape[2:]
    n, _, i, j, axis, oy, ox = grid(_offset_view(arguments, ()))
    (sy, sx), (py, px), (dy, dx) = (arguments[name] for name in _GEOMETRY)
    top, left = sy * oy - py, sx * ox - px
    over = (top < 0) | (left < 0) | (top + dy * (kH - 1) >= H) | (left + dx * (kW - 1) >= W)
    return [
        Feature("are in y", axis == 0, "the pair is (y, x)"),
        Feature("are in x", axis == 1, "the pair is (y, x)"),
        Feature("are predicted at points whose patch leaves the image", over, "OP pads with zeros"),
        Feature("belong to taps with i ≠ j", i != j, "y and x may be swapped: i goes with y, j with x"),
        Feature("belong to another tap than the first", (i > 0) | (j > 0), deformed.OFFSET_ORDER),
        Feature("are at output points with oy ≠ ox", oy != ox, "the points are counted row by row"),
        Feature("are in another image than the first", n > 0),
    ]


def _offset_planes(arguments: Arguments) -> list[Plane]:
    return deformed.offset_planes(_whole(arguments))[1:]  # by output point and by tap


def _offset_terms(arguments: Arguments) -> dict[str, Numbers]:
    view = _offset_view(arguments, ())
    without = _offset({name: a for name, a in arguments.items() if name != "offset_bias"})
    bias = np.broadcast_to(arguments["offset_bias"][:, None, None], without.shape)
    return {"K_OP·A": without.reshape(view), "b_OP": bias.reshape(view)}


def _read(arguments: Arguments) -> Numbers:
    """How many predictions read each pixel, shape (H, W)."""
    a = arguments
    one = np.ones((1, 1, *a["input"].shape[2:]))
    columns = reference.im2col(one, a["offset_weight"].shape[2:], *(a[name] for name in _GEOMETRY))
    geometry = (a["offset_weight"].shape[2:], *(a[name] for name in _GEOMETRY))
    found: Numbers = reference.col2im(np.ones_like(columns), one.shape, *geometry)[0, 0]
    return found


def _op_features(arguments: Arguments) -> list[Feature]:
    n, c1, y, x = grid(arguments["input"].shape)
    H, W = arguments["input"].shape[2:]
    reads = _read(arguments)[None, None]
    return [
        Feature("are pixels that several predictions read", reads > 1, "they all add up: += and not ="),
        Feature("are pixels that some prediction reads", reads > 0),
        Feature("are pixels that no prediction reads", reads == 0, "nothing comes back to them through OP"),
        Feature("lie on the image's rim", (y == 0) | (x == 0) | (y == H - 1) | (x == W - 1)),
        Feature("are in another channel than the first", c1 > 0, "OP reads all channels"),
        Feature("are in another image than the first", n > 0),
    ]


def _input_features(arguments: Arguments) -> list[Feature]:
    return deformed.input_features(_whole(arguments))


def _total_features(arguments: Arguments) -> list[Feature]:
    own, others = _op_features(arguments), _input_features(arguments)
    words = {feature.words for feature in own}  # a property that stands twice would be counted twice
    return [*own, *(feature for feature in others if feature.words not in words)]


def _kernel_features(arguments: Arguments) -> list[Feature]:
    maps, c1, i, j = grid(arguments["offset_weight"].shape)
    return [
        Feature("belong to offsets in y", maps % 2 == 0, deformed.OFFSET_ORDER),
        Feature("belong to offsets in x", maps % 2 == 1, deformed.OFFSET_ORDER),
        Feature("belong to entries with i ≠ j", i != j, "y and x may be swapped: i goes with y, j with x"),
        Feature("are in another channel than the first", c1 > 0),
        _several_images(arguments, 4),
    ]


def _kernel_planes(arguments: Arguments) -> list[Plane]:
    _, _, i, j = grid((1, 1, *arguments["offset_weight"].shape[2:]))
    return [Plane("the taps of the predictor's kernel", i, j, arguments["offset_weight"].shape[2:])]


def _bias_features(arguments: Arguments) -> list[Feature]:
    (maps,) = grid(arguments["offset_weight"].shape[:1])
    return [
        Feature("belong to offsets in y", maps % 2 == 0, deformed.OFFSET_ORDER),
        Feature("belong to offsets in x", maps % 2 == 1, deformed.OFFSET_ORDER),
        _several_images(arguments, 1),
    ]


def _several_images(arguments: Arguments, axes: int) -> Feature:
    several = np.full((1,) * axes, len(arguments["input"]) > 1)
    return Feature("are for several images", several, "the parameters serve all images: sum over them")


def _bias_planes(arguments: Arguments) -> list[Plane]:
    count = len(arguments["offset_weight"])
    maps = np.arange(count)
    return [Plane("the offsets: taps down, y and x across", maps // 2, maps % 2, (count // 2, 2))]


def _total_terms(arguments: Arguments) -> dict[str, Numbers]:
    through_dc, through_op, _ = _summands(**arguments)
    return {"∂₁E, through DC": through_dc, "∂₂E·D OP, through OP": through_op}


def _small(function: str) -> Iterator[Arguments]:
    sizes: list[Pair] = [ONE, (1, 2), (2, 1), (2, 2), (2, 3), (3, 2)]
    kernels: list[Pair] = [ONE, (1, 2), (2, 1), (2, 2)]
    geometries: list[tuple[Pair, Pair, Pair]] = [
        (ONE, NONE, ONE),
        (ONE, (1, 0), ONE),
        (ONE, (0, 1), ONE),
        ((2, 1), NONE, ONE),
        ((1, 2), NONE, ONE),
        (ONE, NONE, (2, 1)),
        (ONE, NONE, (1, 2)),
    ]
    for (images, channels, maps), kernel, size in product(
        [(1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2)], kernels, sizes
    ):
        for place, (stride, padding, dilation) in enumerate(geometries):
            reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
            if any(r > s + 2 * p for r, s, p in zip(reach, size, padding, strict=True)):
                continue
            if place and (images, channels, maps) != (1, 1, 1):
                continue
            for border, bias in product(("zeros", "project"), ((0.25, 0.75), (-0.25, 1.75), (1.25, -0.75))):
                made = _counted(images, channels, maps, kernel, size, bias)
                made |= {"stride": stride, "padding": padding, "dilation": dilation, "border": border}
                offset = _offset(made)
                made["grad_offset"] = np.arange(1.0, 1 + offset.size).reshape(offset.shape) + 1
                points = (images, maps, *offset.shape[2:])
                made["grad_output"] = np.arange(1.0, 1 + np.prod(points)).reshape(points) + 1
                found = _given(function, made)
                if all(getattr(value, "size", 1) <= _LARGEST for value in found.values()):
                    yield found
                if function != "layer_grad_input":
                    break  # neither border nor bias is asked for, or it changes little


def _counted(
    images: int, channels: int, maps: int, kernel: Pair, size: Pair, bias: tuple[float, float]
) -> Arguments:
    """Whole images, and predictors that put every sample on odd quarters."""
    offsets = 2 * kernel[0] * kernel[1]
    image = np.arange(1.0, 1 + images * channels * size[0] * size[1])
    halves = np.resize([0.5, 0.0, -0.5, 1.0, 0.5], (offsets, channels, *kernel))
    return {
        "input": (image * (image + 1) // 2).reshape(images, channels, *size),
        "offset_weight": halves,
        "offset_bias": np.resize(bias, offsets),
        "weight": (np.arange(1.0, 1 + maps * channels * kernel[0] * kernel[1]) ** 2).reshape(
            maps, channels, *kernel
        ),
    }


def _input_quantity(name: str, features: Any, terms: Any = None) -> Quantity:
    return Quantity(name, deformed.INPUT_AXES, features, deformed.input_planes, terms=terms)


LADDER = Ladder(
    rungs=(
        Rung(
            "offset_predictor",
            _predicted,
            (
                Quantity(
                    "offsets",
                    deformed.OFFSET_AXES,
                    _offset_features,
                    _offset_planes,
                    _offset_view,
                    _offset_terms,
                ),
            ),
            lambda: _small("offset_predictor"),
        ),
        Rung(
            "predictor_backward",
            _backward,
            (
                _input_quantity("gradient of the input through OP", _op_features),
                Quantity(
                    "gradient of the predictor's kernel",
                    ("offset map", "channel", "i", "j"),
                    _kernel_features,
                    _kernel_planes,
                ),
                Quantity("gradient of the predictor's bias", ("offset map",), _bias_features, _bias_planes),
            ),
            lambda: _small("predictor_backward"),
        ),
        Rung(
            "layer_grad_input",
            _summands,
            (
                _input_quantity("summand through DC", _input_features),
                _input_quantity("summand through OP", _op_features),
                _input_quantity("sum of the two", _total_features, _total_terms),
            ),
            lambda: _small("layer_grad_input"),
        ),
    ),
    families=FAMILIES,
)
