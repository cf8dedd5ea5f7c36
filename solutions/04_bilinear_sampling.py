# %% [raw]
# title = "Bilinear sampling"
# chapter = "chapters/bilinear"
# minutes = 25
# difficulty = "easy"
# after = []
# forbidden = ["dcn_course"]
#
# [[gaps]]
# function = "locate"
# equation = "bilinear-weights"
# hints = [
#   "The cell's upper left corner is the largest integer that is not above the coordinate, below zero too. Which function of NumPy does that?",
#   "np.floor gives floats; indices must be integers: .astype(np.int64) afterwards, when all are whole numbers.",
#   "t = points - indices lies in [0, 1). The weights are 1 - t in y, 1 - t in x, t in y, t in x, in this order.",
# ]
#
# [[gaps]]
# function = "pixel"
# equation = "border-zeros"
# hints = [
#   "Ask first whether the lattice point lies on the image: 0 <= qy < H and 0 <= qx < W.",
#   "Without the question NumPy answers all the same: image[:, -1, 0] is the last row.",
# ]
#
# [[gaps]]
# function = "bilinear_sample"
# equation = "bilinear-value"
# hints = [
#   "The four pixels are a, the one below it, the one to the lower right, the one to the right: down is +1 in y, the first index.",
#   "The pixel (ay, ax) has the weight w0 * w1: both distances small, both weights large.",
#   "In the order down, diagonal, right the next three weights are w1 * w2, w2 * w3, w3 * w0.",
# ]
#
# [[mistakes]]
# prediction = 31.25
# because = "that point lies a quarter to the *right* and half *down*. A pair is (y, x): down first."
#
# [[mistakes]]
# prediction = 37.5
# because = "that is the mean of the four pixels, the value in the middle of the cell. This point lies nearer to the upper row."

# %% [markdown]
# What is the value of an image between its pixels? A deformable convolution reads its input at such places. The answer
# is a weighted mean of the four pixels around the place. Here you write it in three steps, and keep what the way back
# will need: the cell (`indices`) and the four weights.
#
# Outside, the image is zero. Places outside are nothing special: coordinates may be negative.

# %% [question]
# An image of 2×2 pixels:
#
# ```
# 10 20
# 40 80
# ```
#
# What is its value at the point (y, x) = (0.25, 0.5), a quarter down and half across?

# %%
prediction = 26.25  # <answer>

# %%
import numpy as np


# %%
def locate(points):
    """Find the cell that holds each point, and the point's weights in it.

    Args:
        points: (y, x) of each point, in pixels, shape (P, 2); any finite numbers.

    Returns:
        indices, int64, shape (P, 2): (ay, ax), the upper left corner of the cell; may lie outside the image.
            A point on a line between two cells belongs to the lower, or the right, one.
        weights, shape (P, 4): (w0, w1, w2, w3) = (1 - ty, 1 - tx, ty, tx) where (ty, tx) is the point's
            distance from (ay, ax).
    """
    # <solution>
    indices = np.floor(points).astype(np.int64)
    t = points - indices
    weights = np.stack([1 - t[:, 0], 1 - t[:, 1], t[:, 0], t[:, 1]], axis=1)
    return indices, weights
    # </solution>


# %%
def pixel(image, qy, qx):
    """Read all channels at one lattice point; the image is zero outside.

    Args:
        image: X, shape (C, H, W).
        qy: row, any integer.
        qx: column, any integer.

    Returns:
        The values X(c, q), shape (C,).
    """
    C, H, W = image.shape
    # <solution>
    if 0 <= qy < H and 0 <= qx < W:
        return image[:, qy, qx]
    return np.zeros(C, image.dtype)
    # </solution>


# %%
def bilinear_sample(image, points):
    """Read an image at fractional positions.

    Args:
        image: X, shape (C, H, W).
        points: (y, x) of each point, in pixels, shape (P, 2).

    Returns:
        The values X(c, p), shape (C, P).
    """
    C, P = image.shape[0], points.shape[0]
    indices, weights = locate(points)
    values = np.zeros((C, P), image.dtype)
    # <solution>
    for p in range(P):
        ay, ax = indices[p]
        w0, w1, w2, w3 = weights[p]
        values[:, p] = w0 * w1 * pixel(image, ay, ax)
        values[:, p] += w1 * w2 * pixel(image, ay + 1, ax)
        values[:, p] += w2 * w3 * pixel(image, ay + 1, ax + 1)
        values[:, p] += w3 * w0 * pixel(image, ay, ax + 1)
    return values
    # </solution>


# %% [picture]
# An image of 4×5 pixels, and the same image sampled on a lattice eight times as fine. Between the pixels the value
# glides; over one pixel outside it fades to zero. If yours shows steps, a mirrored cell or a hard edge, something is wrong.
