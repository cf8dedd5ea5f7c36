# %% [raw]
# title = "The gradient of the offsets"
# chapter = "chapters/gradient_offsets"
# minutes = 45
# difficulty = "hard"
# after = [5, 6, 7]
# forbidden = ["dcn_course.reference.deform_conv2d_backward", "dcn_course.reference.deform_conv2d_grad_offset"]
#
# [[gaps]]
# function = "sampling_slopes"
# equation = "bilinear-derivative-y"
# hints = [
#   "In y: each pixel of the lower row counts plus, each of the upper row minus. The factor that is left is the pixel's weight in x: w1 on the left, w3 on the right.",
#   "In x: the right column counts plus, the left one minus, the upper row with w0, the lower row with w2.",
#   "Where projected_y is true the border holds the sample in y: moving the position in y does not move the sample. What is the slope then? And the slope in x?",
# ]
#
# [[gaps]]
# function = "collect_offsets"
# equation = "gradient-offset"
# hints = [
#   "An offset moves one tap at one output point, but in all channels of its group. What does the chain rule do with that?",
#   "Multiply each slope by the gradient g of its entry of the columns, and sum over the channels of the group: C1 // G channels, one after the other.",
#   "The offsets lie in memory as (group, tap, axis): make an array of the shape (N, G, taps, 2, Hout, Wout), fill it, and reshape it to (N, 2 * G * taps, Hout, Wout) at the end.",
# ]
#
# [[gaps]]
# function = "deform_conv2d_grad_offset"
# equation = "gradient-offset"
# hints = [
#   "deform_im2col, with the same offsets, geometry and border as forward, gives the cell, the weights and the held axes of each sample.",
#   "g = K^T δ as in exercise 09: weight.reshape(C2, C1 * kH * kW).T @ grad_output.reshape(N, C2, Hout * Wout). Then the two functions above.",
#   "The number of offset groups stands in a shape: buffers.indices.shape[1].",
# ]
#
# [[mistakes]]
# prediction = [[60, 30], [60, 20]]
# because = "above the image the border holds the tap in y: moved up or down it reads the same, so the gradient in y is 0."
#
# [[mistakes]]
# prediction = [[60, 30], [0, 0]]
# because = "the tap above the image is held in y alone. It may still slide to the left and right along the first row."
#
# [[mistakes]]
# prediction = [[60, 30], [20, 15]]
# because = "that is the border zeros, where the image fades out above. With project the tap reads on the first row."
#
# [[mistakes]]
# prediction = [[6, 3], [0, 2]]
# because = "those are the slopes. The error takes them times the gradient of the value that was read: K times δ."
#
# [[mistakes]]
# prediction = [[30, 60], [20, 0]]
# because = "the numbers are right, but a pair is (y, x): down first."
#
# [[mistakes]]
# prediction = [[-60, -30], [0, -20]]
# because = "a gradient says where the error grows. The minus is the optimiser's, in its step."

# %% [markdown]
# Which way should a tap move so that the error falls? Its gradient has two factors: how the image changes where the tap
# reads (the slope), and what a change of the value there is worth to the error ($g = K^{\mathsf T} \delta$). All channels
# are read at the same place, so their products are summed.
#
# With the border rule `project` a tap outside the image is held in y, in x, or in both; in a held axis its
# gradient is 0.

# %% [question]
# An image of 2×2 pixels:
#
# ```
# 1  3
# 5 11
# ```
#
# A kernel of one tap, K = 5; two output points with δ = 2 at each; the border is `project`. At the first point the
# tap has read at (y, x) = (0.25, 0.5). At the second its position is (−0.25, 0.5), above the image.
#
# Write down ∂E/∂Δp of the two points: the pair (y, x) of the first, then that of the second.

# %%
prediction = [[60, 30], [0, 20]]  # <answer>

# %%
import numpy as np

from dcn_course.reference import deform_im2col, pixel  # exercises 07 and 04; pixel reads one map


# %%
def sampling_slopes(input, indices, weights, projected):
    """Differentiate the value of each sample with respect to its position.

    Args:
        input: X, shape (N, C1, H, W); zero outside.
        indices: (ay, ax) of each sample, int64, shape (N, G, kH*kW, Hout, Wout, 2) with G offset groups of
            C1/G channels each.
        weights: (w0, w1, w2, w3) of each sample, shape (N, G, kH*kW, Hout, Wout, 4).
        projected: whether the border holds the sample (in y, in x), bool, shape (N, G, kH*kW, Hout, Wout, 2).

    Returns:
        (∂X/∂y, ∂X/∂x) of each entry of the columns, in values a pixel, shape (N, C1, kH*kW, Hout, Wout, 2);
        0 in a held axis.
    """
    N, C1, H, W = input.shape
    N, G, taps, Ho, Wo, _ = indices.shape
    slopes = np.zeros((N, C1, taps, Ho, Wo, 2), input.dtype)
    for n, c1, k, oy, ox in np.ndindex(N, C1, taps, Ho, Wo):
        sample = n, c1 // (C1 // G), k, oy, ox
        (ay, ax), (w0, w1, w2, w3) = indices[sample], weights[sample]
        projected_y, projected_x = projected[sample]
        X = input[n, c1]
        X_a, X_down = pixel(X, ay, ax), pixel(X, ay + 1, ax)
        X_right, X_diagonal = pixel(X, ay, ax + 1), pixel(X, ay + 1, ax + 1)
        # <solution>
        if not projected_y:
            slopes[n, c1, k, oy, ox, 0] = -w1 * X_a + w1 * X_down + w3 * X_diagonal - w3 * X_right
        if not projected_x:
            slopes[n, c1, k, oy, ox, 1] = -w0 * X_a - w2 * X_down + w2 * X_diagonal + w0 * X_right
        # </solution>
    return slopes


# %%
def collect_offsets(grad_columns, slopes, offset_groups):
    """Collect for each offset what moving its sample does to the error.

    Args:
        grad_columns: g = ∂E/∂A, shape (N, C1*kH*kW, Hout*Wout).
        slopes: (∂X/∂y, ∂X/∂x) of each entry of the columns, shape (N, C1, kH*kW, Hout, Wout, 2).
        offset_groups: G, an integer; the channels 0 to C1/G - 1 belong to group 0, and so on.

    Returns:
        ∂E/∂Δp, shape (N, 2*G*kH*kW, Hout, Wout), (y, x) of each tap in turn, as the offsets themselves.
    """
    N, C1, taps, Ho, Wo, _ = slopes.shape
    A = grad_columns.reshape(N, C1, taps, Ho, Wo)
    # <solution>
    grad_offset = np.zeros((N, offset_groups, taps, 2, Ho, Wo), grad_columns.dtype)
    for c1 in range(C1):
        g = c1 // (C1 // offset_groups)
        grad_offset[:, g, :, 0] += A[:, c1] * slopes[:, c1, :, :, :, 0]
        grad_offset[:, g, :, 1] += A[:, c1] * slopes[:, c1, :, :, :, 1]
    return grad_offset.reshape(N, 2 * offset_groups * taps, Ho, Wo)
    # </solution>


# %%
def deform_conv2d_grad_offset(grad_output, input, offset, weight, stride, padding, dilation, border):
    """Send the error from the output to the offsets.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        input: X, shape (N, C1, H, W).
        offset: Δp, shape (N, 2*G*kH*kW, Hout, Wout), (y, x) of each tap in turn, in pixels.
        weight: K, shape (C2, C1, kH, kW).
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.
        border: "zeros" or "project".

    Returns:
        ε = ∂E/∂Δp, shape (N, 2*G*kH*kW, Hout, Wout).
    """
    N, C2, Ho, Wo = grad_output.shape
    C2, C1, kH, kW = weight.shape
    # <solution>
    buffers = deform_im2col(input, offset, (kH, kW), stride, padding, dilation, border=border)
    g = weight.reshape(C2, C1 * kH * kW).T @ grad_output.reshape(N, C2, Ho * Wo)
    slopes = sampling_slopes(input, buffers.indices, buffers.weights, buffers.projected)
    return collect_offsets(g, slopes, buffers.indices.shape[1])
    # </solution>


# %% [picture]
# Taps on an image of 4×5 pixels. Each wants to read more, and its arrow shows where it wants to go: uphill, along the
# slope under it. The taps outside are held by the border rule `project`: they slide along the edge and nowhere else, and the
# one beyond the corner rests. If yours leave the edge at an angle, the clamp is not differentiated.
