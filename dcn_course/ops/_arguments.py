"""Checks of the operators' arguments: an error names the argument, what came and what was expected."""

import operator
from typing import NamedTuple

from torch import Tensor

IntOrPair = int | tuple[int, int]
BORDERS = ("zeros", "project")


class Geometry(NamedTuple):
    """Sizes of one convolution, in pixels; each pair is (y, x)."""

    kernel_size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    output_size: tuple[int, int]

    @property
    def taps(self) -> int:
        """Number of taps of the kernel, kH·kW."""
        return self.kernel_size[0] * self.kernel_size[1]

    @property
    def points(self) -> int:
        """Number of output points of one image, Ho·Wo."""
        return self.output_size[0] * self.output_size[1]

    def of_rows(self, rows: slice) -> "Geometry":
        """The convolution that computes these rows of the output alone: its kernel starts further down."""
        (pad_y, pad_x), count = self.padding, rows.stop - rows.start
        return self._replace(
            padding=(pad_y - rows.start * self.stride[0], pad_x), output_size=(count, self.output_size[1])
        )


def integer(name: str, value: object, minimum: int) -> int:
    """Return `value` as an int of at least `minimum`, or say what is wrong with it."""
    wanted = f"{name}: expected an int"
    if isinstance(value, bool):
        raise TypeError(f"{wanted}, got the bool {value}")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{wanted}, got {value!r} ({type(value).__name__})") from None
    if number < minimum:
        raise ValueError(f"{wanted} of at least {minimum}, got {number}")
    return number


def pair(name: str, value: object, minimum: int) -> tuple[int, int]:
    """Return an int or a pair (y, x) of ints as a pair, or say what is wrong with it."""
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise ValueError(f"{name}: expected an int or a pair (y, x), got {len(value)} values: {value!r}")
        return integer(f"{name}[0]", value[0], minimum), integer(f"{name}[1]", value[1], minimum)
    try:
        number = integer(name, value, minimum)
    except TypeError:
        raise TypeError(
            f"{name}: expected an int or a pair (y, x), got {value!r} ({type(value).__name__})"
        ) from None
    return number, number


def choice(name: str, value: object, known: tuple[str, ...]) -> str:
    """Return `value` if it is one of the known names."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, known))}, got {value!r}")
    return value


def check_tensor(name: str, value: object, axes: str) -> None:
    """Check that `value` is a tensor with the named axes, for example "(N, C, H, W)"."""
    if not isinstance(value, Tensor):
        raise TypeError(f"{name}: expected a torch.Tensor {axes}, got {type(value).__name__}")
    if value.dim() != len(axes.strip("(,)").split(",")):
        raise ValueError(f"{name}: expected the axes {axes}, got the shape {tuple(value.shape)}")


def check_image(input: Tensor) -> None:
    """Check that `input` can be an image of a convolution."""
    check_tensor("input", input, "(N, C, H, W)")
    if not input.dtype.is_floating_point:
        raise TypeError(f"input: expected a floating-point dtype, got {input.dtype}")
    if 0 in input.shape[1:]:
        raise ValueError(f"input: expected at least one channel and one pixel, got {tuple(input.shape)}")


def check_kernel(weight: Tensor) -> None:
    """Check that `weight` can be the kernel of a convolution."""
    check_tensor("weight", weight, "(O, C/groups, kH, kW)")
    if 0 in weight.shape:
        raise ValueError(f"weight: expected no axis of length 0, got the shape {tuple(weight.shape)}")


def check_like_input(name: str, value: Tensor, input: Tensor) -> None:
    """Check that `value` has the dtype and the device of `input`."""
    if value.dtype != input.dtype:
        raise TypeError(f"{name}: expected the dtype of input, {input.dtype}, got {value.dtype}")
    if value.device != input.device:
        raise ValueError(f"{name}: expected the device of input, {input.device}, got {value.device}")


def check_shape(name: str, value: Tensor, expected: tuple[int, ...], axes: str) -> None:
    """Check that `value` has exactly the expected shape, whose axes mean `axes`."""
    if tuple(value.shape) != expected:
        raise ValueError(f"{name}: expected the shape {expected} = {axes}, got {tuple(value.shape)}")


def convolution_geometry(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: IntOrPair,
    padding: IntOrPair,
    dilation: IntOrPair,
) -> Geometry:
    """Check what a plain and a deformable convolution have in common, and return the sizes.

    Raises:
        TypeError: an argument is no tensor, no number, or of another dtype than `input`.
        ValueError: a shape, a device or a number does not fit.
    """
    check_image(input)
    check_kernel(weight)
    check_like_input("weight", weight, input)
    if bias is not None:
        check_tensor("bias", bias, "(O,)")
        check_like_input("bias", bias, input)
        check_shape("bias", bias, (weight.shape[0],), "(O,)")

    kernel_size = (weight.shape[2], weight.shape[3])
    strides, paddings, dilations = (
        pair("stride", stride, 1),
        pair("padding", padding, 0),
        pair("dilation", dilation, 1),
    )
    sizes = []
    for size, k, s, p, d in zip(input.shape[2:], kernel_size, strides, paddings, dilations, strict=True):
        extent = d * (k - 1) + 1
        if extent > size + 2 * p:
            raise ValueError(
                f"weight: expected a kernel that spans at most {size + 2 * p} pixels "
                f"(input {tuple(input.shape)}, padding {paddings}), "
                f"got {kernel_size} with dilation {dilations}, which spans {extent}"
            )
        # eq: output-size
        sizes.append((size + 2 * p - extent) // s + 1)
    return Geometry(kernel_size, strides, paddings, dilations, (sizes[0], sizes[1]))
