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
    scatter,
    select,
    splat,
    store,
    store_until,
    total,
)

TILE = 1024  # output points whose plan, sums and outputs stay in the cache


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


@kernel
def forward(x, offset, mask, weight, bias, y, sizes, lattice, first, last):
    """Compute the outputs of the images `first` to `last`.

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
    """
    real = x.dtype.type
    one = splat(real(1))
    C, outputs, K = sizes.channels, sizes.outputs, sizes.taps_y * sizes.taps_x
    group_C, group_O, offset_C = C // sizes.groups, outputs // sizes.groups, C // sizes.offset_groups
    tile = min(TILE, (sizes.points + LANES - 1) // LANES * LANES)
    plan, quads = new_plan(tile, x.dtype), new_quads(sizes, x.dtype)
    sums, samples = np.empty(outputs * tile, x.dtype), np.empty(offset_C * LANES, x.dtype)
    for n in range(first, last):
        read_image(quads, x, n, sizes)
        for start in range(0, sizes.points, tile):
            end = min(start + tile, sizes.points)
            for o in range(outputs):
                sums[o * tile : (o + 1) * tile] = bias[o] if bias.size else real(0)
            for d in range(sizes.offset_groups):
                for k in range(K):
                    locate(plan, 0, offset, k, n, d, start, end, sizes, lattice, quads.entry)
                    mask_at = ((n * sizes.offset_groups + d) * K + k) * sizes.points
                    for t in range(0, end - start, LANES):
                        w2, w3 = load(plan.w2, t), load(plan.w3, t)
                        w0, w1 = one - w2, one - w3
                        at_a, below, diagonal, right = w0 * w1, w1 * w2, w2 * w3, w3 * w0
                        if mask.size:
                            # eq: deformable-columns
                            m = load_until(mask, mask_at + start + t, mask_at + end)
                            at_a, below, diagonal, right = m * at_a, m * below, m * diagonal, m * right
                        for c in range(offset_C):
                            X = gather(quads.table, plan.cell, t, 4 * (d * offset_C + c))
                            # eq: bilinear-value
                            value = at_a * X[0] + below * X[1] + diagonal * X[2] + right * X[3]
                            store(samples, c * LANES, value)
                        c = d * offset_C
                        while c < (d + 1) * offset_C:
                            # The channels of this offset group that lie in the same weight group.
                            g = c // group_C
                            stop = min((d + 1) * offset_C, (g + 1) * group_C)
                            for o in range(g * group_O, (g + 1) * group_O):
                                w_at = (k * outputs + o) * group_C - g * group_C
                                out = load(sums, o * tile + t)
                                for c1 in range(c, stop):
                                    # eq: deformable-convolution
                                    A = load(samples, (c1 - d * offset_C) * LANES)
                                    out = splat(weight[w_at + c1]) * A + out
                                store(sums, o * tile + t, out)
                            c = stop
            for o in range(outputs):
                y_at = (n * outputs + o) * sizes.points
                for t in range(0, end - start, LANES):
                    store_until(y, y_at + start + t, y_at + end, load(sums, o * tile + t))


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
):
    """Compute the gradients of the images `first` to `last`; those that are empty are not wanted.

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
    """
    real = x.dtype.type
    zero, one = splat(real(0)), splat(real(1))
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
    grad_K = np.empty(offset_C * group_O * LANES, x.dtype)
    for n in range(first, last):
        read_image(quads, x, n, sizes)
        grad_quads.table[:] = 0
        for start in range(0, sizes.points, tile):
            end = min(start + tile, sizes.points)
            for o in range(outputs):
                y_at = (n * outputs + o) * sizes.points + start
                delta[o * tile : o * tile + end - start] = grad_y[y_at : y_at + end - start]
                delta[o * tile + end - start : (o + 1) * tile] = 0
            for d in range(sizes.offset_groups):
                for k in range(K):
                    locate(plan, 0, offset, k, n, d, start, end, sizes, lattice, quads.entry)
                    plan_at = (n * sizes.offset_groups + d) * K + k
                    m_at, y_at, x_at = (
                        plan_at * sizes.points,
                        2 * plan_at * sizes.points,
                        (2 * plan_at + 1) * sizes.points,
                    )
                    grad_K[:] = 0
                    for t in range(0, end - start, LANES):
                        w2, w3 = load(plan.w2, t), load(plan.w3, t)
                        w0, w1 = one - w2, one - w3
                        m = one
                        if mask.size:
                            m = load_until(mask, m_at + start + t, m_at + end)
                        grad_y_t, grad_x_t, grad_m_t = zero, zero, zero
                        for c in range(d * offset_C, (d + 1) * offset_C):
                            g = c // group_C
                            X = gather(quads.table, plan.cell, t, 4 * c)
                            # eq: bilinear-value
                            value = w0 * w1 * X[0] + w1 * w2 * X[1] + w2 * w3 * X[2] + w3 * w0 * X[3]
                            if grad_weight.size:
                                A = m * value
                                K_at = (c - d * offset_C) * group_O * LANES
                                for o in range(g * group_O, (g + 1) * group_O):
                                    # eq: gradient-weight
                                    store(grad_K, K_at, load(delta, o * tile + t) * A + load(grad_K, K_at))
                                    K_at += LANES
                            if wants_columns:
                                grad_A = zero
                                w_at = (k * outputs + g * group_O) * group_C + c - g * group_C
                                for o in range(g * group_O, (g + 1) * group_O):
                                    # eq: gradient-columns
                                    grad_A = splat(weight[w_at]) * load(delta, o * tile + t) + grad_A
                                    w_at += group_C
                                if grad_mask.size:
                                    # eq: gradient-mask
                                    grad_m_t = grad_A * value + grad_m_t
                                grad_A = grad_A * m
                                if grad_offset.size:
                                    # eq: bilinear-derivative-y
                                    in_y = w1 * (X[1] - X[0]) + w3 * (X[2] - X[3])
                                    # eq: bilinear-derivative-x
                                    in_x = w0 * (X[3] - X[0]) + w2 * (X[2] - X[1])
                                    # eq: gradient-offset
                                    grad_y_t, grad_x_t = grad_A * in_y + grad_y_t, grad_A * in_x + grad_x_t
                                if grad_x.size:
                                    # eq: scatter
                                    scatter(
                                        grad_quads.table,
                                        plan.cell,
                                        t,
                                        4 * c,
                                        grad_A * (w0 * w1),
                                        grad_A * (w1 * w2),
                                        grad_A * (w2 * w3),
                                        grad_A * (w3 * w0),
                                    )
                        if grad_offset.size:
                            if sizes.project:
                                grad_y_t = select(load(plan.free_y, t) < one, zero, grad_y_t)
                                grad_x_t = select(load(plan.free_x, t) < one, zero, grad_x_t)
                            store_until(grad_offset, y_at + start + t, y_at + end, grad_y_t)
                            store_until(grad_offset, x_at + start + t, x_at + end, grad_x_t)
                        if grad_mask.size:
                            store_until(grad_mask, m_at + start + t, m_at + end, grad_m_t)
                    if grad_weight.size:
                        for c in range(d * offset_C, (d + 1) * offset_C):
                            g = c // group_C
                            for o in range(group_O):
                                w_at = (k * outputs + g * group_O + o) * group_C + c - g * group_C
                                K_at = ((c - d * offset_C) * group_O + o) * LANES
                                grad_weight[w_at] += total(load(grad_K, K_at))
        if grad_x.size:
            write_image(grad_quads, grad_x, n, sizes)
