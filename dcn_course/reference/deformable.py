"""Deformable convolution: the column matrix at offset positions, and the way back to every argument.

Arrays are float32 or float64 (any NumPy floating type), all of one dtype; a result has the dtype of
the arguments, in which it is also computed. Stride, padding and dilation are integers or pairs (y, x),
in pixels. The border is "zeros" (the image is zero outside, as in torchvision) or "project" (the
report's: a position is first projected onto the image, without its padding). Shapes, with G_Δ offset
groups: `offset` (N, 2·G_Δ·kH·kW, Hout, Wout) holds (y, x) interleaved for each tap, `mask`
(N, G_Δ·kH·kW, Hout, Wout).

An offset that is infinite or very large reads 0 with `zeros`, all its gradients 0, and the border's value
with `project`, its gradient 0 in that axis. An offset that is NaN in y or x makes its sample NaN, and with it
the output there, the gradients of that offset (both axes) and of its modulation, and the kernel's at
its tap. Where such a sample lies is unknown: its share of the input's gradient, NaN too, goes to the (up
to four) pixels in the upper left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._checks import (
    Array,
    Border,
    Pair,
    check_array,
    check_border,
    check_geometry,
    check_pair,
    check_same_dtype,
    check_shape,
    check_shape_argument,
    check_weight,
)
from .bilinear import (
    BilinearSample,
    bilinear_derivative,
    bilinear_grad_image,
    bilinear_value,
    locate,
)
from .convolution import (
    conv2d,
    conv2d_grad_bias,
    conv2d_grad_input,
    matmul_columns,
    matmul_grad_columns,
    matmul_grad_weight,
    output_size,
)


class DeformedColumns(NamedTuple):
    """The deformed column matrix and what the forward pass saves of each sampling position.

    Attributes:
        columns: A, shape (N, C1·kH·kW, Hout·Wout), rows and columns ordered as by `im2col`.
        indices: BufferIndices, (ay, ax) of each sample, int64, shape (N, G_Δ, kH·kW, Hout, Wout, 2). The
            report saves the channel too; here it is the row of `columns`.
        weights: BufferWeights, (w0, w1, w2, w3) of each sample, shape (N, G_Δ, kH·kW, Hout, Wout, 4).
        projected: bool, (in y, in x), shape (N, G_Δ, kH·kW, Hout, Wout, 2); see `BilinearSample`.
        input_shape: (N, C1, H, W) of the input that was read.
    """

    columns: Array
    indices: NDArray[np.int64]
    weights: Array
    projected: NDArray[np.bool_]
    input_shape: tuple[int, ...]

    def sample(self, n: int, g: int, k: int, oy: int, ox: int) -> BilinearSample:
        """Take one sample out of the buffers: image n, offset group g, tap k, output point (oy, ox)."""
        place = n, g, k, oy, ox
        ay, ax = self.indices[place]
        w0, w1, w2, w3 = self.weights[place]
        projected_y, projected_x = self.projected[place]
        return BilinearSample((int(ay), int(ax)), (w0, w1, w2, w3), (bool(projected_y), bool(projected_x)))


class DeformConv2dGradients(NamedTuple):
    """The gradients of `deform_conv2d`, each with the shape of its argument; None where that was None."""

    input: Array
    offset: Array
    mask: Array | None
    weight: Array
    bias: Array | None


class InputGradient(NamedTuple):
    """The gradient of the whole layer with respect to its input, in its two summands.

    Attributes:
        through_dc: ∂₁E, through the deformed convolution, the offsets held.
        through_op: ∂₂E · D(OP), through the offset predictor.
        total: their sum.
    """

    through_dc: Array
    through_op: Array
    total: Array


def sampling_position(
    po: Pair, pk: Pair, delta: tuple[Any, Any], stride: Pair, padding: Pair, dilation: Pair
) -> tuple[Any, Any]:
    """Compute where a tap reads; the numbers are taken as they come, unchecked.

    Args:
        po: output point (oy, ox).
        pk: place (i, j) of the tap in the kernel.
        delta: offset (y, x) of this tap at this output point, in pixels.
        stride: (y, x), in pixels.
        padding: (y, x), in pixels.
        dilation: (y, x), in pixels.

    Returns:
        p = (y, x), in pixels of the unpadded input.

    Source: equation `sampling-position`.
    """
    (oy, ox), (i, j), (Δy, Δx), (sy, sx), (py, px), (dy, dx) = po, pk, delta, stride, padding, dilation
    # eq: sampling-position
    return sy * oy - py + dy * i + Δy, sx * ox - px + dx * j + Δx


def deform_im2col(
    input: Array,
    offset: Array,
    kernel_size: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    mask: Array | None = None,
    border: Border = "zeros",
) -> DeformedColumns:
    """Lay under each output point the column of values that its displaced taps read.

    Args:
        input: X, shape (N, C1, H, W).
        offset: Δp, shape (N, 2·G_Δ·kH·kW, Hout, Wout), in pixels; G_Δ is read off the shape.
        kernel_size: (kH, kW), in taps.
        stride: in pixels.
        padding: in pixels; taps may lie that far out, and read there what the border says.
        dilation: in pixels.
        mask: m, shape (N, G_Δ·kH·kW, Hout, Wout), or None for ones.
        border: "zeros" or "project".

    Returns:
        The columns, and the buffers for the way back.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: shapes, geometry or border do not fit.

    Source: equation `deformable-columns`; report, section 2.1 and Fig. 3 and 4.
    """
    kH, kW = kernel_size = check_pair("kernel_size", kernel_size, 1)
    geometry = check_geometry(stride, padding, dilation)
    G = _check_offset(input, offset, mask, kernel_size, *geometry)
    check_border(border)
    N, C1, H, W = input.shape
    Ho, Wo = offset.shape[2:]
    taps = kH * kW
    Δ = offset.reshape(N, G, taps, 2, Ho, Wo)
    m = _modulation(mask, (N, G, taps, Ho, Wo), input.dtype)
    A = np.zeros((N, C1, taps, Ho, Wo), input.dtype)
    indices = np.zeros((N, G, taps, Ho, Wo, 2), np.int64)
    weights = np.zeros((N, G, taps, Ho, Wo, 4), input.dtype)
    projected = np.zeros((N, G, taps, Ho, Wo, 2), np.bool_)
    for n, g, k, oy, ox in np.ndindex(N, G, taps, Ho, Wo):
        Δy, Δx = Δ[n, g, k, :, oy, ox]
        y, x = sampling_position((oy, ox), divmod(k, kW), (Δy, Δx), *geometry)
        sample = locate(y, x, H, W, border)
        indices[n, g, k, oy, ox] = sample.a
        weights[n, g, k, oy, ox] = sample.w
        projected[n, g, k, oy, ox] = sample.projected
        for c1 in _channels(g, G, C1):
            # eq: deformable-columns
            A[n, c1, k, oy, ox] = m[n, g, k, oy, ox] * bilinear_value(input[n, c1], sample)
    return DeformedColumns(A.reshape(N, C1 * taps, Ho * Wo), indices, weights, projected, input.shape)


def deform_conv2d(
    input: Array,
    offset: Array,
    weight: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    mask: Array | None = None,
    *,
    border: Border = "zeros",
) -> Array:
    """Convolve with every tap displaced by its own offset at each output point.

    Args:
        input: X, shape (N, C1, H, W).
        offset: Δp, shape (N, 2·G_Δ·kH·kW, Hout, Wout), in pixels.
        weight: kernel, shape (C2, C1 / G, kH, kW); the weight groups G are read off the shape.
        bias: b, shape (C2,), or None for no bias.
        stride: in pixels.
        padding: in pixels.
        dilation: in pixels.
        mask: m, shape (N, G_Δ·kH·kW, Hout, Wout), or None for ones.
        border: "zeros" or "project".

    Returns:
        Y, shape (N, C2, Hout, Wout), dtype of `input`.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: shapes, geometry or border do not fit.

    Source: equation `deformable-convolution`; report, Eq. (2).
    """
    kernel_size = _check_weight_and_bias(input, weight, bias)
    buffers = deform_im2col(input, offset, kernel_size, stride, padding, dilation, mask, border)
    # eq: deformable-convolution
    Y = matmul_columns(weight, buffers.columns, bias)
    return Y.reshape(input.shape[0], weight.shape[0], *offset.shape[2:])


def deform_conv2d_backward(
    grad_output: Array,
    input: Array,
    offset: Array,
    weight: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    mask: Array | None = None,
    *,
    border: Border = "zeros",
) -> DeformConv2dGradients:
    """Send δ back to every argument of `deform_conv2d`.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        input: as in the forward pass.
        offset: as in the forward pass.
        weight: as in the forward pass.
        bias: as in the forward pass.
        stride: as in the forward pass.
        padding: as in the forward pass.
        dilation: as in the forward pass.
        mask: as in the forward pass.
        border: as in the forward pass.

    Returns:
        The gradients with respect to input, offset, mask, weight and bias.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: shapes, geometry or border do not fit.

    Source: equations `gradient-weight`, `gradient-bias`, `gradient-columns`, `scatter`, `gradient-offset`
    and `gradient-mask`; report, sections 2.2 and 2.3.
    """
    kernel_size = _check_weight_and_bias(input, weight, bias)
    buffers = deform_im2col(input, offset, kernel_size, stride, padding, dilation, mask, border)
    N, C1, _, _ = input.shape
    C2, C1_group, _, _ = weight.shape
    Ho, Wo = offset.shape[2:]
    check_array("grad_output", grad_output, "N", "C2", "Hout", "Wout")
    check_shape("grad_output", grad_output.shape, (N, C2, Ho, Wo), "(N, C2, Hout, Wout)")
    check_same_dtype(input=input, grad_output=grad_output)
    δ = grad_output.reshape(N, C2, Ho * Wo)
    grad_columns = matmul_grad_columns(δ, weight, C1 // C1_group)
    return DeformConv2dGradients(
        input=deform_conv2d_grad_input(grad_columns, buffers, input.shape, mask),
        offset=deform_conv2d_grad_offset(grad_columns, buffers, input, mask),
        mask=None if mask is None else deform_conv2d_grad_mask(grad_columns, buffers, input),
        weight=matmul_grad_weight(δ, buffers.columns, weight.shape),
        bias=None if bias is None else conv2d_grad_bias(grad_output),
    )


def deform_conv2d_grad_input(
    grad_columns: Array, buffers: DeformedColumns, input_shape: Sequence[int], mask: Array | None = None
) -> Array:
    """Scatter the gradient of the columns over the input: the report's algorithm.

    Args:
        grad_columns: ∂E/∂A, shape (N, C1·kH·kW, Hout·Wout).
        buffers: what `deform_im2col` gave.
        input_shape: (N, C1, H, W) of the forward pass.
        mask: m of the forward pass, shape (N, G_Δ·kH·kW, Hout, Wout), or None for ones.

    Returns:
        ∂E/∂X, shape `input_shape`, dtype of `grad_columns`; the offsets are held.

    Raises:
        TypeError: an array is not floating, a size no integer, or the dtypes differ.
        ValueError: a shape does not fit the buffers.

    Source: equation `scatter`; report, section 2.3.
    """
    _check_way_back(grad_columns, buffers, mask=mask)
    check_shape_argument("input_shape", input_shape, "N", "C1", "H", "W")
    check_shape("input_shape", input_shape, buffers.input_shape, "(N, C1, H, W)")
    N, C1, H, W = input_shape
    _, G, taps, Ho, Wo, _ = buffers.weights.shape
    m = _modulation(mask, (N, G, taps, Ho, Wo), grad_columns.dtype)
    grad_A = grad_columns.reshape(N, C1, taps, Ho, Wo)
    grad_X = np.zeros((N, C1, H, W), grad_columns.dtype)
    for n, g, k, oy, ox in np.ndindex(N, G, taps, Ho, Wo):
        sample = buffers.sample(n, g, k, oy, ox)
        for c1 in _channels(g, G, C1):
            # eq: scatter
            bilinear_grad_image(grad_X[n, c1], sample, grad_A[n, c1, k, oy, ox] * m[n, g, k, oy, ox])
    return grad_X


def deform_conv2d_grad_offset(
    grad_columns: Array, buffers: DeformedColumns, input: Array, mask: Array | None = None
) -> Array:
    """Collect for each offset what moving its sample does to the columns.

    Args:
        grad_columns: ∂E/∂A, shape (N, C1·kH·kW, Hout·Wout).
        buffers: what `deform_im2col` gave.
        input: X of the forward pass, shape (N, C1, H, W).
        mask: m of the forward pass, shape (N, G_Δ·kH·kW, Hout, Wout), or None for ones.

    Returns:
        ∂E/∂Δp, shape (N, 2·G_Δ·kH·kW, Hout, Wout), dtype of `grad_columns`; 0 in a projected axis.

    Raises:
        TypeError: an array is not floating, or the dtypes differ.
        ValueError: a shape does not fit the buffers.

    Source: equation `gradient-offset`; report, section 2.3.
    """
    _check_way_back(grad_columns, buffers, input, mask)
    N, C1, _, _ = input.shape
    _, G, taps, Ho, Wo, _ = buffers.weights.shape
    m = _modulation(mask, (N, G, taps, Ho, Wo), grad_columns.dtype)
    grad_A = grad_columns.reshape(N, C1, taps, Ho, Wo)
    grad_Δ = np.zeros((N, G, taps, 2, Ho, Wo), grad_columns.dtype)
    for n, g, k, oy, ox in np.ndindex(N, G, taps, Ho, Wo):
        sample = buffers.sample(n, g, k, oy, ox)
        for c1 in _channels(g, G, C1):
            dX_dy, dX_dx = bilinear_derivative(input[n, c1], sample)
            # eq: gradient-offset
            grad_Δ[n, g, k, 0, oy, ox] += grad_A[n, c1, k, oy, ox] * m[n, g, k, oy, ox] * dX_dy
            # eq: gradient-offset
            grad_Δ[n, g, k, 1, oy, ox] += grad_A[n, c1, k, oy, ox] * m[n, g, k, oy, ox] * dX_dx
    return grad_Δ.reshape(N, G * taps * 2, Ho, Wo)


def deform_conv2d_grad_mask(grad_columns: Array, buffers: DeformedColumns, input: Array) -> Array:
    """Collect for each modulation the values that it scales.

    Args:
        grad_columns: ∂E/∂A, shape (N, C1·kH·kW, Hout·Wout).
        buffers: what `deform_im2col` gave.
        input: X of the forward pass, shape (N, C1, H, W).

    Returns:
        ∂E/∂m, shape (N, G_Δ·kH·kW, Hout, Wout), dtype of `grad_columns`.

    Raises:
        TypeError: an array is not floating, or the dtypes differ.
        ValueError: a shape does not fit the buffers.

    Source: equation `gradient-mask`.
    """
    _check_way_back(grad_columns, buffers, input)
    N, C1, _, _ = input.shape
    _, G, taps, Ho, Wo, _ = buffers.weights.shape
    grad_A = grad_columns.reshape(N, C1, taps, Ho, Wo)
    grad_m = np.zeros((N, G, taps, Ho, Wo), grad_columns.dtype)
    for n, g, k, oy, ox in np.ndindex(N, G, taps, Ho, Wo):
        sample = buffers.sample(n, g, k, oy, ox)
        for c1 in _channels(g, G, C1):
            # eq: gradient-mask
            grad_m[n, g, k, oy, ox] += grad_A[n, c1, k, oy, ox] * bilinear_value(input[n, c1], sample)
    return grad_m.reshape(N, G * taps, Ho, Wo)


def offset_predictor(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Array:
    """Predict the offsets from the input: an ordinary convolution (OP).

    Args:
        input: X, shape (N, C1, H, W).
        weight: K_OP, shape (2·G_Δ·kH·kW, C1, kH, kW).
        bias: b_OP, shape (2·G_Δ·kH·kW,), or None for no bias.
        stride: in pixels.
        padding: in pixels.
        dilation: in pixels.

    Returns:
        Δp, shape (N, 2·G_Δ·kH·kW, Hout, Wout), in pixels, dtype of `input`.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: the number of maps is no multiple of 2·kH·kW, or shapes or geometry do not fit.

    Source: equation `offset-predictor`; report, Fig. 1.
    """
    check_array("weight", weight, "2 * G_Δ * kH * kW", "C1", "kH", "kW")
    maps, _, kH, kW = weight.shape
    if maps % (2 * kH * kW):
        raise ValueError(
            f"weight: expected a multiple of 2 * kH * kW = {2 * kH * kW} maps in axis 0,"
            f" got shape {weight.shape}"
        )
    # eq: offset-predictor
    return conv2d(input, weight, bias, stride, padding, dilation)


def deformable_conv2d(
    input: Array,
    offset_weight: Array,
    offset_bias: Array | None,
    weight: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    *,
    border: Border = "zeros",
) -> Array:
    """Apply the whole layer: predict the offsets (OP), then convolve at them (DC).

    Args:
        input: X, shape (N, C1, H, W).
        offset_weight: K_OP, shape (2·G_Δ·kH·kW, C1, kH, kW).
        offset_bias: b_OP, shape (2·G_Δ·kH·kW,), or None.
        weight: kernel of DC, shape (C2, C1 / G, kH, kW).
        bias: bias of DC, shape (C2,), or None.
        stride: of both, in pixels.
        padding: of both, in pixels.
        dilation: of both, in pixels.
        border: of DC, "zeros" or "project"; OP always pads with zeros.

    Returns:
        Y, shape (N, C2, Hout, Wout), dtype of `input`.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: shapes, geometry or border do not fit.

    Source: equations `offset-predictor` and `deformable-convolution`; report, Fig. 1.
    """
    offset = offset_predictor(input, offset_weight, offset_bias, stride, padding, dilation)
    return deform_conv2d(input, offset, weight, bias, stride, padding, dilation, border=border)


def deformable_conv2d_grad_input(
    grad_output: Array,
    input: Array,
    offset_weight: Array,
    offset_bias: Array | None,
    weight: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    *,
    border: Border = "zeros",
) -> InputGradient:
    """Compute the gradient of the whole layer with respect to its input, which it uses twice.

    Args:
        grad_output: δ, shape (N, C2, Hout, Wout).
        input: as in the forward pass.
        offset_weight: as in the forward pass.
        offset_bias: as in the forward pass.
        weight: as in the forward pass.
        bias: as in the forward pass.
        stride: as in the forward pass.
        padding: as in the forward pass.
        dilation: as in the forward pass.
        border: as in the forward pass.

    Returns:
        The two summands and their sum, each of the input's shape and dtype.

    Raises:
        TypeError: an array is not floating, a number is no integer, or the dtypes differ.
        ValueError: shapes, geometry or border do not fit.

    Source: equation `gradient-input-two-summands`; report, section 2.3.
    """
    offset = offset_predictor(input, offset_weight, offset_bias, stride, padding, dilation)
    gradients = deform_conv2d_backward(
        grad_output, input, offset, weight, bias, stride, padding, dilation, border=border
    )
    through_dc = gradients.input
    through_op = conv2d_grad_input(gradients.offset, offset_weight, input.shape, stride, padding, dilation)
    # eq: gradient-input-two-summands
    return InputGradient(through_dc, through_op, through_dc + through_op)


def _channels(g: int, groups: int, channels: int) -> range:
    """The input maps that offset group g serves."""
    size = channels // groups
    return range(g * size, (g + 1) * size)


def _modulation(mask: Array | None, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Lay out the modulation as (N, G_Δ, kH·kW, Hout, Wout); ones if there is none."""
    return np.ones(shape, dtype) if mask is None else mask.reshape(shape)


def _check_way_back(
    grad_columns: Array, buffers: DeformedColumns, input: Array | None = None, mask: Array | None = None
) -> None:
    """Check the arguments of a gradient against what the forward pass saved."""
    check_array("grad_columns", grad_columns, "N", "C1 * kH * kW", "Hout * Wout")
    shape = buffers.columns.shape
    check_shape("grad_columns", grad_columns.shape, shape, "(N, C1 * kH * kW, Hout * Wout)")
    if input is not None:
        check_array("input", input, "N", "C1", "H", "W")
        check_shape("input", input.shape, buffers.input_shape, "(N, C1, H, W)")
    if mask is not None:
        N, G, taps, Ho, Wo, _ = buffers.weights.shape
        check_array("mask", mask, "N", "G_Δ * kH * kW", "Hout", "Wout")
        check_shape("mask", mask.shape, (N, G * taps, Ho, Wo), "(N, G_Δ * kH * kW, Hout, Wout)")
    check_same_dtype(buffers=buffers.columns, grad_columns=grad_columns, input=input, mask=mask)


def _check_weight_and_bias(input: Array, weight: Array, bias: Array | None) -> Pair:
    """Check what DC takes beside its columns; give the kernel size."""
    check_array("input", input, "N", "C1", "H", "W")
    check_array("weight", weight, "C2", "C1 / G", "kH", "kW")
    C1, (C2, C1_group, kH, kW) = input.shape[1], weight.shape
    if C1 % C1_group:
        raise ValueError(
            f"weight: expected a divisor of the {C1} input maps in axis 1 (C1 / G), got shape {weight.shape}"
        )
    check_weight(weight.shape, C1, C1 // C1_group)
    if bias is not None:
        check_array("bias", bias, "C2")
        check_shape("bias", bias.shape, (C2,), "(C2,)")
    check_same_dtype(input=input, weight=weight, bias=bias)
    return kH, kW


def _check_offset(
    input: Array,
    offset: Array,
    mask: Array | None,
    kernel_size: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
) -> int:
    """Check offsets and modulation against the input; give the number of offset groups."""
    check_array("input", input, "N", "C1", "H", "W")
    check_array("offset", offset, "N", "2 * G_Δ * kH * kW", "Hout", "Wout")
    (N, C1, H, W), taps = input.shape, kernel_size[0] * kernel_size[1]
    Ho = output_size(H, kernel_size[0], stride[0], padding[0], dilation[0])
    Wo = output_size(W, kernel_size[1], stride[1], padding[1], dilation[1])
    G = int(offset.shape[1]) // (2 * taps)
    if offset.shape[1] % (2 * taps) or C1 % G:
        raise ValueError(
            f"offset: expected 2 * {taps} taps * G_Δ maps in axis 1, where G_Δ divides the {C1} input maps,"
            f" got shape {offset.shape}"
        )
    check_shape("offset", offset.shape, (N, 2 * taps * G, Ho, Wo), "(N, 2 * G_Δ * kH * kW, Hout, Wout)")
    if mask is not None:
        check_array("mask", mask, "N", "G_Δ * kH * kW", "Hout", "Wout")
        check_shape("mask", mask.shape, (N, taps * G, Ho, Wo), "(N, G_Δ * kH * kW, Hout, Wout)")
    check_same_dtype(input=input, offset=offset, mask=mask)
    return G
