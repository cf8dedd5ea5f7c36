# %% [raw]
# title = "The gradients of a convolution"
# chapter = "chapters/convolution_gradients"
# minutes = 40
# difficulty = "medium"
# after = [1]
# forbidden = ["dcn_course"]
#
# [[gaps]]
# function = "conv2d_grad_bias"
# equation = "gradient-bias"
# hints = [
#   "One number of the bias is added to every output of its map, in every image. What does the chain rule do with that?",
#   "It sums the gradients of all these outputs. Over which axes of grad_output? All but the one that belongs to C2.",
# ]
#
# [[gaps]]
# function = "conv2d_grad_weight"
# equation = "gradient-weight"
# hints = [
#   "Y = K A for each image. Which entry of K is multiplied with which entry of A, and lands in which entry of Y?",
#   "For one image it is δ @ A.T, with δ of shape (C2, Hout * Wout). The kernel is the same for all images: sum over them.",
#   "columns.transpose(0, 2, 1) transposes each image's matrix; @ then multiplies image by image.",
# ]
#
# [[gaps]]
# function = "conv2d_grad_columns"
# equation = "gradient-columns"
# hints = [
#   "An entry of A is multiplied by a whole column of K, and takes part in all C2 maps of its output point.",
#   "For one image it is K.T @ δ, with K of shape (C2, C1 * kH * kW) and δ of shape (C2, Hout * Wout).",
# ]
#
# [[gaps]]
# function = "col2im"
# equation = "col2im"
# hints = [
#   "im2col copied pixels into the columns. Go the same way back: where it read a pixel, add the entry to that pixel.",
#   "A pixel was read by several taps. Its gradient is the sum of what they all send: += and not =.",
#   "Do it on an image with its padding, (N, C1, H + 2 * py, W + 2 * px): there the tap (i, j) of (oy, ox) read row sy * oy + dy * i, column sx * ox + dx * j. At the end cut the padding off.",
# ]
#
# [[gaps]]
# function = "conv2d_grad_input"
# equation = "gradient-input-convolution"
# hints = [
#   "Two steps, and you have written both: from the output to the columns, from the columns to the pixels.",
#   "The kernel's size is weight.shape[2:].",
# ]
#
# [[mistakes]]
# prediction = [[9, 8], [6, 13]]
# because = "that lays the kernel on δ as in the forward pass. But pixel (0, 0) was read by the second tap of the output point to its left, and by the first tap of its own: on the way back the kernel is turned round."
#
# [[mistakes]]
# prediction = [[2, 8], [0, 6]]
# because = "those are the shares that came through the second tap alone. A pixel gets the sum of all shares."
#
# [[mistakes]]
# prediction = [[4, 2], [3, 5]]
# because = "those are the shares that came through the first tap alone. A pixel gets the sum of all shares."
#
# [[mistakes]]
# prediction = [[5, 6], [3, 8]]
# because = "the kernel is forgotten: each share is the gradient of the output times the weight of the tap that read the pixel."

# %% [markdown]
# The layer above sends back $\delta = \partial E/\partial Y$: how the error changes with each output. From it follow three gradients.
# Those of the kernel and of the bias change the layer itself, that of the input is what the layer below gets sent back.
# With $Y = KA + b$ each is a line or two; only the way from the columns back to the pixels, col2im, is a loop.
# Deformable convolution will need all of this unchanged, but for that last step.

# %% [question]
# An image of 2×2 pixels and a kernel of 1×2 taps (one row, two columns) with the weights 1 and 2; stride 1, one column
# of zeros on the left and one on the right (padding 0 in y, 1 in x), so that the output has 2×3 points. The layer above sends
#
# ```
# kernel  1 2     δ  1 4 2
#                    0 3 5
# ```
#
# Write down the gradient of the image.

# %%
prediction = [[6, 10], [3, 11]]  # <answer>

# %%
import numpy as np


def output_size(size, kernel_size, stride, padding, dilation):
    """Count the output points along one axis: exercise 01. Given."""
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


# %%
def conv2d_grad_bias(grad_output):
    """Compute the gradient with respect to the bias.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).

    Returns:
        ∂E/∂b, shape (C2,).
    """
    # <solution>
    return grad_output.sum(axis=(0, 2, 3))
    # </solution>


# %%
def conv2d_grad_weight(grad_output, columns, weight_shape):
    """Compute the gradient with respect to the kernel.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        columns: A, shape (N, C1*kH*kW, Hout*Wout), as the forward pass had it.
        weight_shape: (C2, C1, kH, kW).

    Returns:
        ∂E/∂K, shape (C2, C1, kH, kW).
    """
    N, C2, Ho, Wo = grad_output.shape
    # <solution>
    δ = grad_output.reshape(N, C2, Ho * Wo)
    grad_K = (δ @ columns.transpose(0, 2, 1)).sum(axis=0)
    return grad_K.reshape(weight_shape)
    # </solution>


# %%
def conv2d_grad_columns(grad_output, weight):
    """Compute the gradient with respect to the columns.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        weight: K, shape (C2, C1, kH, kW).

    Returns:
        ∂E/∂A, shape (N, C1*kH*kW, Hout*Wout).
    """
    N, C2, Ho, Wo = grad_output.shape
    C2, C1, kH, kW = weight.shape
    # <solution>
    K = weight.reshape(C2, C1 * kH * kW)
    return K.T @ grad_output.reshape(N, C2, Ho * Wo)
    # </solution>


# %%
def col2im(columns, input_shape, kernel_size, stride, padding, dilation):
    """Add each entry of the columns to the pixel that im2col had copied it from.

    Args:
        columns: any numbers, shape (N, C1*kH*kW, Hout*Wout), rows and columns in the order of im2col.
        input_shape: (N, C1, H, W).
        kernel_size: (kH, kW), in taps.
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.

    Returns:
        Shape (N, C1, H, W). What belongs to the zeros around the image is dropped.
    """
    N, C1, H, W = input_shape
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    Ho = output_size(H, kH, sy, py, dy)
    Wo = output_size(W, kW, sx, px, dx)
    A = columns.reshape(N, C1, kH, kW, Ho, Wo)
    # <solution>
    padded = np.zeros((N, C1, H + 2 * py, W + 2 * px), columns.dtype)
    for i, j, oy, ox in np.ndindex(kH, kW, Ho, Wo):
        padded[:, :, sy * oy + dy * i, sx * ox + dx * j] += A[:, :, i, j, oy, ox]
    return padded[:, :, py : py + H, px : px + W]
    # </solution>


# %%
def conv2d_grad_input(grad_output, weight, input_shape, stride, padding, dilation):
    """Compute the gradient with respect to the input.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        weight: K, shape (C2, C1, kH, kW).
        input_shape: (N, C1, H, W).
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.

    Returns:
        ∂E/∂X, shape (N, C1, H, W).
    """
    # <solution>
    grad_columns = conv2d_grad_columns(grad_output, weight)
    return col2im(grad_columns, input_shape, weight.shape[2:], stride, padding, dilation)
    # </solution>


# %% [picture]
# How many entries of the columns each pixel of an image of 5×6 pixels stands in: that is col2im of a matrix of ones. With
# stride 1 and no padding, the corners have one copy, the middle has one for each tap. With padding the rim gains. With stride 2
# the copies are spread unevenly, and what the kernel no longer reaches has none. If yours are all 1 at most, there is = in the
# place of +=.
