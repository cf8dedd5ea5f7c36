"""Right solutions of exercise 08 that nobody would expect."""

UNUSUAL = [
    (
        "one einsum",
        """
def matmul_grad_weight(grad_output, columns, weight_shape):
    flat = grad_output.reshape(*grad_output.shape[:2], -1)
    return np.einsum("nop,nrp->or", flat, columns).reshape(weight_shape)
""",
    ),
    (
        "all images side by side, one product",
        """
def matmul_grad_weight(grad_output, columns, weight_shape):
    delta = np.moveaxis(grad_output, 1, 0).reshape(weight_shape[0], -1)
    A = np.moveaxis(columns, 1, 0).reshape(columns.shape[1], -1)
    return (A @ delta.T).T.reshape(weight_shape)
""",
    ),
    (
        "a sum of outer products, from behind",
        """
def matmul_grad_weight(grad_output, columns, weight_shape):
    flat = grad_output.reshape(*grad_output.shape[:2], -1)
    points = [(n, p) for n in range(len(flat)) for p in range(flat.shape[2])][::-1]
    return sum(np.multiply.outer(flat[n, :, p], columns[n, :, p]) for n, p in points).reshape(weight_shape).tolist()
""",
    ),
    (
        "a product with ones",
        """
def conv2d_grad_bias(grad_output):
    N, C2, Ho, Wo = grad_output.shape
    return (grad_output.reshape(N, C2, Ho * Wo) @ np.ones(Ho * Wo)).T @ np.ones(N)
""",
    ),
    (
        "Python's exact sum",
        """
import math
def conv2d_grad_bias(grad_output):
    return [math.fsum(grad_output[:, c].ravel().tolist()) for c in range(grad_output.shape[1])]
""",
    ),
    (
        "the columns after all",
        """
from dcn_course.reference import deform_im2col
def deform_conv2d_grad_weight(grad_output, input, offset, weight_shape, stride, padding, dilation, border):
    A = deform_im2col(input, offset, weight_shape[2:], stride, padding, dilation, border=border).columns
    return matmul_grad_weight(grad_output, A, weight_shape)
""",
    ),
    (
        "a unit kernel for each entry: the output is linear in the kernel",
        """
from dcn_course.reference import deform_conv2d
def deform_conv2d_grad_weight(grad_output, input, offset, weight_shape, stride, padding, dilation, border):
    grad = np.zeros(weight_shape)
    for at in np.ndindex(1, *weight_shape[1:]):
        unit = np.zeros(weight_shape)
        unit[at] = 1
        Y = deform_conv2d(input, offset, unit, None, stride, padding, dilation, border=border)[:, :1]
        grad[(slice(None), *at[1:])] = (grad_output * Y).sum(axis=(0, 2, 3))
    return grad
""",
    ),
    (
        "the course's own operator, by autograd",
        """
def deform_conv2d_grad_weight(grad_output, input, offset, weight_shape, stride, padding, dilation, border):
    import torch
    import dcn_course
    K = torch.zeros(*weight_shape, dtype=torch.float64, requires_grad=True)
    rest = torch.from_numpy(input), torch.from_numpy(offset)
    Y = dcn_course.deform_conv2d(*rest, K, None, stride, padding, dilation, border=border, backend="torch")
    Y.backward(torch.from_numpy(grad_output))
    return K.grad.numpy()
""",
    ),
    (
        "single precision",
        """
_double = deform_conv2d_grad_weight
def deform_conv2d_grad_weight(grad_output, *rest, **named):
    return _double(grad_output, *rest, **named).astype(np.float32)
""",
    ),
]
