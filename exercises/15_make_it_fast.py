# %% [markdown]
# # 15 · Make it fast
#
# 45 minutes · hard · after 07 · needs numba · chapter `chapters/timing`

# %% [markdown]
# The loops of exercise 07 say what is computed. They are slow, since Python spends far more time on each step than the step
# itself takes. There are two ways out: let NumPy make each step for all samples at once, or compile the loops. You do both,
# for the border "zeros", stride and dilation 1 and one offset group.
#
# The check asks for right results. Behind them it shows how fast they come: beside the loop, and beside torchvision, where
# that is installed. The times decide nothing.

# %% [markdown]
# **First, by hand.** An image of 2×2 pixels, two channels; a kernel of 2×2 taps, a ring of zeros around the image (padding 1), one offset group.
#
# How many positions must be computed? How many numbers has the column matrix? How many pixels are read for it at most? Write
# down [positions, numbers, pixels].

# %%
prediction = ...

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
    raise NotImplementedError("about 11 lines")

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
    raise NotImplementedError("about 13 lines")
    return A

# %% [markdown]
# ## What you should see
#
# How many steps Python itself makes for 8 channels of 24×24 pixels and 3×3 taps, each bar on a scale on which every mark is
# ten times the one before. The work is the same in all three. The loop pays Python's price for each sample and corner, the
# vectorised function for each corner, the compiled one for the call. The picture is in `15_make_it_fast.svg`.

# %% [markdown]
# Check it with `dcn check 15`.

# %% [markdown]
# ## Hints
#
# Open one at a time, and try again before the next.
#
# <details><summary>columns_vectorised, hint 1</summary>
#
# All positions at once: offset.reshape(N, kH, kW, 2, Ho, Wo) takes the offsets apart. To them add np.arange(Ho)[:, None] - py + np.arange(kH)[:, None, None, None] in y, and the same in x. The positions serve all channels.
#
# </details>
#
# <details><summary>columns_vectorised, hint 2</summary>
#
# A loop over the four corners of the cells may stay: it makes four steps, whatever the size. In each, compute the weight of the corner for all samples.
#
# </details>
#
# <details><summary>columns_vectorised, hint 3</summary>
#
# Read all at once with index arrays that broadcast: input[n, c1, qy, qx] with n and c1 from np.arange, reshaped so that each has an axis of its own. Clip qy and qx to the image, and multiply by a mask that is 0 outside.
#
# </details>
#
# <details><summary>columns_compiled, hint 1</summary>
#
# numba compiles plain loops to machine code: write the loops of columns_loop, one number at a time, with no small arrays inside.
#
# </details>
#
# <details><summary>columns_compiled, hint 2</summary>
#
# Find the position and the cell of a sample once, outside the loop over the channels.
#
# </details>
#
# <details><summary>columns_compiled, hint 3</summary>
#
# for qy in range(max(ay, 0), min(ay + 2, H)) goes through the rows of the cell that are on the image; so no question is left inside.
#
# </details>
#
# <details><summary>columns_compiled, hint 4</summary>
#
# The row of A is c1 * kH * kW + k, the column oy * Wo + ox.
#
# </details>
