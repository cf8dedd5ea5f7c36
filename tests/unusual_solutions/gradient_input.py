"""Right solutions of exercise 09 that nobody would expect."""

UNUSUAL = [
    (
        "an einsum",
        """
def matmul_grad_columns(grad_output, weight):
    g = np.einsum("ocij,noyx->ncijyx", weight, grad_output)
    return g.reshape(len(g), -1, grad_output.shape[2] * grad_output.shape[3])
""",
    ),
    (
        "a loop over maps and taps",
        """
def matmul_grad_columns(grad_output, weight):
    rows = []
    for c1, i, j in np.ndindex(weight.shape[1:]):
        rows.append(sum(weight[c2, c1, i, j] * grad_output[:, c2] for c2 in range(len(weight))))
    return np.stack(rows, axis=1).reshape(len(grad_output), len(rows), -1)
""",
    ),
    (
        "add.at on index arrays",
        """
def scatter(grad_columns, indices, weights, input_shape):
    N, C1, H, W = input_shape
    G, taps, Ho, Wo = indices.shape[1:5]
    n, c1, k, oy, ox = np.indices((N, C1, taps, Ho, Wo))
    at = n, c1 // (C1 // G), k, oy, ox
    a, w = indices[at], weights[at]
    g = grad_columns.reshape(N, C1, taps, Ho, Wo)
    big = np.zeros((N, C1, H + 3, W + 3))
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        y, x = np.clip(a[..., 0] + down, -1, H) + 1, np.clip(a[..., 1] + right, -1, W) + 1
        np.add.at(big, (n, c1, y, x), g * w[..., 2 * down] * w[..., 1 + 2 * right])
    return big[:, :, 1 : H + 1, 1 : W + 1]
""",
    ),
    (
        "gathering with hats, pixel by pixel",
        """
def scatter(grad_columns, indices, weights, input_shape):
    N, C1, H, W = input_shape
    G = indices.shape[1]
    at = indices + weights[..., 2:]
    hat = lambda t: np.maximum(0, 1 - abs(t))
    gy = hat(np.arange(H) - at[..., :1]).reshape(N, G, -1, H)
    gx = hat(np.arange(W) - at[..., 1:]).reshape(N, G, -1, W)
    g = grad_columns.reshape(N, G, C1 // G, -1)
    return np.einsum("ngcs,ngsh,ngsw->ngchw", g, gy, gx).reshape(input_shape)
""",
    ),
    (
        "bincount",
        """
def scatter(grad_columns, indices, weights, input_shape):
    N, C1, H, W = input_shape
    G = indices.shape[1]
    out = np.empty((N, C1, H * W))
    g = grad_columns.reshape(N, C1, -1)
    for n, c in np.ndindex(N, C1):
        (ay, ax), (w0, w1, w2, w3) = (v[n, c * G // C1].reshape(-1, v.shape[-1]).T for v in (indices, weights))
        total = 0
        for y, x, w in ((ay, ax, w0 * w1), (ay + 1, ax, w1 * w2), (ay + 1, ax + 1, w2 * w3), (ay, ax + 1, w3 * w0)):
            ok = (y >= 0) & (x >= 0) & (y < H) & (x < W)
            total = total + np.bincount((y * W + x)[ok], (w * g[n, c])[ok], H * W)
        out[n, c] = total
    return out.reshape(input_shape)
""",
    ),
    (
        "the course's own operator, by autograd",
        """
def deform_conv2d_grad_input(grad_output, input, offset, weight, stride, padding, dilation, border):
    import torch
    import dcn_course
    X = torch.from_numpy(input).requires_grad_()
    rest = torch.from_numpy(offset), torch.from_numpy(weight)
    Y = dcn_course.deform_conv2d(X, *rest, None, stride, padding, dilation, border=border, backend="torch")
    return torch.autograd.grad(Y, X, torch.from_numpy(grad_output))[0].numpy()
""",
    ),
    (
        "an image of a single one for each pixel",
        """
def deform_conv2d_grad_input(grad_output, input, offset, weight, stride, padding, dilation, border):
    # Exact but for rounding: the output is linear in the input. One channel after the other, unit images.
    N, C1, H, W = input.shape
    grad = np.zeros(input.shape)
    K = weight.reshape(len(weight), -1)
    for c1, y, x in np.ndindex(C1, H, W):
        unit = np.zeros(input.shape)
        unit[:, c1, y, x] = 1
        A = deform_im2col(unit, offset, weight.shape[2:], stride, padding, dilation, border=border).columns
        grad[:, c1, y, x] = ((K @ A).reshape(grad_output.shape) * grad_output).sum(axis=(1, 2, 3))
    return grad
""",
    ),
    (
        "single precision",
        """
_double = scatter
def scatter(grad_columns, indices, weights, input_shape):
    return _double(grad_columns.astype(np.float32), indices.astype(np.int32), weights.astype(np.float32), input_shape)
""",
    ),
]
