"""Deformable convolution, and its gradients as derived."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dcn_course.ops._arguments import (
    BORDERS,
    IntOrPair,
    check_like_input,
    check_shape,
    check_tensor,
    choice,
    convolution_geometry,
)
from dcn_course.ops.backends import Backend, Settings, Wanted, choose


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
    settings = Settings(geometry, groups, offset_groups, choice("border", border, BORDERS))
    chosen = choose(backend, input)
    output: Tensor = _DeformableConvolution.apply(input, offset, mask, weight, bias, settings, chosen)
    return output


class _DeformableConvolution(torch.autograd.Function):
    """The backend's forward and backward pass, as PyTorch wants them."""

    @staticmethod
    def forward(
        ctx: Any,
        X: Tensor,
        offset: Tensor,
        mask: Tensor | None,
        weight: Tensor,
        bias: Tensor | None,
        settings: Settings,
        backend: Backend,
    ) -> Tensor:
        Y, saved = backend.forward(X, offset, mask, weight, bias, settings)
        ctx.save_for_backward(*saved)
        ctx.settings, ctx.backend = settings, backend
        return Y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        wanted = Wanted(*ctx.needs_input_grad[:5])
        gradients = ctx.backend.backward(grad_output, ctx.saved_tensors, wanted, ctx.settings)
        return *gradients, None, None
