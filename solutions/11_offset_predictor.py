# %% [raw]
# title = "The offset predictor and the two summands"
# chapter = "chapters/layer"
# minutes = 35
# difficulty = "medium"
# after = [2, 9, 10]
# forbidden = ["dcn_course"]
#
# [[gaps]]
# function = "offset_predictor"
# equation = "offset-predictor"
# hints = [
#   "It is an ordinary convolution. im2col gives its columns A, with a row for each (c1, i, j).",
#   "offset_weight as a matrix has a row for each map and a column for each (c1, i, j): offset_weight.reshape(maps, -1) @ A, plus the bias of each map.",
#   "The columns of the product are the output points, row by row: reshape to (N, maps, Hout, Wout).",
# ]
#
# [[gaps]]
# function = "predictor_backward"
# equation = "gradient-input-convolution"
# hints = [
#   "The predictor is an ordinary convolution, and grad_offset is its δ. You need nothing but exercise 02.",
#   "With ε = grad_offset as a matrix for each image: K_OPᵀ ε is the gradient of the columns, and col2im brings it back to the pixels.",
#   "For the kernel ε Aᵀ, summed over the images; for the bias the sum of ε over images and output points.",
# ]
#
# [[gaps]]
# function = "layer_grad_input"
# equation = "gradient-input-two-summands"
# hints = [
#   "The input is used twice: DC reads it, and OP makes the offsets from it. Each way sends a gradient back.",
#   "Predict the offsets first, as forward did. deform_backward then gives the first summand and the gradient of the offsets.",
#   "Hand the gradient of the offsets to predictor_backward: the first of its results is the second summand. Add the two.",
# ]
#
# [[mistakes]]
# prediction = [[0.5, 0.5], [0, 0]]
# because = "that is the first summand alone: what the sample *is* changes. But the pixel (0, 0) also decides where the sample *lies*."
#
# [[mistakes]]
# prediction = [[0.6, 0], [0, 0]]
# because = "that is the second summand alone: where the sample lies changes. But the two pixels also *are* what is read."
#
# [[mistakes]]
# prediction = [[3.5, 0.5], [0, 0]]
# because = "when the pixel grows by 1, the place moves by 0.2 and not by 1: the slope, 3, counts times 0.2."
#
# [[mistakes]]
# prediction = [[1.1, 1.1], [0, 0]]
# because = "the offset of this output point is predicted from the pixel (0, 0) alone, as the predictor's kernel has a single tap."

# %% [markdown]
# So far the offsets were given. In the layer they are predicted: an ordinary convolution, OP, looks at the input and gives
# two numbers for each tap at each output point; the deformable convolution, DC, reads there. Nothing new has to be
# differentiated, but the input now acts on two ways, and the gradients of both are added.
#
# What you wrote in exercises 01, 02 and 07 to 10 is given, for one offset group.

# %% [question]
# An image of 2×2 pixels, and a DC with a kernel of a single tap, of weight 1. OP has a single tap too: it predicts 0 for y
# and $0.2\,X + 0.1$ for x, where $X$ is the pixel under the tap.
#
# ```
# image  2 5
#        1 3
# ```
#
# So at the output point (0, 0) the offset is (0, 0.5), and the output 3.5. From above comes δ = 1 for this point and 0 for
# the other three. What is the gradient of the input, the four numbers dE/dX?

# %%
prediction = [[1.1, 0.5], [0, 0]]  # <answer>

# %%
import numpy as np


def im2col(input, kernel_size, stride, padding, dilation):
    """Lay under each output point the column of its pixels: exercise 01. Given.

    Returns:
        A, shape (N, C1*kH*kW, Hout*Wout), and (Hout, Wout).
    """
    N, C1, H, W = input.shape
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    Ho, Wo = (H + 2 * py - dy * (kH - 1) - 1) // sy + 1, (W + 2 * px - dx * (kW - 1) - 1) // sx + 1
    padded = np.pad(input, ((0, 0), (0, 0), (py, py), (px, px)))
    A = np.zeros((N, C1, kH, kW, Ho, Wo), input.dtype)
    for i, j in np.ndindex(kH, kW):
        A[:, :, i, j] = padded[:, :, dy * i :: sy, dx * j :: sx][:, :, :Ho, :Wo]
    return A.reshape(N, C1 * kH * kW, Ho * Wo), (Ho, Wo)


def col2im(A, input_shape, kernel_size, stride, padding, dilation):
    """Add each entry of A to the pixel from which im2col reads it: exercise 02. Given.

    Returns:
        Shape (N, C1, H, W).
    """
    N, C1, H, W = input_shape
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    Ho, Wo = (H + 2 * py - dy * (kH - 1) - 1) // sy + 1, (W + 2 * px - dx * (kW - 1) - 1) // sx + 1
    padded = np.zeros((N, C1, H + 2 * py, W + 2 * px), A.dtype)
    A = A.reshape(N, C1, kH, kW, Ho, Wo)
    for i, j in np.ndindex(kH, kW):
        padded[:, :, dy * i :: sy, dx * j :: sx][:, :, :Ho, :Wo] += A[:, :, i, j]
    return padded[:, :, py : py + H, px : px + W]


def deform_backward(grad_output, input, offset, weight, stride, padding, dilation, border):
    """Send δ back through DC, the offsets held, and to the offsets: exercises 09 and 10. Given.

    Returns:
        ∂E/∂X, shape (N, C1, H, W), and ∂E/∂Δp, shape (N, 2*kH*kW, Hout, Wout).
    """
    (N, C1, H, W), (C2, _, kH, kW), (_, _, Ho, Wo) = input.shape, weight.shape, offset.shape
    (sy, sx), (py, px), (dy, dx) = stride, padding, dilation
    grad_input, grad_offset = np.zeros_like(input), np.zeros_like(offset)
    for n, k, oy, ox in np.ndindex(N, kH * kW, Ho, Wo):
        i, j = divmod(k, kW)
        y, x = (
            sy * oy - py + dy * i + offset[n, 2 * k, oy, ox],
            sx * ox - px + dx * j + offset[n, 2 * k + 1, oy, ox],
        )
        free_y = free_x = True
        if border == "project":
            free_y, free_x = 0 <= y <= H - 1, 0 <= x <= W - 1
            y, x = min(max(y, 0), H - 1), min(max(x, 0), W - 1)
        ay, ax = int(np.floor(y)), int(np.floor(x))
        g = weight[:, :, i, j].T @ grad_output[n, :, oy, ox]
        for qy, qx in ((ay, ax), (ay + 1, ax), (ay + 1, ax + 1), (ay, ax + 1)):
            if 0 <= qy < H and 0 <= qx < W:
                wy, wx, value = 1 - abs(y - qy), 1 - abs(x - qx), input[n, :, qy, qx] @ g
                grad_input[n, :, qy, qx] += wy * wx * g
                grad_offset[n, 2 * k, oy, ox] += free_y * (2 * (qy > ay) - 1) * wx * value
                grad_offset[n, 2 * k + 1, oy, ox] += free_x * (2 * (qx > ax) - 1) * wy * value
    return grad_input, grad_offset


# %%
def offset_predictor(input, offset_weight, offset_bias, stride, padding, dilation):
    """Predict the offsets from the input.

    Args:
        input: X, shape (N, C1, H, W).
        offset_weight: K_OP, shape (2*kH*kW, C1, kH, kW).
        offset_bias: b_OP, shape (2*kH*kW,).
        stride: (sy, sx), in pixels.
        padding: (py, px), zeros around the image, in pixels.
        dilation: (dy, dx), in pixels.

    Returns:
        Δp, shape (N, 2*kH*kW, Hout, Wout), in pixels.
    """
    # <solution>
    N, C1 = input.shape[:2]
    maps, _, kH, kW = offset_weight.shape
    A, (Ho, Wo) = im2col(input, (kH, kW), stride, padding, dilation)
    offset = offset_weight.reshape(maps, C1 * kH * kW) @ A + offset_bias[:, None]
    return offset.reshape(N, maps, Ho, Wo)
    # </solution>


# %%
def predictor_backward(grad_offset, input, offset_weight, stride, padding, dilation):
    """Send the gradient of the offsets back through OP.

    Args:
        grad_offset: ε = ∂E/∂Δp, shape (N, 2*kH*kW, Hout, Wout).
        input: X, shape (N, C1, H, W).
        offset_weight: K_OP, shape (2*kH*kW, C1, kH, kW).
        stride: (sy, sx), in pixels.
        padding: (py, px), in pixels.
        dilation: (dy, dx), in pixels.

    Returns:
        through_op, the gradient of the input on this way, shape (N, C1, H, W); ∂E/∂K_OP, shape
        (2*kH*kW, C1, kH, kW); ∂E/∂b_OP, shape (2*kH*kW,).
    """
    # <solution>
    N, maps, Ho, Wo = grad_offset.shape
    C1, kH, kW = offset_weight.shape[1:]
    A, _ = im2col(input, (kH, kW), stride, padding, dilation)
    epsilon, K = grad_offset.reshape(N, maps, Ho * Wo), offset_weight.reshape(maps, C1 * kH * kW)
    through_op = col2im(K.T @ epsilon, input.shape, (kH, kW), stride, padding, dilation)
    grad_weight = (epsilon @ A.transpose(0, 2, 1)).sum(axis=0)
    grad_bias = epsilon.sum(axis=(0, 2))
    return through_op, grad_weight.reshape(offset_weight.shape), grad_bias
    # </solution>


# %%
def layer_grad_input(
    grad_output, input, offset_weight, offset_bias, weight, stride, padding, dilation, border
):
    """Compute the gradient of the whole layer, OP and DC, with respect to its input.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        input: X, shape (N, C1, H, W).
        offset_weight: K_OP, shape (2*kH*kW, C1, kH, kW).
        offset_bias: b_OP, shape (2*kH*kW,).
        weight: K of DC, shape (C2, C1, kH, kW).
        stride: (sy, sx), of both, in pixels.
        padding: (py, px), of both, in pixels.
        dilation: (dy, dx), of both, in pixels.
        border: of DC, "zeros" or "project".

    Returns:
        Three arrays of the shape (N, C1, H, W): the summand through DC, the offsets held; the summand through OP; and
        their sum, dE/dX.
    """
    # <solution>
    offset = offset_predictor(input, offset_weight, offset_bias, stride, padding, dilation)
    through_dc, grad_offset = deform_backward(
        grad_output, input, offset, weight, stride, padding, dilation, border
    )
    through_op, _, _ = predictor_backward(grad_offset, input, offset_weight, stride, padding, dilation)
    return through_dc, through_op, through_dc + through_op
    # </solution>


# %% [picture]
# The gradient of one output point on an image of 5×6 pixels, in its two summands: orange discs are positive, blue ones
# negative, large ones strong. Through DC only the pixels are reached at which the taps read, after their offsets. Through
# OP those are reached from which the offsets were predicted. The sum, on the right, has both.
