"""Where the taps read: the cell of each sampling position, the weights in it, and the two slopes.

Shapes: n images, Gd offset groups, L = kH·kW·Ho·Wo sampling positions, taps first.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from dcn_course.ops._arguments import Geometry

# Ring of zeros around the image. With the border `zeros` a position outside is moved to row or column -2 or
# H, where it meets zeros only, so that no case is left; with `project` a position at H-1 finds its neighbour
# a+1 in the ring instead of outside memory.
FRAME = 2


Four = tuple[Tensor, ...]  # one for each pixel
Steps = tuple[int, int, int, int]


class Buffers(NamedTuple):
    """BufferIndices and BufferWeights of the report, each (n, Gd, L).

    Attributes:
        cell: Number of the lattice point a among the pixels of the framed image, int64.
        w2: Distance of the position below a, in pixels; w0 is 1 - w2.
        w3: Distance of the position right of a, in pixels; w1 is 1 - w3.
        projected_y: True where the position was projected in y; None with the border `zeros`.
        projected_x: The same in x.
    """

    cell: Tensor
    w2: Tensor
    w3: Tensor
    projected_y: Tensor | None
    projected_x: Tensor | None


def locate(offset: Tensor, image_size: tuple[int, int], geometry: Geometry, border: str) -> Buffers:
    """Find the cell of each sampling position, and its weights there.

    A position that is not a number gets weights that are not numbers and the lattice point (0, 0).

    Args:
        offset: (n, 2·Gd·kH·kW, Ho, Wo), in pixels.
        image_size: H, W, in pixels.
        geometry: The convolution.
        border: "zeros" or "project".

    Returns:
        The buffers; the weights have the dtype of `offset`.
    """
    # Half types are too coarse for positions in a large image.
    moves = offset.to(torch.promote_types(offset.dtype, torch.float32))
    moves = moves.unflatten(1, (-1, geometry.taps, 2))  # type: ignore[no-untyped-call]
    # eq: sampling-position
    y, x = (lattice(geometry, axis, moves) + moves[:, :, :, axis] for axis in (0, 1))
    lost = y.isnan() | x.isnan()
    cell, weights, projected = torch.zeros_like(lost, dtype=torch.int64), [], []
    for position, size in zip((y, x), image_size, strict=True):
        position.masked_fill_(lost, torch.nan)
        low, high = (0, size - 1) if border == "project" else (-FRAME, size)
        # At the last pixel the slope to the right is already that of the projection, zero.
        # eq: projection-derivative
        outside = (position < low) | (position >= high)
        projected.append(outside.flatten(2))
        # eq: projection, border-zeros, bilinear-cell
        a = position.clamp(low, high).floor_()
        # eq: bilinear-weights
        weight = (position - a).masked_fill_(outside, 0)
        weights.append(weight.to(offset.dtype).flatten(2))
        # The nearest float may lie above `high`.
        pixel = a.masked_fill_(lost, 0).to(torch.int64).clamp_(low, high)
        cell = cell.mul_(size + 2 * FRAME).add_(pixel).add_(FRAME)
    return Buffers(cell.flatten(2), *weights, *(projected if border == "project" else (None, None)))


def lattice(geometry: Geometry, axis: int, like: Tensor) -> Tensor:
    """The positions without their offsets in one axis, s·p_o - π + d·p_k; broadcasts to (kH·kW, Ho, Wo)."""
    s, pad, d = geometry.stride[axis], geometry.padding[axis], geometry.dilation[axis]
    points = torch.arange(geometry.output_size[axis], dtype=like.dtype, device=like.device) * s - pad
    places = torch.arange(geometry.kernel_size[axis], dtype=like.dtype, device=like.device) * d
    if axis == 0:
        return places.repeat_interleave(geometry.kernel_size[1]).view(-1, 1, 1) + points.view(-1, 1)
    return places.repeat(geometry.kernel_size[0]).view(-1, 1, 1) + points


def corner_weights(buffers: Buffers) -> Four:
    """The weights of the four pixels a, below a, diagonal to a, right of a."""
    w2, w3 = buffers.w2, buffers.w3
    w0, w1 = 1 - w2, 1 - w3
    # eq: bilinear-value
    return w0 * w1, w1 * w2, w2 * w3, w3 * w0


def slopes(corners: Four, buffers: Buffers) -> tuple[Tensor, Tensor]:
    """The derivatives in y and x of samples whose four pixels are `corners`; zero where projected."""
    at_a, below, diagonal, right = corners
    w2, w3 = buffers.w2, buffers.w3
    w0, w1 = 1 - w2, 1 - w3
    # eq: bilinear-derivative-y
    in_y = w1 * (below - at_a) + w3 * (diagonal - right)
    # eq: bilinear-derivative-x
    in_x = w0 * (right - at_a) + w2 * (diagonal - below)
    if buffers.projected_y is not None and buffers.projected_x is not None:
        in_y.masked_fill_(buffers.projected_y, 0)
        in_x.masked_fill_(buffers.projected_x, 0)
    return in_y, in_x


def frame(images: Tensor, offset_groups: int) -> Tensor:
    """Put the ring of zeros around the images: (n, C, H, W) becomes (n, Gd, C/Gd, pixels)."""
    framed = F.pad(images, (FRAME,) * 4)
    return framed.reshape(len(images), offset_groups, -1, framed.shape[2] * framed.shape[3])


def unframe(framed: Tensor, image_size: tuple[int, int]) -> Tensor:
    """Take the ring off again: (n, Gd, C/Gd, pixels) becomes (n, C, H, W)."""
    height, width = image_size
    whole = framed.view(len(framed), -1, height + 2 * FRAME, width + 2 * FRAME)
    return whole[:, :, FRAME:-FRAME, FRAME:-FRAME]


def steps(image_size: tuple[int, int]) -> Steps:
    """From the pixel a of a framed image to a itself, below, diagonal, right, in pixels."""
    width = image_size[1] + 2 * FRAME
    return 0, width, width + 1, 1
