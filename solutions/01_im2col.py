# %% [raw]
# title = "Convolution by im2col"
# chapter = "chapters/convolution"
# minutes = 30
# difficulty = "easy"
# after = []
# forbidden = ["dcn_course"]
#
# [[gaps]]
# function = "output_size"
# equation = "output-size"
# hints = [
#   "The first tap of the first output point stands at -padding. Where does its last tap stand?",
#   "From the first tap to the last one the kernel reaches over dilation * (kernel_size - 1) + 1 pixels. How many pixels are left to slide over, in steps of the stride?",
#   "Whole steps only: // rounds down. And the start itself is a point: + 1.",
# ]
#
# [[gaps]]
# function = "im2col"
# equation = "im2col"
# hints = [
#   "np.pad puts the zeros around the image. In the padded image the tap (i, j) of the output point (oy, ox) reads row sy * oy + dy * i and column sx * ox + dx * j: the minus padding is gone.",
#   "Make A with the shape (N, C1, kH, kW, Hout, Wout) and fill it with loops over i, j, oy, ox. All images and channels go at once.",
#   "At the end A.reshape(N, C1 * kH * kW, Hout * Wout) puts rows and columns into the order asked for.",
# ]
#
# [[gaps]]
# function = "conv2d"
# equation = "convolution-matmul"
# hints = [
#   "weight.reshape(C2, C1 * kH * kW) has a row for each output map, and its columns are in the same order as the rows of A.",
#   "K @ A multiplies each image's columns with K. The bias is one number for each output map: bias[:, None] adds it to every column.",
# ]
#
# [[mistakes]]
# prediction = [[20, 16], [24, 16]]
# because = "that turns the kernel round by 180 degrees. What deep learning calls a convolution does not: the tap (0, 0) meets the upper left pixel."
#
# [[mistakes]]
# prediction = [[4, 11], [14, 30]]
# because = "those are the four points of the upper left corner: the rows and columns 0 and 1. Rows and columns are counted from 0."

# %% [markdown]
# A convolution is a matrix product, once its input is laid out right. Under each output point lay the column of
# pixels that the kernel's taps read there: these columns are the matrix $A$, and then $Y = KA + b$. Deformable
# convolution will fill $A$ differently and keep everything else, so this exercise is the ground of all others.

# %% [question]
# An image of 2×2 pixels, one channel, and a kernel of 2×2 taps; stride 1, a ring of zeros around the image
# (padding 1), no bias:
#
# ```
# image  1 2     kernel  1 2
#        3 4             3 4
# ```
#
# The output has 3×3 points. Write down its four points in the lower right corner:
# rows 1 and 2, columns 1 and 2.

# %%
prediction = [[30, 14], [11, 4]]  # <answer>

# %%
import numpy as np


# %%
def output_size(size, kernel_size, stride, padding, dilation):
    """Count the output points along one axis.

    Args:
        size: H or W, in pixels, an integer.
        kernel_size: taps along this axis.
        stride: step from one output point to the next, in pixels.
        padding: zeros in front of the image and as many behind it, in pixels.
        dilation: step from one tap to the next, in pixels.

    Returns:
        The number of places at which all taps lie on the padded image, an integer.
    """
    # <solution>
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1
    # </solution>


# %%
def im2col(input, kernel_size, stride, padding, dilation):
    """Lay under each output point the column of pixels that its taps read.

    Args:
        input: X, shape (N, C1, H, W).
        kernel_size: (kH, kW), in taps.
        stride: (sy, sx), in pixels.
        padding: (py, px), zeros around the image, in pixels.
        dilation: (dy, dx), in pixels.

    Returns:
        A, shape (N, C1*kH*kW, Hout*Wout). Row (c1, i, j) is c1*kH*kW + i*kW + j, column (oy, ox) is
        oy*Wout + ox; its entry is the pixel (sy*oy - py + dy*i, sx*ox - px + dx*j) of map c1.
    """
    N, C1, H, W = input.shape
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    Ho = output_size(H, kH, sy, py, dy)
    Wo = output_size(W, kW, sx, px, dx)
    # <solution>
    padded = np.pad(input, ((0, 0), (0, 0), (py, py), (px, px)))
    A = np.zeros((N, C1, kH, kW, Ho, Wo), input.dtype)
    for i, j, oy, ox in np.ndindex(kH, kW, Ho, Wo):
        A[:, :, i, j, oy, ox] = padded[:, :, sy * oy + dy * i, sx * ox + dx * j]
    return A.reshape(N, C1 * kH * kW, Ho * Wo)
    # </solution>


# %%
def conv2d(input, weight, bias, stride, padding, dilation):
    """Convolve: the kernel as a matrix times the columns, plus the bias.

    Args:
        input: X, shape (N, C1, H, W).
        weight: K, shape (C2, C1, kH, kW).
        bias: b, shape (C2,).
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.

    Returns:
        Y, shape (N, C2, Hout, Wout).
    """
    N, C1, H, W = input.shape
    C2, C1, kH, kW = weight.shape
    Ho = output_size(H, kH, stride[0], padding[0], dilation[0])
    Wo = output_size(W, kW, stride[1], padding[1], dilation[1])
    # <solution>
    A = im2col(input, (kH, kW), stride, padding, dilation)
    Y = weight.reshape(C2, C1 * kH * kW) @ A + bias[:, None]
    return Y.reshape(N, C2, Ho, Wo)
    # </solution>


# %% [picture]
# The image and the column matrix of a kernel of 2×2 taps. Each colour is an output point: the pixels that its taps
# read stand below each other in one column. Neighbouring points share pixels, so most pixels stand in several columns.
