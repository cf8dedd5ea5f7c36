"""What the operator and its backends tell each other: the numbers of a call, and which gradients it wants."""

from typing import NamedTuple, Protocol

from torch import Tensor

from dcn_course.ops._arguments import Geometry


class Inputs(NamedTuple):
    """The tensors of one call, already checked, of any memory layout.

    Attributes:
        X: (N, C, H, W).
        offset: (N, 2·Gd·kH·kW, Ho, Wo), in pixels.
        mask: (N, Gd·kH·kW, Ho, Wo) or None.
        weight: (O, C/G, kH, kW).
        bias: (O,) or None.
    """

    X: Tensor
    offset: Tensor
    mask: Tensor | None
    weight: Tensor
    bias: Tensor | None


class Settings(NamedTuple):
    """The numbers of one call, already checked.

    Attributes:
        geometry: Sizes of the convolution.
        groups: Weight groups G.
        offset_groups: Offset groups Gd.
        border: "zeros" or "project".
    """

    geometry: Geometry
    groups: int
    offset_groups: int
    border: str


class Wanted(NamedTuple):
    """Whether the gradient of each tensor is wanted; a mask or a bias that is not there wants none."""

    input: bool
    offset: bool
    mask: bool
    weight: bool
    bias: bool


class Gradients(NamedTuple):
    """The gradient of each tensor that was wanted, None for the others."""

    input: Tensor | None
    offset: Tensor | None
    mask: Tensor | None
    weight: Tensor | None
    bias: Tensor | None


class Backend(Protocol):
    """What a backend provides; a module with these two functions is one. It gets checked arguments."""

    def forward(self, inputs: Inputs, settings: Settings) -> Tensor:
        """Compute the output (N, O, Ho, Wo), contiguous."""
        ...

    def backward(self, grad_output: Tensor, inputs: Inputs, wanted: Wanted, settings: Settings) -> Gradients:
        """Compute the wanted gradients, each of the shape of its tensor, and do no work for the others.

        Args:
            grad_output: δ, (N, O, Ho, Wo), any memory layout.
            inputs: The tensors of the call.
            wanted: Which gradients to compute.
            settings: The numbers of the call.
        """
        ...
