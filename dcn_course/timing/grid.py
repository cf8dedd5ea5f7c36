"""Deformable convolution by one call of `torch.nn.functional.grid_sample`: short, and not exact.

`grid_sample` wants coordinates scaled to [-1, 1] and scales them back. Rounding on the way moves some lattice
points by a hair to the left. Their value hardly changes; their floor does, and with it the cell whose slope
is the gradient with respect to the offset.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

# (input, offset, weight, bias) → output
Forward = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def deform_conv2d(input: Tensor, offset: Tensor, weight: Tensor, bias: Tensor, padding: int = 0) -> Tensor:
    """Deformable convolution with border zeros, stride 1, dilation 1, one group.

    Args:
        input: (N, C, H, W), floating point.
        offset: (N, 2·kH·kW, Ho, Wo), in pixels; for each tap first y, then x.
        weight: (O, C, kH, kW).
        bias: (O,).
        padding: zeros around the image, in pixels.

    Returns:
        (N, O, Ho, Wo).
    """
    n, _, height, width = input.shape
    outputs, _, k_height, k_width = weight.shape
    out_height, out_width = offset.shape[2:]

    def places(taps: int, outs: int, size: int) -> Tensor:
        """The undeformed coordinates of a tap at each output, (taps, outs), scaled to [-1, 1]."""
        tap = torch.arange(taps, dtype=offset.dtype, device=offset.device)
        out = torch.arange(outs, dtype=offset.dtype, device=offset.device)
        return (2 * (tap.view(-1, 1) + out - padding) + 1) / size - 1

    moved = offset.view(n, k_height, k_width, 2, out_height, out_width)
    y = places(k_height, out_height, height).view(k_height, 1, out_height, 1)
    x = places(k_width, out_width, width).view(k_width, 1, out_width)
    grid = torch.stack(
        (
            torch.add(x, moved[:, :, :, 1], alpha=2 / width),
            torch.add(y, moved[:, :, :, 0], alpha=2 / height),
        ),
        dim=-1,
    )
    samples = F.grid_sample(
        input,
        grid.view(n, k_height * k_width * out_height, out_width, 2),
        mode="bilinear",
        padding_mode="zeros",
        align_corners=False,
    )
    columns = samples.view(n, -1, out_height * out_width)
    return (weight.view(outputs, -1) @ columns).view(n, outputs, out_height, out_width) + bias.view(-1, 1, 1)


def flipped_lattice_points(forward: Forward, size: int) -> tuple[int, ...]:
    """Return the lattice points at which an operator takes the slope of the wrong cell.

    It reads a column of pixels X(y) = (y + 1)² with a 1x1 kernel and zero offsets, so at y = 0 … size - 1
    exactly, and asks for the gradient with respect to the offset: the right-hand slope X(y+1) - X(y), with
    X(size) = 0. Where the answer is the slope of the cell to the left, the operator took y for less than y.

    Args:
        forward: the operator, with padding 0.
        size: height of the column, in pixels.
    """
    X = torch.arange(1.0, size + 1).square()
    offset = torch.zeros(1, 2, size, 1, requires_grad=True)
    output = forward(X.view(1, 1, size, 1), offset, torch.ones(1, 1, 1, 1), torch.zeros(1))
    (gradient,) = torch.autograd.grad(output.sum(), offset)
    slope = gradient[0, 0, :, 0]
    zero = X.new_zeros(1)
    right = torch.cat((X[1:], zero)) - X
    left = X - torch.cat((zero, X[:-1]))
    flipped = (slope - left).abs() < (slope - right).abs()
    return tuple(flipped.nonzero().flatten().tolist())
