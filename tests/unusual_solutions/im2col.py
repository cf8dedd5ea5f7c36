"""Exercise 01: in a few words, code that comes last."""

UNUSUAL = [
    (
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
        "single precision",
        """
_double = conv2d
def conv2d(input, weight, bias, stride, padding, dilation):
    return _double(input.astype("f4"), weight.astype("f4"), bias.astype("f4"), stride, padding, dilation)
""",
    ),
    (
        "extended precision, in Fortran's order",
        """
_double = conv2d
def conv2d(input, weight, bias, stride, padding, dilation):
    Y = _double(input.astype(np.longdouble), weight, bias, stride, padding, dilation)
    return np.asfortranarray(Y)
""",
    ),
    (
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
        "counting the points",
        """
def output_size(size, kernel_size, stride, padding, dilation):
    return len([y for y in range(-padding, size + padding, stride) if y + dilation * (kernel_size - 1) < size + padding])
""",
    ),
    (
        "torch inside",
        """
def conv2d(input, weight, bias, stride, padding, dilation):
    import torch
    t = torch.from_numpy
    return torch.nn.functional.conv2d(t(input), t(weight), t(bias), stride, padding, dilation).numpy()
""",
    ),
]
