# %% [raw]
# title = "The gradient of the kernel and the bias"
# chapter = "chapters/gradient_kernel"
# minutes = 30
# difficulty = "easy"
# after = [2, 7]
# forbidden = ["dcn_course.reference.deform_conv2d_backward", "dcn_course.reference.matmul_grad_weight"]
#
# [[gaps]]
# function = "matmul_grad_weight"
# equation = "gradient-weight"
# hints = [
#   "Forward, each image's output is the product K A. The kernel's entry in row c2 and column r carries row r of A into row c2 of Y. What do the row c2 of δ and the row r of A have in common?",
#   "Their product, point by point, summed over the output points: δ A^T. Lay δ out like Y = K A, a row for each map.",
#   "All images go through one kernel: sum their products. At the end the columns (c1, k) become (c1, i, j): reshape.",
# ]
#
# [[gaps]]
# function = "conv2d_grad_bias"
# equation = "gradient-bias"
# hints = [
#   "The bias of a map is added to each of its points, in each image. How much does the error grow if it grows by a little?",
#   "By the sum of δ over all images and all points of the map. One number for each map is left: which axes are summed?",
# ]
#
# [[gaps]]
# function = "deform_conv2d_grad_weight"
# equation = "gradient-weight-deformable"
# hints = [
#   "Each entry K(c2, c1, i, j) gathers δ(c2, p) times the value that the tap (i, j) has read in map c1 at the output point p. Loop over images, taps and output points; all c2 go at once.",
#   "The tap's position is sy * oy - py + dy * i in y, plus its own offset at this output point. The offsets of the tap k = i*kW + j are the maps 2 * k (y) and 2 * k + 1 (x).",
#   "bilinear_sample gives a pair; the value is its first element. Hand the border on to it. Each point adds its share: +=.",
# ]
#
# [[mistakes]]
# prediction = [14, 6]
# because = "that reads the pixels at the output points. The taps were displaced by their offsets: read there."
#
# [[mistakes]]
# prediction = [8, 6]
# because = "that is the sum of the values that were read. Each counts as much as the error at its output point."
#
# [[mistakes]]
# prediction = [13, 3]
# because = "that is the mean over the output points. The gradient is the sum."
#
# [[mistakes]]
# prediction = [48, 6]
# because = "that is the sum of the errors times the sum of the values. Multiply point by point, then sum."
#
# [[mistakes]]
# prediction = [26, 2]
# because = "the bias is not counted once a point: it gathers the error of each point."

# %% [markdown]
# The taps are displaced, each by its own offset. What does that change in the gradient of the kernel? Nothing but the
# numbers that it is made of: the offsets are inside the columns $A$, and $A$ does not know the kernel. First you write
# $\delta A^{\mathsf T}$ and the gradient of the bias, which any convolution has. Then you write the kernel's gradient
# once more without $A$: each tap reads again where it has read.

# %% [question]
# An image of 2×2 pixels:
#
# ```
# 1  3
# 5 11
# ```
#
# A kernel of one tap and a bias; stride 1, no padding. The offset of the first output point, (0, 0), is
# (y, x) = (0.5, 0), and there δ = 2. The offset of the second, (0, 1), is (0.25, 0), and there δ = 4. At the other two
# output points δ = 0.
#
# Write down the pair (∂E/∂K, ∂E/∂b).

# %%
prediction = [26, 6]  # <answer>

# %%
import numpy as np

# Exercises 04 and 06: value, _ = bilinear_sample(map, y, x, border)
from dcn_course.reference import bilinear_sample


# %%
def matmul_grad_weight(grad_output, columns, weight_shape):
    """Collect for each entry of the kernel what it has carried from the columns to the output.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        columns: A, shape (N, C1*kH*kW, Hout*Wout). Row (c1, i, j) is c1*kH*kW + i*kW + j, column (oy, ox)
            is oy*Wout + ox.
        weight_shape: (C2, C1, kH, kW).

    Returns:
        ∂E/∂K, shape (C2, C1, kH, kW).
    """
    N, C2, Ho, Wo = grad_output.shape
    C2, C1, kH, kW = weight_shape
    # <solution>
    delta = grad_output.reshape(N, C2, Ho * Wo)
    grad_weight = np.zeros((C2, C1 * kH * kW), columns.dtype)
    for n in range(N):
        grad_weight += delta[n] @ columns[n].T
    return grad_weight.reshape(C2, C1, kH, kW)
    # </solution>


# %%
def conv2d_grad_bias(grad_output):
    """Collect for each map's bias the errors of the points that it was added to.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).

    Returns:
        ∂E/∂b, shape (C2,).
    """
    # <solution>
    return grad_output.sum(axis=(0, 2, 3))
    # </solution>


# %%
def deform_conv2d_grad_weight(grad_output, input, offset, weight_shape, stride, padding, dilation, border):
    """Collect for each entry of the kernel what its tap has read, without the columns.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        input: X, shape (N, C1, H, W).
        offset: Δp, shape (N, 2*kH*kW, Hout, Wout), (y, x) of each tap in turn, in pixels.
        weight_shape: (C2, C1, kH, kW).
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.
        border: "zeros" or "project".

    Returns:
        ∂E/∂K, shape (C2, C1, kH, kW).
    """
    N, C2, Ho, Wo = grad_output.shape
    C2, C1, kH, kW = weight_shape
    (sy, sx), (py, px), (dy, dx) = stride, padding, dilation
    grad_weight = np.zeros((C2, C1, kH, kW), grad_output.dtype)
    # <solution>
    for n, i, j, oy, ox in np.ndindex(N, kH, kW, Ho, Wo):
        k = i * kW + j
        y = sy * oy - py + dy * i + offset[n, 2 * k, oy, ox]
        x = sx * ox - px + dx * j + offset[n, 2 * k + 1, oy, ox]
        for c1 in range(C1):
            value, _ = bilinear_sample(input[n, c1], y, x, border)
            grad_weight[:, c1, i, j] += grad_output[n, :, oy, ox] * value
    return grad_weight
    # </solution>


# %% [picture]
# A gradient as a row of products. Left, δ at the six output points, and below it the columns A, a row for each of the four
# taps of a 2×2 kernel. Right, each row times δ, green where a product is positive and orange where it is negative. The
# numbers at the end are the sums: the gradient of the bias above, those of the four taps below.
