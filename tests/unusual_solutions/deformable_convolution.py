"""Exercise 07: in a few words, code that comes last."""

UNUSUAL = [
    (
        "strided slices of the offset and whole arrays",
        """
def sampling_positions(offset, kernel_size, stride, padding, dilation):
    N, maps, Ho, Wo = offset.shape
    kH, kW = kernel_size
    y, x = (offset[:, a::2].reshape(N, -1, kH, kW, Ho, Wo) for a in (0, 1))
    i, j, oy, ox = np.ogrid[:kH, :kW, :Ho, :Wo]
    y = y + stride[0] * oy - padding[0] + dilation[0] * i
    x = x + stride[1] * ox - padding[1] + dilation[1] * j
    return np.stack([y, x], axis=-1).reshape(N, -1, kH * kW, Ho, Wo, 2)
""",
    ),
    (
        "all samples at once by fancy indexing",
        """
def deform_im2col(input, offset, kernel_size, stride, padding, dilation, border):
    N, C1, H, W = input.shape
    p = sampling_positions(offset, kernel_size, stride, padding, dilation)
    G = p.shape[1]
    p = np.repeat(p, C1 // G, axis=1)
    y, x = p[..., 0], p[..., 1]
    if border == "project":
        y, x = y.clip(0, H - 1), x.clip(0, W - 1)
    ay, ax = np.floor(y).astype(int), np.floor(x).astype(int)
    n, c = np.arange(N).reshape(-1, 1, 1, 1, 1), np.arange(C1).reshape(1, -1, 1, 1, 1)
    A = 0.0
    for qy in (ay, ay + 1):
        for qx in (ax, ax + 1):
            on = (qy >= 0) & (qy < H) & (qx >= 0) & (qx < W)
            A = A + np.where(on, input[n, c, qy % H, qx % W], 0) * (1 - abs(y - qy)) * (1 - abs(x - qx))
    return A.reshape(N, C1 * p.shape[2], -1)
""",
    ),
    (
        "a matrix of hats for each image",
        """
def deform_im2col(input, offset, kernel_size, stride, padding, dilation, border):
    N, C1, H, W = input.shape
    p = sampling_positions(offset, kernel_size, stride, padding, dilation)
    G, taps = p.shape[1:3]
    if border == "project":
        p = np.minimum(np.maximum(p, 0), [H - 1, W - 1])
    hat = lambda t: np.maximum(0, 1 - np.abs(t))
    gy, gx = hat(np.arange(H) - p[..., :1]), hat(np.arange(W) - p[..., 1:])
    X = input.reshape(N, G, C1 // G, H, W)
    return np.einsum("ngkyxa,ngkyxb,ngcab->ngckyx", gy, gx, X).reshape(N, C1 * taps, -1)
""",
    ),
    (
        "without columns, a sum over the taps",
        """
def deform_conv2d(input, offset, weight, bias, stride, padding, dilation, border):
    N, C1, H, W = input.shape
    C2, _, kH, kW = weight.shape
    p = sampling_positions(offset, (kH, kW), stride, padding, dilation)
    Y = np.zeros((N, C2, *offset.shape[2:])) + bias.reshape(C2, 1, 1)
    G = p.shape[1]
    for (n, g, k, oy, ox), c1 in ((s, c) for s in np.ndindex(p.shape[:5]) for c in range(C1 // G)):
        c = g * (C1 // G) + c1
        Y[n, :, oy, ox] += weight[:, c, k // kW, k % kW] * sample(input[n, c : c + 1], *p[n, g, k, oy, ox], border)
    return Y
""",
    ),
    (
        "single precision",
        """
_double = deform_conv2d
def deform_conv2d(input, offset, weight, bias, stride, padding, dilation, border):
    return _double(input.astype("f4"), offset, weight.astype("f4"), bias.astype("f4"), stride, padding, dilation, border)
""",
    ),
    (
        "grid_sample inside",
        """
def deform_im2col(input, offset, kernel_size, stride, padding, dilation, border):
    import torch
    N, C1, H, W = input.shape
    p = torch.from_numpy(sampling_positions(offset, kernel_size, stride, padding, dilation))
    _, G, taps, Ho, Wo, _ = p.shape
    X = torch.from_numpy(input).reshape(N * G, C1 // G, H, W)
    X = torch.nn.functional.pad(X, (1, 1, 1, 1), mode="replicate" if border == "project" else "constant")
    size = torch.tensor([W + 2.0, H + 2.0], dtype=torch.float64)
    where = (2 * (p.flip(-1) + 1) + 1) / size - 1
    mode = "border" if border == "project" else "zeros"
    A = torch.nn.functional.grid_sample(X, where.reshape(N * G, taps, Ho * Wo, 2), padding_mode=mode, align_corners=False)
    return A.reshape(N, C1 * taps, Ho * Wo).numpy()
""",
    ),
]
