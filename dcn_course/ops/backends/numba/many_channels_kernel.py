"""The kernel for many channels: 16 channels at a time, a column matrix a tile, its products by PyTorch.

The image is turned so that the channels of a pixel lie side by side: one position's weights serve them all.
The columns of a tile of output points are filled, multiplied and scattered before the next tile, so that they
stay in the cache. In memory they are rows: one for each point and tap, (points, kH·kW, channels).
"""

from dcn_course.ops.backends.numba.compile import inner, kernel
from dcn_course.ops.backends.numba.plan import RING, locate, new_plan
from dcn_course.ops.backends.numba.simd import LANES, add, load, number, splat, store, total


@kernel
def turn(x, n, first, image, top, bottom):
    """Copy some channels and rows of image `n` to (H + 4, W + 4, channels), inside the ring.

    Args:
        x: (N, C, H, W).
        n: The image.
        first: First channel.
        image: Written inside its ring.
        top: First row.
        bottom: Behind the last row.
    """
    block = 8  # columns at a time, so that what is written stays in the cache
    width = x.shape[3]
    for i in range(top, bottom):
        for start in range(0, width, block):
            for c in range(image.shape[2]):
                for j in range(start, min(start + block, width)):
                    image[i + RING, j + RING, c] = x[n, first + c, i, j]


@kernel
def turn_back(image, n, first, x):
    """The transpose of `turn`: the ring is dropped."""
    block = 8
    _, _, height, width = x.shape
    for i in range(height):
        for start in range(0, width, block):
            for c in range(image.shape[2]):
                for j in range(start, min(start + block, width)):
                    x[n, first + c, i, j] = image[i + RING, j + RING, c]


@inner
def plan_tile(offset, n, group, first, end, sizes, lattice, channels, plan):
    """Plan all taps of some points; returns the number of places of a tap."""
    places = (end - first + LANES - 1) // LANES * LANES
    for k in range(sizes.taps_y * sizes.taps_x):
        locate(plan, k * places, offset, k, n, group, first, end, sizes, lattice, channels)
    return places


@kernel
def fill(image, offset, mask, n, group, first, end, start, stop, column, columns, sizes, lattice):
    """Fill the columns of some points, in the channels of one offset group.

    Args:
        image: (H + 4, W + 4, channels), from `turn`.
        offset: (N·Gd·kH·kW·2·Ho·Wo,).
        mask: (N·Gd·kH·kW·Ho·Wo,), or empty.
        n: The image.
        group: The offset group.
        first: First point.
        end: Behind the last point.
        start: First channel of `image` that is read.
        stop: Behind the last channel.
        column: First channel of `columns` that is written.
        columns: (points, kH·kW, channels), written.
        sizes: Numbers of the call.
        lattice: From `lattice_of`.
    """
    real = image.dtype.type
    taps, channels, width = columns.shape[1], image.shape[2], columns.shape[2]
    pixels, rows = image.reshape(-1), columns.reshape(-1)
    below, right = image.shape[1] * channels, channels
    plan = new_plan((end - first + LANES) * taps, image.dtype)
    places = plan_tile(offset, n, group, first, end, sizes, lattice, channels, plan)
    whole = (stop - start) // LANES * LANES
    for s in range(end - first):
        for k in range(taps):
            place = k * places + s
            w2, w3 = number(plan.w2, place), number(plan.w3, place)
            w0, w1 = real(1) - w2, real(1) - w3
            m = real(1)
            if mask.size:
                m = number(mask, ((n * sizes.offset_groups + group) * taps + k) * sizes.points + first + s)
            # eq: deformable-columns
            at_a, at_below, at_diagonal, at_right = m * (w0 * w1), m * (w1 * w2), m * (w2 * w3), m * (w3 * w0)
            pixel, row = number(plan.cell, place) + start, (s * taps + k) * width + column
            v_a, v_below, v_diagonal, v_right = (
                splat(at_a),
                splat(at_below),
                splat(at_diagonal),
                splat(at_right),
            )
            for c in range(0, whole, LANES):
                # eq: bilinear-value
                value = (
                    v_a * load(pixels, pixel + c)
                    + v_below * load(pixels, pixel + below + c)
                    + v_diagonal * load(pixels, pixel + below + right + c)
                    + v_right * load(pixels, pixel + right + c)
                )
                store(rows, row + c, value)
            for c in range(whole, stop - start):
                rows[row + c] = (
                    at_a * number(pixels, pixel + c)
                    + at_below * number(pixels, pixel + below + c)
                    + at_diagonal * number(pixels, pixel + below + right + c)
                    + at_right * number(pixels, pixel + right + c)
                )


@kernel
def scatter(
    grad_columns,
    image,
    offset,
    mask,
    n,
    group,
    first,
    end,
    start,
    stop,
    column,
    grad_image,
    grad_offset,
    grad_mask,
    sizes,
    lattice,
):
    """Send the gradient of some columns back to the image, the offsets and the mask; empty: not wanted.

    Args:
        grad_columns: (points, kH·kW, channels).
        image: As in `fill`, like what follows.
        offset: See `fill`.
        mask: See `fill`.
        n: See `fill`.
        group: See `fill`.
        first: See `fill`.
        end: See `fill`.
        start: See `fill`.
        stop: See `fill`.
        column: See `fill`.
        grad_image: As `image`; added to.
        grad_offset: (Gd·kH·kW·2·Ho·Wo,) of this image; added to.
        grad_mask: (Gd·kH·kW·Ho·Wo,) of this image; added to.
        sizes: See `fill`.
        lattice: See `fill`.
    """
    real = image.dtype.type
    taps, channels, width = grad_columns.shape[1], image.shape[2], grad_columns.shape[2]
    pixels, grad_pixels, rows = image.reshape(-1), grad_image.reshape(-1), grad_columns.reshape(-1)
    below, right = image.shape[1] * channels, channels
    whole = (stop - start) // LANES * LANES
    reads = grad_offset.size > 0 or grad_mask.size > 0
    plan = new_plan((end - first + LANES) * taps, image.dtype)
    places = plan_tile(offset, n, group, first, end, sizes, lattice, channels, plan)
    for s in range(end - first):
        for k in range(taps):
            place = k * places + s
            w2, w3 = number(plan.w2, place), number(plan.w3, place)
            w0, w1 = real(1) - w2, real(1) - w3
            target = (group * taps + k) * sizes.points + first + s
            m = real(1)
            if mask.size:
                m = number(mask, n * sizes.offset_groups * taps * sizes.points + target)
            pixel, row = number(plan.cell, place) + start, (s * taps + k) * width + column
            if grad_image.size:
                to_a, to_below, to_diagonal, to_right = (
                    m * (w0 * w1),
                    m * (w1 * w2),
                    m * (w2 * w3),
                    m * (w3 * w0),
                )
                v_a, v_below, v_diagonal, v_right = (
                    splat(to_a),
                    splat(to_below),
                    splat(to_diagonal),
                    splat(to_right),
                )
                for c in range(0, whole, LANES):
                    # eq: scatter
                    g = load(rows, row + c)
                    add(grad_pixels, pixel + c, v_a * g)
                    add(grad_pixels, pixel + below + c, v_below * g)
                    add(grad_pixels, pixel + below + right + c, v_diagonal * g)
                    add(grad_pixels, pixel + right + c, v_right * g)
                for c in range(whole, stop - start):
                    g = number(rows, row + c)
                    grad_pixels[pixel + c] += to_a * g
                    grad_pixels[pixel + below + c] += to_below * g
                    grad_pixels[pixel + below + right + c] += to_diagonal * g
                    grad_pixels[pixel + right + c] += to_right * g
            if not reads:
                continue
            # The sums over the channels c1 of ∂E/∂A times each of the four pixels.
            zero = splat(real(0))
            s_a, s_below, s_diagonal, s_right = zero, zero, zero, zero
            for c in range(0, whole, LANES):
                g = load(rows, row + c)
                s_a = g * load(pixels, pixel + c) + s_a
                s_below = g * load(pixels, pixel + below + c) + s_below
                s_diagonal = g * load(pixels, pixel + below + right + c) + s_diagonal
                s_right = g * load(pixels, pixel + right + c) + s_right
            X_a, X_below, X_diagonal, X_right = total(s_a), total(s_below), total(s_diagonal), total(s_right)
            for c in range(whole, stop - start):
                g = number(rows, row + c)
                X_a += g * number(pixels, pixel + c)
                X_below += g * number(pixels, pixel + below + c)
                X_diagonal += g * number(pixels, pixel + below + right + c)
                X_right += g * number(pixels, pixel + right + c)
            if grad_offset.size:
                y_at = (2 * (group * taps + k)) * sizes.points + first + s
                # eq: bilinear-derivative-y
                in_y = w1 * (X_below - X_a) + w3 * (X_diagonal - X_right)
                # eq: bilinear-derivative-x
                in_x = w0 * (X_right - X_a) + w2 * (X_diagonal - X_below)
                # eq: gradient-offset
                if not sizes.project or plan.free_y[place]:
                    grad_offset[y_at] += m * in_y
                if not sizes.project or plan.free_x[place]:
                    grad_offset[y_at + sizes.points] += m * in_x
            if grad_mask.size:
                # eq: gradient-mask
                grad_mask[target] += (
                    w0 * w1 * X_a + w1 * w2 * X_below + w2 * w3 * X_diagonal + w3 * w0 * X_right
                )
