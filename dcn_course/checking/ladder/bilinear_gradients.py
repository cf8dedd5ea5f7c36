"""Exercise 05: the slopes at points, the gradient of the points, the gradient of the image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dcn_course.reference import BilinearSample, bilinear_derivative, bilinear_grad_image
from dcn_course.reference import pixel as pixel_of_map

from .. import inputs
from .bilinear_sampling import H, W, cell_planes, point_features, quarters_around
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))  # down, right: a, below, diagonal, right
NAMES = ("a", "below a", "diagonal", "right of a")


def _arguments(function: str, rng: np.random.Generator, channels: int, places: Numbers) -> Arguments:
    picture = inputs.image(rng, channels, H, W)
    return _given(function, picture, inputs.image(rng, channels, len(places)), places)


def _given(function: str, picture: Numbers, grad_values: Numbers, places: Numbers) -> Arguments:
    indices, weights = inputs.located(places)
    saved = {"indices": indices, "weights": weights}
    if function == "bilinear_slopes":
        return {"image": picture, **saved}
    if function == "bilinear_grad_points":
        return {"grad_values": grad_values, "image": picture, **saved}
    return {"grad_values": grad_values, "image_shape": picture.shape, **saved}


def _interior(function: str, rng: np.random.Generator) -> Arguments:
    return _arguments(function, rng, 1, inputs.points(rng, 7, (0, 0), (H - 1, W - 1)))


def _channels(function: str, rng: np.random.Generator) -> Arguments:
    return _arguments(function, rng, 3, inputs.points(rng, 5, (0, 0), (H - 1, W - 1)))


def _border(function: str, rng: np.random.Generator) -> Arguments:
    return _arguments(function, rng, 2, inputs.straddling(rng, H, W))


def _outside(function: str, rng: np.random.Generator) -> Arguments:
    above, right = inputs.points(rng, 3, (-5, -5), (-1, W)), inputs.points(rng, 3, (-3, W), (H + 3, W + 9))
    return _arguments(
        function, rng, 2, np.concatenate([above, right, inputs.points(rng, 2, (H, 0), (H + 4, W))])
    )


def _repeated(function: str, rng: np.random.Generator) -> Arguments:
    places = inputs.points(rng, 3, (-1, -1), (H, W))
    return _arguments(function, rng, 2, places[[0, 1, 1, 0, 2]])


def _neighbours(function: str, rng: np.random.Generator) -> Arguments:
    return _arguments(function, rng, 2, inputs.points(rng, 6, (1, 1), (3, 3)))


FAMILIES = (
    Family("interior", "points between the pixels", _interior),
    Family("channels", "three channels", _channels),
    Family("border", "points in the cells that the image's edges cut", _border),
    Family("outside", "points far outside", _outside),
    Family("repeated", "the same point more than once", _repeated),
    Family("neighbours", "points that share pixels", _neighbours),
)


def _samples(indices: Numbers, weights: Numbers) -> list[BilinearSample]:
    made = []
    for (ay, ax), (w0, w1, w2, w3) in zip(indices, weights, strict=True):
        made.append(BilinearSample((int(ay), int(ax)), (w0, w1, w2, w3), (False, False)))
    return made


def _slopes(image: Numbers, indices: Numbers, weights: Numbers) -> tuple[Numbers]:
    samples = _samples(indices, weights)
    return (np.array([[bilinear_derivative(channel, sample) for sample in samples] for channel in image]),)


def _grad_points(grad_values: Numbers, image: Numbers, indices: Numbers, weights: Numbers) -> tuple[Numbers]:
    (slopes,) = _slopes(image, indices, weights)
    result = np.zeros(indices.shape)
    for c, p, axis in np.ndindex(slopes.shape):
        # eq: gradient-offset
        result[p, axis] += grad_values[c, p] * slopes[c, p, axis]
    return (result,)


def _grad_image(
    grad_values: Numbers, image_shape: tuple[int, ...], indices: Numbers, weights: Numbers
) -> tuple[Numbers]:
    result = np.zeros(image_shape)
    for p, sample in enumerate(_samples(indices, weights)):
        for c, channel in enumerate(result):
            bilinear_grad_image(channel, sample, grad_values[c, p])
    return (result,)


def _places(arguments: Arguments) -> Numbers:
    found: Numbers = arguments["indices"] + arguments["weights"][:, 2:]
    return found


def _slope_features(arguments: Arguments) -> list[Feature]:
    places = _places(arguments)
    _, _, axis = grid((len(arguments["image"]), len(places), 2))
    c, _, _ = grid((len(arguments["image"]), len(places), 2))
    return [
        Feature("are slopes in y", axis == 0),
        Feature("are slopes in x", axis == 1),
        Feature("are in another channel than the first", c > 0, "every channel has slopes of its own"),
        *(Feature(f.words, f.mask[:, None], f.hint) for f in _without_floor(places)),
    ]


def _point_features(arguments: Arguments) -> list[Feature]:
    places, axis = _places(arguments), np.arange(2)[None]
    several = np.full((1, 1), len(arguments["image"]) > 1)
    return [
        Feature("are gradients in y", axis == 0),
        Feature("are gradients in x", axis == 1),
        Feature(
            "belong to an image of several channels",
            several,
            "moving a point changes all channels: sum over them",
        ),
        *(Feature(f.words, f.mask[:, None], f.hint) for f in _without_floor(places)),
    ]


def _without_floor(places: Numbers) -> list[Feature]:
    return [f for f in point_features(places) if "negative" not in f.words and "line" not in f.words]


def _image_features(arguments: Arguments) -> list[Feature]:
    C, H_, W_ = arguments["image_shape"]
    c, y, x = grid((C, H_, W_))
    reads = np.zeros((H_, W_))
    near_border = np.zeros((H_, W_), bool)
    for ay, ax in arguments["indices"]:
        for down, right in CORNERS:
            if 0 <= ay + down < H_ and 0 <= ax + right < W_:
                reads[ay + down, ax + right] += 1
    outside = (arguments["indices"] < 0).any(axis=1) | (arguments["indices"] >= (H_ - 1, W_ - 1)).any(axis=1)
    for ay, ax in arguments["indices"][outside]:
        for down, right in CORNERS:
            near_border[(ay + down) % H_, (ax + right) % W_] = True
    once = "several points send to the same pixel: += and not ="
    return [
        Feature("are pixels that more than one point reads", reads[None] > 1, once),
        Feature("are pixels that some point reads", reads[None] > 0),
        Feature("are pixels that no point reads", reads[None] == 0, "a share that falls outside is dropped"),
        Feature(
            "are where a negative or too large index wraps round to",
            near_border[None],
            "what falls outside must be dropped: a negative index counts from the end",
        ),
        Feature("lie in the last row or column", (y == H_ - 1) | (x == W_ - 1), "the last index is H - 1"),
        Feature("lie in the first row or column", (y == 0) | (x == 0), "the first index is 0"),
        Feature("are in another channel than the first", c > 0, "every channel has a gradient of its own"),
    ]


def _image_planes(arguments: Arguments) -> list[Plane]:
    _, y, x = grid(arguments["image_shape"])
    _, height, width = arguments["image_shape"]
    shape = (height, width)
    return [Plane("the image", y, x, shape, (0, 0), shape)]


def _slope_terms(arguments: Arguments) -> dict[str, Numbers]:
    image, indices, weights = arguments["image"], arguments["indices"], arguments["weights"]
    in_y = (("−w1", 1, -1), ("w1", 1, 1), ("w3", 3, 1), ("−w3", 3, -1))
    in_x = (("−w0", 0, -1), ("−w2", 2, -1), ("w2", 2, 1), ("w0", 0, 1))
    made: dict[str, Numbers] = {}
    for axis, (letter, rules) in enumerate((("y", in_y), ("x", in_x))):
        for (sign, which, factor), (down, right), name in zip(rules, CORNERS, NAMES, strict=True):
            term = np.zeros((len(image), len(indices), 2))
            for p, (ay, ax) in enumerate(indices):
                values = [pixel_of_map(channel, ay + down, ax + right) for channel in image]
                term[:, p, axis] = factor * weights[p, which] * np.array(values)
            made[f"∂/∂{letter}: {sign}·X({name})"] = term
    return made


def point_terms(arguments: Arguments) -> dict[str, Numbers]:
    """The eight summands of the gradient of located points, (P, 2)."""
    parts = {key: value for key, value in arguments.items() if key != "grad_values"}
    g = arguments["grad_values"][:, :, None]
    return {name: (g * term).sum(axis=0) for name, term in _slope_terms(parts).items()}


def _image_terms(arguments: Arguments) -> dict[str, Numbers]:
    made = {}
    weights = arguments["weights"]
    products = ((0, 1), (1, 2), (2, 3), (3, 0))
    for (one, two), (down, right), name in zip(products, CORNERS, NAMES, strict=True):
        term = np.zeros(arguments["image_shape"])
        for p, (ay, ax) in enumerate(arguments["indices"]):
            qy, qx = ay + down, ax + right
            if 0 <= qy < H and 0 <= qx < W:
                term[:, qy, qx] += weights[p, one] * weights[p, two] * arguments["grad_values"][:, p]
        made[f"w{one}·w{two}·g at {name}"] = term
    return made


def _small(function: str) -> Iterator[Arguments]:
    for picture in inputs.small_images():
        _, height, width = picture.shape
        for y in quarters_around(height):
            for x in quarters_around(width):
                yield _given(function, picture, np.array([[2.0]]), np.array([[y, x]]))
    two = np.array([[[1.0, 3], [6, 10]], [[2, 7], [15, 30]]])
    for places in ([[0.25, 0.75]], [[0.25, 0.75], [0.75, 0.25]], [[0.25, 0.75]] * 2):
        for picture in (two[:1], two):
            g = np.arange(1.0, 1 + len(picture) * len(places)).reshape(len(picture), len(places)) + 1
            yield _given(function, picture, g, np.array(places))


def _small_of(function: str) -> Any:
    return lambda: _small(function)


LADDER = Ladder(
    rungs=(
        Rung(
            "bilinear_slopes",
            _slopes,
            (
                Quantity(
                    "slopes",
                    ("channel", "point", "axis"),
                    _slope_features,
                    lambda a: cell_planes(_places(a), (1, -1, 1)),
                    terms=_slope_terms,
                ),
            ),
            _small_of("bilinear_slopes"),
        ),
        Rung(
            "bilinear_grad_points",
            _grad_points,
            (
                Quantity(
                    "gradient of the points",
                    ("point", "axis"),
                    _point_features,
                    lambda a: cell_planes(_places(a), (-1, 1)),
                    terms=point_terms,
                ),
            ),
            _small_of("bilinear_grad_points"),
        ),
        Rung(
            "bilinear_grad_image",
            _grad_image,
            (
                Quantity(
                    "gradient of the image",
                    ("channel", "y", "x"),
                    _image_features,
                    _image_planes,
                    terms=_image_terms,
                ),
            ),
            _small_of("bilinear_grad_image"),
        ),
    ),
    families=FAMILIES,
)
