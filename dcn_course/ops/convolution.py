"""Convolution by im2col, and its three gradients as derived."""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from dcn_course.ops._arguments import Geometry, IntOrPair, convolution_geometry, integer
from dcn_course.ops._parts import parts


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

    The gradients are defined once: a second derivative raises a RuntimeError.

    Args:
        input: (N, C, H, W), floating point, any memory layout; N may be 0.
        weight: (O, C/groups, kH, kW), dtype and device of `input`.
        bias: (O,) or None.
        stride: Step of the kernel, in pixels; an int or a pair (y, x).
        padding: Ring of zeros around the image, in pixels; an int or a pair (y, x).
        dilation: Distance between taps, in pixels; an int or a pair (y, x).
        groups: Number of groups into which the channels are split; divides C and O.

    Returns:
        The output (N, O, Ho, Wo), equations `output-size`, `im2col` and `convolution-matmul`.

    Raises:
        TypeError: A dtype or the type of an argument is wrong.
        ValueError: A shape, a device or a number is wrong.
    """
    geometry = convolution_geometry(input, weight, bias, stride, padding, dilation)
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
    output: Tensor = _Convolution.apply(input, weight, bias, geometry, groups)
    return output


class _Convolution(torch.autograd.Function):
    """Y = K·A + b and its gradients; A, much larger than the image, is built again in the backward pass."""

    @staticmethod
    def forward(
        ctx: Any, X: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, groups: int
    ) -> Tensor:
        K = weight.reshape(groups, len(weight) // groups, -1)
        Y = X.new_empty(len(X), len(weight), *geometry.output_size)
        for images in parts(X, geometry):
            A = _by_group(_im2col(X[images], geometry), groups)
            # eq: convolution-matmul
            Y[images] = (K @ A).view_as(Y[images])
        if bias is not None:
            Y += bias.view(-1, 1, 1)
        ctx.save_for_backward(X, weight)
        ctx.geometry, ctx.groups = geometry, groups
        return Y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        X, weight = ctx.saved_tensors
        geometry, groups = ctx.geometry, ctx.groups
        K = weight.reshape(groups, len(weight) // groups, -1)
        needs_X, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        grad_X = X.new_empty(X.shape) if needs_X else None
        grad_K = torch.zeros_like(K) if needs_weight else None
        # eq: gradient-bias
        grad_bias = grad_output.sum((0, 2, 3)) if needs_bias else None
        for images in parts(X, geometry):
            delta = grad_output[images].reshape(-1, *K.shape[:2], geometry.points)
            if grad_K is not None:
                A = _by_group(_im2col(X[images], geometry), groups)
                # eq: gradient-weight
                grad_K += (delta @ A.mT).sum(0)
            if grad_X is not None:
                # eq: gradient-columns
                grad_A = K.mT @ delta
                # eq: gradient-input-convolution
                grad_X[images] = _col2im(grad_A, X[images].shape, geometry)
        grad_weight = grad_K.view_as(weight) if grad_K is not None else None
        return grad_X, grad_weight, grad_bias, None, None


def _by_group(columns: Tensor, groups: int) -> Tensor:
    """A of each group, (n, groups, C/groups·kH·kW, Ho·Wo)."""
    return columns.view(len(columns), groups, -1, columns.shape[2])


def _im2col(image: Tensor, geometry: Geometry) -> Tensor:
    """The column matrix A of each image, (n, C·kH·kW, Ho·Wo)."""
    (height, width), (pad_y, pad_x) = geometry.output_size, geometry.padding
    padded = F.pad(image, (pad_x, pad_x, pad_y, pad_y))
    columns = image.new_empty(*image.shape[:2], geometry.taps, height, width)
    for k, rows, cols in _taps(geometry):
        # eq: im2col
        columns[:, :, k] = padded[:, :, rows, cols]
    return columns.flatten(3).flatten(1, 2)


def _col2im(columns: Tensor, image_shape: torch.Size, geometry: Geometry) -> Tensor:
    """The transpose of `_im2col`: each entry of A goes back to the pixel it was read from, (n, C, H, W)."""
    n, channels, height, width = image_shape
    pad_y, pad_x = geometry.padding
    padded = columns.new_zeros(n, channels, height + 2 * pad_y, width + 2 * pad_x)
    columns = columns.view(n, channels, geometry.taps, *geometry.output_size)
    for k, rows, cols in _taps(geometry):
        # eq: col2im
        padded[:, :, rows, cols] += columns[:, :, k]
    return padded[:, :, pad_y : pad_y + height, pad_x : pad_x + width]


def _taps(geometry: Geometry) -> Iterator[tuple[int, slice, slice]]:
    """For each tap k at (i, j) the pixels of the padded image that it meets, s·p_o + d·(i, j) for all p_o."""
    (height, width), (step_y, step_x), (dil_y, dil_x) = (
        geometry.output_size,
        geometry.stride,
        geometry.dilation,
    )
    for k in range(geometry.taps):
        i, j = divmod(k, geometry.kernel_size[1])
        rows = slice(i * dil_y, i * dil_y + (height - 1) * step_y + 1, step_y)
        cols = slice(j * dil_x, j * dil_x + (width - 1) * step_x + 1, step_x)
        yield k, rows, cols
