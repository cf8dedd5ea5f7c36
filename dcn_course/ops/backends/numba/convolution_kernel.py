"""The kernels of the plain convolution: rows of the image are copied into the columns, and added back."""

from dcn_course.ops.backends.numba.compile import inner, kernel
from dcn_course.ops.backends.numba.simd import LANES, load_until, number, put, splat, store_until


@kernel
def fill(x, zeroth, first, end, top, bottom, before_ones, columns, numbers):
    """Fill the columns of some maps (image after image, channel after channel), for some rows of the output.

    Args:
        x: (N·C, H, W).
        zeroth: The map with which `columns` begins.
        first: First map.
        end: Behind the last map.
        top: First row of the output.
        bottom: Behind the last row.
        before_ones: After so many maps there is a row of ones; 0 for none.
        columns: (maps·kH·kW·rows·Wo,), or longer by the ones, written.
        numbers: kH, kW, stride, padding and dilation, each y and x, and Wo: numba takes a flat tuple fastest.
    """
    taps_y, taps_x, step_y, step_x, pad_y, pad_x, dil_y, dil_x, cols = numbers
    _, height, width = x.shape
    pixels = x.reshape(-1)
    zero, one = splat(x.dtype.type(0)), splat(x.dtype.type(1))
    points = (bottom - top) * cols
    at = (first - zeroth) * taps_y * taps_x * points
    if before_ones:
        at += (first - zeroth) // before_ones * points
    for plane in range(first, end):
        for k in range(taps_y * taps_x):
            # Points before `low` and from `high` on lie in the padding.
            start, low, high = inside(k % taps_x * dil_x - pad_x, step_x, cols, width)
            for oy in range(top, bottom):
                y = oy * step_y - pad_y + k // taps_x * dil_y
                row = (plane * height + y) * width + start
                is_row = 0 <= y < height
                if not is_row or low > 0 or high < cols:
                    for s in range(0, cols, LANES):
                        store_until(columns, at + s, at + cols, zero)
                # eq: im2col
                if is_row and step_x == 1:
                    for s in range(low, high, LANES):
                        store_until(columns, at + s, at + high, load_until(pixels, row + s, row + high))
                elif is_row:
                    for s in range(low, high):
                        put(columns, at + s, number(pixels, row + s * step_x))
                at += cols
        if before_ones and (plane + 1 - zeroth) % before_ones == 0:
            for s in range(0, points, LANES):
                store_until(columns, at + s, at + points, one)
            at += points


@kernel
def collect(columns, zeroth, first, end, top, bottom, grad_x, numbers):
    """The transpose of `fill`: each entry of the matrix is added to the pixel that it was read from.

    Args:
        columns: See `fill`, like what follows.
        zeroth: See `fill`.
        first: See `fill`.
        end: See `fill`.
        top: See `fill`.
        bottom: See `fill`.
        grad_x: (N·C, H, W), added to.
        numbers: See `fill`.
    """
    taps_y, taps_x, step_y, step_x, pad_y, pad_x, dil_y, dil_x, cols = numbers
    _, height, width = grad_x.shape
    pixels = grad_x.reshape(-1)
    at = (first - zeroth) * taps_y * taps_x * (bottom - top) * cols
    for plane in range(first, end):
        for k in range(taps_y * taps_x):
            start, low, high = inside(k % taps_x * dil_x - pad_x, step_x, cols, width)
            for oy in range(top, bottom):
                y = oy * step_y - pad_y + k // taps_x * dil_y
                row = (plane * height + y) * width + start
                # eq: col2im
                if 0 <= y < height and step_x == 1:
                    for s in range(low, high, LANES):
                        to, stop = row + s, row + high
                        added = load_until(columns, at + s, at + high) + load_until(pixels, to, stop)
                        store_until(pixels, to, stop, added)
                elif 0 <= y < height:
                    for s in range(low, high):
                        to = row + s * step_x
                        put(pixels, to, number(pixels, to) + number(columns, at + s))
                at += cols


@inner
def inside(start, step, count, width):
    """`start`, and the first and behind the last of `count` points whose pixel start + step·point exists."""
    low = min(max(0, -(start // step)), count)
    high = min(max(low, (width - 1 - start) // step + 1), count)
    return start, low, high
