"""The plain convolution: our kernels fill and scatter the column matrix, PyTorch multiplies it.

Extra memory, whatever the number of images: a tile of columns, `TILE_ENTRIES` numbers or those of one row of
the output, and for the gradient of the kernel as many kernels as the tile has images.
"""

from collections.abc import Callable, Iterator
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


class Tile(NamedTuple):
    """Some images, or some rows of the output of one."""

    first: int
    end: int
    top: int
    bottom: int


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
    b = None if b is None else b.detach().view(len(K), -1, 1)
    for tile, fill, _, by_group in _tiles(X, K, geometry):
        fill()
        out = _points(Y, tile, K).unbind(1)
        for group, A in enumerate(by_group):
            Ks = K[group].expand(len(A), -1, -1)
            # eq: convolution-matmul
            if b is None:
                torch.bmm(Ks, A, out=out[group])
            else:
                torch.baddbmm(b[group], Ks, A, out=out[group])
    return Y


def backward(
    grad_output: Tensor, X: Tensor, K: Tensor, geometry: Geometry, needs_X: bool, needs_K: bool
) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of X and K that are wanted; A, much larger than the image, is built again.

    Args:
        grad_output: (N, O, Ho, Wo).
        X: See `forward`.
        K: See `forward`.
        geometry: See `forward`.
        needs_X: Whether the gradient of X is wanted.
        needs_K: Whether that of K is.

    Returns:
        (N, C, H, W) or None; (G, O/G, C/G·kH·kW) or None.
    """
    X, K, grad_output = X.detach(), K.detach(), grad_output.detach().contiguous()
    grad_X = X.new_zeros(X.shape) if needs_X else None
    grad_K = torch.zeros_like(K) if needs_K else None
    for tile, fill, collect, by_group in _tiles(X, K, geometry, grad_X):
        deltas = _points(grad_output, tile, K).unbind(1)
        if grad_K is not None:
            fill()
            for group, A in enumerate(by_group):
                # eq: gradient-weight
                grad_K[group] += torch.bmm(deltas[group], A.mT).sum(0)
        if grad_X is not None:
            for group, grad_A in enumerate(by_group):
                # eq: gradient-columns
                torch.bmm(K[group].T.expand(len(grad_A), -1, -1), deltas[group], out=grad_A)
            # eq: gradient-input-convolution
            collect()
    return grad_X, grad_K


Part = tuple[Tile, Callable[[], object], Callable[[], object], tuple[Tensor, ...]]


def _tiles(X: Tensor, K: Tensor, geometry: Geometry, grad_X: Tensor | None = None) -> Iterator[Part]:
    """For each tile: what fills its columns, what collects them, and these, (images, C/G·kH·kW, points).

    All tiles use the same memory. The maps of the images are shared out to the threads.
    """
    (n, channels, *size), (height, width) = X.shape, geometry.output_size
    entries = channels * geometry.taps * width  # of a row of the output
    rows = max(1, TILE_ENTRIES // max(1, entries))
    images = max(1, rows // height)
    memory = X.new_empty(min(images, n) * min(rows, height) * entries)
    x, columns = array(X, X).reshape(-1, *size), memory.numpy()
    grad_x = None if grad_X is None else grad_X.numpy().reshape(-1, *size)
    numbers = (*geometry.kernel_size, *geometry.stride, *geometry.padding, *geometry.dilation, width)
    for first in range(0, n, images):
        for top in range(0, height, rows):
            tile = Tile(first, min(first + images, n), top, min(top + rows, height))
            zeroth, maps = first * channels, (tile.end - first) * channels
            shares = [
                (zeroth, zeroth + a, zeroth + b, tile.top, tile.bottom)
                for a, b in ranges(maps, torch.get_num_threads())
            ]
            fills = [partial(kernel.fill, x, *share, columns, numbers) for share in shares]
            collects = [partial(kernel.collect, columns, *share, grad_x, numbers) for share in shares]
            used = memory[: maps * geometry.taps * (tile.bottom - top) * width]
            by_group = used.view(tile.end - first, len(K), K.shape[2], -1).unbind(1)
            yield tile, partial(threads.run, fills), partial(threads.run, collects), by_group


def _points(maps: Tensor, tile: Tile, K: Tensor) -> Tensor:
    """The points of a tile in (N, O, Ho, Wo), as (images, G, O/G, points)."""
    points = slice(tile.top * maps.shape[3], tile.bottom * maps.shape[3])
    return maps.view(len(maps), *K.shape[:2], -1)[tile.first : tile.end, ..., points]
