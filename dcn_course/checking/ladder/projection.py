"""Exercise 06: the projection, its slopes, the value, the gradient of the points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dcn_course import reference

from .. import inputs
from . import bilinear_gradients, bilinear_sampling
from .bilinear_sampling import H, W, cell_planes, quarters_around
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung

_SIZE = (H, W)
_HELD = "where the border holds a coordinate, the value does not change with it"


def _arguments(
    function: str, rng: np.random.Generator, channels: int, places: Numbers, size: tuple[int, int] = _SIZE
) -> Arguments:
    picture = inputs.image(rng, channels, *size)
    return _given(function, picture, inputs.image(rng, channels, len(places)), places)


def _given(function: str, picture: Numbers, grad_values: Numbers, places: Numbers) -> Arguments:
    _, height, width = picture.shape
    if function in ("project", "projection_slopes"):
        return {"points": places, "height": height, "width": width}
    if function == "projected_values":
        return {"image": picture, "points": places}
    return {"grad_values": grad_values, "image": picture, "points": places}


def _interior(function: str, rng: np.random.Generator) -> Arguments:
    return _arguments(function, rng, 1, inputs.points(rng, 7, (0, 0), (H - 1, W - 1)))


def _channels(function: str, rng: np.random.Generator) -> Arguments:
    return _arguments(function, rng, 3, inputs.points(rng, 6, (-1, -1), (H, W)))


def _edges(function: str, rng: np.random.Generator) -> Arguments:
    return _arguments(function, rng, 2, inputs.straddling(rng, H, W))


def _before(function: str, rng: np.random.Generator) -> Arguments:
    above, left = inputs.points(rng, 3, (-9, 0), (0, W - 1)), inputs.points(rng, 3, (0, -9), (H - 1, 0))
    return _arguments(function, rng, 2, np.concatenate([above, left]))


def _behind(function: str, rng: np.random.Generator) -> Arguments:
    below = inputs.points(rng, 3, (H - 1, 0), (H + 9, W - 1))
    right = inputs.points(rng, 3, (0, W - 1), (H - 1, W + 9))
    return _arguments(function, rng, 2, np.concatenate([below, right]))


def _corners(function: str, rng: np.random.Generator) -> Arguments:
    places = inputs.points(rng, 4, (0, 0), (5, 5))
    signs = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    return _arguments(function, rng, 2, np.where(signs < 0, -places, places + np.array([H - 1, W - 1])))


def _line(function: str, rng: np.random.Generator) -> Arguments:
    size = (1, 5) if rng.integers(2) else (5, 1)
    places = inputs.points(rng, 6, (-2, -2), (size[0] + 1, size[1] + 1))
    return _arguments(function, rng, 2, places, size)


def _rim(function: str, rng: np.random.Generator) -> Arguments:
    """Points on the edges of the image themselves, where the projection has its kinks, and on pixels."""
    inner = inputs.points(rng, 4, (0, 0), (H - 1, W - 1))
    inner[[0, 1], 0], inner[[2, 3], 1] = (0, H - 1), (0, W - 1)
    whole = np.stack([rng.integers(0, H, 4), rng.integers(0, W, 4)], axis=1).astype(float)
    corners = np.array([[0, 0], [H - 1, W - 1]], float)
    return _arguments(function, rng, 1, np.concatenate([inner, whole, corners]))


FAMILIES = (
    Family("interior", "points between the pixels", _interior),
    Family("channels", "three channels, points on the image and around it", _channels),
    Family("edges", "points in the cells that the image's edges cut", _edges),
    Family("before", "points above or to the left of the image", _before),
    Family("behind", "points below or to the right of the image", _behind),
    Family("corners", "points that are outside in both axes", _corners),
    Family("line", "an image of one row or of one column", _line),
    Family("rim", "points on the image's edge itself and on pixels", _rim),
)


def _project(points: Numbers, height: int, width: int) -> tuple[Numbers]:
    pairs = [(reference.project(y, height), reference.project(x, width)) for y, x in points]
    return (np.array(pairs),)


def _slopes(points: Numbers, height: int, width: int) -> tuple[Numbers]:
    samples = _samples(points, height, width)
    # eq: projection-derivative
    return (1.0 - np.array([sample.projected for sample in samples]),)


def _samples(points: Numbers, height: int, width: int) -> list[reference.BilinearSample]:
    return [reference.locate(y, x, height, width, "project") for y, x in points]


def _values(image: Numbers, points: Numbers) -> tuple[Numbers]:
    samples = _samples(points, *image.shape[1:])
    return (np.array([[reference.bilinear_value(channel, s) for s in samples] for channel in image]),)


def _grad_points(grad_values: Numbers, image: Numbers, points: Numbers) -> tuple[Numbers]:
    result = np.zeros(points.shape)
    for p, sample in enumerate(_samples(points, *image.shape[1:])):
        for c, channel in enumerate(image):
            result[p] += grad_values[c, p] * np.array(reference.bilinear_derivative(channel, sample))
    return (result,)


def _size(arguments: Arguments) -> tuple[int, int]:
    if "image" in arguments:
        _, height, width = arguments["image"].shape
        return int(height), int(width)
    return arguments["height"], arguments["width"]


def _features(arguments: Arguments) -> list[Feature]:
    """What coordinates may have in common: masks of shape (P, 2)."""
    places, last = arguments["points"], np.array(_size(arguments)) - 1
    negative, behind = places < 0, places > last
    held = (places < 0) | (places >= last)
    other = held[:, ::-1]
    axis = np.arange(2)[None]
    row_or_column = np.full((1, 1), bool((last == 0).any()))
    return [
        Feature("are negative coordinates", negative, "they are projected to 0"),
        Feature("are coordinates behind the last row or column", behind, "the last row is H − 1"),
        Feature("are coordinates that the border holds", held, _HELD),
        Feature("are free while the other axis is held", ~held & other, "each axis is held by itself"),
        Feature("are coordinates on the image's first row or column", places == 0, "there the point is free"),
        Feature(
            "are coordinates on the image's last row or column", places == last, "there the point is held"
        ),
        Feature("are coordinates on the image", ~negative & ~behind),
        Feature("belong to points outside the image", (negative | behind).any(axis=1, keepdims=True)),
        Feature("are in y", axis == 0, "the pair is (y, x)"),
        Feature("are in x", axis == 1, "the pair is (y, x)"),
        Feature("belong to an image of one row or column", row_or_column, "the last row may be the first"),
    ]


def _gradient_features(arguments: Arguments) -> list[Feature]:
    several = np.full((1, 1), len(arguments["image"]) > 1)
    sums = Feature("belong to an image of several channels", several, "sum over the channels")
    return [*_features(arguments), sums]


def _value_features(arguments: Arguments) -> list[Feature]:
    c = np.arange(len(arguments["image"]))[:, None]
    places, last = arguments["points"], np.array(_size(arguments)) - 1
    negative, behind = (places < 0).any(axis=1), (places >= last).any(axis=1)
    return [
        Feature("have a negative coordinate", negative, "it is projected to 0"),
        Feature(
            "lie on the last row or column, or behind it",
            behind,
            "there the next pixel does not exist; its weight is 0",
        ),
        Feature("lie outside the image", negative | (places > last).any(axis=1)),
        Feature("lie on the image", ~negative & ~behind),
        Feature("are in another channel than the first", c > 0, "all channels are read at each point"),
    ]


def _planes(shape: tuple[int, ...]) -> Any:
    def planes(arguments: Arguments) -> list[Plane]:
        return cell_planes(arguments["points"], shape, *_size(arguments))

    return planes


def _value_terms(arguments: Arguments) -> dict[str, Numbers]:
    projected = _project(arguments["points"], *_size(arguments))[0]
    return bilinear_sampling.value_terms({"image": arguments["image"], "points": projected})


def _gradient_terms(arguments: Arguments) -> dict[str, Numbers]:
    projected = _project(arguments["points"], *_size(arguments))[0]
    indices, weights = inputs.located(projected)
    saved = {"indices": indices, "weights": weights}
    parts = {"grad_values": arguments["grad_values"], "image": arguments["image"], **saved}
    free = _slopes(arguments["points"], *_size(arguments))[0]
    return {name: term * free for name, term in bilinear_gradients.point_terms(parts).items()}


def _small(function: str) -> Iterator[Arguments]:
    for picture in inputs.small_images():
        _, height, width = picture.shape
        for y in quarters_around(height):
            for x in quarters_around(width):
                yield _given(function, picture, np.array([[2.0]]), np.array([[y, x]]))
        for y in range(height):  # the kinks, which the rim is about
            for x in range(width):
                yield _given(function, picture, np.array([[2.0]]), np.array([[y, x]], float))
    two = np.array([[[1.0, 3], [6, 10]], [[2, 7], [15, 30]]])
    for places in ([[0.25, 0.75]], [[0.25, -0.75], [1.25, 0.25]]):
        for picture in (two[:1], two):
            g = np.arange(2.0, 2 + len(picture) * len(places)).reshape(len(picture), len(places))
            yield _given(function, picture, g, np.array(places))


def _small_of(function: str) -> Any:
    return lambda: _small(function)


LADDER = Ladder(
    rungs=(
        Rung(
            "project",
            _project,
            (Quantity("projected points", ("point", "axis"), _features, _planes((-1, 1))),),
            _small_of("project"),
        ),
        Rung(
            "projection_slopes",
            _slopes,
            (Quantity("slopes of the projection", ("point", "axis"), _features, _planes((-1, 1))),),
            _small_of("projection_slopes"),
        ),
        Rung(
            "projected_values",
            _values,
            (
                Quantity(
                    "values", ("channel", "point"), _value_features, _planes((1, -1)), terms=_value_terms
                ),
            ),
            _small_of("projected_values"),
        ),
        Rung(
            "projected_grad_points",
            _grad_points,
            (
                Quantity(
                    "gradient of the points",
                    ("point", "axis"),
                    _gradient_features,
                    _planes((-1, 1)),
                    terms=_gradient_terms,
                ),
            ),
            _small_of("projected_grad_points"),
        ),
    ),
    families=FAMILIES,
)
