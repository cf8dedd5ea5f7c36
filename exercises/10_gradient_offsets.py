# %% [markdown]
# # 10 · The gradient of the offsets
#
# 45 minutes · hard · after 05, 06, 07 · chapter `chapters/gradient_offsets`

# %% [markdown]
# Which way should a tap move so that the error falls? Its gradient has two factors: how the image changes where the tap
# reads (the slope), and what a change of the value there is worth to the error ($g = K^{\mathsf T} \delta$). All channels
# are read at the same place, so their products are summed.
#
# With the border rule `project` a tap outside the image is held in y, in x, or in both; in a held axis its
# gradient is 0.

# %% [markdown]
# **First, by hand.** An image of 2×2 pixels:
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
prediction = ...

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
        raise NotImplementedError("about 4 lines")
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
    raise NotImplementedError("about 6 lines")

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
    raise NotImplementedError("about 4 lines")

# %% [markdown]
# ## What you should see
#
# Taps on an image of 4×5 pixels. Each wants to read more, and its arrow shows where it wants to go: uphill, along the
# slope under it. The taps outside are held by the border rule `project`: they slide along the edge and nowhere else, and the
# one beyond the corner rests. If yours leave the edge at an angle, the clamp is not differentiated. The picture is in `10_gradient_offsets.svg`.

# %% [markdown]
# Check it with `dcn check 10`.

# %% [markdown]
# ## Hints
#
# Open one at a time, and try again before the next.
#
# <details><summary>sampling_slopes, hint 1</summary>
#
# In y: each pixel of the lower row counts plus, each of the upper row minus. The factor that is left is the pixel's weight in x: w1 on the left, w3 on the right.
#
# </details>
#
# <details><summary>sampling_slopes, hint 2</summary>
#
# In x: the right column counts plus, the left one minus, the upper row with w0, the lower row with w2.
#
# </details>
#
# <details><summary>sampling_slopes, hint 3</summary>
#
# Where projected_y is true the border holds the sample in y: moving the position in y does not move the sample. What is the slope then? And the slope in x?
#
# </details>
#
# <details><summary>collect_offsets, hint 1</summary>
#
# An offset moves one tap at one output point, but in all channels of its group. What does the chain rule do with that?
#
# </details>
#
# <details><summary>collect_offsets, hint 2</summary>
#
# Multiply each slope by the gradient g of its entry of the columns, and sum over the channels of the group: C1 // G channels, one after the other.
#
# </details>
#
# <details><summary>collect_offsets, hint 3</summary>
#
# The offsets lie in memory as (group, tap, axis): make an array of the shape (N, G, taps, 2, Hout, Wout), fill it, and reshape it to (N, 2 * G * taps, Hout, Wout) at the end.
#
# </details>
#
# <details><summary>deform_conv2d_grad_offset, hint 1</summary>
#
# deform_im2col, with the same offsets, geometry and border as forward, gives the cell, the weights and the held axes of each sample.
#
# </details>
#
# <details><summary>deform_conv2d_grad_offset, hint 2</summary>
#
# g = K^T δ as in exercise 09: weight.reshape(C2, C1 * kH * kW).T @ grad_output.reshape(N, C2, Hout * Wout). Then the two functions above.
#
# </details>
#
# <details><summary>deform_conv2d_grad_offset, hint 3</summary>
#
# The number of offset groups stands in a shape: buffers.indices.shape[1].
#
# </details>
