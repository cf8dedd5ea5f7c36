"""Random deformable layers for the exercises, and small ones; no position comes near a kink."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from dcn_course.reference import sampling_position

from . import inputs
from .convolution_inputs import LARGEST, NONE, ONE, Pair, output_points
from .ladder.model import Arguments, Family, Numbers

# Draws positions (y, x): from a generator, their number, H and W; shape (count, 2).
Places = Callable[[np.random.Generator, int, int, int], Numbers]


def inside(rng: np.random.Generator, count: int, height: int, width: int) -> Numbers:
    """Draw positions on the image."""
    return inputs.points(rng, count, (0, 0), (height - 1, width - 1))


def edges(rng: np.random.Generator, count: int, height: int, width: int) -> Numbers:
    """Draw positions in the cells that the image's edges cut."""
    drawn = [inputs.straddling(rng, height, width) for _ in range(0, count, 8)]
    return rng.permutation(np.concatenate(drawn))[:count]


def outside(rng: np.random.Generator, count: int, height: int, width: int) -> Numbers:
    """Draw positions that miss the image, some by little and some by much: half above it or to its left."""
    before = inputs.points(rng, count, (-4, -4), (0, 0))
    behind = inputs.points(rng, count, (height - 1, width - 1), (height + 3, width + 3))
    drawn = np.where(rng.random((count, 1)) < 0.5, before, behind)
    one_axis = inside(rng, count, height, width)  # the other coordinate often lies on the image
    keep = rng.integers(3, size=count)
    drawn[keep == 0, 0] = one_axis[keep == 0, 0]
    drawn[keep == 1, 1] = one_axis[keep == 1, 1]
    return drawn


def anywhere(rng: np.random.Generator, count: int, height: int, width: int) -> Numbers:
    """Draw positions on the image and around it."""
    return inputs.points(rng, count, (-2, -2), (height + 1, width + 1))


def repeated(rng: np.random.Generator, count: int, height: int, width: int) -> Numbers:
    """Draw a few positions and use each several times."""
    few = inputs.points(rng, 5, (-1, -1), (height, width))
    few[1:3] = np.floor(few[0]) + inputs.points(rng, 2, (0, 0), (1, 1))  # others of the same cell
    return few[rng.integers(len(few), size=count)]


def layer(
    rng: np.random.Generator,
    places: Places = inside,
    border: str = "zeros",
    images: int = 1,
    channels: int = 1,
    maps: int = 1,
    size: Pair = (4, 6),
    kernel: Pair = (2, 3),
    stride: Pair = ONE,
    padding: Pair = NONE,
    dilation: Pair = ONE,
    groups: int = 1,
) -> Arguments:
    """Draw a deformable layer.

    Args:
        rng: the generator.
        places: where the taps read.
        border: "zeros" or "project".
        images: N.
        channels: C1.
        maps: C2.
        size: (H, W), in pixels.
        kernel: (kH, kW), in taps.
        stride: (y, x), in pixels.
        padding: (y, x), in pixels.
        dilation: (y, x), in pixels.
        groups: G_Δ; it divides the channels.

    Returns:
        By name: `input` (N, C1, H, W), `offset` (N, 2·G_Δ·kH·kW, Hout, Wout), `mask`
        (N, G_Δ·kH·kW, Hout, Wout), `weight` (C2, C1, kH, kW), `bias` (C2,), `grad_output`
        (N, C2, Hout, Wout), `grad_columns` (N, C1·kH·kW, Hout·Wout), all float64; `kernel_size`,
        `input_shape`, `stride`, `padding`, `dilation` and `border`.
    """
    points = output_points(size, kernel, stride, padding, dilation)
    taps = kernel[0] * kernel[1]
    grid = _lattice(kernel, points, stride, padding, dilation)
    count = images * groups * taps * points[0] * points[1]
    drawn = places(rng, count, *size).reshape(images, groups, taps, *points, 2)
    offset = np.moveaxis(drawn - grid, -1, 3).reshape(images, groups * taps * 2, *points)
    return _named(
        inputs.image(rng, images, channels, *size),
        offset,
        rng.uniform(0.25, 1.75, (images, groups * taps, *points)),
        inputs.image(rng, maps, channels, *kernel),
        inputs.image(rng, maps),
        inputs.image(rng, images, maps, *points),
        inputs.image(rng, images, channels * taps, points[0] * points[1]),
        stride,
        padding,
        dilation,
        border,
    )


_LAYERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("inside", "positions between the pixels of the image", {}),
    (
        "channels",
        "several images, channels and output maps",
        {"images": 2, "channels": 3, "maps": 2, "size": (3, 5), "kernel": (2, 2), "border": "project"},
    ),
    ("edges", "positions in the cells that the image's edges cut; zeros outside", {"places": edges}),
    (
        "edges projected",
        "positions in the cells that the image's edges cut; projected",
        {"places": edges, "border": "project"},
    ),
    ("outside", "positions off the image; zeros outside", {"places": outside, "channels": 2}),
    (
        "outside projected",
        "positions off the image; projected",
        {"places": outside, "channels": 2, "border": "project"},
    ),
    ("repeated", "the same position more than once", {"places": repeated, "channels": 2, "kernel": (3, 2)}),
    (
        "groups",
        "three groups of channels, each with offsets of its own",
        {"places": anywhere, "channels": 6, "maps": 2, "groups": 3, "kernel": (2, 2), "size": (3, 4)},
    ),
    (
        "geometry",
        "stride, padding and dilation, other in y than in x",
        {
            "places": anywhere,
            "border": "project",
            "images": 2,
            "maps": 2,
            "size": (5, 6),
            "kernel": (3, 2),
            "stride": (2, 3),
            "padding": (1, 2),
            "dilation": (1, 2),
        },
    ),
)


def families(names: Mapping[str, Sequence[str]]) -> tuple[Family, ...]:
    """List the kinds of deformable layers.

    Args:
        names: for each function of an exercise the names of its arguments, of those that `layer` gives.
    """
    return tuple(Family(name, about, _maker(names, facts)) for name, about, facts in _LAYERS)


def small(names: Sequence[str], groups: bool = True) -> Iterator[Arguments]:
    """Yield small layers, those with the fewest numbers first: integers, and positions in odd quarters.

    Args:
        names: of the arguments asked for.
        groups: whether layers with two offset groups are among them.
    """
    found = list(_all_small(names, groups))
    yield from sorted(found, key=lambda made: sum(np.size(value) for value in made.values()))


def _all_small(names: Sequence[str], groups: bool) -> Iterator[Arguments]:
    sizes: list[Pair] = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3)]
    kernels: list[Pair] = [ONE, (1, 2), (2, 1), (2, 2)]
    counts = [(1, 1, 1, 1), (1, 2, 1, 1), (1, 1, 2, 1), (2, 1, 1, 1), (2, 1, 2, 1)]
    counts += [(1, 2, 1, 2), (1, 4, 1, 2)] * groups
    for images, channels, maps, grouped in counts:
        alone = images * channels * maps == 1
        for kernel, size in product(kernels, sizes if alone else sizes[:4]):
            geometries = _GEOMETRIES if alone else _GEOMETRIES[:1]
            for (stride, padding, dilation), border in product(geometries, ("zeros", "project")):
                points = output_points(size, kernel, stride, padding, dilation)
                if min(points) < 1:
                    continue
                plain = (stride, padding, dilation) == _GEOMETRIES[0]
                for pattern in _PATTERNS if plain else _PATTERNS[-2:]:
                    made = _counted((images, channels, maps, grouped), size, kernel, points, pattern) | {
                        "stride": stride,
                        "padding": padding,
                        "dilation": dilation,
                        "border": border,
                    }
                    found = {name: made[name] for name in names}
                    if all(getattr(value, "size", 1) <= LARGEST for value in found.values()):
                        yield found


_GEOMETRIES: list[tuple[Pair, Pair, Pair]] = [
    (ONE, NONE, ONE),
    (ONE, (1, 0), ONE),
    (ONE, (0, 1), ONE),
    ((2, 1), NONE, ONE),
    ((1, 2), NONE, ONE),
    (ONE, NONE, (2, 1)),
    (ONE, NONE, (1, 2)),
]
# Offsets in the order of their array's maps (y, x, y, x, ...): one pair for all, or others for each.
_PATTERNS = (
    (0.25, 0.75),
    (-0.25, 0.25),
    (0.25, -0.75),
    (1.25, 0.75),
    (0.25, 1.75),
    (-1.25, -1.75),
    (0.25, 0.75, -0.25, 1.25, 0.75, -0.75, 1.75),
)


def _counted(
    counts: tuple[int, int, int, int], size: Pair, kernel: Pair, points: Pair, pattern: Sequence[float]
) -> Arguments:
    images, channels, maps, groups = counts
    taps = kernel[0] * kernel[1]

    def whole(*shape: int) -> Numbers:
        return np.arange(1.0, 1 + np.prod(shape)).reshape(shape)

    image = whole(images, channels, *size)
    offset = np.resize(pattern, (images, points[0], points[1], groups * taps * 2)).transpose(0, 3, 1, 2)
    return _named(
        image * (image + 1) / 2,  # no two differences are equal
        np.ascontiguousarray(offset),
        whole(images, groups * taps, *points) / 2 + 0.25,
        whole(maps, channels, *kernel) ** 2,
        whole(maps) + 4,
        whole(images, maps, *points) + 1,
        whole(images, channels * taps, points[0] * points[1]) + 1,
        ONE,
        NONE,
        ONE,
        "zeros",
    )


def _maker(
    names: Mapping[str, Sequence[str]], facts: dict[str, Any]
) -> Callable[[str, np.random.Generator], Arguments]:
    def make(function: str, rng: np.random.Generator) -> Arguments:
        made = layer(rng, **facts)
        return {name: made[name] for name in names[function]}

    return make


def _named(
    image: Numbers,
    offset: Numbers,
    mask: Numbers,
    weight: Numbers,
    bias: Numbers,
    grad_output: Numbers,
    grad_columns: Numbers,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    border: str,
) -> Arguments:
    return {
        "input": image,
        "input_shape": image.shape,
        "offset": offset,
        "mask": mask,
        "weight": weight,
        "kernel_size": weight.shape[2:],
        "bias": bias,
        "grad_output": grad_output,
        "grad_columns": grad_columns,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "border": border,
    }


def _lattice(kernel: Pair, points: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Numbers:
    """Give the positions without offsets, shape (kH·kW, Hout, Wout, 2)."""
    k, oy, ox = np.indices((kernel[0] * kernel[1], *points))
    taps = k // kernel[1], k % kernel[1]
    at = sampling_position((oy, ox), taps, (0.0, 0.0), stride, padding, dilation)
    return np.stack(at, axis=-1)
