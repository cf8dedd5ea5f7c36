"""Deformable convolution, and its gradients as derived."""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dcn_course.ops._arguments import (
    BORDERS,
    Geometry,
    IntOrPair,
    check_like_input,
    check_shape,
    check_tensor,
    choice,
    convolution_geometry,
)
from dcn_course.ops._parts import parts
from dcn_course.ops._sampling import Buffers, corner_weights, frame, locate, slopes, steps, unframe
from dcn_course.ops.backends import Backend, choose


def deform_conv2d(
    input: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    mask: Tensor | None = None,
    *,
    border: str = "zeros",
    backend: str | None = None,
) -> Tensor:
    """Convolve at positions moved by `offset`; arguments and shapes as `torchvision.ops.deform_conv2d`.

    The channels may be split in groups for the kernel (their number is C / weight.shape[1]) and,
    independently, for the offsets (their number Gd is offset.shape[1] / (2·kH·kW)).

    At an integer coordinate the derivative with respect to the offset is the right-hand one. An infinite or
    huge offset reads zero (`zeros`; all its gradients are 0) or the border (`project`; its gradient is 0 in
    that axis). An offset that is NaN in y or x makes its sample NaN: the output there, the sample's own
    gradients, the kernel's at its tap, and those of the upper-left pixels of the image, as the place is lost.

    For half types the positions are computed in float32, all else in the half type. On a CPU the results
    are repeated bit for bit. A second derivative raises a RuntimeError.

    Args:
        input: (N, C, H, W), floating point, any memory layout; N may be 0.
        offset: (N, 2·Gd·kH·kW, Ho, Wo), in pixels; for each tap first y, then x.
        weight: (O, C/groups, kH, kW).
        bias: (O,) or None.
        stride: Step of the kernel, in pixels; an int or a pair (y, x).
        padding: Added around the image, in pixels; an int or a pair (y, x).
        dilation: Distance between taps, in pixels; an int or a pair (y, x).
        mask: (N, Gd·kH·kW, Ho, Wo), factors of the samples, or None for ones.
        border: "zeros": pixels outside the image are 0, so a sample fades out over one pixel. "project": a
            position outside the (unpadded) image is moved to the nearest point in it, as in the report.
        backend: Name of the backend, or None to choose one.

    Returns:
        The output (N, O, Ho, Wo), equation `deformable-convolution`; report, Eq. (2) and section 2.1.

    Raises:
        TypeError: A dtype or the type of an argument is wrong; all tensors must have the dtype of `input`.
        ValueError: A shape, a device, a number or a name is wrong.
    """
    geometry = convolution_geometry(input, weight, bias, stride, padding, dilation)
    (n, channels, _, _), (outputs, group_channels, _, _) = input.shape, weight.shape
    groups = channels // group_channels
    if groups * group_channels != channels or outputs % groups:
        raise ValueError(
            f"weight: expected (O, C/groups, kH, kW) with groups dividing C={channels} and O, "
            f"got the shape {tuple(weight.shape)}"
        )
    taps = geometry.taps
    check_tensor("offset", offset, "(N, 2*Gd*kH*kW, Ho, Wo)")
    check_like_input("offset", offset, input)
    offset_groups = offset.shape[1] // (2 * taps)
    if offset_groups == 0 or offset.shape[1] % (2 * taps) or channels % offset_groups:
        raise ValueError(
            f"offset: expected 2*Gd*kH*kW = {2 * taps}*Gd channels, where Gd divides the {channels} channels "
            f"of input, got the shape {tuple(offset.shape)}"
        )
    check_shape("offset", offset, (n, offset.shape[1], *geometry.output_size), "(N, 2*Gd*kH*kW, Ho, Wo)")
    if mask is not None:
        check_tensor("mask", mask, "(N, Gd*kH*kW, Ho, Wo)")
        check_like_input("mask", mask, input)
        check_shape("mask", mask, (n, offset_groups * taps, *geometry.output_size), "(N, Gd*kH*kW, Ho, Wo)")
    settings = _Settings(geometry, groups, offset_groups, choice("border", border, BORDERS), choose(backend))
    output: Tensor = _DeformableConvolution.apply(input, offset, mask, weight, bias, settings)
    return output


class _Settings(NamedTuple):
    geometry: Geometry
    groups: int
    offset_groups: int
    border: str
    backend: Backend


class _DeformableConvolution(torch.autograd.Function):
    """Y = K·A + b with A read at moved positions, and its gradients.

    The forward pass saves the buffers. A, much larger than the image, is filled again in the backward pass.
    """

    @staticmethod
    def forward(
        ctx: Any,
        X: Tensor,
        offset: Tensor,
        mask: Tensor | None,
        weight: Tensor,
        bias: Tensor | None,
        settings: _Settings,
    ) -> Tensor:
        geometry, groups, offset_groups, border, backend = settings
        image_size = (X.shape[2], X.shape[3])
        K = weight.reshape(groups, len(weight) // groups, -1)
        Y = X.new_empty(len(X), len(weight), *geometry.output_size)
        saved: list[Tensor | None] = []
        for images in parts(X, geometry):
            buffers = locate(offset[images], image_size, geometry, border)
            weights = _modulated(corner_weights(buffers), _by_position(mask, images, settings))
            image = frame(X[images], offset_groups)
            # eq: deformable-columns
            A = backend.fill(image, buffers.cell, steps(image_size), weights)
            # eq: deformable-convolution
            Y[images] = (K @ _by_group(A, settings)).view_as(Y[images])
            saved += buffers
        if bias is not None:
            Y += bias.view(-1, 1, 1)
        ctx.save_for_backward(X, mask, weight, *saved)
        ctx.settings, ctx.offset_shape = settings, offset.shape
        return Y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        X, mask, weight, *saved = ctx.saved_tensors
        geometry, groups, offset_groups, _, backend = settings = ctx.settings
        image_size = (X.shape[2], X.shape[3])
        K = weight.reshape(groups, len(weight) // groups, -1)
        needs_X, needs_offset, needs_mask, needs_weight, needs_bias = ctx.needs_input_grad[:5]
        grad_X = X.new_empty(X.shape) if needs_X else None
        grad_offset = X.new_empty(ctx.offset_shape) if needs_offset else None
        grad_mask = X.new_empty(mask.shape) if needs_mask else None
        grad_K = torch.zeros_like(K) if needs_weight else None
        # eq: gradient-bias
        grad_bias = grad_output.sum((0, 2, 3)) if needs_bias else None
        if not (needs_X or needs_offset or needs_mask or needs_weight):
            return None, None, None, None, grad_bias, None

        fields = len(Buffers._fields)
        for part, images in enumerate(parts(X, geometry)):
            buffers = Buffers(*saved[part * fields : (part + 1) * fields])
            plain = corner_weights(buffers)
            m = _by_position(mask, images, settings)
            weights = _modulated(plain, m)
            image = frame(X[images], offset_groups)
            delta = grad_output[images].reshape(-1, *K.shape[:2], geometry.points)
            if grad_K is not None:
                A = backend.fill(image, buffers.cell, steps(image_size), weights)
                # eq: gradient-weight
                grad_K += (delta @ _by_group(A, settings).mT).sum(0)
            if not (needs_X or needs_offset or needs_mask):
                continue
            # eq: gradient-columns
            grad_A = (K.mT @ delta).view(*image.shape[:3], -1)
            if grad_X is not None:
                # eq: scatter
                grad_image = backend.scatter(grad_A, buffers.cell, steps(image_size), weights, image.shape[3])
                grad_X[images] = unframe(grad_image, image_size)
            if not (needs_offset or needs_mask):
                continue
            # Value and derivatives of a sample are linear in its four pixels. So the sum over the channels
            # c1, weighted with ∂E/∂A, is taken of the pixels, once for all that follows.
            corners = backend.weigh(grad_A, image, buffers.cell, steps(image_size))
            if grad_offset is not None:
                # eq: gradient-offset
                moved = torch.stack(_modulated(slopes(corners, buffers), m), 2)
                grad_offset[images] = _interleaved(moved, settings)
            if grad_mask is not None:
                # eq: gradient-mask
                value = sum(w * corner for w, corner in zip(plain, corners, strict=True))
                grad_mask[images] = value.view_as(grad_mask[images])
        grad_weight = grad_K.view_as(weight) if grad_K is not None else None
        return grad_X, grad_offset, grad_mask, grad_weight, grad_bias, None


def _by_position(mask: Tensor | None, images: slice, settings: _Settings) -> Tensor | None:
    """The mask of some images, (n, Gd, kH·kW·Ho·Wo), as the buffers are laid out."""
    if mask is None:
        return None
    return mask[images].reshape(-1, settings.offset_groups, settings.geometry.taps * settings.geometry.points)


def _modulated(factors: tuple[Tensor, ...], m: Tensor | None) -> tuple[Tensor, ...]:
    """The factors times the mask, if there is one."""
    return factors if m is None else tuple(m * factor for factor in factors)


def _by_group(columns: Tensor, settings: _Settings) -> Tensor:
    """A of each weight group, (n, groups, C/groups·kH·kW, Ho·Wo), from (n, Gd, C/Gd, kH·kW·Ho·Wo)."""
    return columns.view(len(columns), settings.groups, -1, settings.geometry.points)


def _interleaved(gradient: Tensor, settings: _Settings) -> Tensor:
    """The layout of `offset`, y and x in turn for each tap, from (n, Gd, 2, kH·kW·Ho·Wo)."""
    by_tap = gradient.view(*gradient.shape[:3], settings.geometry.taps, *settings.geometry.output_size)
    return by_tap.transpose(2, 3).flatten(1, 3)
