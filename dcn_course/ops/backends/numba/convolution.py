"""The plain convolution: our kernels fill and scatter the column matrix, PyTorch multiplies it.

The images are shared out to the threads. Extra memory: for each thread a tile of columns, `TILE_ENTRIES`
numbers or those of one row of the output, and as much again on the way back; for each share the gradient of
the kernel.
"""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from dcn_course.ops._arguments import Geometry
from dcn_course.ops.backends.numba import convolution_kernel as kernel
from dcn_course.ops.backends.numba import threads
from dcn_course.ops.backends.numba.arrays import array, ranges

TILE_ENTRIES = 2**17  # of the column matrix: half a megabyte in float32, which stays in the cache
SHARES_A_THREAD = 2


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
    threads.run([partial(_forward_share, X, K, b, geometry, Y, *share) for share in _shares(X)])
    return Y


def _forward_share(
    X: Tensor, K: Tensor, b: Tensor | None, geometry: Geometry, Y: Tensor, first: int, end: int
) -> None:
    x = array(X, X)
    memory = X.new_empty(_largest(X, geometry, end - first))
    by_group = Y.view(len(X), *K.shape[:2], geometry.points)
    for n, stop, top, bottom in _tiles(X, geometry, first, end):
        A = _columns(memory, X, geometry, stop - n, bottom - top)
        kernel.fill(x, n, stop, top, bottom, A.numpy(), geometry)
        width = geometry.output_size[1]
        for group, of_group in enumerate(A.view(stop - n, len(K), K.shape[2], -1).unbind(1)):
            out = by_group[n:stop, group, :, top * width : bottom * width]
            Ks = K[group].expand(stop - n, -1, -1)
            # eq: convolution-matmul
            if b is None:
                torch.bmm(Ks, of_group, out=out)
            else:
                torch.baddbmm(b[group], Ks, of_group, out=out)


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
    X, K, grad_output = X.detach(), K.detach(), grad_output.detach()
    grad_X = X.new_zeros(X.shape) if needs_X else None
    tasks = [
        partial(_backward_share, grad_output, X, K, geometry, grad_X, needs_K, *share) for share in _shares(X)
    ]
    parts = threads.run(tasks)  # added in this order, whichever thread is first
    return grad_X, sum(parts, torch.zeros_like(K)) if needs_K else None


def _backward_share(
    grad_output: Tensor,
    X: Tensor,
    K: Tensor,
    geometry: Geometry,
    grad_X: Tensor | None,
    needs_K: bool,
    first: int,
    end: int,
) -> Tensor:
    """Write the gradient of X for some images; return that of K from them."""
    x = array(X, X)
    memory = X.new_empty(_largest(X, geometry, end - first))
    grad_K = torch.zeros_like(K)
    for n, stop, top, bottom in _tiles(X, geometry, first, end):
        delta = grad_output[n:stop, :, top:bottom].reshape(stop - n, *K.shape[:2], -1)
        A = _columns(memory, X, geometry, stop - n, bottom - top)
        by_group = A.view(stop - n, len(K), K.shape[2], -1)
        if needs_K:
            kernel.fill(x, n, stop, top, bottom, A.numpy(), geometry)
            # eq: gradient-weight
            for group, grad in enumerate(grad_K):
                grad.addbmm_(delta[:, group], by_group[:, group].mT)
        if grad_X is not None:
            # eq: gradient-columns
            grad_A = (K.mT @ delta).view_as(A)
            # eq: gradient-input-convolution
            kernel.collect(grad_A.numpy(), n, stop, top, bottom, grad_X.numpy(), geometry)
    return grad_K


def _shares(X: Tensor) -> list[tuple[int, int]]:
    return ranges(len(X), SHARES_A_THREAD * torch.get_num_threads())


def _tiles(X: Tensor, geometry: Geometry, first: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Some images, or some rows of the output of one: (first, behind the last, top, behind the bottom)."""
    images, rows = _tile(X, geometry)
    for n in range(first, end, images):
        for top in range(0, geometry.output_size[0], rows):
            yield n, min(n + images, end), top, min(top + rows, geometry.output_size[0])


def _tile(X: Tensor, geometry: Geometry) -> tuple[int, int]:
    """Images and rows of the output of a tile."""
    height, width = geometry.output_size
    row = X.shape[1] * geometry.taps * width
    if row * height > TILE_ENTRIES:
        return 1, max(1, TILE_ENTRIES // row)
    return TILE_ENTRIES // (row * height), height


def _largest(X: Tensor, geometry: Geometry, images: int) -> int:
    """Entries of the largest tile of so many images."""
    most, rows = _tile(X, geometry)
    return min(most, images) * X.shape[1] * geometry.taps * rows * geometry.output_size[1]


def _columns(memory: Tensor, X: Tensor, geometry: Geometry, images: int, rows: int) -> Tensor:
    """The beginning of `memory` as (images, C, kH·kW, rows, Wo)."""
    shape = (images, X.shape[1], geometry.taps, rows, geometry.output_size[1])
    return memory[: images * X.shape[1] * geometry.taps * rows * geometry.output_size[1]].view(shape)
