# %% [markdown]
# # 07 · Deformable convolution
#
# 40 minutes · medium · after 01, 04, 06 · chapter `chapters/deformable`

# %% [markdown]
# An ordinary convolution reads a rectangle of pixels. A deformable one reads as many samples, each moved by an offset of
# its own, and changes nothing else: find the positions, fill the column matrix with what is read there, multiply.
# The offsets stand in one array with $2\,G_\Delta\,k_H k_W$ maps: for each offset group, for each tap, first y, then x.
# Most mistakes are made in this order, and they give no error, only wrong results.

# %% [markdown]
# **First, by hand.** An image of 2×2 pixels and a kernel of 1×2 taps (one row, two columns); stride 1, no padding, dilation 1. At the output
# point (0, 0) the four maps of the offset hold these numbers, in this order:
#
# ```
# image  10 20     offset  0.5  0  0.25  -0.5
#        40 80
# ```
#
# Which two values do the taps read? Write them down as [tap 0, tap 1].

# %%
prediction = ...

# %%
import numpy as np


def sample(image, y, x, border):
    """Read all channels of an image (C, H, W) at the position (y, x), shape (C,): exercises 04 and 06. Given."""
    C, H, W = image.shape
    if border == "project":
        y, x = min(max(y, 0), H - 1), min(max(x, 0), W - 1)
    ay, ax = int(np.floor(y)), int(np.floor(x))
    value = np.zeros(C, image.dtype)
    for qy, qx in ((ay, ax), (ay + 1, ax), (ay + 1, ax + 1), (ay, ax + 1)):
        if 0 <= qy < H and 0 <= qx < W:
            value += (1 - abs(y - qy)) * (1 - abs(x - qx)) * image[:, qy, qx]
    return value

# %%
def sampling_positions(offset, kernel_size, stride, padding, dilation):
    """Compute where each tap reads.

    Args:
        offset: Δp, shape (N, 2*G*kH*kW, Hout, Wout), in pixels; G is the number of offset groups. The maps stand
            in the order group, tap, axis, with y before x.
        kernel_size: (kH, kW), in taps; tap (i, j) is number k = i*kW + j.
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.

    Returns:
        (y, x) of each sample, in pixels, shape (N, G, kH*kW, Hout, Wout, 2).
    """
    N, maps, Ho, Wo = offset.shape
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    G = maps // (2 * kH * kW)
    positions = np.zeros((N, G, kH * kW, Ho, Wo, 2), offset.dtype)
    raise NotImplementedError("about 5 lines")
    return positions

# %%
def deform_im2col(input, offset, kernel_size, stride, padding, dilation, border):
    """Lay under each output point the column of values that its displaced taps read.

    Args:
        input: X, shape (N, C1, H, W).
        offset: Δp, shape (N, 2*G*kH*kW, Hout, Wout), in pixels; G divides C1.
        kernel_size: (kH, kW), in taps.
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.
        border: "zeros" or "project", what is read outside the image; `sample` takes care of it.

    Returns:
        A, shape (N, C1*kH*kW, Hout*Wout), rows and columns in the order of exercise 01.
    """
    N, C1, H, W = input.shape
    positions = sampling_positions(offset, kernel_size, stride, padding, dilation)
    _, G, taps, Ho, Wo, _ = positions.shape
    raise NotImplementedError("about 7 lines")

# %%
def deform_conv2d(input, offset, weight, bias, stride, padding, dilation, border):
    """Convolve with every tap displaced by its own offset at each output point.

    Args:
        input: X, shape (N, C1, H, W).
        offset: Δp, shape (N, 2*G*kH*kW, Hout, Wout), in pixels.
        weight: K, shape (C2, C1, kH, kW).
        bias: b, shape (C2,).
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.
        border: "zeros" or "project".

    Returns:
        Y, shape (N, C2, Hout, Wout).
    """
    N, _, Ho, Wo = offset.shape
    C2, C1, kH, kW = weight.shape
    raise NotImplementedError("about 3 lines")

# %% [markdown]
# ## What you should see
#
# Two output points of a kernel with 2×2 taps, each in its own colour. The hollow rings are the places of the taps in an
# ordinary convolution, the discs the positions after the offsets, each with the number of its tap. What is read there
# fills one column of $A$. With all offsets zero your columns must be those of exercise 01. The picture is in `07_deformable_convolution.svg`.

# %% [markdown]
# Check it with `dcn check 07`.

# %% [markdown]
# ## Hints
#
# Open one at a time, and try again before the next.
#
# <details><summary>sampling_positions, hint 1</summary>
#
# Without offsets, tap (i, j) of the output point (oy, ox) reads at (sy * oy - py + dy * i, sx * ox - px + dx * j), as in exercise 01. Add the offset.
#
# </details>
#
# <details><summary>sampling_positions, hint 2</summary>
#
# The maps of the offset stand in the order group, tap, axis: offset.reshape(N, G, kH * kW, 2, Ho, Wo) takes them apart. In the axis of length 2, y comes first.
#
# </details>
#
# <details><summary>sampling_positions, hint 3</summary>
#
# i, j = divmod(k, kW). All images and groups can go at once: positions[:, :, k, oy, ox, 0] is y.
#
# </details>
#
# <details><summary>deform_im2col, hint 1</summary>
#
# Go through all samples: image, offset group, tap, output point. At each, sample reads all channels that you give it.
#
# </details>
#
# <details><summary>deform_im2col, hint 2</summary>
#
# The C1 channels are split into G groups of C1 // G channels that stand next to each other. Group g has the channels from g * (C1 // G) on.
#
# </details>
#
# <details><summary>deform_im2col, hint 3</summary>
#
# Collect in an array of shape (N, C1, kH * kW, Ho, Wo); A.reshape(N, C1 * kH * kW, Ho * Wo) at the end.
#
# </details>
#
# <details><summary>deform_conv2d, hint 1</summary>
#
# Nothing is new here: it is the product of exercise 01 with other columns.
#
# </details>
#
# <details><summary>deform_conv2d, hint 2</summary>
#
# weight.reshape(C2, C1 * kH * kW) @ A + bias[:, None], then the shape (N, C2, Ho, Wo).
#
# </details>
