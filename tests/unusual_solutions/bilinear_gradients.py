"""Exercise 05: in a few words, code that comes last."""

UNUSUAL = [
    (
        "add.at on flat indices",
        """
def bilinear_grad_image(grad_values, image_shape, indices, weights):
    C, H, W = image_shape
    big = np.zeros((C, H + 2, W + 2))
    keep = ((indices >= -1) & (indices < (H, W))).all(axis=1)
    (ay, ax), (w0, w1, w2, w3), g = (indices[keep] + 1).T, weights[keep].T, grad_values[:, keep]
    for i, j, w in ((0, 0, w0 * w1), (1, 0, w1 * w2), (1, 1, w2 * w3), (0, 1, w3 * w0)):
        np.add.at(big, (slice(None), ay + i, ax + j), g * w)
    return big[:, 1:-1, 1:-1]
""",
    ),
    (
        "a dense matrix of weights",
        """
def bilinear_grad_image(grad_values, image_shape, indices, weights):
    C, H, W = image_shape
    at = indices + weights[:, 2:]
    hat = lambda t: np.maximum(0, 1 - abs(t))
    gy, gx = hat(np.arange(H) - at[:, :1]), hat(np.arange(W) - at[:, 1:])
    return np.tensordot(grad_values, gy[:, :, None] * gx[:, None], axes=1)
""",
    ),
    (
        "differences, then means",
        """
def bilinear_slopes(image, indices, weights):
    C, H, W = image.shape
    X = np.pad(image, ((0, 0), (1, 1), (1, 1)))
    out = np.zeros((C, len(indices), 2))
    for p, ((ay, ax), (w0, w1, w2, w3)) in enumerate(zip(indices + 1, weights)):
        if 0 <= ay <= H and 0 <= ax <= W:
            cell = X[:, ay : ay + 2, ax : ax + 2]
            out[:, p, 0] = np.diff(cell, axis=1)[:, 0] @ [w1, w3]
            out[:, p, 1] = np.diff(cell, axis=2)[..., 0] @ [w0, w2]
    return out
""",
    ),
    (
        "an einsum",
        """
def bilinear_grad_points(grad_values, image, indices, weights):
    return np.einsum("cp,cpa->pa", grad_values, bilinear_slopes(image, indices, weights))
""",
    ),
    (
        "a loop over channels from behind",
        """
def bilinear_grad_points(grad_values, image, indices, weights):
    total = 0.0
    for c in reversed(range(len(image))):
        total = total + grad_values[c][:, None] * bilinear_slopes(image[c : c + 1], indices, weights)[0]
    return total
""",
    ),
    (
        "autograd inside",
        """
def bilinear_grad_points(grad_values, image, indices, weights):
    import torch
    X = torch.nn.functional.pad(torch.from_numpy(image), (40, 40, 40, 40))
    at = torch.from_numpy(indices + weights[:, 2:]).requires_grad_()
    a = torch.from_numpy(indices) + 40
    t = at - torch.from_numpy(indices)
    read = lambda i, j: X[:, a[:, 0] + i, a[:, 1] + j]
    upper = read(0, 0) * (1 - t[:, 1]) + read(0, 1) * t[:, 1]
    lower = read(1, 0) * (1 - t[:, 1]) + read(1, 1) * t[:, 1]
    value = upper * (1 - t[:, 0]) + lower * t[:, 0]
    value.backward(torch.from_numpy(grad_values))
    return at.grad.numpy()
""",
    ),
]
