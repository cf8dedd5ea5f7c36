"""Exercise 11: in a few words, code that comes last."""

UNUSUAL = [
    (
        "an einsum for the predictor",
        """
def offset_predictor(input, offset_weight, offset_bias, stride, padding, dilation):
    A, (Ho, Wo) = im2col(input, offset_weight.shape[2:], stride, padding, dilation)
    A = A.reshape(len(input), *offset_weight.shape[1:], Ho, Wo)
    return np.einsum("lcij,ncijyx->nlyx", offset_weight, A) + offset_bias[None, :, None, None]
""",
    ),
    (
        "plain loops for the way back",
        """
def predictor_backward(grad_offset, input, offset_weight, stride, padding, dilation):
    N, C1, H, W = input.shape
    L, _, kH, kW = offset_weight.shape
    dX, dK, db = np.zeros(input.shape), np.zeros(offset_weight.shape), np.zeros(L)
    for n, l, oy, ox in np.ndindex(grad_offset.shape):
        e = grad_offset[n, l, oy, ox]
        db[l] += e
        for i, j in np.ndindex(kH, kW):
            y, x = (s * o - p + d * t for s, o, p, d, t in zip(stride, (oy, ox), padding, dilation, (i, j)))
            if 0 <= y < H and 0 <= x < W:
                dX[n, :, y, x] += e * offset_weight[l, :, i, j]
                dK[l, :, i, j] += e * input[n, :, y, x]
    return dX, dK, db
""",
    ),
    (
        "the two ways by difference",
        """
_first = layer_grad_input
def layer_grad_input(**given):
    dc, op, total = _first(**given)
    return total - op, op.astype(np.longdouble), np.asfortranarray(total)
""",
    ),
    (
        "each image by itself",
        """
_batch = layer_grad_input
def layer_grad_input(grad_output, input, **rest):
    found = [_batch(grad_output[n : n + 1], input[n : n + 1], **rest) for n in range(len(input))]
    return tuple(np.concatenate(part) for part in zip(*found))
""",
    ),
    (
        "torch inside",
        """
def predictor_backward(grad_offset, input, offset_weight, stride, padding, dilation):
    import torch
    X, K = (torch.from_numpy(a).requires_grad_() for a in (input, offset_weight))
    b = torch.zeros(len(offset_weight), dtype=K.dtype, requires_grad=True)
    torch.nn.functional.conv2d(X, K, b, stride, padding, dilation).backward(torch.from_numpy(grad_offset))
    return X.grad.numpy(), K.grad.numpy(), b.grad.numpy()
""",
    ),
    (
        "single precision",
        """
_double = offset_predictor
def offset_predictor(input, offset_weight, offset_bias, stride, padding, dilation):
    return _double(input, offset_weight, offset_bias, stride, padding, dilation).astype("f4").astype("f8").astype("f4")
_doubles = layer_grad_input
def layer_grad_input(**given):
    global offset_predictor
    single, offset_predictor = offset_predictor, _double
    found = _doubles(**given)
    offset_predictor = single
    return tuple(array.astype("f4") for array in found)
""",
    ),
]
