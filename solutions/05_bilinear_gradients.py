# %% [raw]
# title = "The gradients of bilinear sampling"
# chapter = "chapters/bilinear"
# minutes = 35
# difficulty = "medium"
# after = [4]
# forbidden = ["dcn_course"]
#
# [[gaps]]
# function = "bilinear_slopes"
# equation = "bilinear-derivative-y"
# hints = [
#   "When y grows by a little, w0 falls and w2 grows by as much; w1 and w3 stay. Differentiate the four terms of the value one by one.",
#   "In y: each pixel of the lower row counts plus, each of the upper row minus. The factor that is left is the pixel's weight in x: w1 on the left, w3 on the right.",
#   "In x: right minus left, in the upper row with w0, in the lower row with w2.",
# ]
#
# [[gaps]]
# function = "bilinear_grad_points"
# equation = "gradient-offset"
# hints = [
#   "All channels are read at the same point, so moving it changes the values of all channels. What does the chain rule do with that?",
#   "Multiply each slope by the gradient that came for its value, and sum over the channels.",
# ]
#
# [[gaps]]
# function = "bilinear_grad_image"
# equation = "scatter"
# hints = [
#   "The value is linear in the four pixels: the derivative with respect to a pixel is its weight.",
#   "Give each of the four pixels its weight times grad_values[:, p]. What falls outside the image is dropped: it was a constant zero.",
#   "Several points may read the same pixel. Its gradient is the sum of what they all send: += and not =.",
# ]
#
# [[mistakes]]
# prediction = [45, 25]
# because = "the slope in x gives both rows equal weights. The point lies nearer to the upper row."
#
# [[mistakes]]
# prediction = [30, 10]
# because = "those are the slopes along the left and the upper edge. The point lies inside: the other edges count too."
#
# [[mistakes]]
# prediction = [17.5, 45]
# because = "the numbers are right, but a pair is (y, x): down first."

# %% [markdown]
# The way back of exercise 04. An error at the sampled value wants to know two things: whom to tell among the pixels
# (the *scatter*), and where the point should rather be (the *slopes*, which later move the offsets). You get what the
# forward pass has saved, the cell and the four weights of each point, and nothing needs to be located again.

# %% [question]
# The image of exercise 04, and the same point (y, x) = (0.25, 0.5):
#
# ```
# 10 20
# 40 80
# ```
#
# How fast does the value change there when the point moves down, and how fast when it moves right?
# Write down the pair (∂X/∂y, ∂X/∂x).

# %%
prediction = [45, 17.5]  # <answer>

# %%
import numpy as np


def pixel(image, qy, qx):
    """Read all channels at one lattice point, shape (C,); the image (C, H, W) is zero outside. Given."""
    C, H, W = image.shape
    inside = 0 <= qy < H and 0 <= qx < W
    return image[:, qy, qx] if inside else np.zeros(C, image.dtype)


# %%
def bilinear_slopes(image, indices, weights):
    """Differentiate the value at each point with respect to the point's position.

    Args:
        image: X, shape (C, H, W); zero outside.
        indices: (ay, ax) of each point, int64, shape (P, 2).
        weights: (w0, w1, w2, w3) of each point, shape (P, 4).

    Returns:
        Shape (C, P, 2): (∂X(c, p)/∂y, ∂X(c, p)/∂x), in values a pixel.
    """
    C, P = image.shape[0], indices.shape[0]
    slopes = np.zeros((C, P, 2), image.dtype)
    for p in range(P):
        ay, ax = indices[p]
        w0, w1, w2, w3 = weights[p]
        X_a, X_down = pixel(image, ay, ax), pixel(image, ay + 1, ax)
        X_right, X_diagonal = pixel(image, ay, ax + 1), pixel(image, ay + 1, ax + 1)
        # <solution>
        slopes[:, p, 0] = -w1 * X_a + w1 * X_down + w3 * X_diagonal - w3 * X_right
        slopes[:, p, 1] = -w0 * X_a - w2 * X_down + w2 * X_diagonal + w0 * X_right
        # </solution>
    return slopes


# %%
def bilinear_grad_points(grad_values, image, indices, weights):
    """Send the gradient of the values back to the positions.

    Args:
        grad_values: ∂E/∂X(c, p), shape (C, P).
        image: X, shape (C, H, W).
        indices: (ay, ax) of each point, int64, shape (P, 2).
        weights: (w0, w1, w2, w3) of each point, shape (P, 4).

    Returns:
        ∂E/∂p, shape (P, 2), in the order (y, x).
    """
    # <solution>
    slopes = bilinear_slopes(image, indices, weights)
    return (grad_values[:, :, None] * slopes).sum(axis=0)
    # </solution>


# %%
def bilinear_grad_image(grad_values, image_shape, indices, weights):
    """Send the gradient of the values back to the pixels: the scatter.

    Args:
        grad_values: ∂E/∂X(c, p), shape (C, P).
        image_shape: (C, H, W).
        indices: (ay, ax) of each point, int64, shape (P, 2); a cell may lie outside the image, or half outside.
        weights: (w0, w1, w2, w3) of each point, shape (P, 4).

    Returns:
        ∂E/∂X, shape (C, H, W).
    """
    C, H, W = image_shape
    grad_image = np.zeros((C, H, W), grad_values.dtype)
    # <solution>
    for p in range(indices.shape[0]):
        ay, ax = indices[p]
        w0, w1, w2, w3 = weights[p]
        shares = [(ay, ax, w0 * w1), (ay + 1, ax, w1 * w2), (ay + 1, ax + 1, w2 * w3), (ay, ax + 1, w3 * w0)]
        for qy, qx, share in shares:
            if 0 <= qy < H and 0 <= qx < W:
                grad_image[:, qy, qx] += share * grad_values[:, p]
    # </solution>
    return grad_image


# %% [picture]
# The slopes of an image of 4×5 pixels as arrows: each points to where the value grows, and is as long as it is steep.
# Inside a cell they change smoothly, from cell to cell they jump. If yours point down the hill, or at right angles to it,
# something is wrong.
