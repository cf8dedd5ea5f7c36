# %% [markdown]
# # 06 · The border: projection
#
# 30 minutes · medium · after 04, 05 · chapter `chapters/border`

# %% [markdown]
# What is read when a position leaves the image? In exercise 04 it was zero. Here the position is first moved to the
# nearest point of the image, as in the report: each edge is drawn out for ever. The value is easy. The gradient has a
# trap: where the border holds a point, moving it changes nothing, and the slope is zero, in that axis and only in it.

# %% [markdown]
# **First, by hand.** The image of exercise 04:
#
# ```
# 10 20
# 40 80
# ```
#
# Read it at the point (y, x) = (-0.5, 0.25), which is first projected onto the image. Which value is read, and how fast
# does it change when the point moves down, and when it moves right? Write down [value, ∂/∂y, ∂/∂x].

# %%
prediction = ...

# %%
import numpy as np


def locate(points):
    """Find the cells and weights of points, int64 (P, 2) and float (P, 4): exercise 04. Given."""
    indices = np.floor(points).astype(np.int64)
    t = points - indices
    return indices, np.concatenate([1 - t, t], axis=1)

# %%
def project(points, height, width):
    """Move each point to the nearest point of the image.

    Args:
        points: (y, x) of each point, in pixels, shape (P, 2).
        height: H, in pixels.
        width: W, in pixels.

    Returns:
        The projected points, shape (P, 2), in [0, H - 1] × [0, W - 1].
    """
    raise NotImplementedError("about 3 lines")

# %%
def projection_slopes(points, height, width):
    """Differentiate the projection, axis by axis.

    Args:
        points: (y, x) of each point before its projection, in pixels, shape (P, 2).
        height: H, in pixels.
        width: W, in pixels.

    Returns:
        Shape (P, 2), floating: 1 where the point is free in that axis, 0 where the border holds it. On the edges
        of the image it is the right-hand derivative.
    """
    raise NotImplementedError("about 4 lines")

# %%
def projected_values(image, points):
    """Read all channels at each point, after its projection.

    Args:
        image: X, shape (C, H, W).
        points: (y, x) of each point, in pixels, shape (P, 2).

    Returns:
        Shape (C, P).
    """
    C, H, W = image.shape
    indices, weights = locate(project(points, H, W))
    values = np.zeros((C, len(points)), image.dtype)
    for p in range(len(points)):
        ay, ax = indices[p]
        w0, w1, w2, w3 = weights[p]
        raise NotImplementedError("about 3 lines")
    return values

# %%
def projected_grad_points(grad_values, image, points):
    """Send the gradient of the values back to the points, through the projection.

    Args:
        grad_values: ∂E/∂X(c, p), shape (C, P).
        image: X, shape (C, H, W).
        points: (y, x) of each point before its projection, in pixels, shape (P, 2).

    Returns:
        ∂E/∂p, shape (P, 2), in the order (y, x).
    """
    C, H, W = image.shape
    indices, weights = locate(project(points, H, W))
    slopes = projection_slopes(points, H, W)
    grad_points = np.zeros((len(points), 2), grad_values.dtype)
    for p in range(len(points)):
        ay, ax = indices[p]
        w0, w1, w2, w3 = weights[p]
        raise NotImplementedError("about 7 lines")
    return grad_points

# %% [markdown]
# ## What you should see
#
# One image under both rules, sampled on and around it; the frame joins the centres of its outermost pixels. On the left it is
# zero outside and fades out over one pixel. On the right each point is projected, and the edges are drawn out for ever. The picture is in `06_projection.svg`.

# %% [markdown]
# Check it with `dcn check 06`.

# %% [markdown]
# ## Hints
#
# Open one at a time, and try again before the next.
#
# <details><summary>project, hint 1</summary>
#
# The nearest point of the image: what is too small becomes 0, what is too large becomes the last row or column. All else stays.
#
# </details>
#
# <details><summary>project, hint 2</summary>
#
# The last row is height - 1. np.minimum(np.maximum(y, 0), height - 1) does one axis for all points.
#
# </details>
#
# <details><summary>projection_slopes, hint 1</summary>
#
# If a point moves a little, does its projection move along? On the image as much as the point itself, outside not at all.
#
# </details>
#
# <details><summary>projection_slopes, hint 2</summary>
#
# Each axis by itself: a point above the image is held in y and may still slide along x.
#
# </details>
#
# <details><summary>projection_slopes, hint 3</summary>
#
# On the edge the right-hand derivative counts: at 0 the point is free to move into the image, at height - 1 it is held. So y >= 0 and y < height - 1.
#
# </details>
#
# <details><summary>projected_values, hint 1</summary>
#
# After the projection the four terms are those of exercise 04. But on the last row the pixel below is not on the image: what is its weight?
#
# </details>
#
# <details><summary>projected_values, hint 2</summary>
#
# Its weight is 0, so any pixel of the image may stand in its place; only an index that does not exist must not be read.
#
# </details>
#
# <details><summary>projected_values, hint 3</summary>
#
# below = min(ay + 1, H - 1), right = min(ax + 1, W - 1).
#
# </details>
#
# <details><summary>projected_grad_points, hint 1</summary>
#
# The chain rule has two factors: the slopes of exercise 05 at the projected point, and the slopes of the projection.
#
# </details>
#
# <details><summary>projected_grad_points, hint 2</summary>
#
# In y: w1 times the difference of the left column, w3 times that of the right one. Multiply by grad_values, sum over the channels, and multiply by projection_slopes.
#
# </details>
