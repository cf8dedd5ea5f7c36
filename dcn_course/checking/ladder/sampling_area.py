"""Exercise 14: where an output point looks, by autograd and by hand, and how far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from .. import inputs, probes
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

_STEP = 0.5
_PASTE = (
    "network = torch.nn.Conv2d(*kernel.shape[1::-1], kernel.shape[2:], bias=False)\n"
    "network.weight.data = kernel\n"
)


def _family(name: str, about: str, kind: str, channels: int, maps: int, signed: bool = False) -> Family:
    def make(function: str, rng: np.random.Generator) -> Arguments:
        size = (6, 7)
        if function == "frame":
            return {"area": _sparse(rng, size, signed)}
        made: Arguments = {"image": inputs.image(rng, channels, *size), "kind": kind}
        made["kernel"] = inputs.image(rng, 3 if kind != "plain" else maps, channels, 2, 3)
        points = (size[0] - 1, size[1] - 2)
        if kind != "plain":
            made["second"] = inputs.image(rng, maps, 3, 2, 2)
            y, x = points
            points = (y // 2 - 1, x // 2 - 1) if kind == "pool" else (y - 1, x - 1)
        if kind == "deformable":
            made["predictor"] = 0.2 * inputs.image(rng, 12, channels, 2, 3)
            made["predictor_bias"] = rng.uniform(-1.5, 1.5, 12)
        made["point"] = tuple(int(rng.integers(n)) for n in points)
        return made | ({"step": _STEP} if function == "answers" else {})

    return Family(name, about, make)


def _sparse(rng: np.random.Generator, size: tuple[int, int], signed: bool) -> Numbers:
    """An area with large and small numbers, holes, and zeros around it."""
    area = np.zeros(size)
    top, left = rng.integers(0, 3, 2)
    rows, columns = 2 * rng.integers(0, 2, 3) + top, 2 * rng.integers(0, 2, 3) + left
    area[rows, columns] = 10.0 ** rng.uniform(-9, 1, 3)
    area[min(top + 3, size[0] - 1), left] = 1e-7
    return -area if signed else area


FAMILIES = (
    _family("plain", "one convolution with one map", "plain", 1, 1),
    _family("maps", "a convolution with several output maps", "plain", 1, 4),
    _family("channels", "images of several channels", "plain", 3, 1, signed=True),
    _family("relu", "two convolutions with a ReLU between them", "relu", 2, 2),
    _family("pool", "two convolutions with a pooling between them", "pool", 1, 2),
    _family("deformable", "a deformable layer before a convolution", "deformable", 2, 3),
)


def _network(kind: str, **kernels: Any) -> Any:
    from ..probes.sampling_area import build

    return build(kind, **kernels)


def _area(image: Numbers, point: tuple[int, int], **network: Any) -> tuple[Numbers]:
    import torch

    from dcn_course.sampling import sampling_area

    return (sampling_area(_network(**network), torch.from_numpy(image), point).numpy(),)


def _answers(image: Numbers, point: tuple[int, int], step: float, **network: Any) -> tuple[Numbers]:
    import torch

    X = torch.from_numpy(image)
    changed = X + step * torch.eye(X.numel(), dtype=X.dtype).view(-1, *X.shape)
    with torch.no_grad():
        Y = _network(**network)(torch.cat([X[None], changed]))[:, :, *point]
    found: Numbers = ((Y[1:] - Y[0]).abs().sum(1) / abs(step)).view(X.shape).sum(0).numpy()
    return (found,)


def _frame(area: Numbers) -> tuple[Numbers, ...]:
    rows, columns = np.nonzero(area)
    top, left = rows.min(), columns.min()
    return tuple(map(np.array, (top, left, rows.max() - top + 1, columns.max() - left + 1)))


def _features(arguments: Arguments) -> list[Feature]:
    given = {name: value for name, value in arguments.items() if name != "step"}
    reads = _area(**given)[0] != 0
    H, W = reads.shape
    y, x = grid((H, W))
    several = len(arguments["image"]) > 1
    maps = len(arguments["second"] if "second" in arguments else arguments["kernel"]) > 1
    everywhere = np.ones((1, 1), bool)
    return [
        Feature("are pixels on which the point depends", reads),
        Feature("are pixels on which the point does not depend", ~reads, "there the area is zero"),
        Feature(
            "are of an image with several channels", everywhere & several, "sum over the image's channels"
        ),
        Feature("are for several output maps", everywhere & maps, "sum over the output maps"),
        Feature("lie in the first row or column", (y == 0) | (x == 0)),
        Feature("lie in the last row or column", (y == H - 1) | (x == W - 1)),
    ]


def _planes(arguments: Arguments) -> list[Plane]:
    H, W = arguments["image"].shape[1:]
    y, x = grid((H, W))
    return [Plane("the image", y, x, (H, W), (0, 0), (H, W))]


def _frame_features(arguments: Arguments) -> list[Feature]:
    area = arguments["area"]
    negative, rows = np.array(bool((area < 0).any())), np.any(area, axis=1)
    holes = np.array(bool(np.ptp(np.flatnonzero(rows)) + 1 > rows.sum()))
    return [
        Feature("belong to an area with negative numbers", negative, "what is not zero counts"),
        Feature("belong to an area with empty rows inside", holes, "first and last count, not how many"),
    ]


def _small(function: str) -> Iterator[Arguments]:
    if function == "frame":
        for H, W in product((1, 2, 3), repeat=2):
            for place in range(H * W):
                for other in range(place, H * W):
                    area = np.zeros((H, W))
                    area.flat[[place, other]] = 1.0
                    yield {"area": area}
                    yield {"area": -area * 2.0**-30}
        return
    sizes, kernels = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)], [(1, 1), (1, 2), (2, 1), (2, 2)]
    for channels, maps in ((1, 1), (1, 2), (2, 1), (2, 2)):
        for (H, W), (kH, kW) in product(sizes, kernels):
            if kH > H or kW > W or channels * H * W > 20:
                continue
            signs = np.resize([1.0, -1, -1], maps * channels * kH * kW)
            kernel = signs * np.arange(1.0, 1 + signs.size)
            image = np.arange(1.0, 1 + channels * H * W)
            for point in {(0, 0), (H - kH, W - kW)}:
                made: Arguments = {
                    "image": (image * (image + 1) // 2).reshape(channels, H, W),
                    "kind": "plain",
                    "kernel": kernel.reshape(maps, channels, kH, kW),
                    "point": point,
                }
                yield made | ({"step": 2.0} if function == "answers" else {})


def _number(name: str) -> Quantity:
    return Quantity(name, (), _frame_features, lambda arguments: [], kind="whole")


_PROBES = probes.path("sampling_area")


def _pasted(lines: str) -> Callable[[Arguments], str]:
    return lambda arguments: lines


LADDER = Ladder(
    rungs=(
        Rung(
            "sampling_area",
            _area,
            (Quantity("sampling area", ("y", "x"), _features, _planes),),
            lambda: _small("sampling_area"),
            _PROBES,
            _pasted(
                _PASTE + "print(sampling_area(network, image, point))",
            ),
        ),
        Rung(
            "answers",
            _answers,
            (Quantity("answers", ("y", "x"), _features, _planes),),
            lambda: _small("answers"),
            _PROBES,
            _pasted(
                _PASTE + "print(answers(network, image, point, step))",
            ),
        ),
        Rung(
            "frame",
            _frame,
            (_number("top"), _number("left"), _number("height"), _number("width")),
            lambda: _small("frame"),
            _PROBES,
            _pasted(
                "print(frame(area))",
            ),
        ),
    ),
    families=FAMILIES,
    seeds=(0, 1),
)
