# %% [raw]
# title = "The gradient of the input: the scatter"
# chapter = "chapters/gradient_input"
# minutes = 40
# difficulty = "medium"
# after = [2, 5, 7]
# forbidden = ["dcn_course.reference.deform_conv2d_backward", "dcn_course.reference.deform_conv2d_grad_input", "dcn_course.reference.deformable_conv2d_grad_input"]
#
# [[gaps]]
# function = "matmul_grad_columns"
# equation = "gradient-columns"
# hints = [
#   "Forward, each image's output is the product K A. What does an entry of A act on, and how strongly?",
#   "Only on its own output point, and there on every output map c2, with the factor K(c2, c1, k). The sum over c2 is a product of matrices: which of the two factors must be turned?",
#   "weight.reshape(C2, C1 * kH * kW).T @ grad_output.reshape(N, C2, Hout * Wout) does it for all images at once.",
# ]
#
# [[gaps]]
# function = "scatter"
# equation = "scatter"
# hints = [
#   "Take the entries of the columns one after the other and ask each where it has read: indices and weights of its sample say it. Which index of the sample tells the offset group? C1 // G channels share one.",
#   "A sample's four pixels are a, the one below it, the one to the lower right and the one to the right. Their shares are w0 * w1, w1 * w2, w2 * w3 and w3 * w0, each times g.",
#   "A corner outside the image gets nothing: ask 0 <= qy < H and 0 <= qx < W for each of the four. The border rule project needs the question too: a sample on the last row has a + 1 below it.",
#   "Several samples may read the same pixel, so its gradient is a sum: += and not =.",
# ]
#
# [[gaps]]
# function = "deform_conv2d_grad_input"
# equation = "gradient-input-gather"
# hints = [
#   "Where the taps have read is known from the way forward: deform_im2col gives it again, with the same offsets, the same geometry and the same border.",
#   "buffers.indices and buffers.weights are what scatter wants. Put the two functions above one after the other.",
# ]
#
# [[mistakes]]
# prediction = [[2, 6], [2, 2]]
# because = "the upper row has the share of the second tap alone. The first one has read there too: the shares add up."
#
# [[mistakes]]
# prediction = [[6, 14], [2, 2]]
# because = "that brings the second tap to the border first, the rule project. With zeros it stays half outside, and what it read there is lost."
#
# [[mistakes]]
# prediction = [[4, 8], [4, 8]]
# because = "the second tap's shares for row -1 have landed in the last row. There is no row -1: drop them."
#
# [[mistakes]]
# prediction = [[2, 4], [1, 1]]
# because = "that is the kernel alone. Each tap's share is multiplied by the gradient at the output point, 2."
#
# [[mistakes]]
# prediction = [[0.75, 1.25], [0.5, 0.5]]
# because = "that is the gradient at the output point alone. A tap sends back K times δ."
#
# [[mistakes]]
# prediction = [[8, 4], [2, 2]]
# because = "left and right are exchanged: the second tap stands at x = 0.75, nearer to the right column."

# %% [markdown]
# Every value in the columns was read from up to four pixels, and now its error goes back to them in the same shares. The
# offsets send the taps anywhere, so no pixel can know who has read it. The taps know: it is they who are asked.
#
# Two steps: $g = K^{\mathsf T} \delta$ brings the error from the output to the columns, the scatter from the columns to
# the pixels. The offsets are held here.

# %% [question]
# An image of 2×2 pixels and one output point; the border is `zeros`. The kernel has two taps, (4, 8), and at the
# output point δ = 2. The first tap has read at (y, x) = (0.5, 0.5), the second at (−0.5, 0.75), half outside.
#
# Write down ∂E/∂X, row by row.

# %%
prediction = [[4, 8], [2, 2]]  # <answer>

# %%
import numpy as np

from dcn_course.reference import deform_im2col  # exercise 07


# %%
def matmul_grad_columns(grad_output, weight):
    """Send the error from the output to the columns.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        weight: K, shape (C2, C1, kH, kW).

    Returns:
        g = ∂E/∂A, shape (N, C1*kH*kW, Hout*Wout). Row (c1, i, j) is c1*kH*kW + i*kW + j, column (oy, ox)
        is oy*Wout + ox.
    """
    N, C2, Ho, Wo = grad_output.shape
    C2, C1, kH, kW = weight.shape
    # <solution>
    K = weight.reshape(C2, C1 * kH * kW)
    delta = grad_output.reshape(N, C2, Ho * Wo)
    return K.T @ delta
    # </solution>


# %%
def scatter(grad_columns, indices, weights, input_shape):
    """Send the error from the columns to the pixels that they were read from.

    Args:
        grad_columns: g = ∂E/∂A, shape (N, C1*kH*kW, Hout*Wout).
        indices: (ay, ax) of each sample, int64, shape (N, G, kH*kW, Hout, Wout, 2) with G offset groups: the
            channels 0 to C1/G - 1 belong to group 0, the next C1/G to group 1, and so on. A cell may lie
            outside the image, or half outside.
        weights: (w0, w1, w2, w3) of each sample, shape (N, G, kH*kW, Hout, Wout, 4).
        input_shape: (N, C1, H, W).

    Returns:
        ∂E/∂X, shape (N, C1, H, W).
    """
    N, C1, H, W = input_shape
    N, G, taps, Ho, Wo, _ = indices.shape
    A = grad_columns.reshape(N, C1, taps, Ho, Wo)
    grad_input = np.zeros((N, C1, H, W), grad_columns.dtype)
    # <solution>
    for n, c1, k, oy, ox in np.ndindex(N, C1, taps, Ho, Wo):
        sample = n, c1 // (C1 // G), k, oy, ox
        g, (ay, ax), (w0, w1, w2, w3) = A[n, c1, k, oy, ox], indices[sample], weights[sample]
        shares = [(ay, ax, w0 * w1), (ay + 1, ax, w1 * w2), (ay + 1, ax + 1, w2 * w3), (ay, ax + 1, w3 * w0)]
        for qy, qx, share in shares:
            if 0 <= qy < H and 0 <= qx < W:
                grad_input[n, c1, qy, qx] += share * g
    return grad_input
    # </solution>


# %%
def deform_conv2d_grad_input(grad_output, input, offset, weight, stride, padding, dilation, border):
    """Send the error from the output to the input, the offsets held.

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
        ∂E/∂X, shape (N, C1, H, W).
    """
    # <solution>
    kernel_size = weight.shape[2:]
    buffers = deform_im2col(input, offset, kernel_size, stride, padding, dilation, border=border)
    g = matmul_grad_columns(grad_output, weight)
    return scatter(g, buffers.indices, buffers.weights, input.shape)
    # </solution>


# %% [picture]
# What each pixel of an image of 4×5 pixels receives when every tap of every output point sends back 1. The dots are
# the places where the taps have read. A pixel is dark where many taps stand close to it, and white where none has
# read; what lies outside the image sends its share for the pixels that there are, and the rest is dropped.
