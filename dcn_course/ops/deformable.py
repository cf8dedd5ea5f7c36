"""Deformable convolution, and its gradients as derived."""

from typing import Any

from torch import Tensor

from dcn_course.ops._arguments import (
    BORDERS,
    IntOrPair,
    check_image,
    check_kernel,
    check_like_input,
    check_shape,
    check_tensor,
    choice,
    convolution_geometry,
    pair,
)
from dcn_course.ops._operator import Operator
from dcn_course.ops.backends import NAMES, Gradients, Inputs, Settings, Wanted, choose

OFFSET_AXES, MASK_AXES = "(N, 2*Gd*kH*kW, Ho, Wo)", "(N, Gd*kH*kW, Ho, Wo)"


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

    For half types the positions are computed in float32, all else in the half type. Under autocast all is
    computed in float32, but for float64. On a CPU the results are repeated bit for bit. The column matrix,
    however large, is made in parts of at least one row of the output.

    It is the operator `torch.ops.dcn_course.deform_conv2d`, so that `torch.compile`, `torch.export`,
    `torch.vmap` and `torch.func.grad` take it; forward-mode derivatives there are none. A second derivative
    is given by `backend="torch"`; the compiled backend raises a RuntimeError for it.

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
        The output (N, O, Ho, Wo), dtype of `input`; equation `deformable-convolution`; report, Eq. (2) and
        section 2.1.

    Raises:
        TypeError: A dtype or the type of an argument is wrong; all tensors must have the dtype of `input`
            (under autocast: float64 all or none).
        ValueError: A shape, a device, a number or a name is wrong.
    """
    check_image(input)
    check_tensor("offset", offset, OFFSET_AXES)
    check_kernel(weight)
    if bias is not None:
        check_tensor("bias", bias, "(O,)")
    if mask is not None:
        check_tensor("mask", mask, MASK_AXES)
    if backend is not None:
        choice("backend", backend, NAMES)
    output = _operator(
        input,
        offset,
        mask,
        weight,
        bias,
        pair("stride", stride, 1),
        pair("padding", padding, 0),
        pair("dilation", dilation, 1),
        choice("border", border, BORDERS),
        backend,
    )
    return output.to(input.dtype)


def _forward(*given: Any) -> Tensor:
    inputs, numbers = _split(given)
    settings = _settings(inputs, *numbers)
    return choose(numbers[-1], inputs.X).forward(inputs, settings)


def _backward(grad_output: Tensor, *given: Any) -> Gradients:
    inputs, (*numbers, wanted) = _split(given)
    X, settings = inputs.X, _settings(inputs, *numbers)
    check_like_input("grad_output", grad_output, X)
    expected = (len(X), len(inputs.weight), *settings.geometry.output_size)
    check_shape("grad_output", grad_output, expected, "(N, O, Ho, Wo)")
    return choose(numbers[-1], X).backward(grad_output, inputs, Wanted(*wanted), settings)


def _shape(*given: Any) -> tuple[int, ...]:
    inputs, numbers = _split(given)
    output_size = _settings(inputs, *numbers).geometry.output_size
    return inputs.X.shape[0], inputs.weight.shape[0], *output_size


def _twice(*given: Any) -> bool:
    """The portable backend's gradients can be derived again."""
    inputs, numbers = _split(given)
    return choose(numbers[-1], inputs.X) is choose("torch", inputs.X)


def _split(given: tuple[Any, ...]) -> tuple[Inputs, tuple[Any, ...]]:
    """The tensors, and the numbers from the stride on."""
    tensors = len(Inputs._fields)
    return Inputs(*given[:tensors]), given[tensors:]


def _settings(
    inputs: Inputs,
    stride: IntOrPair,
    padding: IntOrPair,
    dilation: IntOrPair,
    border: str,
    backend: str | None,
) -> Settings:
    """Check that the tensors fit each other, and collect the numbers of the call."""
    X, offset, mask, weight, bias = inputs
    geometry = convolution_geometry(X, weight, bias, stride, padding, dilation)
    (n, channels, _, _), (outputs, group_channels, _, _) = X.shape, weight.shape
    groups = channels // group_channels
    if groups * group_channels != channels or outputs % groups:
        raise ValueError(
            f"weight: expected (O, C/groups, kH, kW) with groups dividing C={channels} and O, "
            f"got the shape {tuple(weight.shape)}"
        )
    taps = geometry.taps
    check_like_input("offset", offset, X)
    offset_groups = offset.shape[1] // (2 * taps)
    if offset_groups == 0 or offset.shape[1] % (2 * taps) or channels % offset_groups:
        raise ValueError(
            f"offset: expected 2*Gd*kH*kW = {2 * taps}*Gd channels, where Gd divides the {channels} channels "
            f"of input, got the shape {tuple(offset.shape)}"
        )
    check_shape("offset", offset, (n, offset.shape[1], *geometry.output_size), OFFSET_AXES)
    if mask is not None:
        check_like_input("mask", mask, X)
        check_shape("mask", mask, (n, offset_groups * taps, *geometry.output_size), MASK_AXES)
    return Settings(geometry, groups, offset_groups, border)


_operator = Operator(
    "deform_conv2d",
    {"Tensor input": 1, "Tensor offset": 1, "Tensor? mask": 1, "Tensor weight": 0, "Tensor? bias": 0},
    "int[2] stride, int[2] padding, int[2] dilation, str border, str? backend",
    forward=_forward,
    backward=_backward,
    shape=_shape,
    twice=_twice,
)
