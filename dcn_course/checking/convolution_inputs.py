"""Random convolutions for the exercises, and small ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from dcn_course.reference import output_size

from . import inputs
from .ladder.model import Arguments, Family, Numbers

Pair = tuple[int, int]
ONE, NONE = (1, 1), (0, 0)
LARGEST = 20  # entries of an array that one still likes to read


def output_points(size: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Pair:
    """Count the output points in both axes; (0, 0) where the kernel is too large."""
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    if any(r > n + 2 * p for r, n, p in zip(reach, size, padding, strict=True)):
        return NONE
    Ho, Wo = (output_size(*axis) for axis in zip(size, kernel, stride, padding, dilation, strict=True))
    return Ho, Wo


def layer(
    rng: np.random.Generator,
    images: int = 1,
    channels: int = 1,
    size: Pair = (5, 7),
    maps: int = 1,
    kernel: Pair = (2, 3),
    stride: Pair = ONE,
    padding: Pair = NONE,
    dilation: Pair = ONE,
) -> Arguments:
    """Draw a convolution.

    Args:
        rng: the generator.
        images: N.
        channels: C1.
        size: (H, W), in pixels.
        maps: C2.
        kernel: (kH, kW), in taps.
        stride: (y, x), in pixels.
        padding: (y, x), in pixels.
        dilation: (y, x), in pixels.

    Returns:
        By name: `input` (N, C1, H, W), `weight` (C2, C1, kH, kW), `bias` (C2,), `grad_output`
        (N, C2, Hout, Wout), `columns` (N, C1·kH·kW, Hout·Wout; not those of the input), all float64;
        `input_shape`, `weight_shape`, `kernel_size`, `stride`, `padding` and `dilation`.
    """
    Ho, Wo = output_points(size, kernel, stride, padding, dilation)
    return _named(
        inputs.image(rng, images, channels, *size),
        inputs.image(rng, maps, channels, *kernel),
        inputs.image(rng, maps),
        inputs.image(rng, images, maps, Ho, Wo),
        inputs.image(rng, images, channels * kernel[0] * kernel[1], Ho * Wo),
        (stride, padding, dilation),
    )


_LAYERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("plain", "one image, one channel, no padding, stride 1", {}),
    (
        "channels",
        "several images, channels and output maps",
        {"images": 2, "channels": 3, "size": (4, 5), "maps": 4},
    ),
    ("padding", "zeros around the image, more in x than in y", {"size": (3, 4), "padding": (3, 4)}),
    ("stride", "steps of 2 in y and 3 in x", {"size": (6, 9), "stride": (2, 3)}),
    ("dilation", "taps 2 apart in y and 3 in x", {"size": (6, 9), "dilation": (2, 3)}),
    (
        "square",
        "a square image and a square kernel, where exchanged axes raise no error",
        {"channels": 2, "size": (5, 5), "maps": 3, "kernel": (3, 3)},
    ),
    (
        "all together",
        "several of everything",
        {
            "images": 2,
            "channels": 2,
            "size": (5, 6),
            "maps": 3,
            "kernel": (3, 2),
            "stride": (2, 1),
            "padding": (2, 1),
            "dilation": (1, 2),
        },
    ),
)


def families(names: Mapping[str, Sequence[str]]) -> tuple[Family, ...]:
    """List the kinds of convolutions.

    Args:
        names: for each function of an exercise the names of its arguments, of those that `layer` gives.
    """

    def family(name: str, about: str, facts: dict[str, Any]) -> Family:
        def make(function: str, rng: np.random.Generator) -> Arguments:
            made = layer(rng, **facts)
            return {key: made[key] for key in names[function]}

        return Family(name, about, make)

    return tuple(family(*each) for each in _LAYERS)


def small(names: Sequence[str]) -> Iterator[Arguments]:
    """Yield small convolutions of integers, the smallest first.

    Args:
        names: of the arguments asked for.
    """
    sizes: list[Pair] = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3), (3, 4), (3, 5), (4, 4)]
    kernels: list[Pair] = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)]
    steps: list[tuple[Pair, Pair]] = [(ONE, ONE), ((2, 1), ONE), ((1, 2), ONE), (ONE, (2, 1)), (ONE, (1, 2))]
    for channels, maps, images in ((1, 1, 1), (2, 1, 1), (1, 2, 1), (2, 2, 1), (1, 1, 2), (1, 2, 2)):
        alone = channels * maps * images == 1
        for size, kernel in product(sizes if alone else sizes[:5], kernels):
            for padding, (stride, dilation) in product(
                [(0, 0), (1, 0), (0, 1)], steps if alone else steps[:1]
            ):
                Ho, Wo = output_points(size, kernel, stride, padding, dilation)
                if not Ho:
                    continue
                made = _named(
                    _counted(images, channels, *size),
                    _counted(maps, channels, *kernel) ** 2,
                    _counted(maps) + 4,
                    _counted(images, maps, Ho, Wo) + 1,
                    _counted(images, channels * kernel[0] * kernel[1], Ho * Wo),
                    (stride, padding, dilation),
                )
                found = {name: made[name] for name in names}
                if all(getattr(value, "size", 1) <= LARGEST for value in found.values()):
                    yield found


def _counted(*shape: int) -> Numbers:
    return np.arange(1.0, 1 + np.prod(shape)).reshape(shape)


def _named(
    image: Numbers,
    weight: Numbers,
    bias: Numbers,
    grad_output: Numbers,
    columns: Numbers,
    geometry: tuple[Pair, Pair, Pair],
) -> Arguments:
    stride, padding, dilation = geometry
    return {
        "input": image,
        "input_shape": image.shape,
        "weight": weight,
        "weight_shape": weight.shape,
        "kernel_size": weight.shape[2:],
        "bias": bias,
        "grad_output": grad_output,
        "columns": columns,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
    }
