"""The plan: for each sampling position its cell, its weights there, and where it was projected.

Both kernels follow the same plan. It is made for one tap and a tile of output points at a time, 16 points in
a vector, and lies in the cache while the channels use it.

Around the image lies a ring of zeros, so that no border is left to be decided later: the cells are those of
the rows -2 to H and the columns -2 to W. Nothing outside can be met, whatever the offsets are.
"""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from dcn_course.ops.backends._call import Settings
from dcn_course.ops.backends.numba.compile import inner
from dcn_course.ops.backends.numba.simd import (
    LANES,
    clamp,
    floor,
    load,
    load_until,
    lost,
    prefetch,
    select,
    splat,
    store,
    to_int,
    wide_product,
)

Array = np.ndarray[Any, np.dtype[Any]]

RING = 2  # rows and columns of zeros on each side of the image


class Sizes(NamedTuple):
    """The numbers of a call, as the kernels take them."""

    channels: int
    height: int
    width: int
    outputs: int
    taps_y: int
    taps_x: int
    step_y: int  # dilation
    step_x: int
    points: int
    groups: int
    offset_groups: int
    project: bool

    @property
    def taps(self) -> int:
        """kH·kW."""
        return self.taps_y * self.taps_x


class Lattice(NamedTuple):
    """Where the kernel's first tap lies for each output point, and how far a position may leave the image.

    Attributes:
        y: (Ho·Wo + 15,), s·p_o - π in y, in pixels; the last 15 times more.
        x: The same in x.
        limits: (4,), lowest and highest position in y, lowest and highest in x.
    """

    y: Array
    x: Array
    limits: Array


class Plan(NamedTuple):
    """BufferIndices and BufferWeights of the report for some points, each (points,).

    Attributes:
        cell: Place of the cell's entry in the table, int64.
        w2: Distance of the position below a, in pixels; w0 is 1 - w2.
        w3: Distance of the position right of a, in pixels; w1 is 1 - w3.
        free_y: 1 where the position may move in y, 0 where it was projected; unused with `zeros`.
        free_x: The same in x.
    """

    cell: Array
    w2: Array
    w3: Array
    free_y: Array
    free_x: Array


def sizes_of(shape: tuple[int, ...], outputs: int, settings: Settings) -> Sizes:
    """Collect the numbers of a call; `shape` is that of the input."""
    geometry = settings.geometry
    _, channels, height, width = shape
    return Sizes(
        channels,
        height,
        width,
        outputs,
        *geometry.kernel_size,
        *geometry.dilation,
        geometry.points,
        settings.groups,
        settings.offset_groups,
        settings.border == "project",
    )


@lru_cache(maxsize=64)
def lattice_of(sizes: Sizes, settings: Settings, dtype: Any) -> Lattice:
    """Compute the lattice of a call; kept, as it takes longer than a small call."""
    geometry = settings.geometry
    (rows, cols), (step_y, step_x), (pad_y, pad_x) = geometry.output_size, geometry.stride, geometry.padding
    # eq: sampling-position
    y, x = np.arange(rows) * step_y - pad_y, np.arange(cols) * step_x - pad_x
    limits = []
    for size in (sizes.height, sizes.width):
        low, high = (0, size - 1) if sizes.project else (-RING, size)
        limits += [low, high]
    # The last point is repeated, so that a vector may begin at any.
    ys, xs = (np.pad(of_axis, (0, LANES - 1), "edge") for of_axis in (np.repeat(y, cols), np.tile(x, rows)))
    return Lattice(ys.astype(dtype), xs.astype(dtype), np.array(limits, dtype))


@inner
def aligned(length, dtype):
    """An empty array that begins with a line of the cache, so that no vector lies in two."""
    memory = np.empty(length + LANES, dtype)
    start = -memory.ctypes.data % 64 // memory.itemsize
    return memory[start : start + length]


@inner
def new_plan(places, dtype):
    """Make room for a plan of a multiple of 16 places."""
    return Plan(
        aligned(places, np.int64),
        aligned(places, dtype),
        aligned(places, dtype),
        aligned(places, dtype),
        aligned(places, dtype),
    )


@inner
def locate(plan, at, offset, tap, n, group, first, end, sizes, lattice, entry):
    """Plan the points `first` to `end` of one tap, image and offset group; write from place `at` on.

    Args:
        plan: Written, in whole vectors: the places behind the last point repeat it.
        at: First place that is written.
        offset: All offsets, flat.
        tap: k.
        n: The image.
        group: The offset group.
        first: First point.
        end: Behind the last point.
        sizes: Numbers of the call.
        lattice: From `lattice_of`.
        entry: Length of a cell's entry in the table.
    """
    real = offset.dtype.type
    zero, one, nan = splat(real(0)), splat(real(1)), splat(real(math.nan))
    y_at = (((n * sizes.offset_groups + group) * sizes.taps_y * sizes.taps_x + tap) * 2) * sizes.points
    x_at = y_at + sizes.points
    tap_y = splat(real(tap // sizes.taps_x * sizes.step_y))
    tap_x = splat(real(tap % sizes.taps_x * sizes.step_x))
    low_y, high_y = splat(lattice.limits[0]), splat(lattice.limits[1])
    low_x, high_x = splat(lattice.limits[2]), splat(lattice.limits[3])
    row, ring = splat(np.int32(sizes.width + 2 * RING)), splat(np.int32(RING))
    length = splat(np.int32(entry))
    for s in range(first, end, LANES):
        # eq: sampling-position
        y = load(lattice.y, s) + tap_y + load_until(offset, y_at + s, y_at + end)
        x = load(lattice.x, s) + tap_x + load_until(offset, x_at + s, x_at + end)
        prefetch(offset, y_at + s + 2 * sizes.points)  # the next tap's
        prefetch(offset, x_at + s + 2 * sizes.points)
        # A position that is not a number is lost: weights that spoil what they touch, in a cell that exists.
        nowhere = lost(y, x)
        if sizes.project:
            # At the last pixel the slope to the right is already that of the projection, zero.
            held_y, held_x = (y < zero) | (y >= high_y), (x < zero) | (x >= high_x)
            store(plan.free_y, at, select(nowhere, one, select(held_y, zero, one)))
            store(plan.free_x, at, select(nowhere, one, select(held_x, zero, one)))
        y, x = select(nowhere, zero, y), select(nowhere, zero, x)
        # eq: projection, border-zeros
        y, x = clamp(y, low_y, high_y), clamp(x, low_x, high_x)
        # eq: bilinear-cell
        ay, ax = floor(y), floor(x)
        # eq: bilinear-weights
        store(plan.w2, at, select(nowhere, nan, y - ay))
        store(plan.w3, at, select(nowhere, nan, x - ax))
        cell = (to_int(ay) + ring) * row + to_int(ax) + ring
        store(plan.cell, at, wide_product(cell, length))
        at += LANES
