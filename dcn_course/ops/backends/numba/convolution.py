"""The plain convolution: our kernels fill and scatter the column matrix, PyTorch multiplies it.

The bias is the kernel's weight for a pixel that is always one: A has a row of ones more, K a column. So the
products add the bias and sum its gradient; neither takes a pass of its own.

Extra memory, whatever the number of images: a tile of columns, `TILE_ENTRIES` numbers or those of one row of
the output, and for the gradient of the kernel as many kernels as the tile has images.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from dcn_course.ops._arguments import Geometry
from dcn_course.ops.backends.numba import convolution_kernel as kernel
from dcn_course.ops.backends.numba import threads
from dcn_course.ops.backends.numba.arrays import array, ranges

# Of the column matrix, 8 MB in float32: the threads meet several times a tile, so it should not be small.
TILE_ENTRIES = 2**21


def forward(X: Tensor, K: Tensor, b: Tensor | None, geometry: Geometry) -> Tensor:
    """Y = K·A + b.

    Args:
        X: (N, C, H, W), float32 or float64, on the CPU.
        K: (G, O/G, C/G·kH·kW).
        b: (O,) or None.
        geometry: Sizes of the convolution.

    Returns:
        (N, O, Ho, Wo).
    """
    X, K = X.detach(), K.detach()
    Y = X.new_empty(len(X), K.shape[0] * K.shape[1], *geometry.output_size)
    if b is not None:
        K = torch.cat([K, b.detach().view(*K.shape[:2], 1)], 2)
    for tile in _tiles(X, K, geometry):
        tile.fill()
        out = _points(Y, tile, K)
        for group, A in enumerate(tile.columns):
            # eq: convolution-matmul
            torch.bmm(K[group].expand(len(A), -1, -1), A, out=out[group])
    return Y


def backward(
    grad_output: Tensor, X: Tensor, K: Tensor, geometry: Geometry, wanted: Sequence[bool]
) -> tuple[Tensor | None, ...]:
    """The gradients that are wanted; A, much larger than the image, is built again.

    Args:
        grad_output: (N, O, Ho, Wo).
        X: See `forward`.
        K: See `forward`.
        geometry: See `forward`.
        wanted: Whether the gradients of X, K and b are wanted.

    Returns:
        (N, C, H, W), (G, O/G, C/G·kH·kW) and (O,), or None.
    """
    needs_X, needs_K, needs_b = wanted
    X, K, grad_output = X.detach(), K.detach(), grad_output.detach().contiguous()
    grad_X = X.new_zeros(X.shape) if needs_X else None
    of_kernel = K.shape[2]
    grad_K = K.new_zeros(*K.shape[:2], of_kernel + needs_b) if needs_K else None
    for tile in (
        _tiles(X, grad_K if grad_K is not None else K, geometry, grad_X) if needs_X or needs_K else ()
    ):
        deltas = _points(grad_output, tile, K)
        if grad_K is not None:
            tile.fill()
            for group, A in enumerate(tile.columns):
                # eq: gradient-weight, gradient-bias
                grad_K[group] += torch.bmm(deltas[group], A.mT).sum(0)
        if grad_X is not None:
            for group, grad_A in enumerate(tile.grad_columns):
                # eq: gradient-columns
                torch.bmm(K[group].T.expand(len(grad_A), -1, -1), deltas[group], out=grad_A)
            # eq: gradient-input-convolution
            tile.collect()
    if needs_b and grad_K is None:
        # eq: gradient-bias
        return grad_X, None, grad_output.sum((0, 2, 3))
    if needs_b and grad_K is not None:
        return grad_X, grad_K[..., :of_kernel].contiguous(), grad_K[..., of_kernel].flatten()
    return grad_X, grad_K, None


class Tile(NamedTuple):
    """Some images, or some rows of the output of one, and their part of the column matrix.

    Attributes:
        images: Of all images.
        rows: Of the output.
        fill: Fills the columns.
        columns: A of each group, (images, rows of A, points).
        grad_columns: The same for the gradient of A, without the ones; in the same memory.
        collect: Adds the columns' gradient to the image's.
    """

    images: slice
    rows: slice
    fill: Callable[[], object]
    columns: Sequence[Tensor]
    grad_columns: Sequence[Tensor]
    collect: Callable[[], object]


def _tiles(X: Tensor, K: Tensor, geometry: Geometry, grad_X: Tensor | None = None) -> Iterator[Tile]:
    """The tiles, one after the other in the same memory; the threads share the maps of their images.

    K says how many rows A has: with the bias, one more.
    """
    (n, channels, *size), (height, width) = X.shape, geometry.output_size
    groups, _, rows_of_A = K.shape
    of_kernel = channels // groups * geometry.taps
    entries = groups * rows_of_A * width  # of a row of the output
    rows = max(1, TILE_ENTRIES // max(1, entries))
    images = max(1, rows // height)
    memory = X.new_empty(min(images, n) * min(rows, height) * entries)
    x, columns = array(X, X).reshape(-1, *size), memory.numpy()
    grad_x = None if grad_X is None else grad_X.numpy().reshape(-1, *size)
    numbers = (*geometry.kernel_size, *geometry.stride, *geometry.padding, *geometry.dilation, width)
    for first in range(0, n, images):
        for top in range(0, height, rows):
            end, bottom = min(first + images, n), min(top + rows, height)
            zeroth, maps = first * channels, (end - first) * channels
            shares = [
                (zeroth, zeroth + a, zeroth + b, top, bottom)
                for a, b in ranges(maps, torch.get_num_threads())
            ]
            before_ones = channels // groups if rows_of_A > of_kernel else 0
            fills = [partial(kernel.fill, x, *share, before_ones, columns, numbers) for share in shares]
            collects = [partial(kernel.collect, columns, *share, grad_x, numbers) for share in shares]
            points = (bottom - top) * width
            matrices = [
                memory[: (end - first) * groups * k * points].view(-1, groups, k, points).unbind(1)
                for k in (rows_of_A, of_kernel)
            ]
            yield Tile(
                slice(first, end),
                slice(top, bottom),
                partial(threads.run, fills),
                matrices[0],
                matrices[1],
                partial(threads.run, collects),
            )


def _points(maps: Tensor, tile: Tile, K: Tensor) -> tuple[Tensor, ...]:
    """The points of a tile in (N, O, Ho, Wo), (images, O/G, points) of each group."""
    some = maps.view(len(maps), *K.shape[:2], *maps.shape[2:])[tile.images, :, :, tile.rows]
    return some.flatten(3).unbind(1)
