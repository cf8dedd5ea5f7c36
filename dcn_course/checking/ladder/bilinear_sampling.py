"""Exercise 04: the cell and weights of points, a pixel, the value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dcn_course.reference import bilinear_sum
from dcn_course.reference import pixel as pixel_of_map

from .. import inputs
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

H, W = 4, 6
FLOOR = "np.floor rounds down; int(), astype and np.trunc cut towards zero, which differs below zero"
WRAP = "a negative index counts from the end in NumPy; it must be asked for before it is used"


def _arguments(function: str, rng: np.random.Generator, channels: int, places: Numbers) -> Arguments:
    picture = inputs.image(rng, channels, H, W)
    if function == "locate":
        return {"points": places}
    if function == "pixel":
        qy, qx = np.floor(places[rng.integers(len(places))]).astype(int)
        return {"image": picture, "qy": int(qy), "qx": int(qx)}
    return {"image": picture, "points": places}


def _interior(function: str, rng: np.random.Generator) -> Arguments:
    return _arguments(function, rng, 1, inputs.points(rng, 7, (0, 0), (H - 1, W - 1)))


def _channels(function: str, rng: np.random.Generator) -> Arguments:
    return _arguments(function, rng, 3, inputs.points(rng, 5, (0, 0), (H - 1, W - 1)))


def _border(function: str, rng: np.random.Generator) -> Arguments:
    places = inputs.straddling(rng, H, W)
    if function == "pixel":  # each side in turn
        places = np.array([[-1, 2], [H, 3], [1, -1], [2, W], [-1, -1], [H - 1, W - 1], [0, 0]], float)
    return _arguments(function, rng, 2, places)


def _negative(function: str, rng: np.random.Generator) -> Arguments:
    low, high = inputs.points(rng, 3, (-2.9, 0), (0, W - 1)), inputs.points(rng, 3, (0, -2.9), (H - 1, 0))
    return _arguments(function, rng, 1, np.concatenate([low, high]))


def _outside(function: str, rng: np.random.Generator) -> Arguments:
    below, right = (
        inputs.points(rng, 3, (H, 0), (H + 9, W - 1)),
        inputs.points(rng, 3, (0, W), (H - 1, W + 9)),
    )
    return _arguments(function, rng, 2, np.concatenate([below, right, [[-20.25, -30.75]]]))


def _repeated(function: str, rng: np.random.Generator) -> Arguments:
    places = inputs.points(rng, 3, (-1, -1), (H, W))
    return _arguments(function, rng, 2, places[[0, 1, 1, 0, 2]])


def _lattice(function: str, rng: np.random.Generator) -> Arguments:
    places = np.stack([rng.integers(-1, H + 1, 6), rng.integers(-1, W + 1, 6)], axis=1).astype(float)
    places[:3, 1] += 0.25
    return _arguments(function, rng, 1, places)


FAMILIES = (
    Family("interior", "points between the pixels", _interior),
    Family("channels", "three channels", _channels),
    Family("border", "points in the cells that the image's edges cut", _border),
    Family("negative", "points with a negative coordinate", _negative),
    Family("outside", "points far outside, behind the last row or column", _outside),
    Family("repeated", "the same point more than once", _repeated),
    Family("lattice", "points on pixels and on the lines between cells", _lattice),
)


def _located(points: Numbers) -> tuple[Numbers, Numbers]:
    return inputs.located(points)


def _pixel(image: Numbers, qy: int, qx: int) -> tuple[Numbers]:
    return (np.array([pixel_of_map(channel, qy, qx) for channel in image]),)


def _values(image: Numbers, points: Numbers) -> tuple[Numbers]:
    return (np.array([[bilinear_sum(channel, y, x) for y, x in points] for channel in image]),)


def point_features(places: Numbers, height: int = H, width: int = W) -> list[Feature]:
    """What points may have in common; masks of shape (P,)."""
    y, x = places.T
    ay, ax = np.floor(places).T
    off = (y < 0) | (y > height - 1) | (x < 0) | (x > width - 1)
    return [
        Feature("have a negative y", y < 0, FLOOR),
        Feature("have a negative x", x < 0, FLOOR),
        Feature("have a negative coordinate", (y < 0) | (x < 0), FLOOR),
        Feature("lie in the cells around the image's edge", off & _touching(ay, ax, height, width), WRAP),
        Feature("lie outside the image", off, "outside, the image is zero"),
        Feature(
            "lie behind the last row or column",
            (y > height - 1) | (x > width - 1),
            "compare qy with H, qx with W",
        ),
        Feature(
            "lie on a line between two cells",
            (y == ay) | (x == ax),
            "such a point belongs to the lower or right cell",
        ),
        Feature("lie inside the image", ~off),
    ]


def _touching(ay: Numbers, ax: Numbers, height: int, width: int) -> Numbers:
    touching: Numbers = (ay >= -1) & (ay <= height - 1) & (ax >= -1) & (ax <= width - 1)
    return touching


def _with_axis(arguments: Arguments, trailing: int) -> list[Feature]:
    places = arguments["points"]
    found = point_features(places)
    shape = (len(places),) + (1,) * trailing
    return [Feature(f.words, f.mask.reshape(shape), f.hint) for f in found]


def _index_features(arguments: Arguments) -> list[Feature]:
    axis = np.arange(2)[None]
    named = [
        Feature("are indices in y", axis == 0, "the pair is (y, x)"),
        Feature("are indices in x", axis == 1, "the pair is (y, x)"),
    ]
    below = Feature("belong to a negative coordinate", arguments["points"] < 0, FLOOR)
    whole = arguments["points"] == np.floor(arguments["points"])
    kink = Feature("belong to a whole coordinate", whole, "there the cell is the lower or right one: floor")
    return [below, kink, *named, *_with_axis(arguments, 1)]


def _weight_features(arguments: Arguments) -> list[Feature]:
    axis = np.arange(4)[None]
    named = [Feature(f"are weights w{i}", axis == i) for i in range(4)]
    named.append(Feature("are weights of y (w0, w2)", axis % 2 == 0, "w0 and w2 belong to y"))
    named.append(Feature("are weights of x (w1, w3)", axis % 2 == 1, "w1 and w3 belong to x"))
    coordinate = np.tile(arguments["points"], 2)
    below = Feature("belong to a negative coordinate", coordinate < 0, FLOOR)
    return [below, *named, *_with_axis(arguments, 1)]


def _value_features(arguments: Arguments) -> list[Feature]:
    c, _ = grid((len(arguments["image"]), len(arguments["points"])))
    later = Feature("are in another channel than the first", c > 0, "all channels are read at each point")
    return [later, *point_features(arguments["points"])]


def _pixel_features(arguments: Arguments) -> list[Feature]:
    qy, qx = arguments["qy"], arguments["qx"]
    here = np.ones(len(arguments["image"]), bool)
    return [
        Feature("have a negative index", here & ((qy < 0) or (qx < 0)), WRAP),
        Feature(
            "lie behind the last row or column",
            here & ((qy >= H) or (qx >= W)),
            "compare qy with H, qx with W",
        ),
        Feature(
            "lie in the last row or column", here & (qy == H - 1 or qx == W - 1), "the last index is H - 1"
        ),
        Feature("lie in the first row or column", here & (qy == 0 or qx == 0), "the first index is 0"),
        Feature("lie outside the image", here & not_inside(qy, qx), "outside, the image is zero"),
    ]


def not_inside(qy: int, qx: int) -> bool:
    """Whether a lattice point lies outside the image."""
    return not (0 <= qy < H and 0 <= qx < W)


def cell_planes(places: Numbers, shape: tuple[int, ...], height: int = H, width: int = W) -> list[Plane]:
    """Where points lie, by cells: one cell more than the image on each side; farther ones at the rim."""
    rows = np.clip(np.floor(places[:, 0]), -2, height).reshape(shape).astype(int)
    columns = np.clip(np.floor(places[:, 1]), -2, width).reshape(shape).astype(int)
    frame = (height + 3, width + 3)
    return [
        Plane("the points, by the cell that they lie in", rows, columns, frame, (-2, -2), (height, width))
    ]


def _pixel_planes(arguments: Arguments) -> list[Plane]:
    rows, columns = np.array([arguments["qy"]]), np.array([arguments["qx"]])
    clipped = np.clip(rows, -2, H + 1), np.clip(columns, -2, W + 1)
    return [Plane("the pixels asked for", *clipped, (H + 4, W + 4), (-2, -2), (H, W))]


def value_terms(arguments: Arguments) -> dict[str, Numbers]:
    """The four summands of the values, (C, P)."""
    image, places = arguments["image"], arguments["points"]
    indices, weights = inputs.located(places)
    names = ("w0·w1·X(a)", "w1·w2·X(below a)", "w2·w3·X(diagonal)", "w3·w0·X(right of a)")
    made = {name: np.zeros((len(image), len(places))) for name in names}
    for p, ((ay, ax), (w0, w1, w2, w3)) in enumerate(zip(indices, weights, strict=True)):
        corners = ((0, 0, w0 * w1), (1, 0, w1 * w2), (1, 1, w2 * w3), (0, 1, w3 * w0))
        for name, (down, right, weight) in zip(names, corners, strict=True):
            made[name][:, p] = weight * _pixel(image, ay + down, ax + right)[0]
    return made


def _small_points() -> Iterator[Arguments]:
    for y in quarters_around(2):
        for x in quarters_around(2):
            yield {"points": np.array([[y, x]])}
    for y, x in ((0.0, 0.25), (0.25, 0.0), (0.0, 0.0), (-1.0, 0.25), (1.0, 1.0)):
        yield {"points": np.array([[y, x]])}
    for y, x in ((0.25, 0.75), (1.25, -0.75)):
        yield {"points": np.array([[y, x], [x, 1.75]])}


def quarters_around(size: int) -> list[float]:
    """Coordinates in odd quarters on an axis of `size` pixels and in the two cells around."""
    return inputs.quarters(-2, size + 1)


def _small_pixels() -> Iterator[Arguments]:
    for image in inputs.small_images():
        _, height, width = image.shape
        for qy in range(-2, height + 2):
            for qx in range(-2, width + 2):
                yield {"image": image, "qy": qy, "qx": qx}
    two = np.arange(1.0, 9).reshape(2, 2, 2)
    yield from ({"image": two, "qy": q, "qx": 1} for q in (0, 1, 2))


def _small_values() -> Iterator[Arguments]:
    for image in inputs.small_images():
        _, height, width = image.shape
        for y in quarters_around(height):
            for x in quarters_around(width):
                yield {"image": image, "points": np.array([[y, x]])}
    two = np.array([[[1.0, 3], [6, 10]], [[2, 7], [15, 30]]])
    for places in (
        [[0.25, 0.75]],
        [[0.25, 0.75], [0.75, 0.25]],
        [[0.25, 0.75], [-0.75, 0.25]],
        [[0.25, 0.75]] * 2,
    ):
        yield {"image": two, "points": np.array(places)}


LADDER = Ladder(
    rungs=(
        Rung(
            "locate",
            _located,
            (
                Quantity(
                    "indices",
                    ("point", "axis"),
                    _index_features,
                    lambda a: cell_planes(a["points"], (-1, 1)),
                    kind="whole",
                ),
                Quantity(
                    "weights",
                    ("point", "weight"),
                    _weight_features,
                    lambda a: cell_planes(a["points"], (-1, 1)),
                ),
            ),
            _small_points,
        ),
        Rung(
            "pixel", _pixel, (Quantity("pixel", ("channel",), _pixel_features, _pixel_planes),), _small_pixels
        ),
        Rung(
            "bilinear_sample",
            _values,
            (
                Quantity(
                    "values",
                    ("channel", "point"),
                    _value_features,
                    lambda a: cell_planes(a["points"], (1, -1)),
                    terms=value_terms,
                ),
            ),
            _small_values,
        ),
    ),
    families=FAMILIES,
)
