"""The kernel for few channels: 16 output points at a time, no column matrix.

Each pixel's neighbourhood is laid out beforehand as a *quad*: the table's entry of cell a holds X(a) and its
neighbours below, diagonal and right, side by side for each channel. So one read brings all four pixels of a
sample, and one write scatters to them. Outputs and kernel gradients are summed up at once, in the cache.
"""

from typing import NamedTuple

import numpy as np

from dcn_course.ops.backends.numba.compile import inner, kernel
from dcn_course.ops.backends.numba.plan import RING, Array, locate, new_plan
from dcn_course.ops.backends.numba.simd import (
    LANES,
    gather,
    load,
    load_until,
    prefetch,
    scatter,
    select,
    splat,
    store,
    store_until,
    total,
)

TILE = 512  # output points whose plan, samples and outputs stay in the cache


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


@inner
def new_quads(sizes, dtype):
    """A table of zeros; the ring stays so."""
    entry = 4 * sizes.channels
    row = entry * (sizes.width + 2 * RING)
    return Quads(np.zeros(row * (sizes.height + 2 * RING), dtype), entry, row)


@inner
def read_image(quads, x, n, sizes):
    """Lay out image `n`: each pixel stands in the entries of four cells."""
    for c in range(sizes.channels):
        for i in range(sizes.height):
            at = (i + RING) * quads.row + RING * quads.entry + 4 * c
            for j in range(sizes.width):
                pixel = x[n, c, i, j]
                quads.table[at] = pixel
                quads.table[at - quads.row + 1] = pixel
                quads.table[at - quads.row - quads.entry + 2] = pixel
                quads.table[at - quads.entry + 3] = pixel
                at += quads.entry


@inner
def write_image(quads, x, n, sizes):
    """The transpose of `read_image`: each pixel is the sum of its four places; the ring is dropped."""
    for c in range(sizes.channels):
        for i in range(sizes.height):
            at = (i + RING) * quads.row + RING * quads.entry + 4 * c
            for j in range(sizes.width):
                x[n, c, i, j] = (
                    quads.table[at]
                    + quads.table[at - quads.row + 1]
                    + quads.table[at - quads.row - quads.entry + 2]
                    + quads.table[at - quads.entry + 3]
                )
                at += quads.entry


@inner
def run_end(c, sizes):
    """Behind the last channel that shares both offset group and weight group with channel `c`."""
    group_C, offset_C = sizes.channels // sizes.groups, sizes.channels // sizes.offset_groups
    return min((c // offset_C + 1) * offset_C, (c // group_C + 1) * group_C)


@inner
def multiply(out, out_at, rows, factor, factor_at, row, column, given, given_at, count, tile, points):
    """Add a small matrix times `count` rows of `given` to `rows` rows of `out`, each of `tile` points.

    Entry (r, i) of the matrix is `factor[factor_at + r * row + i * column]`. Four rows at a time, so that
    each number of `given` is read once for four products.
    """
    whole = rows // 4 * 4
    for r in range(0, whole, 4):
        for t in range(0, points, LANES):
            at = out_at + r * tile + t
            a, b = load(out, at), load(out, at + tile)
            c, d = load(out, at + 2 * tile), load(out, at + 3 * tile)
            for i in range(count):
                x = load(given, given_at + i * tile + t)
                f = factor_at + r * row + i * column
                a, b = splat(factor[f]) * x + a, splat(factor[f + row]) * x + b
                c, d = splat(factor[f + 2 * row]) * x + c, splat(factor[f + 3 * row]) * x + d
            store(out, at, a)
            store(out, at + tile, b)
            store(out, at + 2 * tile, c)
            store(out, at + 3 * tile, d)
    for r in range(whole, rows):
        # Four vectors at a time, so that no sum waits for the one before.
        block = points // (4 * LANES) * (4 * LANES)
        for t in range(0, block, 4 * LANES):
            at = out_at + r * tile + t
            a, b = load(out, at), load(out, at + LANES)
            c, d = load(out, at + 2 * LANES), load(out, at + 3 * LANES)
            for i in range(count):
                f, x_at = splat(factor[factor_at + r * row + i * column]), given_at + i * tile + t
                a, b = f * load(given, x_at) + a, f * load(given, x_at + LANES) + b
                c, d = f * load(given, x_at + 2 * LANES) + c, f * load(given, x_at + 3 * LANES) + d
            store(out, at, a)
            store(out, at + LANES, b)
            store(out, at + 2 * LANES, c)
            store(out, at + 3 * LANES, d)
        for t in range(block, points, LANES):
            a = load(out, out_at + r * tile + t)
            for i in range(count):
                x = load(given, given_at + i * tile + t)
                a = splat(factor[factor_at + r * row + i * column]) * x + a
            store(out, out_at + r * tile + t, a)


@inner
def correlate(out, out_at, column, delta, delta_at, rows, given_row, given_at, tile, points):
    """Add to `out`, a step `column` apart, each row of `delta` times a row of points."""
    whole = rows // 4 * 4
    zero = splat(out.dtype.type(0))
    for r in range(0, whole, 4):
        a, b, c, d = zero, zero, zero, zero
        for t in range(0, points, LANES):
            x, at = load(given_row, given_at + t), delta_at + r * tile + t
            a, b = load(delta, at) * x + a, load(delta, at + tile) * x + b
            c, d = load(delta, at + 2 * tile) * x + c, load(delta, at + 3 * tile) * x + d
        out[out_at + r * column] += total(a)
        out[out_at + (r + 1) * column] += total(b)
        out[out_at + (r + 2) * column] += total(c)
        out[out_at + (r + 3) * column] += total(d)
    for r in range(whole, rows):
        a = zero
        for t in range(0, points, LANES):
            a = load(delta, delta_at + r * tile + t) * load(given_row, given_at + t) + a
        out[out_at + r * column] += total(a)


@kernel
def forward(x, offset, mask, weight, bias, y, sizes, lattice, first, last, first_point, last_point):
    """Compute some points of the outputs of some images.

    Args:
        x: (N, C, H, W).
        offset: (N·Gd·kH·kW·2·Ho·Wo,).
        mask: (N·Gd·kH·kW·Ho·Wo,), or empty.
        weight: (kH·kW·O·C/G,), taps first.
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
    C, outputs, K = sizes.channels, sizes.outputs, sizes.taps_y * sizes.taps_x
    group_C, group_O, offset_C = C // sizes.groups, outputs // sizes.groups, C // sizes.offset_groups
    tile = min(TILE, (sizes.points + LANES - 1) // LANES * LANES)
    plan, quads = new_plan(tile, x.dtype), new_quads(sizes, x.dtype)
    Y, A = np.empty(outputs * tile, x.dtype), np.empty(offset_C * tile, x.dtype)
    for n in range(first, last):
        read_image(quads, x, n, sizes)
        for start in range(first_point, last_point, tile):
            end = min(start + tile, last_point)
            for o in range(outputs):
                Y[o * tile : (o + 1) * tile] = bias[o] if bias.size else real(0)
            for d in range(sizes.offset_groups):
                for k in range(K):
                    locate(plan, 0, offset, k, n, d, start, end, sizes, lattice, quads.entry)
                    m_at = ((n * sizes.offset_groups + d) * K + k) * sizes.points
                    sample(A, quads, plan, mask, m_at + start, m_at + end, d * offset_C, offset_C, tile)
                    c = d * offset_C
                    while c < (d + 1) * offset_C:
                        g, stop = c // group_C, run_end(c, sizes)
                        # eq: deformable-convolution
                        w_at = (k * outputs + g * group_O) * group_C + c - g * group_C
                        Y_at, A_at = g * group_O * tile, (c - d * offset_C) * tile
                        multiply(
                            Y, Y_at, group_O, weight, w_at, group_C, 1, A, A_at, stop - c, tile, end - start
                        )
                        c = stop
            for o in range(outputs):
                y_at = (n * outputs + o) * sizes.points
                for t in range(0, end - start, LANES):
                    store_until(y, y_at + start + t, y_at + end, load(Y, o * tile + t))


@inner
def sample(A, quads, plan, mask, m_at, m_end, first, channels, tile):
    """Read `channels` channels at the planned positions of one tap: rows of `tile` points of A."""
    one = splat(A.dtype.type(1))
    for t in range(0, m_end - m_at, LANES):
        w2, w3 = load(plan.w2, t), load(plan.w3, t)
        w0, w1 = one - w2, one - w3
        at_a, below, diagonal, right = w0 * w1, w1 * w2, w2 * w3, w3 * w0
        m = one
        if mask.size:
            m = load_until(mask, m_at + t, m_end)
        for c in range(channels):
            X = gather(quads.table, plan.cell, t, 4 * (first + c))
            # eq: bilinear-value
            value = at_a * X[0] + below * X[1] + diagonal * X[2] + right * X[3]
            # eq: deformable-columns
            store(A, c * tile + t, m * value)


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
        grad_weight: As `weight`; the sum over the images is added.
        sizes: Numbers of the call.
        lattice: From `lattice_of`.
        first: First image.
        last: Behind the last image.
        first_point: First output point, a multiple of 16.
        last_point: Behind the last point: a multiple of 16, or the end.
    """
    C, outputs, K = sizes.channels, sizes.outputs, sizes.taps_y * sizes.taps_x
    group_C, group_O, offset_C = C // sizes.groups, outputs // sizes.groups, C // sizes.offset_groups
    tile = min(TILE, (sizes.points + LANES - 1) // LANES * LANES)
    plan, quads = new_plan(tile, x.dtype), new_quads(sizes, x.dtype)
    if grad_x.size:
        grad_quads = new_quads(sizes, x.dtype)
    else:
        grad_quads = Quads(np.empty(0, x.dtype), quads.entry, quads.row)
    wants_columns = grad_x.size > 0 or grad_offset.size > 0 or grad_mask.size > 0
    delta = np.zeros(outputs * tile, x.dtype)
    A, grad_A = np.empty(offset_C * tile, x.dtype), np.empty(offset_C * tile, x.dtype)
    for n in range(first, last):
        read_image(quads, x, n, sizes)
        grad_quads.table[:] = 0
        for start in range(first_point, last_point, tile):
            end = min(start + tile, last_point)
            for o in range(outputs):
                y_at = (n * outputs + o) * sizes.points + start
                delta[o * tile : o * tile + end - start] = grad_y[y_at : y_at + end - start]
                delta[o * tile + end - start : (o + 1) * tile] = 0
            for d in range(sizes.offset_groups):
                for k in range(K):
                    locate(plan, 0, offset, k, n, d, start, end, sizes, lattice, quads.entry)
                    m_at = ((n * sizes.offset_groups + d) * K + k) * sizes.points
                    c, stop = d * offset_C, (d + 1) * offset_C
                    if wants_columns:
                        grad_A[:] = 0
                        while c < stop:
                            # eq: gradient-columns
                            g, run = c // group_C, run_end(c, sizes) - c
                            w_at = (k * outputs + g * group_O) * group_C + c - g * group_C
                            to, read = (c - d * offset_C) * tile, g * group_O * tile
                            multiply(
                                grad_A,
                                to,
                                run,
                                weight,
                                w_at,
                                1,
                                group_C,
                                delta,
                                read,
                                group_O,
                                tile,
                                end - start,
                            )
                            c += run
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
                            m_at,
                            start,
                            end,
                            d * offset_C,
                            offset_C,
                            tile,
                            sizes,
                        )
                    else:
                        sample(A, quads, plan, mask, m_at + start, m_at + end, d * offset_C, offset_C, tile)
                    if grad_weight.size:
                        for c in range(d * offset_C, stop):
                            # eq: gradient-weight
                            g = c // group_C
                            w_at = (k * outputs + g * group_O) * group_C + c - g * group_C
                            row = (c - d * offset_C) * tile
                            correlate(
                                grad_weight,
                                w_at,
                                group_C,
                                delta,
                                g * group_O * tile,
                                group_O,
                                A,
                                row,
                                tile,
                                end - start,
                            )
        if grad_x.size:
            write_image(grad_quads, grad_x, n, sizes)


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
    m_at,
    start,
    end,
    first,
    channels,
    tile,
    sizes,
):
    """Send the gradient of one tap's samples back to image, offsets and mask; on the way fill A again."""
    zero, one = splat(grad_A.dtype.type(0)), splat(grad_A.dtype.type(1))
    y_at, x_at = 2 * m_at, 2 * m_at + sizes.points
    for t in range(0, end - start, LANES):
        w2, w3 = load(plan.w2, t), load(plan.w3, t)
        w0, w1 = one - w2, one - w3
        at_a, below, diagonal, right = w0 * w1, w1 * w2, w2 * w3, w3 * w0
        m = one
        if mask.size:
            m = load_until(mask, m_at + start + t, m_at + end)
        to_y, to_x, to_m = zero, zero, zero
        for c in range(channels):
            g = load(grad_A, c * tile + t)
            if grad_offset.size or grad_mask.size or grad_weight.size:
                X = gather(quads.table, plan.cell, t, 4 * (first + c))
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
                store(A, c * tile + t, m * value)
            if grad_quads.table.size:
                # eq: scatter
                gm, at = g * m, 4 * (first + c)
                scatter(grad_quads.table, plan.cell, t, at, gm * at_a, gm * below, gm * diagonal, gm * right)
        if grad_offset.size:
            if sizes.project:
                to_y = select(load(plan.free_y, t) < one, zero, to_y)
                to_x = select(load(plan.free_x, t) < one, zero, to_x)
            prefetch(grad_offset, y_at + start + t + 2 * sizes.points)  # the next tap's
            prefetch(grad_offset, x_at + start + t + 2 * sizes.points)
            store_until(grad_offset, y_at + start + t, y_at + end, to_y)
            store_until(grad_offset, x_at + start + t, x_at + end, to_x)
        if grad_mask.size:
            store_until(grad_mask, m_at + start + t, m_at + end, to_m)
