"""Exercise 02: in a few words, code that comes last."""

UNUSUAL = [
    (
        "einsum for all products",
        """
def conv2d_grad_bias(grad_output):
    return np.einsum("ncyx->c", grad_output)

def conv2d_grad_weight(grad_output, columns, weight_shape):
    return np.einsum("nol,nrl->or", grad_output.reshape(*grad_output.shape[:2], -1), columns).reshape(weight_shape)

def conv2d_grad_columns(grad_output, weight):
    g = np.einsum("nolm,ocij->ncijlm", grad_output, weight)
    return g.reshape(len(grad_output), weight[0].size, -1)
""",
    ),
    (
        "one product with the batch in the points",
        """
def conv2d_grad_weight(grad_output, columns, weight_shape):
    C2 = weight_shape[0]
    return np.reshape(np.moveaxis(grad_output, 1, 0).reshape(C2, -1) @ np.moveaxis(columns, 1, 2).reshape(-1, columns.shape[1]), weight_shape)
""",
    ),
    (
        "tap by tap with strided slices",
        """
def col2im(columns, input_shape, kernel_size, stride, padding, dilation):
    N, C1, H, W = input_shape
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    Ho, Wo = output_size(H, kH, sy, py, dy), output_size(W, kW, sx, px, dx)
    A = columns.reshape(N, C1, kH, kW, Ho, Wo)
    padded = np.zeros((N, C1, H + 2 * py, W + 2 * px))
    for i in reversed(range(kH)):
        for j in range(kW):
            padded[:, :, dy * i : dy * i + sy * (Ho - 1) + 1 : sy, dx * j : dx * j + sx * (Wo - 1) + 1 : sx] += A[:, :, i, j]
    return padded[:, :, py : H + py, px : W + px]
""",
    ),
    (
        "np.add.at on index arrays",
        """
def col2im(columns, input_shape, kernel_size, stride, padding, dilation):
    N, C1, H, W = input_shape
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    i, j, oy, ox = np.indices((kH, kW, output_size(H, kH, sy, py, dy), output_size(W, kW, sx, px, dx))).reshape(4, -1)
    y, x = sy * oy - py + dy * i, sx * ox - px + dx * j
    on = (0 <= y) & (y < H) & (0 <= x) & (x < W)
    image = np.zeros(input_shape, np.longdouble)
    np.add.at(image, (slice(None), slice(None), y[on], x[on]), columns.reshape(N, C1, -1)[:, :, on])
    return image
""",
    ),
    (
        "from the pixel's side: who read me?",
        """
def col2im(columns, input_shape, kernel_size, stride, padding, dilation):
    N, C1, H, W = input_shape
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    Ho, Wo = output_size(H, kH, sy, py, dy), output_size(W, kW, sx, px, dx)
    A = columns.reshape(N, C1, kH, kW, Ho, Wo)
    image = np.zeros(input_shape)
    for y, x, i, j in np.ndindex(H, W, kH, kW):
        (oy, ry), (ox, rx) = divmod(y + py - dy * i, sy), divmod(x + px - dx * j, sx)
        if ry == rx == 0 and 0 <= oy < Ho and 0 <= ox < Wo:
            image[:, :, y, x] += A[:, :, i, j, oy, ox]
    return image
""",
    ),
    (
        "torch's own transposed convolution",
        """
def conv2d_grad_input(grad_output, weight, input_shape, stride, padding, dilation):
    import torch
    t = torch.from_numpy
    return torch.nn.grad.conv2d_input(input_shape, t(weight), t(grad_output), stride, padding, dilation).numpy()
""",
    ),
]
