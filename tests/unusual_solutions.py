"""Right solutions of the exercises that nobody would expect: (exercise, in a few words, code that comes last)."""

UNUSUAL = [
    (
        1,
        "sliding windows",
        """
def im2col(input, kernel_size, stride, padding, dilation):
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    X = np.pad(input, [(0, 0), (0, 0), (py, py), (px, px)])
    reach = dy * (kH - 1) + 1, dx * (kW - 1) + 1
    V = np.lib.stride_tricks.sliding_window_view(X, reach, axis=(2, 3))[:, :, ::sy, ::sx, ::dy, ::dx]
    V = V.transpose(0, 1, 4, 5, 2, 3)
    return V.reshape(V.shape[0], -1, V.shape[4] * V.shape[5])
""",
    ),
    (
        1,
        "strides by hand",
        """
def im2col(input, kernel_size, stride, padding, dilation):
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    X = np.zeros((*input.shape[:2], input.shape[2] + 2 * py, input.shape[3] + 2 * px))
    X[:, :, py : py + input.shape[2], px : px + input.shape[3]] = input
    Ho, Wo = output_size(input.shape[2], kH, sy, py, dy), output_size(input.shape[3], kW, sx, px, dx)
    n, c, y, x = X.strides
    shape, steps = (*X.shape[:2], kH, kW, Ho, Wo), (n, c, dy * y, dx * x, sy * y, sx * x)
    return np.lib.stride_tricks.as_strided(X, shape, steps).reshape(len(X), -1, Ho * Wo)
""",
    ),
    (
        1,
        "an einsum in place of the columns",
        """
def conv2d(input, weight, bias, stride, padding, dilation):
    N, C1, kH, kW = len(input), *weight.shape[1:]
    A = im2col(input, (kH, kW), stride, padding, dilation).reshape(N, C1, kH, kW, -1)
    Y = np.einsum("ocij,ncijl->nol", weight, A) + bias.reshape(1, -1, 1)
    return Y.reshape(N, len(weight), output_size(input.shape[2], kH, stride[0], padding[0], dilation[0]), -1)
""",
    ),
    (
        1,
        "plain loops and lists",
        """
def im2col(input, kernel_size, stride, padding, dilation):
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    N, C1, H, W = input.shape
    out = []
    for n in range(N):
        rows = []
        for c in range(C1):
            for i in range(kH):
                for j in range(kW):
                    row = []
                    for oy in range(output_size(H, kH, sy, py, dy)):
                        for ox in range(output_size(W, kW, sx, px, dx)):
                            y, x = sy * oy - py + dy * i, sx * ox - px + dx * j
                            row.append(float(input[n, c, y, x]) if 0 <= y < H and 0 <= x < W else 0.0)
                    rows.append(row)
        out.append(rows)
    return out
""",
    ),
    (
        1,
        "single precision",
        """
_double = conv2d
def conv2d(input, weight, bias, stride, padding, dilation):
    return _double(input.astype("f4"), weight.astype("f4"), bias.astype("f4"), stride, padding, dilation)
""",
    ),
    (
        1,
        "extended precision, in Fortran's order",
        """
_double = conv2d
def conv2d(input, weight, bias, stride, padding, dilation):
    Y = _double(input.astype(np.longdouble), weight, bias, stride, padding, dilation)
    return np.asfortranarray(Y)
""",
    ),
    (
        1,
        "one big index",
        """
def im2col(input, kernel_size, stride, padding, dilation):
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    H, W = input.shape[2:]
    i, j, oy, ox = np.indices((kH, kW, output_size(H, kH, sy, py, dy), output_size(W, kW, sx, px, dx)))
    y, x = sy * oy - py + dy * i, sx * ox - px + dx * j
    on = (y >= 0) & (y < H) & (x >= 0) & (x < W)
    A = np.where(on, input[:, :, y.clip(0, H - 1), x.clip(0, W - 1)], 0)
    return A.reshape(len(input), -1, on.shape[2] * on.shape[3])
""",
    ),
    (
        1,
        "counting the points",
        """
def output_size(size, kernel_size, stride, padding, dilation):
    return len([y for y in range(-padding, size + padding, stride) if y + dilation * (kernel_size - 1) < size + padding])
""",
    ),
    (
        1,
        "torch inside",
        """
def conv2d(input, weight, bias, stride, padding, dilation):
    import torch
    t = torch.from_numpy
    return torch.nn.functional.conv2d(t(input), t(weight), t(bias), stride, padding, dilation).numpy()
""",
    ),
    (
        4,
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
        4,
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
        4,
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
        4,
        "floor division",
        """
def locate(points):
    a, t = np.divmod(points, 1)
    return a.astype(np.int16), np.concatenate([1 - t, t], axis=1)
""",
    ),
    (
        4,
        "modulo",
        """
def locate(points):
    t = points % 1.0
    t[t == 1.0] = 0.0
    return np.rint(points - t).astype(np.int64), np.hstack([1 - t, t])
""",
    ),
    (
        4,
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
        4,
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
        4,
        "half of it in single precision",
        """
_double = bilinear_sample
def bilinear_sample(image, points):
    return _double(image, points).astype(np.float32)
""",
    ),
    (
        5,
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
        5,
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
        5,
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
        5,
        "an einsum",
        """
def bilinear_grad_points(grad_values, image, indices, weights):
    return np.einsum("cp,cpa->pa", grad_values, bilinear_slopes(image, indices, weights))
""",
    ),
    (
        5,
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
        5,
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
