"""Random inputs of the kinds on which mistakes show: points at every place, images with no symmetry."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from dcn_course.reference import locate

from .ladder.model import Arguments, Numbers

_OFF = 1e-3  # pixels; no point comes nearer to a lattice line, where the derivative has a kink
_FAR = 100  # pixels
_KEPT = 8  # seeds of a check, and some


def once(draw: Callable[[np.random.Generator], Arguments]) -> Callable[[np.random.Generator], Arguments]:
    """Draw the same for generators in the same state, without drawing again.

    Each function of an exercise asks for a part of one draw, whose layer is slow to compute.

    Args:
        draw: makes arguments.

    Returns:
        The same as `draw`, which remembers its last results; their arrays are read-only.
    """
    kept: dict[tuple[int, int], Arguments] = {}

    def drawn(rng: np.random.Generator) -> Arguments:
        state = rng.bit_generator.state["state"]
        key = state["state"], state["inc"]
        if key not in kept:
            made = draw(rng)
            for value in made.values():
                if isinstance(value, np.ndarray):
                    value.flags.writeable = False
            while len(kept) >= _KEPT:
                del kept[next(iter(kept))]
            kept[key] = made
        return dict(kept[key])

    return drawn


def image(rng: np.random.Generator, *shape: int) -> Numbers:
    """Draw an array from the normal distribution, float64."""
    return rng.standard_normal(shape)


def points(
    rng: np.random.Generator, count: int, low: tuple[float, float], high: tuple[float, float]
) -> Numbers:
    """Draw points (y, x) in a rectangle, off the lattice lines; float64, shape (count, 2)."""
    drawn = rng.uniform(low, high, (count, 2))
    near = np.abs(drawn - np.round(drawn)) < _OFF
    return np.where(near, np.floor(drawn) + 0.25, drawn)


def straddling(rng: np.random.Generator, height: int, width: int) -> Numbers:
    """Draw points in the cells that the image's edges cut: at each edge and corner; shape (8, 2)."""
    inner_y, inner_x = points(rng, 4, (0, 0), (height - 1, width - 1)).T
    before, after = points(rng, 4, (-1, -1), (0, 0)).T, points(rng, 4, (0, 0), (1, 1)).T
    ys = [before[0][0], height - 1 + after[0][0], inner_y[0], inner_y[1]]
    xs = [inner_x[0], inner_x[1], before[1][0], width - 1 + after[1][0]]
    corners_y = [before[0][1], before[0][2], height - 1 + after[0][1], height - 1 + after[0][2]]
    corners_x = [before[1][1], width - 1 + after[1][1], before[1][2], width - 1 + after[1][2]]
    return np.stack([ys + corners_y, xs + corners_x], axis=1)


def located(places: Numbers) -> tuple[Numbers, Numbers]:
    """Locate points with the specification, wherever they lie.

    Args:
        places: (y, x) of each point, shape (P, 2), less than 100 pixels below zero and 900 above.

    Returns:
        Indices, int64, (P, 2), and weights, float64, (P, 4).
    """
    indices, weights = np.zeros(places.shape, np.int64), np.zeros((len(places), 4))
    for p, (y, x) in enumerate(places):
        # Moved into an image so large that no border is in play.
        sample = locate(y + _FAR, x + _FAR, 10 * _FAR, 10 * _FAR)
        indices[p] = sample.a[0] - _FAR, sample.a[1] - _FAR
    weights[:, 2:] = places - indices
    weights[:, :2] = 1 - weights[:, 2:]
    return indices, weights


def small_images() -> Iterator[Numbers]:
    """Yield small integer images (1, H, W), the fewest pixels first."""
    for height, width in ((1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3)):
        counted = np.arange(1.0, 1 + height * width)
        yield (counted * (counted + 1) // 2).reshape(1, height, width)  # no two differences are equal


def quarters(low: int, high: int) -> list[float]:
    """Return the coordinates in odd quarters from `low` to `high`, those on the image first."""
    found = [n + quarter for n in range(low, high) for quarter in (0.25, 0.75)]
    return sorted(found, key=lambda c: (c < 0, abs(c)))
