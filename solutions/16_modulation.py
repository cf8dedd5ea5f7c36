# %% [raw]
# title = "Modulation: the mask and its gradient"
# chapter = "chapters/gradient_offsets"
# minutes = 35
# difficulty = "medium"
# after = [7, 9, 10]
# forbidden = ["dcn_course.reference.deform_conv2d_backward", "dcn_course.reference.deform_conv2d_grad_mask"]
#
# [[gaps]]
# function = "modulate"
# equation = "deformable-columns"
# hints = [
#   "There is one m for each group, tap and output point, and it multiplies the values of all channels of its group.",
#   "Row (c1, k) of the values is c1 * taps + k. Its modulation is map g * taps + k of the mask, laid out as (N, G * taps, points): all output points go at once.",
#   "The channels of a group stand together, C1 // G of them: channel c1 belongs to the group c1 // (C1 // G).",
# ]
#
# [[gaps]]
# function = "grad_mask"
# equation = "gradient-mask"
# hints = [
#   "An entry of the columns is m X. What is its derivative with respect to m?",
#   "The value X that was read, without the mask. Multiply it by the entry's gradient g, and sum over the channels that share this m.",
#   "Start with zeros of the shape (N, G * taps, points), add each row's product to the map g * taps + k with +=, and reshape at the end.",
# ]
#
# [[gaps]]
# function = "deform_conv2d_backward"
# equation = "gradient-offset"
# hints = [
#   "deform_im2col without a mask gives in buffers.columns the values X that were read. Which of the three gradients needs them as they are?",
#   "g = K^T δ is the gradient of m X. The gradient of X itself is m g: whatever lies before X, the pixels and the offsets, gets that. Which function of yours multiplies by m?",
#   "The scatter and the collecting of the offsets are given: deform_conv2d_grad_input(grad, buffers, input.shape) and deform_conv2d_grad_offset(grad, buffers, input), where grad is the gradient of X.",
# ]
#
# [[mistakes]]
# prediction = [14, 24, 12]
# because = "the mask's own gradient has no mask: the derivative of m X with respect to m is X."
#
# [[mistakes]]
# prediction = [28, 48, 24]
# because = "the offset's gradient has the factor m: half of the value reaches the output, and half of its slope."
#
# [[mistakes]]
# prediction = [14, 48, 24]
# because = "the other way round: the offset's gradient has the factor m, the mask's own has not."
#
# [[mistakes]]
# prediction = [3.5, 3, 1.5]
# because = "the value that was read has the gradient g = K δ; it is a factor of all three."
#
# [[mistakes]]
# prediction = [28, 12, 24]
# because = "the numbers are right, but a pair is (y, x): down first."

# %% [markdown]
# Modulation gives each tap a volume: the value that it reads is multiplied by $m$ before the kernel sees it. The offset
# says where a tap listens, the mask how loud. Forward it is one more factor; backward it is one more factor in two
# gradients, and its own gradient is the one without it.

# %% [question]
# An image of 2×2 pixels:
#
# ```
# 1  3
# 5 11
# ```
#
# A kernel of one tap, K = 2, and one output point with δ = 4. The tap has read at (y, x) = (0.25, 0.5), with the
# modulation m = 0.5.
#
# Write down three numbers: ∂E/∂m, and ∂E/∂Δp in y and in x.

# %%
prediction = [28, 24, 12]  # <answer>

# %%
import numpy as np

from dcn_course.reference import (  # exercises 07, 09 and 10
    deform_conv2d_grad_input,
    deform_conv2d_grad_offset,
    deform_im2col,
)


# %%
def modulate(values, mask, kernel_size):
    """Multiply what the taps have read by their modulation.

    Args:
        values: X at the samples, shape (N, C1*kH*kW, Hout*Wout). Row (c1, i, j) is c1*kH*kW + i*kW + j,
            column (oy, ox) is oy*Wout + ox.
        mask: m, shape (N, G*kH*kW, Hout, Wout) with G offset groups: the channels 0 to C1/G - 1 belong to
            group 0, the next C1/G to group 1, and so on.
        kernel_size: (kH, kW), in taps.

    Returns:
        A, shape (N, C1*kH*kW, Hout*Wout).
    """
    taps = kernel_size[0] * kernel_size[1]
    N, rows, points = values.shape
    G, C1 = mask.shape[1] // taps, rows // taps
    # <solution>
    m = mask.reshape(N, G * taps, points)
    A = np.zeros((N, C1 * taps, points), values.dtype)
    for n, c1, k in np.ndindex(N, C1, taps):
        g = c1 // (C1 // G)
        A[n, c1 * taps + k] = m[n, g * taps + k] * values[n, c1 * taps + k]
    return A
    # </solution>


# %%
def grad_mask(grad_columns, values, mask_shape, kernel_size):
    """Collect for each modulation what it has scaled.

    Args:
        grad_columns: g = ∂E/∂A, shape (N, C1*kH*kW, Hout*Wout).
        values: X at the samples, shape (N, C1*kH*kW, Hout*Wout).
        mask_shape: (N, G*kH*kW, Hout, Wout).
        kernel_size: (kH, kW), in taps.

    Returns:
        ∂E/∂m, shape (N, G*kH*kW, Hout, Wout).
    """
    taps = kernel_size[0] * kernel_size[1]
    N, rows, points = values.shape
    G, C1 = mask_shape[1] // taps, rows // taps
    # <solution>
    grad_m = np.zeros((N, G * taps, points), values.dtype)
    for n, c1, k in np.ndindex(N, C1, taps):
        g = c1 // (C1 // G)
        grad_m[n, g * taps + k] += grad_columns[n, c1 * taps + k] * values[n, c1 * taps + k]
    return grad_m.reshape(mask_shape)
    # </solution>


# %%
def deform_conv2d_backward(grad_output, input, offset, mask, weight, stride, padding, dilation, border):
    """Send the error back to the input, the offsets and the mask of a modulated deformable convolution.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        input: X, shape (N, C1, H, W).
        offset: Δp, shape (N, 2*G*kH*kW, Hout, Wout), (y, x) of each tap in turn, in pixels.
        mask: m, shape (N, G*kH*kW, Hout, Wout).
        weight: K, shape (C2, C1, kH, kW).
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.
        border: "zeros" or "project".

    Returns:
        grad_input, shape (N, C1, H, W).
        grad_offset, shape (N, 2*G*kH*kW, Hout, Wout).
        grad_mask, shape (N, G*kH*kW, Hout, Wout).
    """
    N, C2, Ho, Wo = grad_output.shape
    C2, C1, kH, kW = weight.shape
    # <solution>
    buffers = deform_im2col(input, offset, (kH, kW), stride, padding, dilation, border=border)
    g = weight.reshape(C2, C1 * kH * kW).T @ grad_output.reshape(N, C2, Ho * Wo)
    grad_values = modulate(g, mask, (kH, kW))
    grad_input = deform_conv2d_grad_input(grad_values, buffers, input.shape)
    grad_offset = deform_conv2d_grad_offset(grad_values, buffers, input)
    return grad_input, grad_offset, grad_mask(g, buffers.columns, mask.shape, (kH, kW))
    # </solution>


# %% [picture]
# What each pixel receives when every tap sends back 1: left with m = 1 everywhere, as in exercise 09, right with a mask. A
# disc is as large as its m, a ring has m = 0. Pixels under rings become pale: a closed tap sends nothing back, and its offset
# learns nothing. Its mask still does: the gradient of m does not contain m, and may open the tap again.
