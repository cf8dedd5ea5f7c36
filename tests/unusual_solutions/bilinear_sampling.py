"""Exercise 04: in a few words, code that comes last."""

UNUSUAL = [
    (
        "whole arrays",
        """
def bilinear_sample(image, points):
    C, H, W = image.shape
    X = np.pad(image, ((0, 0), (2, 2), (2, 2)))
    (y, x) = points.T
    y, x = np.clip(y, -2, H), np.clip(x, -2, W)
    ay, ax = np.floor(y).astype(int), np.floor(x).astype(int)
    ty, tx = y - ay, x - ax
    P = lambda i, j: X[:, np.minimum(ay + i + 2, H + 3), np.minimum(ax + j + 2, W + 3)]
    upper, lower = P(0, 0) * (1 - tx) + P(0, 1) * tx, P(1, 0) * (1 - tx) + P(1, 1) * tx
    return upper * (1 - ty) + lower * ty
""",
    ),
    (
        "a sum of hats over all pixels",
        """
def bilinear_sample(image, points):
    hat = lambda t: np.maximum(0, 1 - abs(t))
    gy = hat(np.arange(image.shape[1])[None] - points[:, :1])
    gx = hat(np.arange(image.shape[2])[None] - points[:, 1:])
    return np.einsum("chw,ph,pw->cp", image, gy, gx)
""",
    ),
    (
        "math.floor, point by point",
        """
import math
def locate(points):
    cells = [(math.floor(y), math.floor(x)) for y, x in points]
    weights = [(a + 1 - y, b + 1 - x, y - a, x - b) for (y, x), (a, b) in zip(points.tolist(), cells)]
    return np.array(cells, np.int32), np.array(weights)
""",
    ),
    (
        "floor division",
        """
def locate(points):
    a, t = np.divmod(points, 1)
    return a.astype(np.int16), np.concatenate([1 - t, t], axis=1)
""",
    ),
    (
        "modulo",
        """
def locate(points):
    t = points % 1.0
    t[t == 1.0] = 0.0
    return np.rint(points - t).astype(np.int64), np.hstack([1 - t, t])
""",
    ),
    (
        "a padded copy for each pixel",
        """
def pixel(image, qy, qx):
    C, H, W = image.shape
    big = np.zeros((C, H + 2, W + 2))
    big[:, 1:-1, 1:-1] = image
    return big[:, min(max(qy, -1), H) + 1, min(max(qx, -1), W) + 1]
""",
    ),
    (
        "an exception for the border",
        """
def pixel(image, qy, qx):
    try:
        assert qy >= 0 <= qx
        return np.array([channel[qy][qx] for channel in image.tolist()])
    except (IndexError, AssertionError):
        return np.array([0.0] * len(image))
""",
    ),
    (
        "half of it in single precision",
        """
_double = bilinear_sample
def bilinear_sample(image, points):
    return _double(image, points).astype(np.float32)
""",
    ),
]
