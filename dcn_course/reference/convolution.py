"""Convolution, its column matrix, and the way back: the sums as derived, in plain loops.

Arrays are float32 or float64 (any NumPy floating type), all of one dtype; a result has the dtype of
the arguments, in which it is also computed. Stride, padding and dilation are integers or pairs (y, x),
in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._checks import (
    Array,
    Pair,
    check_array,
    check_count,
    check_geometry,
    check_pair,
    check_same_dtype,
    check_shape,
    check_shape_argument,
    check_weight,
)
from .pixels import add_to_pixel, pixel


def output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Count the output points along one axis.

    Args:
        size: H or W, in pixels.
        kernel_size: taps along this axis.
        stride: step from one output point to the next, in pixels.
        padding: zeros in front of and behind the image, in pixels.
        dilation: step from one tap to the next, in pixels.

    Returns:
        The number of output points, at least 1.

    Raises:
        TypeError: an argument is no integer.
        ValueError: the padding is negative, another argument less than 1, or the kernel larger than the
            padded input.

    Source: equation `output-size`.
    """
    size, kernel_size = check_count("size", size), check_count("kernel_size", kernel_size)
    stride, dilation = check_count("stride", stride), check_count("dilation", dilation)
    padding = check_count("padding", padding, 0)
    # eq: output-size
    points = (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1
    if points < 1:
        reach = dilation * (kernel_size - 1) + 1
        raise ValueError(
            f"kernel_size: expected a reach of at most the {size + 2 * padding} pixels of the padded input,"
            f" got {kernel_size} taps with dilation {dilation}, which reach over {reach}"
        )
    return points


def _output_sizes(
    height: int, width: int, kernel_size: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> Pair:
    (kH, kW), (sy, sx), (py, px), (dy, dx) = kernel_size, stride, padding, dilation
    return output_size(height, kH, sy, py, dy), output_size(width, kW, sx, px, dx)


def conv2d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Array:
    """Convolve with the sum of the equation, one term after the other.

    Args:
        input: shape (N, C1, H, W).
        weight: kernel, shape (C2, C1 / groups, kH, kW).
        bias: shape (C2,), or None for no bias.
        stride: in pixels.
        padding: zeros around the input, in pixels.
        dilation: in pixels.
        groups: weight groups; each serves C1 / groups input maps and C2 / groups output maps.

    Returns:
        Output, shape (N, C2, Hout, Wout), dtype of `input`.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: shapes, groups or geometry do not fit.

    Source: equation `convolution`; report, Eq. (1).
    """
    (sy, sx), (py, px), (dy, dx) = geometry = check_geometry(stride, padding, dilation)
    _check_arrays(input, weight, bias, groups)
    N, _, H, W = input.shape
    C2, C1_group, kH, kW = weight.shape
    Ho, Wo = _output_sizes(H, W, (kH, kW), *geometry)
    output = np.zeros((N, C2, Ho, Wo), input.dtype)
    for n, c2, oy, ox in np.ndindex(output.shape):
        first = c2 // (C2 // groups) * C1_group  # the first input map of this group
        if bias is not None:
            output[n, c2, oy, ox] = bias[c2]
        for c1, i, j in np.ndindex(C1_group, kH, kW):
            y, x = sy * oy - py + dy * i, sx * ox - px + dx * j
            # eq: convolution
            output[n, c2, oy, ox] += weight[c2, c1, i, j] * pixel(input[n, first + c1], y, x)
    return output


def conv2d_grad_weight(
    grad_output: Array,
    input: Array,
    weight_shape: Sequence[int],
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Array:
    """Compute the gradient of `conv2d` with respect to the kernel.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        input: shape (N, C1, H, W).
        weight_shape: (C2, C1 / groups, kH, kW).
        stride: as in the forward pass, in pixels.
        padding: as in the forward pass, in pixels.
        dilation: as in the forward pass, in pixels.
        groups: as in the forward pass.

    Returns:
        ∂E/∂K, shape `weight_shape`, dtype of `input`; summed over the batch.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: shapes, groups or geometry do not fit.

    Source: equations `im2col` and `gradient-weight`.
    """
    check_array("input", input, "N", "C1", "H", "W")
    check_shape_argument("weight_shape", weight_shape, "C2", "C1 / groups", "kH", "kW")
    check_weight(weight_shape, input.shape[1], check_count("groups", groups))
    _check_grad_output(grad_output, input.shape, weight_shape, stride, padding, dilation)
    check_same_dtype(input=input, grad_output=grad_output)
    kernel_size = weight_shape[2], weight_shape[3]
    columns = im2col(input, kernel_size, stride, padding, dilation)
    return matmul_grad_weight(
        grad_output.reshape(*grad_output.shape[:2], columns.shape[2]), columns, weight_shape
    )


def conv2d_grad_bias(grad_output: Array) -> Array:
    """Compute the gradient of `conv2d` with respect to the bias.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).

    Returns:
        ∂E/∂b, shape (C2,), dtype of `grad_output`; summed over the batch.

    Raises:
        TypeError: `grad_output` is no floating array.
        ValueError: `grad_output` has not four axes.

    Source: equation `gradient-bias`.
    """
    check_array("grad_output", grad_output, "N", "C2", "Hout", "Wout")
    N, C2, Ho, Wo = grad_output.shape
    grad_bias = np.zeros(C2, grad_output.dtype)
    for n, c2, oy, ox in np.ndindex(N, C2, Ho, Wo):
        # eq: gradient-bias
        grad_bias[c2] += grad_output[n, c2, oy, ox]
    return grad_bias


def conv2d_grad_input(
    grad_output: Array,
    weight: Array,
    input_shape: Sequence[int],
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Array:
    """Compute the gradient of `conv2d` with respect to the input.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        weight: kernel, shape (C2, C1 / groups, kH, kW).
        input_shape: (N, C1, H, W).
        stride: as in the forward pass, in pixels.
        padding: as in the forward pass, in pixels.
        dilation: as in the forward pass, in pixels.
        groups: as in the forward pass.

    Returns:
        ∂E/∂X, shape `input_shape`, dtype of `grad_output`.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: shapes, groups or geometry do not fit.

    Source: equations `gradient-columns` and `gradient-input-convolution`.
    """
    check_array("weight", weight, "C2", "C1 / groups", "kH", "kW")
    check_shape_argument("input_shape", input_shape, "N", "C1", "H", "W")
    check_weight(weight.shape, input_shape[1], check_count("groups", groups))
    _check_grad_output(grad_output, input_shape, weight.shape, stride, padding, dilation)
    check_same_dtype(weight=weight, grad_output=grad_output)
    N, C2, Ho, Wo = grad_output.shape
    kernel_size = weight.shape[2], weight.shape[3]
    grad_columns = matmul_grad_columns(grad_output.reshape(N, C2, Ho * Wo), weight, groups)
    # eq: gradient-input-convolution
    return col2im(grad_columns, input_shape, kernel_size, stride, padding, dilation)


def im2col(
    input: Array,
    kernel_size: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Array:
    """Lay under each output point the column of input values that its taps read.

    Args:
        input: shape (N, C1, H, W).
        kernel_size: (kH, kW), in taps.
        stride: in pixels.
        padding: zeros around the input, in pixels.
        dilation: in pixels.

    Returns:
        Column matrix A, shape (N, C1·kH·kW, Hout·Wout), dtype of `input`. Row (c1, k) is
        c1·kH·kW + k with k = i·kW + j; column (oy, ox) is oy·Wout + ox.

    Raises:
        TypeError: `input` is no floating array, or a number is no integer.
        ValueError: `input` has not four axes, or the geometry does not fit.

    Source: equation `im2col`; report, Fig. 2.
    """
    kH, kW = check_pair("kernel_size", kernel_size, 1)
    (sy, sx), (py, px), (dy, dx) = geometry = check_geometry(stride, padding, dilation)
    check_array("input", input, "N", "C1", "H", "W")
    N, C1, H, W = input.shape
    Ho, Wo = _output_sizes(H, W, (kH, kW), *geometry)
    A = np.zeros((N, C1, kH, kW, Ho, Wo), input.dtype)
    for n, c1, i, j, oy, ox in np.ndindex(A.shape):
        # eq: im2col
        A[n, c1, i, j, oy, ox] = pixel(input[n, c1], sy * oy - py + dy * i, sx * ox - px + dx * j)
    return A.reshape(N, C1 * kH * kW, Ho * Wo)


def col2im(
    columns: Array,
    input_shape: Sequence[int],
    kernel_size: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Array:
    """Add each entry of the columns to the pixel that it came from: the transpose of `im2col`.

    Args:
        columns: shape (N, C1·kH·kW, Hout·Wout), ordered as by `im2col`.
        input_shape: (N, C1, H, W).
        kernel_size: (kH, kW), in taps.
        stride: in pixels.
        padding: in pixels.
        dilation: in pixels.

    Returns:
        Shape `input_shape`, dtype of `columns`.

    Raises:
        TypeError: `columns` is no floating array, or a number is no integer.
        ValueError: `columns` does not fit `input_shape` and the geometry.

    Source: equation `col2im`.
    """
    kH, kW = check_pair("kernel_size", kernel_size, 1)
    (sy, sx), (py, px), (dy, dx) = geometry = check_geometry(stride, padding, dilation)
    check_shape_argument("input_shape", input_shape, "N", "C1", "H", "W")
    check_array("columns", columns, "N", "C1 * kH * kW", "Hout * Wout")
    N, C1, H, W = input_shape
    Ho, Wo = _output_sizes(H, W, (kH, kW), *geometry)
    check_shape("columns", columns.shape, (N, C1 * kH * kW, Ho * Wo), "(N, C1 * kH * kW, Hout * Wout)")
    A = columns.reshape(N, C1, kH, kW, Ho, Wo)
    image = np.zeros((N, C1, H, W), columns.dtype)
    for n, c1, i, j, oy, ox in np.ndindex(A.shape):
        # eq: col2im
        add_to_pixel(image[n, c1], sy * oy - py + dy * i, sx * ox - px + dx * j, A[n, c1, i, j, oy, ox])
    return image


def matmul_columns(weight: Array, columns: Array, bias: Array | None = None) -> Array:
    """Multiply the kernel with the columns, group by group.

    Args:
        weight: K, shape (C2, C1 / G, kH, kW).
        columns: A, shape (N, C1·kH·kW, L) with L output points.
        bias: b, shape (C2,), or None.

    Returns:
        Y, shape (N, C2, L), dtype of `columns`.

    Raises:
        TypeError: an argument is no floating array, or the dtypes differ.
        ValueError: the shapes do not fit.

    Source: equation `convolution-matmul`.
    """
    check_array("weight", weight, "C2", "C1 / G", "kH", "kW")
    A = _split_columns(columns, weight.shape)
    N, G, rows, L = A.shape
    C2 = weight.shape[0]
    if bias is not None:
        check_array("bias", bias, "C2")
        check_shape("bias", bias.shape, (C2,), "(C2,)")
    check_same_dtype(columns=columns, weight=weight, bias=bias)
    K = weight.reshape(G, C2 // G, rows)
    b = np.zeros((G, C2 // G, 1), columns.dtype) if bias is None else bias.reshape(G, C2 // G, 1)
    Y = np.zeros((N, G, C2 // G, L), columns.dtype)
    for n, g in np.ndindex(N, G):
        # eq: convolution-matmul
        Y[n, g] = K[g] @ A[n, g] + b[g]
    return Y.reshape(N, C2, L)


def matmul_grad_weight(grad_output: Array, columns: Array, weight_shape: Sequence[int]) -> Array:
    """Compute the gradient of `matmul_columns` with respect to the kernel.

    Args:
        grad_output: δ, shape (N, C2, L).
        columns: A, shape (N, C1·kH·kW, L).
        weight_shape: (C2, C1 / G, kH, kW).

    Returns:
        ∂E/∂K, shape `weight_shape`, dtype of `columns`; summed over the batch.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: the shapes do not fit.

    Source: equation `gradient-weight`.
    """
    check_shape_argument("weight_shape", weight_shape, "C2", "C1 / G", "kH", "kW")
    check_array("grad_output", grad_output, "N", "C2", "L")
    A = _split_columns(columns, weight_shape)
    N, G, rows, L = A.shape
    C2 = weight_shape[0]
    check_shape("grad_output", grad_output.shape, (N, C2, L), "(N, C2, L)")
    check_same_dtype(columns=columns, grad_output=grad_output)
    δ = grad_output.reshape(N, G, C2 // G, L)
    grad_K = np.zeros((G, C2 // G, rows), columns.dtype)
    for n, g in np.ndindex(N, G):
        # eq: gradient-weight
        grad_K[g] += δ[n, g] @ A[n, g].T
    return grad_K.reshape(tuple(weight_shape))


def matmul_grad_columns(grad_output: Array, weight: Array, groups: int = 1) -> Array:
    """Compute the gradient of `matmul_columns` with respect to the columns.

    Args:
        grad_output: δ, shape (N, C2, L).
        weight: K, shape (C2, C1 / groups, kH, kW).
        groups: G, weight groups.

    Returns:
        ∂E/∂A, shape (N, C1·kH·kW, L), dtype of `grad_output`.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: the shapes do not fit.

    Source: equation `gradient-columns`.
    """
    check_array("grad_output", grad_output, "N", "C2", "L")
    check_array("weight", weight, "C2", "C1 / groups", "kH", "kW")
    C2, C1_group, kH, kW = weight.shape
    N, _, L = grad_output.shape
    G = check_count("groups", groups)
    check_weight(weight.shape, C1_group * G, G)
    check_shape("grad_output", grad_output.shape, (N, C2, L), "(N, C2, L)")
    check_same_dtype(grad_output=grad_output, weight=weight)
    rows = C1_group * kH * kW
    K = weight.reshape(G, C2 // G, rows)
    δ = grad_output.reshape(N, G, C2 // G, L)
    grad_A = np.zeros((N, G, rows, L), grad_output.dtype)
    for n, g in np.ndindex(N, G):
        # eq: gradient-columns
        grad_A[n, g] = K[g].T @ δ[n, g]
    return grad_A.reshape(N, G * rows, L)


def _split_columns(columns: Array, weight_shape: Sequence[int]) -> Array:
    """Split the rows of the columns into the weight groups: (N, G, (C1 / G)·kH·kW, L)."""
    check_array("columns", columns, "N", "C1 * kH * kW", "L")
    _, C1_group, kH, kW = weight_shape
    N, all_rows, L = columns.shape
    rows = C1_group * kH * kW
    if all_rows % rows:
        raise ValueError(f"columns: expected a multiple of {rows} rows in axis 1, got shape {columns.shape}")
    check_weight(weight_shape, all_rows // (kH * kW), all_rows // rows)
    return columns.reshape(N, all_rows // rows, rows, L)


def _check_arrays(input: Array, weight: Array, bias: Array | None, groups: int) -> None:
    check_array("input", input, "N", "C1", "H", "W")
    check_array("weight", weight, "C2", "C1 / groups", "kH", "kW")
    check_weight(weight.shape, input.shape[1], check_count("groups", groups))
    if bias is not None:
        check_array("bias", bias, "C2")
        check_shape("bias", bias.shape, weight.shape[:1], "(C2,)")
    check_same_dtype(input=input, weight=weight, bias=bias)


def _check_grad_output(
    grad_output: Array,
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    stride: int | Pair,
    padding: int | Pair,
    dilation: int | Pair,
) -> None:
    check_array("grad_output", grad_output, "N", "C2", "Hout", "Wout")
    N, _, H, W = input_shape
    C2, _, kH, kW = weight_shape
    sizes = _output_sizes(H, W, (kH, kW), *check_geometry(stride, padding, dilation))
    check_shape("grad_output", grad_output.shape, (N, C2, *sizes), "(N, C2, Hout, Wout)")
