"""Right solutions of exercise 10 that nobody would expect."""

UNUSUAL = [
    (
        "whole arrays",
        """
def sampling_slopes(input, indices, weights, projected):
    N, C1, H, W = input.shape
    X = np.pad(input, ((0, 0), (0, 0), (3, 3), (3, 3)))
    G, c = indices.shape[1], np.arange(C1)
    a, w, held = (np.repeat(v, C1 // G, axis=1) for v in (indices, weights, projected))
    ay, ax = a[..., 0].clip(-3, H + 1) + 3, a[..., 1].clip(-3, W + 1) + 3
    n, c = np.arange(N).reshape(-1, 1, 1, 1, 1), c.reshape(-1, 1, 1, 1)
    read = lambda i, j: X[n, c, ay + i, ax + j]
    left, right = read(1, 0) - read(0, 0), read(1, 1) - read(0, 1)
    top, bottom = read(0, 1) - read(0, 0), read(1, 1) - read(1, 0)
    both = np.stack([w[..., 1] * left + w[..., 3] * right, w[..., 0] * top + w[..., 2] * bottom], axis=-1)
    return np.where(held, 0, both)
""",
    ),
    (
        "differences of sampled values inside the cell",
        """
def sampling_slopes(input, indices, weights, projected):
    # Bilinear: along one axis the value is a straight line within the cell, so its two ends give the slope.
    N, C1, H, W = input.shape
    G, out = indices.shape[1], np.zeros((N, C1, *indices.shape[2:]))
    for at in np.ndindex(out.shape[:-1]):
        sample = (at[0], at[1] * G // C1, *at[2:])
        (ay, ax), (w0, w1, w2, w3) = indices[sample], weights[sample]
        cell = np.array([[pixel(input[at[:2]], ay + i, ax + j) for j in (0, 1)] for i in (0, 1)])
        slope = np.array([[-1, 1] @ cell @ [w1, w3], [w0, w2] @ cell @ [-1, 1]])
        out[at] = slope * (1 - projected[sample])
    return out
""",
    ),
    (
        "the held slopes set to zero afterwards",
        """
def sampling_slopes(input, indices, weights, projected):
    out = np.full((*input.shape[:2], *indices.shape[2:]), np.nan)
    G = indices.shape[1]
    for n, c1 in np.ndindex(input.shape[:2]):
        g = c1 // (input.shape[1] // G)
        for k, y, x in np.ndindex(out.shape[2:5]):
            a, w = indices[n, g, k, y, x], weights[n, g, k, y, x]
            X = input[n, c1]
            p = [pixel(X, a[0] + i, a[1] + j) for i, j in ((0, 0), (0, 1), (1, 0), (1, 1))]
            out[n, c1, k, y, x, 0] = (p[2] - p[0]) * w[1] + (p[3] - p[1]) * w[3]
            out[n, c1, k, y, x, 1] = (p[1] - p[0]) * w[0] + (p[3] - p[2]) * w[2]
        out[n, c1][projected[n, g]] = 0.0
    return out
""",
    ),
    (
        "an einsum over split channels",
        """
def collect_offsets(grad_columns, slopes, offset_groups):
    N, C1, K, Ho, Wo, _ = slopes.shape
    split = slopes.reshape(N, offset_groups, -1, K, Ho, Wo, 2)
    found = np.einsum("ngckyx,ngckyxa->ngkayx", grad_columns.reshape(split.shape[:-1]), split)
    return found.reshape(N, -1, Ho, Wo)
""",
    ),
    (
        "components written with steps",
        """
def collect_offsets(grad_columns, slopes, offset_groups):
    N, C1, K, Ho, Wo, _ = slopes.shape
    out = np.empty((N, 2 * offset_groups * K, Ho, Wo), np.longdouble)
    for axis in (0, 1):
        each = grad_columns.reshape(N, C1, K, Ho, Wo) * slopes[..., axis]
        groups = np.add.reduceat(each, range(0, C1, C1 // offset_groups), axis=1)
        out[:, axis::2] = groups.reshape(N, -1, Ho, Wo)
    return out
""",
    ),
    (
        "one image for each tap: channels mixed first",
        """
def deform_conv2d_grad_offset(grad_output, input, offset, weight, stride, padding, dilation, border):
    # Mix the channels of a group with g, then take the slope of the one map that is left.
    N, C2, Ho, Wo = grad_output.shape
    b = deform_im2col(input, offset, weight.shape[2:], stride, padding, dilation, border=border)
    G, K = b.indices.shape[1:3]
    g = np.einsum("ock,noyx->nckyx", weight.reshape(C2, -1, K), grad_output)
    out = np.zeros((N, G, K, 2, Ho, Wo))
    for n, q, k, y, x in np.ndindex(N, G, K, Ho, Wo):
        block = slice(q * input.shape[1] // G, (q + 1) * input.shape[1] // G)
        Z = np.tensordot(g[n, block, k, y, x], input[n, block], axes=1)
        at = (slice(n, n + 1), slice(q, q + 1), slice(k, k + 1), slice(y, y + 1), slice(x, x + 1))
        out[n, q, k, :, y, x] = sampling_slopes(Z[None, None], b.indices[at], b.weights[at], b.projected[at]).ravel()
    return out.reshape(offset.shape)
""",
    ),
    (
        "the course's own operator, by autograd",
        """
def deform_conv2d_grad_offset(grad_output, input, offset, weight, stride, padding, dilation, border):
    import torch
    import dcn_course
    p = torch.from_numpy(offset).requires_grad_()
    rest = torch.from_numpy(weight), None, stride, padding, dilation
    Y = dcn_course.deform_conv2d(torch.from_numpy(input), p, *rest, border=border, backend="torch")
    Y.backward(torch.from_numpy(grad_output))
    return p.grad.numpy()
""",
    ),
    (
        "single precision",
        """
_double = deform_conv2d_grad_offset
def deform_conv2d_grad_offset(grad_output, input, offset, weight, stride, padding, dilation, border):
    exact = _double(grad_output, input, offset, weight, stride, padding, dilation, border)
    return exact.astype(np.float32)
""",
    ),
]
