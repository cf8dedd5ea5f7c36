# %% [raw]
# title = "The border: projection"
# chapter = "chapters/border"
# minutes = 30
# difficulty = "medium"
# after = [4, 5]
# forbidden = ["dcn_course"]
#
# [[gaps]]
# function = "project"
# equation = "projection"
# hints = [
#   "The nearest point of the image: what is too small becomes 0, what is too large becomes the last row or column. All else stays.",
#   "The last row is height - 1. np.minimum(np.maximum(y, 0), height - 1) does one axis for all points.",
# ]
#
# [[gaps]]
# function = "projection_slopes"
# equation = "projection-derivative"
# hints = [
#   "If a point moves a little, does its projection move along? On the image as much as the point itself, outside not at all.",
#   "Each axis by itself: a point above the image is held in y and may still slide along x.",
#   "On the edge the right-hand derivative counts: at 0 the point is free to move into the image, at height - 1 it is held. So y >= 0 and y < height - 1.",
# ]
#
# [[gaps]]
# function = "projected_values"
# equation = "projection"
# hints = [
#   "After the projection the four terms are those of exercise 04. But on the last row the pixel below is not on the image: what is its weight?",
#   "Its weight is 0, so any pixel of the image may stand in its place; only an index that does not exist must not be read.",
#   "below = min(ay + 1, H - 1), right = min(ax + 1, W - 1).",
# ]
#
# [[gaps]]
# function = "projected_grad_points"
# equation = "projection-derivative"
# hints = [
#   "The chain rule has two factors: the slopes of exercise 05 at the projected point, and the slopes of the projection.",
#   "In y: w1 times the difference of the left column, w3 times that of the right one. Multiply by grad_values, sum over the channels, and multiply by projection_slopes.",
# ]
#
# [[mistakes]]
# prediction = [6.25, 12.5, 5]
# because = "that is the rule zeros, with black pixels around the image. Here the point is first projected."
#
# [[mistakes]]
# prediction = [12.5, 37.5, 10]
# because = "the slope in y is that of the image below the point. But the point lies outside: when it moves down a little, its projection stays."
#
# [[mistakes]]
# prediction = [12.5, 0, 0]
# because = "the point is held in y alone. When it moves right, its projection moves right."
#
# [[mistakes]]
# prediction = [10, 0, 0]
# because = "that is the nearest pixel. The nearest point of the image may lie between two pixels."

# %% [markdown]
# What is read when a position leaves the image? In exercise 04 it was zero. Here the position is first moved to the
# nearest point of the image, as in the report: each edge is drawn out for ever. The value is easy. The gradient has a
# trap: where the border holds a point, moving it changes nothing, and the slope is zero, in that axis and only in it.

# %% [question]
# The image of exercise 04:
#
# ```
# 10 20
# 40 80
# ```
#
# Read it at the point (y, x) = (-0.5, 0.25), which is first projected onto the image. Which value is read, and how fast
# does it change when the point moves down, and when it moves right? Write down [value, ∂/∂y, ∂/∂x].

# %%
prediction = [12.5, 0, 10]  # <answer>

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
    # <solution>
    y = np.minimum(np.maximum(points[:, 0], 0), height - 1)
    x = np.minimum(np.maximum(points[:, 1], 0), width - 1)
    return np.stack([y, x], axis=1)
    # </solution>


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
    # <solution>
    y, x = points[:, 0], points[:, 1]
    free_y = (y >= 0) & (y < height - 1)
    free_x = (x >= 0) & (x < width - 1)
    return np.stack([free_y, free_x], axis=1).astype(points.dtype)
    # </solution>


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
        # <solution>
        below, right = min(ay + 1, H - 1), min(ax + 1, W - 1)
        values[:, p] = w0 * w1 * image[:, ay, ax] + w1 * w2 * image[:, below, ax]
        values[:, p] += w2 * w3 * image[:, below, right] + w3 * w0 * image[:, ay, right]
        # </solution>
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
        # <solution>
        below, right = min(ay + 1, H - 1), min(ax + 1, W - 1)
        X_a, X_down = image[:, ay, ax], image[:, below, ax]
        X_right, X_diagonal = image[:, ay, right], image[:, below, right]
        dy = w1 * (X_down - X_a) + w3 * (X_diagonal - X_right)
        dx = w0 * (X_right - X_a) + w2 * (X_diagonal - X_down)
        grad_points[p, 0] = slopes[p, 0] * (grad_values[:, p] * dy).sum()
        grad_points[p, 1] = slopes[p, 1] * (grad_values[:, p] * dx).sum()
        # </solution>
    return grad_points


# %% [picture]
# One image under both rules, sampled on and around it; the frame joins the centres of its outermost pixels. On the left it is
# zero outside and fades out over one pixel. On the right each point is projected, and the edges are drawn out for ever.
