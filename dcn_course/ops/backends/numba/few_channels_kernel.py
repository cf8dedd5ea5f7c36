"""The kernel for few channels: 16 output points at a time, and a column matrix that stays in the cache.

Each pixel's neighbourhood is laid out beforehand as a *quad*: the table's entry of cell a holds X(a) and its
neighbours below, diagonal and right, side by side for each channel. So one read brings all four pixels of a
sample, and one write scatters to them.

A `Tile` is worked on at a time. Its columns A, some taps and channels (rows) at some points, are filled, and
multiplied while they lie in the cache. Rows are in the order of *runs*, tap, channel: a run is channels that
share both offset group and weight group, so its rows are one matrix, whatever the groups are.
"""

from typing import NamedTuple

import numpy as np

from dcn_course.ops.backends.numba.compile import inner, kernel
from dcn_course.ops.backends.numba.plan import RING, Array, aligned, locate, new_plan
from dcn_course.ops.backends.numba.simd import (
    LANES,
    add,
    gather,
    load,
    load_until,
    number,
    prefetch,
    put,
    scatter,
    select,
    splat,
    store,
    store_until,
    total,
)

TILE = 25  # vectors of points that a tile has at most
ROWS = 32  # rows of its columns, unless one tap has more


class Quads(NamedTuple):
    """The table of one image: for each cell and channel X at a, below, diagonal, right; flat.

    Attributes:
        table: The numbers.
        entry: Length of a cell's entry, 4·C.
        row: Length of a row of cells.
    """

    table: Array
    entry: int
    row: int


class Tile(NamedTuple):
    """Some points of one image, and some taps of one offset group.

    Attributes:
        image: n.
        group: The offset group.
        tap: First tap.
        taps: Their number.
        first: First point.
        end: Behind the last point.
        length: Of a row of the tile's matrices; from its last point on it is unused.
    """

    image: int
    group: int
    tap: int
    taps: int
    first: int
    end: int
    length: int


class Rows(NamedTuple):
    """Where the rows of each channel are in the columns of a tile.

    Attributes:
        run: (C,), number of channels in the run from this channel on.
        first: (C,), place of the channel's row at the tile's first tap.
        step: (C,), from there to its row at the next tap.
    """

    run: Array
    first: Array
    step: Array


@inner
def tile_size(sizes):
    """Points and taps of a tile: all tiles of an image are about equal."""
    vectors = (sizes.points + LANES - 1) // LANES
    tiles = (vectors + TILE - 1) // TILE
    rows = sizes.channels // sizes.offset_groups
    return (vectors + tiles - 1) // tiles * LANES, min(sizes.taps_y * sizes.taps_x, max(1, ROWS // rows))


@inner
def new_quads(sizes, dtype):
    """A table of zeros; the ring stays so."""
    entry = 4 * sizes.channels
    row = entry * (sizes.width + 2 * RING)
    table = aligned(row * (sizes.height + 2 * RING), dtype)
    table[:] = 0
    return Quads(table, entry, row)


@inner
def read_image(quads, x, n, sizes):
    """Lay out image `n`: each pixel stands in the entries of four cells."""
    for c in range(sizes.channels):
        for i in range(sizes.height):
            at = (i + RING) * quads.row + RING * quads.entry + 4 * c
            for j in range(sizes.width):
                pixel = x[n, c, i, j]
                put(quads.table, at, pixel)
                put(quads.table, at - quads.row + 1, pixel)
                put(quads.table, at - quads.row - quads.entry + 2, pixel)
                put(quads.table, at - quads.entry + 3, pixel)
                at += quads.entry


@inner
def write_image(quads, x, n, sizes):
    """The transpose of `read_image`: each pixel is the sum of its four places; the ring is dropped."""
    for c in range(sizes.channels):
        for i in range(sizes.height):
            at = (i + RING) * quads.row + RING * quads.entry + 4 * c
            for j in range(sizes.width):
                x[n, c, i, j] = (
                    number(quads.table, at)
                    + number(quads.table, at - quads.row + 1)
                    + number(quads.table, at - quads.row - quads.entry + 2)
                    + number(quads.table, at - quads.entry + 3)
                )
                at += quads.entry


@inner
def rows_of(sizes, length, taps):
    """Find the rows of columns of `taps` taps, each `length` numbers long."""
    group_C, offset_C = sizes.channels // sizes.groups, sizes.channels // sizes.offset_groups
    C = sizes.channels
    rows = Rows(np.empty(C, np.int64), np.empty(C, np.int64), np.empty(C, np.int64))
    for c in range(sizes.channels):
        group, offset_group = c // group_C, c // offset_C
        start = max(group * group_C, offset_group * offset_C)
        end = min((group + 1) * group_C, (offset_group + 1) * offset_C)
        before = start - offset_group * offset_C
        rows.run[c] = end - c
        rows.first[c] = (before * taps + c - start) * length
        rows.step[c] = (end - start) * length
    return rows


@inner
def turn_kernel(weight, rows, sizes):
    """The kernel as the products need it: run, tap, channel, and the outputs of its group side by side."""
    group_C, group_O = sizes.channels // sizes.groups, sizes.outputs // sizes.groups
    taps = sizes.taps_y * sizes.taps_x
    turned = aligned(sizes.channels * taps * group_O, weight.dtype)
    at, c = 0, 0
    while c < sizes.channels:
        run = rows.run[c]
        for k in range(taps):
            for i in range(c, c + run):
                for o in range(group_O):
                    turned[at] = weight[((i // group_C * group_O + o) * group_C + i % group_C) * taps + k]
                    at += 1
        c += run
    return turned


@inner
def turn_back_kernel(sums, grad_weight, rows, sizes):
    """The transpose of `turn_kernel`; each number is the sum of a vector's 16."""
    group_C, group_O = sizes.channels // sizes.groups, sizes.outputs // sizes.groups
    taps = sizes.taps_y * sizes.taps_x
    at, c = 0, 0
    while c < sizes.channels:
        run = rows.run[c]
        for k in range(taps):
            for i in range(c, c + run):
                for o in range(group_O):
                    to = ((i // group_C * group_O + o) * group_C + i % group_C) * taps + k
                    grad_weight[to] = total(load(sums, at * LANES))
                    at += 1
        c += run


@inner
def plan_tile(plan, offset, tile, sizes, lattice, entry):
    """Plan the points of each tap."""
    for j in range(tile.taps):
        locate(
            plan,
            j * tile.length,
            offset,
            tile.tap + j,
            tile.image,
            tile.group,
            tile.first,
            tile.end,
            sizes,
            lattice,
            entry,
        )


@inner
def first_of_mask(tile, j, sizes):
    """The place in the mask of the tile's first point at its tap `j`; twice that in the offsets."""
    taps = sizes.taps_y * sizes.taps_x
    return ((tile.image * sizes.offset_groups + tile.group) * taps + tile.tap + j) * sizes.points


@inner
def multiply(out, out_at, rows, matrix, at, row, column, given, given_at, count, tile, fresh):
    """Multiply a matrix by `count` rows of `given`; add that to `rows` rows of `out`, or if fresh write it.

    Entry (r, i) of the matrix is `matrix[at + r * row + i * column]`. Four rows and two vectors at a time: so
    each number that is read serves several products, and no sum waits for the one before.
    """
    zero = splat(out.dtype.type(0))
    points, length = tile.end - tile.first, tile.length
    for t in range(0, points, 2 * LANES):
        pair = t + LANES < points
        u = t + LANES if pair else t
        for r in range(0, rows // 4 * 4, 4):
            a0, b0, c0, d0, a1, b1, c1, d1 = zero, zero, zero, zero, zero, zero, zero, zero
            to = out_at + r * length
            if not fresh:
                a0, b0 = load(out, to + t), load(out, to + length + t)
                c0, d0 = load(out, to + 2 * length + t), load(out, to + 3 * length + t)
                a1, b1 = load(out, to + u), load(out, to + length + u)
                c1, d1 = load(out, to + 2 * length + u), load(out, to + 3 * length + u)
            f, x_at = at + r * row, given_at
            for _ in range(count):
                x0, x1 = load(given, x_at + t), load(given, x_at + u)
                a, b = splat(number(matrix, f)), splat(number(matrix, f + row))
                c, d = splat(number(matrix, f + 2 * row)), splat(number(matrix, f + 3 * row))
                a0, b0, c0, d0 = a * x0 + a0, b * x0 + b0, c * x0 + c0, d * x0 + d0
                a1, b1, c1, d1 = a * x1 + a1, b * x1 + b1, c * x1 + c1, d * x1 + d1
                f, x_at = f + column, x_at + length
            store(out, to + t, a0)
            store(out, to + length + t, b0)
            store(out, to + 2 * length + t, c0)
            store(out, to + 3 * length + t, d0)
            if pair:
                store(out, to + u, a1)
                store(out, to + length + u, b1)
                store(out, to + 2 * length + u, c1)
                store(out, to + 3 * length + u, d1)
        for r in range(rows // 4 * 4, rows):
            a0, a1 = zero, zero
            to = out_at + r * length
            if not fresh:
                a0, a1 = load(out, to + t), load(out, to + u)
            f, x_at = at + r * row, given_at
            for _ in range(count):
                a = splat(number(matrix, f))
                a0, a1 = a * load(given, x_at + t) + a0, a * load(given, x_at + u) + a1
                f, x_at = f + column, x_at + length
            store(out, to + t, a0)
            if pair:
                store(out, to + u, a1)


@inner
def correlate(sums, at, delta, delta_at, outputs, A, A_at, rows, tile):
    """Add the products of rows of A and rows of `delta` to `sums`: vectors, the outputs side by side.

    Four rows of A and two outputs at a time, or what is left.
    """
    zero = splat(A.dtype.type(0))
    points, length = tile.end - tile.first, tile.length
    for r in range(0, rows, 4):
        # Where fewer than four are left, the last is taken again, and dropped.
        r1, r2, r3 = min(r + 1, rows - 1), min(r + 2, rows - 1), min(r + 3, rows - 1)
        x0, x1, x2, x3 = A_at + r * length, A_at + r1 * length, A_at + r2 * length, A_at + r3 * length
        for o in range(0, outputs, 2):
            p = min(o + 1, outputs - 1)
            y0, y1 = delta_at + o * length, delta_at + p * length
            a0, b0, c0, d0, a1, b1, c1, d1 = zero, zero, zero, zero, zero, zero, zero, zero
            for t in range(0, points, LANES):
                g0, g1 = load(delta, y0 + t), load(delta, y1 + t)
                a, b, c, d = load(A, x0 + t), load(A, x1 + t), load(A, x2 + t), load(A, x3 + t)
                a0, b0, c0, d0 = g0 * a + a0, g0 * b + b0, g0 * c + c0, g0 * d + d0
                a1, b1, c1, d1 = g1 * a + a1, g1 * b + b1, g1 * c + c1, g1 * d + d1
            to, step = at + (r * outputs + o) * LANES, outputs * LANES
            add(sums, to, a0)
            if r + 1 < rows:
                add(sums, to + step, b0)
            if r + 2 < rows:
                add(sums, to + 2 * step, c0)
            if r + 3 < rows:
                add(sums, to + 3 * step, d0)
            if o + 1 < outputs:
                to += LANES
                add(sums, to, a1)
                if r + 1 < rows:
                    add(sums, to + step, b1)
                if r + 2 < rows:
                    add(sums, to + 2 * step, c1)
                if r + 3 < rows:
                    add(sums, to + 3 * step, d1)


@kernel
def forward(x, offset, mask, weight, bias, y, sizes, lattice, first, last, first_point, last_point):
    """Compute some points of the outputs of some images.

    Args:
        x: (N, C, H, W).
        offset: (N·Gd·kH·kW·2·Ho·Wo,).
        mask: (N·Gd·kH·kW·Ho·Wo,), or empty.
        weight: (O·C/G·kH·kW,).
        bias: (O,), or empty.
        y: (N·O·Ho·Wo,), written.
        sizes: Numbers of the call.
        lattice: From `lattice_of`.
        first: First image.
        last: Behind the last image.
        first_point: First output point, a multiple of 16.
        last_point: Behind the last point: a multiple of 16, or the end.
    """
    real = x.dtype.type
    outputs, K = sizes.outputs, sizes.taps_y * sizes.taps_x
    group_C, group_O = sizes.channels // sizes.groups, outputs // sizes.groups
    offset_C = sizes.channels // sizes.offset_groups
    length, taps = tile_size(sizes)
    plan, quads = new_plan(taps * length, x.dtype), new_quads(sizes, x.dtype)
    rows = rows_of(sizes, length, taps)
    W = turn_kernel(weight, rows, sizes)
    Y, A = aligned(outputs * length, x.dtype), aligned(offset_C * taps * length, x.dtype)
    for n in range(first, last):
        read_image(quads, x, n, sizes)
        for start in range(first_point, last_point, length):
            end = min(start + length, last_point)
            for o in range(outputs):
                Y[o * length : (o + 1) * length] = bias[o] if bias.size else real(0)
            for d in range(sizes.offset_groups):
                for k in range(0, K, taps):
                    tile = Tile(n, d, k, min(taps, K - k), start, end, length)
                    plan_tile(plan, offset, tile, sizes, lattice, quads.entry)
                    sample(A, quads, plan, mask, tile, rows, sizes)
                    c = d * offset_C
                    while c < (d + 1) * offset_C:
                        run = rows.run[c]
                        W_at = (c * K + k * run) * group_O
                        Y_at, A_at = c // group_C * group_O * length, rows.first[c]
                        # eq: deformable-convolution
                        multiply(Y, Y_at, group_O, W, W_at, 1, group_O, A, A_at, run * tile.taps, tile, False)
                        c += run
            for o in range(outputs):
                y_at = (n * outputs + o) * sizes.points
                for t in range(0, end - start, LANES):
                    store_until(y, y_at + start + t, y_at + end, load(Y, o * length + t))


@inner
def sample(A, quads, plan, mask, tile, rows, sizes):
    """Fill the columns of a tile."""
    one = splat(A.dtype.type(1))
    offset_C = sizes.channels // sizes.offset_groups
    first = tile.group * offset_C
    for j in range(tile.taps):
        m_at = first_of_mask(tile, j, sizes)
        for t in range(0, tile.end - tile.first, LANES):
            place = j * tile.length + t
            w2, w3 = load(plan.w2, place), load(plan.w3, place)
            w0, w1 = one - w2, one - w3
            at_a, below, diagonal, right = w0 * w1, w1 * w2, w2 * w3, w3 * w0
            m = one
            if mask.size:
                m = load_until(mask, m_at + tile.first + t, m_at + tile.end)
            for c in range(first, first + offset_C):
                X = gather(quads.table, plan.cell, place, 4 * c)
                # eq: bilinear-value
                value = at_a * X[0] + below * X[1] + diagonal * X[2] + right * X[3]
                # eq: deformable-columns
                store(A, number(rows.first, c) + j * number(rows.step, c) + t, m * value)


@kernel
def backward(
    grad_y,
    x,
    offset,
    mask,
    weight,
    grad_x,
    grad_offset,
    grad_mask,
    grad_weight,
    sizes,
    lattice,
    first,
    last,
    first_point,
    last_point,
):
    """Compute what some points of some images send back; gradients that are empty are not wanted.

    Args:
        grad_y: δ, (N·O·Ho·Wo,).
        x: As in `forward`, like the next three.
        offset: See `forward`.
        mask: See `forward`.
        weight: See `forward`.
        grad_x: As `x`, written.
        grad_offset: As `offset`, written.
        grad_mask: As `mask`, written.
        grad_weight: As `weight`, written: the sum over the images.
        sizes: Numbers of the call.
        lattice: From `lattice_of`.
        first: First image.
        last: Behind the last image.
        first_point: First output point, a multiple of 16.
        last_point: Behind the last point: a multiple of 16, or the end.
    """
    outputs, K = sizes.outputs, sizes.taps_y * sizes.taps_x
    group_C, group_O = sizes.channels // sizes.groups, outputs // sizes.groups
    offset_C = sizes.channels // sizes.offset_groups
    length, taps = tile_size(sizes)
    plan, quads = new_plan(taps * length, x.dtype), new_quads(sizes, x.dtype)
    grad_quads = new_quads(sizes, x.dtype) if grad_x.size else Quads(aligned(0, x.dtype), 0, 0)
    wants_columns = grad_x.size > 0 or grad_offset.size > 0 or grad_mask.size > 0
    rows = rows_of(sizes, length, taps)
    W = turn_kernel(weight, rows, sizes)
    sums = aligned(grad_weight.size * LANES, x.dtype)
    sums[:] = 0
    delta = aligned(outputs * length, x.dtype)
    A, grad_A = aligned(offset_C * taps * length, x.dtype), aligned(offset_C * taps * length, x.dtype)
    for n in range(first, last):
        read_image(quads, x, n, sizes)
        grad_quads.table[:] = 0
        for start in range(first_point, last_point, length):
            end = min(start + length, last_point)
            for o in range(outputs):
                y_at = (n * outputs + o) * sizes.points + start
                delta[o * length : o * length + end - start] = grad_y[y_at : y_at + end - start]
                delta[o * length + end - start : (o + 1) * length] = 0
            for d in range(sizes.offset_groups):
                for k in range(0, K, taps):
                    tile = Tile(n, d, k, min(taps, K - k), start, end, length)
                    plan_tile(plan, offset, tile, sizes, lattice, quads.entry)
                    c = d * offset_C
                    while wants_columns and c < (d + 1) * offset_C:
                        run = rows.run[c]
                        W_at = (c * K + k * run) * group_O
                        Y_at, A_at = c // group_C * group_O * length, rows.first[c]
                        # eq: gradient-columns
                        multiply(
                            grad_A,
                            A_at,
                            run * tile.taps,
                            W,
                            W_at,
                            group_O,
                            1,
                            delta,
                            Y_at,
                            group_O,
                            tile,
                            True,
                        )
                        c += run
                    if wants_columns:
                        send_back(
                            grad_A,
                            A,
                            quads,
                            plan,
                            mask,
                            grad_quads,
                            grad_offset,
                            grad_mask,
                            grad_weight,
                            tile,
                            rows,
                            sizes,
                        )
                    else:
                        sample(A, quads, plan, mask, tile, rows, sizes)
                    c = d * offset_C
                    while grad_weight.size and c < (d + 1) * offset_C:
                        run = rows.run[c]
                        W_at = (c * K + k * run) * group_O
                        Y_at, A_at = c // group_C * group_O * length, rows.first[c]
                        # eq: gradient-weight
                        correlate(sums, W_at * LANES, delta, Y_at, group_O, A, A_at, run * tile.taps, tile)
                        c += run
        if grad_x.size:
            write_image(grad_quads, grad_x, n, sizes)
    if grad_weight.size:
        turn_back_kernel(sums, grad_weight, rows, sizes)


@inner
def send_back(
    grad_A,
    A,
    quads,
    plan,
    mask,
    grad_quads,
    grad_offset,
    grad_mask,
    grad_weight,
    tile,
    rows,
    sizes,
):
    """Send the gradient of a tile's samples back to image, offsets and mask; on the way fill A again."""
    zero, one = splat(grad_A.dtype.type(0)), splat(grad_A.dtype.type(1))
    offset_C = sizes.channels // sizes.offset_groups
    first = tile.group * offset_C
    for j in range(tile.taps):
        m_at = first_of_mask(tile, j, sizes)
        y_at, x_at = 2 * m_at, 2 * m_at + sizes.points
        for t in range(0, tile.end - tile.first, LANES):
            place, s = j * tile.length + t, tile.first + t
            w2, w3 = load(plan.w2, place), load(plan.w3, place)
            w0, w1 = one - w2, one - w3
            at_a, below, diagonal, right = w0 * w1, w1 * w2, w2 * w3, w3 * w0
            m = one
            if mask.size:
                m = load_until(mask, m_at + s, m_at + tile.end)
            to_y, to_x, to_m = zero, zero, zero
            for c in range(first, first + offset_C):
                at = number(rows.first, c) + j * number(rows.step, c) + t
                g = load(grad_A, at)
                if grad_offset.size or grad_mask.size or grad_weight.size:
                    X = gather(quads.table, plan.cell, place, 4 * c)
                    # eq: bilinear-derivative-y
                    in_y = w1 * (X[1] - X[0]) + w3 * (X[2] - X[3])
                    # eq: bilinear-derivative-x
                    in_x = w0 * (X[3] - X[0]) + w2 * (X[2] - X[1])
                    # eq: gradient-offset
                    to_y, to_x = g * m * in_y + to_y, g * m * in_x + to_x
                    # eq: bilinear-value
                    value = at_a * X[0] + below * X[1] + diagonal * X[2] + right * X[3]
                    # eq: gradient-mask
                    to_m = g * value + to_m
                    # eq: deformable-columns
                    store(A, at, m * value)
                if grad_quads.table.size:
                    # eq: scatter
                    gm, to = g * m, 4 * c
                    scatter(
                        grad_quads.table,
                        plan.cell,
                        place,
                        to,
                        gm * at_a,
                        gm * below,
                        gm * diagonal,
                        gm * right,
                    )
            if grad_offset.size:
                if sizes.project:
                    to_y = select(load(plan.free_y, place) < one, zero, to_y)
                    to_x = select(load(plan.free_x, place) < one, zero, to_x)
                prefetch(grad_offset, y_at + s + 2 * sizes.points)  # the next tap's
                prefetch(grad_offset, x_at + s + 2 * sizes.points)
                store_until(grad_offset, y_at + s, y_at + tile.end, to_y)
                store_until(grad_offset, x_at + s, x_at + tile.end, to_x)
            if grad_mask.size:
                store_until(grad_mask, m_at + s, m_at + tile.end, to_m)
