"""The tensors of a workload."""

from typing import NamedTuple

import torch
from torch import Tensor

from dcn_course.timing.workloads import Workload

# Standard deviation of the offsets, in pixels: about the reach of a trained layer, beyond one cell.
OFFSET_DEVIATION = 1.5


class Problem(NamedTuple):
    """Float32 tensors with no gradient recorded.

    Attributes:
        input: (N, C, H, W), standard normal.
        offset: (N, 2·kH·kW, Ho, Wo), in pixels, normal with deviation `OFFSET_DEVIATION`.
        weight: (O, C, kH, kW), normal, scaled so that the output is about standard normal.
        bias: (O,), standard normal.
        grad_output: (N, O, Ho, Wo), standard normal.
        padding: zeros around the image, in pixels.
    """

    input: Tensor
    offset: Tensor
    weight: Tensor
    bias: Tensor
    grad_output: Tensor
    padding: int

    @property
    def leaves(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What an operator is differentiated by."""
        return self.input, self.offset, self.weight, self.bias


def make_problem(workload: Workload, seed: int = 0) -> Problem:
    """Draw the tensors of a workload; the same seed gives the same numbers."""
    generator = torch.Generator().manual_seed(seed)
    n, c, o, k = workload.images, workload.channels, workload.outputs, workload.kernel
    ho = workload.height + 2 * workload.padding - k + 1
    wo = workload.width + 2 * workload.padding - k + 1

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    return Problem(
        input=normal(n, c, workload.height, workload.width),
        offset=OFFSET_DEVIATION * normal(n, 2 * k * k, ho, wo),
        weight=normal(o, c, k, k) / (c * k * k) ** 0.5,
        bias=normal(o),
        grad_output=normal(n, o, ho, wo),
        padding=workload.padding,
    )
