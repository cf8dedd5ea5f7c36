"""Right solutions of exercise 16 that nobody would expect."""

UNUSUAL = [
    (
        "axes that broadcast",
        """
def modulate(values, mask, kernel_size):
    N, rows, points = values.shape
    taps = kernel_size[0] * kernel_size[1]
    m = mask.reshape(N, -1, 1, taps, points)
    return (m * values.reshape(N, m.shape[1], -1, taps, points)).reshape(N, rows, points)
""",
    ),
    (
        "a mask repeated for each channel",
        """
def modulate(values, mask, kernel_size):
    taps = kernel_size[0] * kernel_size[1]
    groups = np.split(mask.reshape(len(mask), -1, values.shape[2]), mask.shape[1] // taps, axis=1)
    copies = values.shape[1] // mask.shape[1]
    return np.concatenate([np.tile(g, (1, copies, 1)) for g in groups], axis=1) * values
""",
    ),
    (
        "an einsum",
        """
def grad_mask(grad_columns, values, mask_shape, kernel_size):
    N, taps, points = len(values), kernel_size[0] * kernel_size[1], values.shape[2]
    split = N, mask_shape[1] // taps, -1, taps, points
    return np.einsum("ngckp,ngckp->ngkp", grad_columns.reshape(split), values.reshape(split)).reshape(mask_shape)
""",
    ),
    (
        "the slope of a straight line: A with m = 1 less A with m = 0",
        """
def grad_mask(grad_columns, values, mask_shape, kernel_size):
    grad = np.zeros(mask_shape)
    for at in np.ndindex(1, mask_shape[1]):
        unit = np.zeros(mask_shape)
        unit[:, at[1]] = 1
        change = grad_columns * (modulate(values, unit, kernel_size) - modulate(values, 0 * unit, kernel_size))
        grad[:, at[1]] = change.sum(axis=1).reshape(mask_shape[0], *mask_shape[2:])
    return grad
""",
    ),
    (
        "a list",
        """
_arrays = deform_conv2d_backward
def deform_conv2d_backward(*arguments, **named):
    X, offset, mask = _arrays(*arguments, **named)
    return X.tolist(), np.asfortranarray(offset), mask.astype(np.longdouble)
""",
    ),
    (
        "the mask in the kernel of each output point",
        """
def deform_conv2d_backward(grad_output, input, offset, mask, weight, stride, padding, dilation, border):
    # m K is a kernel that is another at each point and for each group; its product with δ is the values' gradient.
    b = deform_im2col(input, offset, weight.shape[2:], stride, padding, dilation, border=border)
    N, C1 = input.shape[:2]
    G, K, Ho, Wo = b.indices.shape[1:5]
    g = np.einsum("ock,noyx->nckyx", weight.reshape(len(weight), C1, K), grad_output)
    loud = np.einsum("ngckyx,ngkyx->ngckyx", g.reshape(N, G, -1, K, Ho, Wo), mask.reshape(N, G, K, Ho, Wo))
    loud = loud.reshape(N, C1 * K, Ho * Wo)
    own = grad_mask(g.reshape(loud.shape), b.columns, mask.shape, weight.shape[2:])
    return deform_conv2d_grad_input(loud, b, input.shape), deform_conv2d_grad_offset(loud, b, input), own
""",
    ),
    (
        "the course's own operator, by autograd",
        """
def deform_conv2d_backward(grad_output, input, offset, mask, weight, stride, padding, dilation, border):
    import torch
    import dcn_course
    X, p, m = (torch.from_numpy(a).requires_grad_() for a in (input, offset, mask))
    K = torch.from_numpy(weight)
    Y = dcn_course.deform_conv2d(X, p, K, None, stride, padding, dilation, m, border=border, backend="torch")
    return tuple(g.numpy() for g in torch.autograd.grad(Y, (X, p, m), torch.from_numpy(grad_output)))
""",
    ),
]
