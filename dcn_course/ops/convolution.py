"""Convolution by im2col, and its three gradients as derived."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from dcn_course.ops._arguments import (
    Geometry,
    IntOrPair,
    check_image,
    check_kernel,
    check_tensor,
    convolution_geometry,
    integer,
    pair,
)
from dcn_course.ops._operator import Operator
from dcn_course.ops._parts import parts, rows
from dcn_course.ops.backends import compiled_convolution


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve with zero padding, as `torch.nn.functional.conv2d` does, but with the derived backward.

    It has second and higher derivatives, and is the operator `torch.ops.dcn_course.conv2d`, so that
    `torch.compile`, `torch.export`, `torch.vmap` and `torch.func.grad` take it. Under autocast it computes in
    float32, but for float64.

    Args:
        input: (N, C, H, W), floating point, any memory layout; N may be 0.
        weight: (O, C/groups, kH, kW), dtype and device of `input`.
        bias: (O,) or None.
        stride: Step of the kernel, in pixels; an int or a pair (y, x).
        padding: Ring of zeros around the image, in pixels; an int or a pair (y, x).
        dilation: Distance between taps, in pixels; an int or a pair (y, x).
        groups: Number of groups into which the channels are split; divides C and O.

    Returns:
        The output (N, O, Ho, Wo), dtype of `input`; equations `output-size`, `im2col`, `convolution-matmul`.

    Raises:
        TypeError: A dtype or the type of an argument is wrong.
        ValueError: A shape, a device or a number is wrong.
    """
    check_convolution(input, weight, bias, groups)
    steps = pair("stride", stride, 1), pair("padding", padding, 0), pair("dilation", dilation, 1)
    return _operator(input, weight, bias, *steps).to(input.dtype)


def check_convolution(input: Tensor, weight: Tensor, bias: Tensor | None, groups: int = 1) -> None:
    """Check the tensors of a convolution but for their dtypes and devices, which autocast may change.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A shape or a number is wrong.
    """
    check_image(input)
    check_kernel(weight)
    if bias is not None:
        check_tensor("bias", bias, "(O,)")
    groups = integer("groups", groups, 1)
    channels, outputs = input.shape[1], weight.shape[0]
    if channels % groups or outputs % groups:
        raise ValueError(
            f"groups: expected a divisor of {channels} input and {outputs} output channels, got {groups}"
        )
    if weight.shape[1] * groups != channels:
        raise ValueError(
            f"weight: expected {channels // groups} channels a group: input has {channels}, groups={groups}; "
            f"got the shape {tuple(weight.shape)}"
        )


def _forward(
    X: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: IntOrPair,
    padding: IntOrPair,
    dilation: IntOrPair,
) -> Tensor:
    """Y = K·A + b."""
    geometry = convolution_geometry(X, weight, bias, stride, padding, dilation)
    K = _by_group(weight, X)
    compiled = compiled_convolution(X, weight)
    product = compiled.forward if compiled else _product
    output: Tensor = product(X, K, bias, geometry)
    return output


def _product(X: Tensor, K: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    """Y = K·A + b, by PyTorch's operations."""
    Y = X.new_empty(len(X), K.shape[0] * K.shape[1], *geometry.output_size)
    for images in parts(X, geometry):
        padded = _pad(X[images], geometry)
        for some in rows(X[images], geometry):
            A = _im2col(padded, geometry, some, len(K))
            # eq: convolution-matmul
            Y[images, :, some] = (K @ A).view_as(Y[images, :, some])
    if bias is not None:
        Y += bias.view(-1, 1, 1)
    return Y


def _backward(
    grad_output: Tensor,
    X: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: IntOrPair,
    padding: IntOrPair,
    dilation: IntOrPair,
    wanted: list[bool],
) -> tuple[Tensor | None, ...]:
    """The three gradients that are wanted; A, much larger than the image, is built again."""
    geometry = convolution_geometry(X, weight, bias, stride, padding, dilation)
    compiled = compiled_convolution(X, weight, grad_output)
    products = compiled.backward if compiled else _products
    grad_X, grad_K, grad_bias = products(grad_output, X, _by_group(weight, X), geometry, wanted)
    return grad_X, grad_K.view_as(weight) if grad_K is not None else None, grad_bias


def _products(
    grad_output: Tensor, X: Tensor, K: Tensor, geometry: Geometry, wanted: Sequence[bool]
) -> tuple[Tensor | None, ...]:
    """The gradients of X, K and b that are wanted, by PyTorch's operations."""
    needs_X, needs_weight, needs_bias = wanted
    # Made like grad_output, of which torch.func.jacrev gives many at once.
    grad_X = grad_output.new_empty(X.shape) if needs_X else None
    grad_K = grad_output.new_zeros(K.shape) if needs_weight else None
    for images in parts(X, geometry) if needs_X or needs_weight else ():
        padded = _pad(X[images], geometry)
        grad_padded = grad_output.new_zeros(padded.shape)
        for some in rows(X[images], geometry):
            delta = grad_output[images, :, some].reshape(len(padded), *K.shape[:2], -1)
            if grad_K is not None:
                A = _im2col(padded, geometry, some, len(K))
                # eq: gradient-weight
                grad_K += (delta @ A.mT).sum(0)
            if grad_X is not None:
                # eq: gradient-columns
                grad_A = K.mT @ delta
                # eq: gradient-input-convolution
                _col2im(grad_A, grad_padded, geometry, some)
        if grad_X is not None:
            grad_X[images] = _unpad(grad_padded, geometry)
    # eq: gradient-bias
    grad_bias = grad_output.sum((0, 2, 3)) if needs_bias else None
    return grad_X, grad_K, grad_bias


def _by_group(weight: Tensor, X: Tensor) -> Tensor:
    """K of each group, (groups, O/groups, C/groups·kH·kW)."""
    groups = X.shape[1] // weight.shape[1]
    return weight.reshape(groups, len(weight) // groups, -1)


def _pad(images: Tensor, geometry: Geometry) -> Tensor:
    pad_y, pad_x = geometry.padding
    return F.pad(images, (pad_x, pad_x, pad_y, pad_y))


def _unpad(padded: Tensor, geometry: Geometry) -> Tensor:
    (pad_y, pad_x), (height, width) = geometry.padding, padded.shape[2:]
    return padded[:, :, pad_y : height - pad_y, pad_x : width - pad_x]


def _im2col(padded: Tensor, geometry: Geometry, rows: slice, groups: int) -> Tensor:
    """The column matrix A of each group, for some rows of the output, (n, groups, C/groups·kH·kW, points)."""
    shape = (rows.stop - rows.start, geometry.output_size[1])
    columns = padded.new_empty(*padded.shape[:2], geometry.taps, *shape)
    for k, y, x in _taps(geometry, rows):
        # eq: im2col
        columns[:, :, k] = padded[:, :, y, x]
    return columns.view(len(padded), groups, -1, shape[0] * shape[1])


def _col2im(columns: Tensor, padded: Tensor, geometry: Geometry, rows: slice) -> None:
    """The transpose of `_im2col`: each entry of A is added to the pixel of `padded` that it was read from."""
    shape = (rows.stop - rows.start, geometry.output_size[1])
    columns = columns.view(*padded.shape[:2], geometry.taps, *shape)
    for k, y, x in _taps(geometry, rows):
        # eq: col2im
        padded[:, :, y, x] += columns[:, :, k]


def _taps(geometry: Geometry, rows: slice) -> Iterator[tuple[int, slice, slice]]:
    """For each tap k at (i, j) the padded pixels that it meets, s·p_o + d·(i, j) for all p_o in `rows`."""
    (step_y, step_x), (dil_y, dil_x) = geometry.stride, geometry.dilation
    for k in range(geometry.taps):
        i, j = divmod(k, geometry.kernel_size[1])
        y = slice(rows.start * step_y + i * dil_y, (rows.stop - 1) * step_y + i * dil_y + 1, step_y)
        x = slice(j * dil_x, (geometry.output_size[1] - 1) * step_x + j * dil_x + 1, step_x)
        yield k, y, x


def _shape(X: Tensor, weight: Tensor, *others: Any) -> tuple[int, ...]:
    geometry = convolution_geometry(X, weight, *others)
    return X.shape[0], weight.shape[0], *geometry.output_size


_operator = Operator(
    "conv2d",
    {"Tensor input": 1, "Tensor weight": 0, "Tensor? bias": 0},
    "int[2] stride, int[2] padding, int[2] dilation",
    forward=_forward,
    backward=_backward,
    shape=_shape,
    twice=lambda *_: True,
)
