# %% [markdown]
# # 04 · Bilinear sampling
#
# 25 minutes · easy · no exercise before it · chapter `chapters/bilinear`

# %% [markdown]
# What is the value of an image between its pixels? A deformable convolution reads its input at such places. The answer
# is a weighted mean of the four pixels around the place. Here you write it in three steps, and keep what the way back
# will need: the cell (`indices`) and the four weights.
#
# Outside, the image is zero. Places outside are nothing special: coordinates may be negative.

# %% [markdown]
# **First, by hand.** An image of 2×2 pixels:
#
# ```
# 10 20
# 40 80
# ```
#
# What is its value at the point (y, x) = (0.25, 0.5), a quarter down and half across?

# %%
prediction = ...

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
    raise NotImplementedError("about 4 lines")

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
    raise NotImplementedError("about 3 lines")

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
    raise NotImplementedError("about 8 lines")

# %% [markdown]
# ## What you should see
#
# An image of 4×5 pixels, and the same image sampled on a lattice eight times as fine. Between the pixels the value
# glides; over one pixel outside it fades to zero. If yours shows steps, a mirrored cell or a hard edge, something is wrong. The picture is in `04_bilinear_sampling.svg`.

# %% [markdown]
# Check it with `dcn check 04`.

# %% [markdown]
# ## Hints
#
# Open one at a time, and try again before the next.
#
# <details><summary>locate, hint 1</summary>
#
# The cell's upper left corner is the largest integer that is not above the coordinate, below zero too. Which function of NumPy does that?
#
# </details>
#
# <details><summary>locate, hint 2</summary>
#
# np.floor gives floats; indices must be integers: .astype(np.int64) afterwards, when all are whole numbers.
#
# </details>
#
# <details><summary>locate, hint 3</summary>
#
# t = points - indices lies in [0, 1). The weights are 1 - t in y, 1 - t in x, t in y, t in x, in this order.
#
# </details>
#
# <details><summary>pixel, hint 1</summary>
#
# Ask first whether the lattice point lies on the image: 0 <= qy < H and 0 <= qx < W.
#
# </details>
#
# <details><summary>pixel, hint 2</summary>
#
# Without the question NumPy answers all the same: image[:, -1, 0] is the last row.
#
# </details>
#
# <details><summary>bilinear_sample, hint 1</summary>
#
# The four pixels are a, the one below it, the one to the lower right, the one to the right: down is +1 in y, the first index.
#
# </details>
#
# <details><summary>bilinear_sample, hint 2</summary>
#
# The pixel (ay, ax) has the weight w0 * w1: both distances small, both weights large.
#
# </details>
#
# <details><summary>bilinear_sample, hint 3</summary>
#
# In the order down, diagonal, right the next three weights are w1 * w2, w2 * w3, w3 * w0.
#
# </details>
