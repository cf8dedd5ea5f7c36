"""The operators as layers with parameters."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dcn_course.ops import conv2d, deform_conv2d
from dcn_course.ops._arguments import BORDERS, IntOrPair, choice, convolution_geometry, integer, pair
from dcn_course.ops.backends import check_name
from dcn_course.ops.convolution import check_convolution


class _KernelLayer(nn.Module):
    """Kernel, bias and the numbers that describe a convolution."""

    weight: nn.Parameter
    bias: nn.Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrPair,
        stride: IntOrPair,
        padding: IntOrPair,
        dilation: IntOrPair,
        groups: int,
        bias: bool,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
    ) -> None:
        super().__init__()
        self.in_channels = integer("in_channels", in_channels, 1)
        self.out_channels = integer("out_channels", out_channels, 1)
        self.kernel_size = pair("kernel_size", kernel_size, 1)
        self.stride = pair("stride", stride, 1)
        self.padding = pair("padding", padding, 0)
        self.dilation = pair("dilation", dilation, 1)
        self.groups = integer("groups", groups, 1)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"groups: expected a divisor of in_channels={in_channels} and out_channels={out_channels}, "
                f"got {groups}"
            )
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        self.weight = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = nn.Parameter(torch.empty(self.out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw kernel and bias as `torch.nn.Conv2d` does: uniform in ±1/√(C/groups·kH·kW)."""
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The arguments that are not the defaults."""
        words = [
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        ]
        for name, default in (("padding", (0, 0)), ("dilation", (1, 1)), ("groups", 1)):
            if getattr(self, name) != default:
                words.append(f"{name}={getattr(self, name)}")
        if self.bias is None:
            words.append("bias=False")
        return ", ".join(words)


class Conv2d(_KernelLayer):
    """Convolution with zero padding by our `conv2d`; arguments and start values as `torch.nn.Conv2d`.

    Args:
        in_channels: C.
        out_channels: O.
        kernel_size: kH, kW; an int or a pair (y, x), like the following three.
        stride: Step of the kernel, in pixels.
        padding: Ring of zeros, in pixels.
        dilation: Distance between taps, in pixels.
        groups: Divides C and O.
        bias: Whether a number is added to each output map.
        device: As in `torch.nn`.
        dtype: As in `torch.nn`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A number is out of range.

    Source: equations `convolution`, `im2col` and `convolution-matmul`; report, Eq. (1) and Fig. 2.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrPair,
        stride: IntOrPair = 1,
        padding: IntOrPair = 0,
        dilation: IntOrPair = 1,
        groups: int = 1,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, device, dtype
        )

    def forward(self, input: Tensor) -> Tensor:
        """Convolve with this layer's kernel.

        Args:
            input: (N, C, H, W), dtype and device of the kernel.

        Returns:
            (N, O, Ho, Wo), dtype of `input`; O is the number of output maps.

        Raises:
            TypeError: The input is no tensor, or its dtype is wrong.
            ValueError: Its shape or device is wrong.
        """
        return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class OffsetPredictor(_KernelLayer):
    """OP: the convolution that predicts the offsets of a deformable one, in pixels.

    It starts with zeros, so that the deformable convolution starts as an ordinary one. As a plain
    convolution it is computed by PyTorch, under autocast in the kernel's precision: bfloat16 knows an
    offset of two pixels and more only to a sixty-fourth of one.

    Args:
        in_channels: C.
        kernel_size: Kernel of the deformable convolution and of this one; an int or a pair (y, x).
        stride: As in the deformable convolution, like the next two.
        padding: Ring of zeros, in pixels.
        dilation: Distance between taps, in pixels.
        offset_groups: Gd; there are 2·Gd·kH·kW output maps, for each tap first y, then x.
        bias: Whether the offsets have a constant part.
        device: As in `torch.nn`.
        dtype: As in `torch.nn`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A number is out of range.

    Source: equation `offset-predictor`; report, Fig. 1.
    """

    def __init__(
        self,
        in_channels: int,
        kernel_size: IntOrPair,
        stride: IntOrPair = 1,
        padding: IntOrPair = 0,
        dilation: IntOrPair = 1,
        offset_groups: int = 1,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        channels = integer("in_channels", in_channels, 1)
        groups = integer("offset_groups", offset_groups, 1)
        if channels % groups:
            raise ValueError(f"offset_groups: expected a divisor of in_channels={in_channels}, got {groups}")
        kernel_height, kernel_width = pair("kernel_size", kernel_size, 1)
        maps = 2 * groups * kernel_height * kernel_width
        super().__init__(
            in_channels, maps, kernel_size, stride, padding, dilation, 1, bias, device=device, dtype=dtype
        )
        self.offset_groups = groups

    def reset_parameters(self) -> None:
        """Set all parameters to zero."""
        for parameter in self.parameters(recurse=False):
            nn.init.zeros_(parameter)

    def forward(self, input: Tensor) -> Tensor:
        """Predict the offsets.

        Args:
            input: (N, C, H, W), dtype and device of the kernel.

        Returns:
            (N, 2·Gd·kH·kW, Ho, Wo), dtype of `input`.

        Raises:
            TypeError: The input is no tensor, or its dtype is wrong.
            ValueError: Its shape or device is wrong.
        """
        check_convolution(input, self.weight, self.bias)
        device = input.device.type
        if torch.is_autocast_enabled(device):
            with torch.autocast(device, enabled=False):
                return self.forward(input.to(self.weight.dtype)).to(input.dtype)
        steps = self.stride, self.padding, self.dilation
        convolution_geometry(input, self.weight, self.bias, *steps)
        # eq: offset-predictor
        return F.conv2d(input, self.weight, self.bias, *steps)

    def extra_repr(self) -> str:
        """The arguments that are not the defaults."""
        groups = "" if self.offset_groups == 1 else f", offset_groups={self.offset_groups}"
        return f"{super().extra_repr()}{groups}"


class DeformConv2d(_KernelLayer):
    """DC: deformable convolution with given offsets by our `deform_conv2d`; starts like `torch.nn.Conv2d`.

    Args:
        in_channels: C.
        out_channels: O.
        kernel_size: kH, kW; an int or a pair (y, x), like the following three.
        stride: Step of the kernel, in pixels.
        padding: Added around the image, in pixels.
        dilation: Distance between taps, in pixels.
        groups: Divides C and O.
        bias: Whether a number is added to each output map.
        border: "zeros" or "project", see `deform_conv2d`.
        backend: Name of the backend, or None to choose one.
        device: As in `torch.nn`.
        dtype: As in `torch.nn`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A number is out of range or a name unknown.

    Source: equations `deformable-convolution` and `deformable-columns`; report, Eq. (2) and section 2.1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrPair,
        stride: IntOrPair = 1,
        padding: IntOrPair = 0,
        dilation: IntOrPair = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        border: str = "zeros",
        backend: str | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, device, dtype
        )
        self.border = choice("border", border, BORDERS)
        check_name(backend)
        self.backend = backend

    def forward(self, input: Tensor, offset: Tensor, mask: Tensor | None = None) -> Tensor:
        """Convolve at positions moved by `offset`.

        Args:
            input: (N, C, H, W), dtype and device of the kernel.
            offset: (N, 2·Gd·kH·kW, Ho, Wo), in pixels, dtype and device of `input`; for each tap first y,
                then x.
            mask: (N, Gd·kH·kW, Ho, Wo), dtype and device of `input`, or None for ones.

        Returns:
            (N, O, Ho, Wo), dtype of `input`.

        Raises:
            TypeError: An argument is no tensor, or its dtype is wrong.
            ValueError: A shape or a device is wrong.
        """
        return deform_conv2d(
            input,
            offset,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self.dilation,
            mask,
            border=self.border,
            backend=self.backend,
        )

    def extra_repr(self) -> str:
        """The arguments that are not the defaults."""
        backend = "" if self.backend is None else f", backend={self.backend!r}"
        return f"{super().extra_repr()}, border={self.border!r}{backend}"


class DeformableConv2d(nn.Module):
    """The report's layer: OP predicts the offsets from the input, DC uses them.

    The gradient with respect to the input has two summands, one through DC and one through OP.

    Args:
        in_channels: C.
        out_channels: O.
        kernel_size: kH, kW of both convolutions; an int or a pair (y, x), like the following three.
        stride: Step of the kernels, in pixels.
        padding: Added around the image, in pixels.
        dilation: Distance between taps, in pixels.
        groups: Weight groups of DC; divides C and O.
        offset_groups: Groups of channels that have offsets of their own; divides C.
        bias: Whether DC adds a number to each output map; OP always does.
        border: "zeros" or "project", see `deform_conv2d`.
        backend: Name of the backend, or None to choose one.
        device: As in `torch.nn`.
        dtype: As in `torch.nn`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A number is out of range or a name unknown.

    Source: equations `offset-predictor`, `deformable-convolution` and `gradient-input-two-summands`; report,
    Fig. 1 and section 2.3.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrPair,
        stride: IntOrPair = 1,
        padding: IntOrPair = 0,
        dilation: IntOrPair = 1,
        groups: int = 1,
        offset_groups: int = 1,
        bias: bool = True,
        *,
        border: str = "zeros",
        backend: str | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.offset_predictor = OffsetPredictor(
            in_channels, kernel_size, stride, padding, dilation, offset_groups, device=device, dtype=dtype
        )
        self.deform_conv = DeformConv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            border=border,
            backend=backend,
            device=device,
            dtype=dtype,
        )

    def forward(self, input: Tensor) -> Tensor:
        """Predict the offsets, in pixels, and convolve at them.

        Args:
            input: (N, C, H, W), dtype and device of the kernels.

        Returns:
            (N, O, Ho, Wo), dtype of `input`.

        Raises:
            TypeError: The input is no tensor, or its dtype is wrong.
            ValueError: Its shape or device is wrong.
        """
        # eq: offset-predictor
        offset = self.offset_predictor(input)
        output: Tensor = self.deform_conv(input, offset)
        return output
