# %% [markdown]
# # 09 · The gradient of the input: the scatter
#
# 40 minutes · medium · after 02, 05, 07 · chapter `chapters/gradient_input`

# %% [markdown]
# Every value in the columns was read from up to four pixels, and now its error goes back to them in the same shares. The
# offsets send the taps anywhere, so no pixel can know who has read it. The taps know: it is they who are asked.
#
# Two steps: $g = K^{\mathsf T} \delta$ brings the error from the output to the columns, the scatter from the columns to
# the pixels. The offsets are held here.

# %% [markdown]
# **First, by hand.** An image of 2×2 pixels and one output point; the border is `zeros`. The kernel has two taps, (4, 8), and at the
# output point δ = 2. The first tap has read at (y, x) = (0.5, 0.5), the second at (−0.5, 0.75), half outside.
#
# Write down ∂E/∂X, row by row.

# %%
prediction = ...

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
    raise NotImplementedError("about 3 lines")

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
    raise NotImplementedError("about 8 lines")

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
    raise NotImplementedError("about 4 lines")

# %% [markdown]
# ## What you should see
#
# What each pixel of an image of 4×5 pixels receives when every tap of every output point sends back 1. The dots are
# the places where the taps have read. A pixel is dark where many taps stand close to it, and white where none has
# read; what lies outside the image sends its share for the pixels that there are, and the rest is dropped. The picture is in `09_gradient_input.svg`.

# %% [markdown]
# Check it with `dcn check 09`.

# %% [markdown]
# ## Hints
#
# Open one at a time, and try again before the next.
#
# <details><summary>matmul_grad_columns, hint 1</summary>
#
# Forward, each image's output is the product K A. What does an entry of A act on, and how strongly?
#
# </details>
#
# <details><summary>matmul_grad_columns, hint 2</summary>
#
# Only on its own output point, and there on every output map c2, with the factor K(c2, c1, k). The sum over c2 is a product of matrices: which of the two factors must be turned?
#
# </details>
#
# <details><summary>matmul_grad_columns, hint 3</summary>
#
# weight.reshape(C2, C1 * kH * kW).T @ grad_output.reshape(N, C2, Hout * Wout) does it for all images at once.
#
# </details>
#
# <details><summary>scatter, hint 1</summary>
#
# Take the entries of the columns one after the other and ask each where it has read: indices and weights of its sample say it. Which index of the sample tells the offset group? C1 // G channels share one.
#
# </details>
#
# <details><summary>scatter, hint 2</summary>
#
# A sample's four pixels are a, the one below it, the one to the lower right and the one to the right. Their shares are w0 * w1, w1 * w2, w2 * w3 and w3 * w0, each times g.
#
# </details>
#
# <details><summary>scatter, hint 3</summary>
#
# A corner outside the image gets nothing: ask 0 <= qy < H and 0 <= qx < W for each of the four. The border rule project needs the question too: a sample on the last row has a + 1 below it.
#
# </details>
#
# <details><summary>scatter, hint 4</summary>
#
# Several samples may read the same pixel, so its gradient is a sum: += and not =.
#
# </details>
#
# <details><summary>deform_conv2d_grad_input, hint 1</summary>
#
# Where the taps have read is known from the way forward: deform_im2col gives it again, with the same offsets, the same geometry and the same border.
#
# </details>
#
# <details><summary>deform_conv2d_grad_input, hint 2</summary>
#
# buffers.indices and buffers.weights are what scatter wants. Put the two functions above one after the other.
#
# </details>
