"""Exercise 15: in a few words, code that comes last."""

UNUSUAL = [
    (
        "a sparse picture of all pixels",
        """
def columns_vectorised(input, offset, kernel_size, padding):
    (N, C1, H, W), (kH, kW), (py, px), (Ho, Wo) = input.shape, kernel_size, padding, offset.shape[2:]
    k, oy, ox = np.indices((kH * kW, Ho, Wo))
    y = (oy - py + k // kW + offset[:, 0::2])[..., None]
    x = (ox - px + k % kW + offset[:, 1::2])[..., None]
    gy, gx = np.maximum(0, 1 - abs(y - np.arange(H))), np.maximum(0, 1 - abs(x - np.arange(W)))
    return np.einsum("nchw,nkyxh,nkyxw->nckyx", input, gy, gx, optimize=True).reshape(N, -1, Ho * Wo)
""",
    ),
    (
        "flat indices into a padded image",
        """
def columns_vectorised(input, offset, kernel_size, padding):
    (N, C1, H, W), (kH, kW), (py, px), (Ho, Wo) = input.shape, kernel_size, padding, offset.shape[2:]
    X = np.pad(input, ((0, 0), (0, 0), (1, 2), (1, 2))).reshape(N, C1, -1)
    k, oy, ox = np.indices((kH * kW, Ho, Wo))
    y = np.clip(oy - py + k // kW + offset[:, 0::2], -1, H) + 1
    x = np.clip(ox - px + k % kW + offset[:, 1::2], -1, W) + 1
    a, b = y.astype(int), x.astype(int)
    t, u = (y - a)[:, None], (x - b)[:, None]
    read = lambda i, j: np.take_along_axis(X, ((a + i) * (W + 3) + b + j).reshape(N, 1, -1), 2).reshape(N, C1, *a.shape[1:])
    upper, lower = (1 - u) * read(0, 0) + u * read(0, 1), (1 - u) * read(1, 0) + u * read(1, 1)
    return ((1 - t) * upper + t * lower).reshape(N, -1, Ho * Wo)
""",
    ),
    (
        "parallel, in single precision",
        """
@numba.njit(parallel=True, fastmath=True)
def _fill(X, offset, kH, kW, py, px, A):
    N, C1, H, W = X.shape
    Ho, Wo = offset.shape[2:]
    for place in numba.prange(N * kH * kW * Ho):
        n, k, oy = place // (kH * kW * Ho), place // Ho % (kH * kW), place % Ho
        for ox in range(Wo):
            y = oy - py + k // kW + offset[n, 2 * k, oy, ox]
            x = ox - px + k % kW + offset[n, 2 * k + 1, oy, ox]
            a, b = int(np.floor(y)), int(np.floor(x))
            for i in range(2):
                for j in range(2):
                    if 0 <= a + i < H and 0 <= b + j < W:
                        w = (y - a if i else 1 - y + a) * (x - b if j else 1 - x + b)
                        for c in range(C1):
                            A[n, c, k, oy, ox] += w * X[n, c, a + i, b + j]

def columns_compiled(input, offset, kernel_size, padding):
    A = np.zeros((*input.shape[:2], kernel_size[0] * kernel_size[1], *offset.shape[2:]), np.float32)
    _fill(input, offset, *kernel_size, *padding, A)
    return A.reshape(len(input), -1, offset.shape[2] * offset.shape[3])
""",
    ),
    (
        "the compiled one for both",
        """
columns_vectorised = columns_compiled
""",
    ),
]
