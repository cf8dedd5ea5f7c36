# %% [raw]
# title = "Make it fast"
# chapter = "chapters/timing"
# minutes = 45
# difficulty = "hard"
# after = [7]
# needs = ["numba"]
# forbidden = ["dcn_course", "torch", "torchvision"]
#
# [[gaps]]
# function = "columns_vectorised"
# equation = "deformable-columns"
# hints = [
#   "All positions at once: offset.reshape(N, kH, kW, 2, Ho, Wo) takes the offsets apart. To them add np.arange(Ho)[:, None] - py + np.arange(kH)[:, None, None, None] in y, and the same in x. The positions serve all channels.",
#   "A loop over the four corners of the cells may stay: it makes four steps, whatever the size. In each, compute the weight of the corner for all samples.",
#   "Read all at once with index arrays that broadcast: input[n, c1, qy, qx] with n and c1 from np.arange, reshaped so that each has an axis of its own. Clip qy and qx to the image, and multiply by a mask that is 0 outside.",
# ]
#
# [[gaps]]
# function = "columns_compiled"
# equation = "deformable-columns"
# hints = [
#   "numba compiles plain loops to machine code: write the loops of columns_loop, one number at a time, with no small arrays inside.",
#   "Find the position and the cell of a sample once, outside the loop over the channels.",
#   "for qy in range(max(ay, 0), min(ay + 2, H)) goes through the rows of the cell that are on the image; so no question is left inside.",
#   "The row of A is c1 * kH * kW + k, the column oy * Wo + ox.",
# ]
#
# [[mistakes]]
# prediction = [72, 72, 288]
# because = "all channels are read at the same positions: a position is computed once for each tap and output point, not once for each channel."
#
# [[mistakes]]
# prediction = [36, 72, 72]
# because = "a value between the pixels is made of four."
#
# [[mistakes]]
# prediction = [4, 8, 32]
# because = "with the ring of zeros there are 3×3 output points, not one."

# %% [markdown]
# The loops of exercise 07 say what is computed. They are slow, since Python spends far more time on each step than the step
# itself takes. There are two ways out: let NumPy make each step for all samples at once, or compile the loops. You do both,
# for the border "zeros", stride and dilation 1 and one offset group.
#
# The check asks for right results. Behind them it shows how fast they come: beside the loop, and beside torchvision, where
# that is installed. The times decide nothing.

# %% [question]
# An image of 2×2 pixels, two channels; a kernel of 2×2 taps, a ring of zeros around the image (padding 1), one offset group.
#
# How many positions must be computed? How many numbers has the column matrix? How many pixels are read for it at most? Write
# down [positions, numbers, pixels].

# %%
prediction = [36, 72, 288]  # <answer>

# %%
import numba
import numpy as np


def columns_loop(input, offset, kernel_size, padding):
    """Fill the column matrix sample by sample: exercise 07. Given.

    Args:
        input: X, shape (N, C1, H, W); zero outside.
        offset: Δp, shape (N, 2*kH*kW, Hout, Wout), in pixels; for each tap first y, then x.
        kernel_size: (kH, kW), in taps.
        padding: (py, px), in pixels.

    Returns:
        A, shape (N, C1*kH*kW, Hout*Wout).
    """
    N, C1, H, W = input.shape
    (kH, kW), (py, px), (Ho, Wo) = kernel_size, padding, offset.shape[2:]
    A = np.zeros((N, C1, kH * kW, Ho, Wo), input.dtype)
    for n, k, oy, ox in np.ndindex(N, kH * kW, Ho, Wo):
        i, j = divmod(k, kW)
        y, x = oy - py + i + offset[n, 2 * k, oy, ox], ox - px + j + offset[n, 2 * k + 1, oy, ox]
        ay, ax = int(np.floor(y)), int(np.floor(x))
        for qy, qx in ((ay, ax), (ay + 1, ax), (ay + 1, ax + 1), (ay, ax + 1)):
            if 0 <= qy < H and 0 <= qx < W:
                A[n, :, k, oy, ox] += (1 - abs(y - qy)) * (1 - abs(x - qx)) * input[n, :, qy, qx]
    return A.reshape(N, C1 * kH * kW, Ho * Wo)


# %%
def columns_vectorised(input, offset, kernel_size, padding):
    """Fill the column matrix with NumPy alone, all samples at once.

    Args:
        input: X, shape (N, C1, H, W); zero outside.
        offset: Δp, shape (N, 2*kH*kW, Hout, Wout), in pixels; for each tap first y, then x.
        kernel_size: (kH, kW), in taps.
        padding: (py, px), in pixels.

    Returns:
        A, shape (N, C1*kH*kW, Hout*Wout).
    """
    N, C1, H, W = input.shape
    (kH, kW), (py, px), (Ho, Wo) = kernel_size, padding, offset.shape[2:]
    # <solution>
    delta = offset.reshape(N, 1, kH, kW, 2, Ho, Wo)
    y = np.arange(Ho)[:, None] - py + np.arange(kH)[:, None, None, None] + delta[:, :, :, :, 0]
    x = np.arange(Wo) - px + np.arange(kW)[:, None, None] + delta[:, :, :, :, 1]
    ay, ax = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    n, c1 = np.arange(N).reshape(N, 1, 1, 1, 1, 1), np.arange(C1).reshape(1, C1, 1, 1, 1, 1)
    A = np.zeros((N, C1, kH, kW, Ho, Wo), input.dtype)
    for qy, qx in ((ay, ax), (ay + 1, ax), (ay + 1, ax + 1), (ay, ax + 1)):
        on = (qy >= 0) & (qy < H) & (qx >= 0) & (qx < W)
        share = on * (1 - abs(y - qy)) * (1 - abs(x - qx))
        A += share * input[n, c1, qy.clip(0, H - 1), qx.clip(0, W - 1)]
    return A.reshape(N, C1 * kH * kW, Ho * Wo)
    # </solution>


# %%
@numba.njit
def columns_compiled(input, offset, kernel_size, padding):
    """Fill the column matrix with compiled loops.

    Args:
        input: X, shape (N, C1, H, W); zero outside.
        offset: Δp, shape (N, 2*kH*kW, Hout, Wout), in pixels; for each tap first y, then x.
        kernel_size: (kH, kW), in taps.
        padding: (py, px), in pixels.

    Returns:
        A, shape (N, C1*kH*kW, Hout*Wout).
    """
    N, C1, H, W = input.shape
    kH, kW = kernel_size
    py, px = padding
    Ho, Wo = offset.shape[2:]
    A = np.zeros((N, C1 * kH * kW, Ho * Wo), input.dtype)
    # <solution>
    for n in range(N):
        for k in range(kH * kW):
            for oy in range(Ho):
                for ox in range(Wo):
                    y = oy - py + k // kW + offset[n, 2 * k, oy, ox]
                    x = ox - px + k % kW + offset[n, 2 * k + 1, oy, ox]
                    ay, ax = int(np.floor(y)), int(np.floor(x))
                    for c1 in range(C1):
                        value = 0.0
                        for qy in range(max(ay, 0), min(ay + 2, H)):
                            for qx in range(max(ax, 0), min(ax + 2, W)):
                                value += (1 - abs(y - qy)) * (1 - abs(x - qx)) * input[n, c1, qy, qx]
                        A[n, c1 * kH * kW + k, oy * Wo + ox] = value
    # </solution>
    return A


# %% [picture]
# How many steps Python itself makes for 8 channels of 24×24 pixels and 3×3 taps, each bar on a scale on which every mark is
# ten times the one before. The work is the same in all three. The loop pays Python's price for each sample and corner, the
# vectorised function for each corner, the compiled one for the call.
