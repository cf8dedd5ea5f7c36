"""Exercise 06: in a few words, code that comes last."""

UNUSUAL = [
    (
        "clip, and a comparison with it",
        """
def project(points, height, width):
    return np.clip(points, 0, [height - 1, width - 1])

def projection_slopes(points, height, width):
    moved = np.nextafter(points, np.inf)
    return (project(moved, height, width) > project(points, height, width)).astype(float)
""",
    ),
    (
        "the median of three",
        """
def project(points, height, width):
    P = len(points)
    ends = np.broadcast_to(np.array([[0.0, 0.0], [height - 1, width - 1]])[:, None], (2, P, 2))
    return np.median(np.concatenate([ends, points[None]]), axis=0)
""",
    ),
    (
        "point by point, with ifs",
        """
def project(points, height, width):
    out = []
    for y, x in points:
        if y < 0: y = 0.0
        elif y > height - 1: y = height - 1.0
        if x < 0: x = 0.0
        elif x > width - 1: x = width - 1.0
        out.append((y, x))
    return out
""",
    ),
    (
        "an image with a repeated rim",
        """
def projected_values(image, points):
    X = np.pad(image, [(0, 0), (0, 1), (0, 1)], mode="edge")
    (ay, ax), (w0, w1, w2, w3) = (a.T for a in locate(project(points, *image.shape[1:])))
    return w0 * (w1 * X[:, ay, ax] + w3 * X[:, ay, ax + 1]) + w2 * (w1 * X[:, ay + 1, ax] + w3 * X[:, ay + 1, ax + 1])
""",
    ),
    (
        "indices modulo the size, where the weight is zero anyway",
        """
def projected_values(image, points):
    C, H, W = image.shape
    q = project(points, H, W)
    a, w = locate(q)
    out = np.empty((C, len(q)), np.float32)
    for p, ((y, x), (w0, w1, w2, w3)) in enumerate(zip(a, w)):
        out[:, p] = w0 * w1 * image[:, y, x] + w2 * w1 * image[:, (y + 1) % H, x] + w2 * w3 * image[:, (y + 1) % H, (x + 1) % W] + w0 * w3 * image[:, y, (x + 1) % W]
    return out
""",
    ),
    (
        "a sum of hats",
        """
def projected_values(image, points):
    H, W = image.shape[1:]
    q = project(points, H, W)
    gy, gx = (np.maximum(0, 1 - abs(np.arange(n) - q[:, k : k + 1])) for k, n in enumerate((H, W)))
    return np.einsum("py,px,cyx->cp", gy, gx, image)
""",
    ),
    (
        "slopes of the image drawn out by one cell on every side",
        """
def projected_grad_points(grad_values, image, points):
    H, W = image.shape[1:]
    X = np.pad(image, [(0, 0), (1, 1), (1, 1)], mode="edge")
    q = np.clip(points, -1, [H - 0.5, W - 0.5])
    q = np.where(points >= [H - 1, W - 1], [H - 0.5, W - 0.5], np.where(points < 0, -0.5, q))
    a = np.floor(q).astype(int)
    (y, x), (ty, tx) = (a + 1).T, (project(points, H, W) - np.clip(a, 0, [H - 1, W - 1])).T
    dy = (X[:, y + 1, x] - X[:, y, x]) * (1 - tx) + (X[:, y + 1, x + 1] - X[:, y, x + 1]) * tx
    dx = (X[:, y, x + 1] - X[:, y, x]) * (1 - ty) + (X[:, y + 1, x + 1] - X[:, y + 1, x]) * ty
    return np.stack([(grad_values * dy).sum(axis=0), (grad_values * dx).sum(axis=0)], axis=1)
""",
    ),
]
