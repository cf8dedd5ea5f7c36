"""The plain convolution: our kernels fill and scatter the column matrix, PyTorch multiplies it.

The images are shared out to the threads. Extra memory: for each thread a tile of columns, `TILE_ENTRIES`
numbers or those of one row of the output, and as much again on the way back; for each share the gradient of
the kernel.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from dcn_course.ops._arguments import Geometry
from dcn_course.ops.backends.numba import convolution_kernel as kernel
from dcn_course.ops.backends.numba import threads
from dcn_course.ops.backends.numba.arrays import array, ranges
from dcn_course.ops.backends.numba.plan import Array

# Of the column matrix, a megabyte in float32: smaller tiles stay nearer, but each one costs some calls.
TILE_ENTRIES = 2**18


class Tile(NamedTuple):
    """Some images, or some rows of the output of one."""

    first: int
    end: int
    top: int
    bottom: int


class Columns:
    """Room for the columns of one tile after the other, as PyTorch and as our kernels see it."""

    def __init__(self, X: Tensor, K: Tensor, geometry: Geometry, images: int) -> None:
        tile = next(_tiles(X, geometry, 0, images))
        self._entries = X.shape[1] * geometry.taps * geometry.output_size[1]  # of a row of the output
        self._groups, self._rows_of_K = len(K), K.shape[2]
        size = (tile.end - tile.first) * (tile.bottom - tile.top) * self._entries
        self.memory = X.new_empty(size)
        self.array: Array = self.memory.numpy()

    def by_group(self, tile: Tile) -> Tensor:
        """The columns of a tile, (images, G, C/G·kH·kW, points)."""
        images, rows = tile.end - tile.first, tile.bottom - tile.top
        memory = self.memory[: images * rows * self._entries]
        return memory.view(images, self._groups, self._rows_of_K, -1)


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
    b = None if b is None else b.detach().view(len(K), -1, 1)
    Y = X.new_empty(len(X), K.shape[0] * K.shape[1], *geometry.output_size)
    by_group = Y.view(len(X), *K.shape[:2], geometry.points)
    threads.run([partial(_forward_share, X, K, b, geometry, by_group, *share) for share in _shares(X)])
    return Y


def _forward_share(
    X: Tensor, K: Tensor, b: Tensor | None, geometry: Geometry, Y: Tensor, first: int, end: int
) -> None:
    """Write the outputs of some images; `Y` is (N, G, O/G, Ho·Wo)."""
    x, numbers = array(X, X), _numbers(geometry)
    columns = Columns(X, K, geometry, end - first)
    for tile in _tiles(X, geometry, first, end):
        kernel.fill(x, *tile, columns.array, numbers)
        out = Y[tile.first : tile.end, ..., _points(tile, geometry)]
        for group, A in enumerate(columns.by_group(tile).unbind(1)):
            Ks = K[group].expand(len(A), -1, -1)
            # eq: convolution-matmul
            if b is None:
                torch.bmm(Ks, A, out=out[:, group])
            else:
                torch.baddbmm(b[group], Ks, A, out=out[:, group])


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
    X, K = X.detach(), K.detach()
    delta = grad_output.detach().reshape(len(X), *K.shape[:2], geometry.points)
    grad_X = X.new_zeros(X.shape) if needs_X else None
    shares = _shares(X)
    parts = threads.run(
        [partial(_backward_share, delta, X, K, geometry, grad_X, needs_K, *share) for share in shares]
    )
    # Added in this order, whichever thread is first.
    return grad_X, sum(parts, torch.zeros_like(K)) if needs_K else None


def _backward_share(
    delta: Tensor,
    X: Tensor,
    K: Tensor,
    geometry: Geometry,
    grad_X: Tensor | None,
    needs_K: bool,
    first: int,
    end: int,
) -> Tensor:
    """Write the gradient of X for some images; return that of K from them. `delta` is (N, G, O/G, Ho·Wo)."""
    x, grad_x, numbers = array(X, X), array(grad_X, X), _numbers(geometry)
    columns = Columns(X, K, geometry, end - first)
    grad_K = torch.zeros_like(K)
    for tile in _tiles(X, geometry, first, end):
        deltas = delta[tile.first : tile.end, ..., _points(tile, geometry)].unbind(1)
        by_group = columns.by_group(tile).unbind(1)
        if needs_K:
            kernel.fill(x, *tile, columns.array, numbers)
            for group, A in enumerate(by_group):
                # eq: gradient-weight
                grad_K[group].addbmm_(deltas[group], A.mT)
        if grad_X is not None:
            for group, grad_A in enumerate(by_group):
                # eq: gradient-columns
                torch.bmm(K[group].T.expand(len(grad_A), -1, -1), deltas[group], out=grad_A)
            # eq: gradient-input-convolution
            kernel.collect(columns.array, *tile, grad_x, numbers)
    return grad_K


def _shares(X: Tensor) -> list[tuple[int, int]]:
    return ranges(len(X), torch.get_num_threads())


def _tiles(X: Tensor, geometry: Geometry, first: int, end: int) -> Iterator[Tile]:
    """Split some images into tiles, the first being the largest."""
    height, width = geometry.output_size
    rows = max(1, TILE_ENTRIES // (X.shape[1] * geometry.taps * width))
    images = max(1, rows // height)
    for n in range(first, end, images):
        for top in range(0, height, rows):
            yield Tile(n, min(n + images, end), top, min(top + rows, height))


def _points(tile: Tile, geometry: Geometry) -> slice:
    return slice(tile.top * geometry.output_size[1], tile.bottom * geometry.output_size[1])


def _numbers(geometry: Geometry) -> tuple[int, ...]:
    kernel_size, stride, padding, dilation, (_, width) = geometry
    return *kernel_size, *stride, *padding, *dilation, width
