"""Calls with few channels: images, or points of few large ones, are shared out; one kernel call does a share.

Extra memory with T threads, whatever the number of images: at most

    T·(8·C·(H + 4)·(W + 4) + tile + 17·O·C/G·kH·kW) + (2·T + 7)·O·C/G·kH·kW + 14·C·H·W  numbers:

the quads of one image and of its gradient for each thread; the matrices of a tile and its plan, at most 400
points long with O + 2·max(32, C/Gd) and 6·32 rows; the kernel, turned, and 16 sums for each of its numbers;
its gradient for each share; and, where there are fewer than `WHOLE_IMAGES` images, the gradient of the input
for each part of an image (7 images in 2 parts are the most).
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from dcn_course.ops.backends._call import Gradients, Inputs, Settings, Wanted
from dcn_course.ops.backends.numba import few_channels_kernel as kernel
from dcn_course.ops.backends.numba import threads
from dcn_course.ops.backends.numba.arrays import array, flat, ranges
from dcn_course.ops.backends.numba.plan import lattice_of, sizes_of
from dcn_course.ops.backends.numba.simd import LANES

WHOLE_IMAGES = 8  # from so many on, an image is not split
PART = 64  # vectors of points that a part of an image has at least
SHARES_A_THREAD = 2  # a thread that is held up leaves its next share to another


def forward(inputs: Inputs, settings: Settings) -> Tensor:
    """See `Backend.forward`."""
    X, offset, mask, weight, bias = inputs
    Y = X.new_empty(len(X), len(weight), *settings.geometry.output_size)
    sizes = sizes_of(X.shape, len(weight), settings)
    x = array(X, X)
    lattice = lattice_of(sizes, settings, x.dtype)
    given = (x, flat(offset, X), flat(mask, X), flat(weight, X), flat(bias, X))
    y = flat(Y, X)
    images, points = _shares(len(X), sizes.points)
    threads.run([partial(kernel.forward, *given, y, sizes, lattice, *n, *s) for n in images for s in points])
    return Y


def backward(grad_output: Tensor, inputs: Inputs, wanted: Wanted, settings: Settings) -> Gradients:
    """See `Backend.backward`; the gradient of the bias is left out."""
    X, offset, mask, weight, _ = inputs
    sizes = sizes_of(X.shape, len(weight), settings)
    x = array(X, X)
    lattice = lattice_of(sizes, settings, x.dtype)
    images, points = _shares(len(X), sizes.points)
    # One for each part of an image, and for each share; they are added in this order, whichever thread is
    # first.
    grad_X = X.new_empty(len(points), *X.shape) if wanted.input else None
    shares = [(n, part) for n in images for part in range(len(points))]
    grad_K = np.empty((len(shares), weight.numel() if wanted.weight else 0), x.dtype)
    grad_offset = X.new_empty(offset.shape) if wanted.offset else None
    grad_mask = X.new_empty(mask.shape) if wanted.mask and mask is not None else None
    given = (flat(grad_output, X), x, flat(offset, X), flat(mask, X), flat(weight, X))
    grad_x = [array(None if grad_X is None else grad_X[part], X) for part in range(len(points))]
    made = (flat(grad_offset, X), flat(grad_mask, X))
    tasks: list[Callable[[], None]] = [
        partial(kernel.backward, *given, grad_x[part], *made, grad_K[i], sizes, lattice, *n, *points[part])
        for i, (n, part) in enumerate(shares)
    ]
    threads.run(tasks)
    grad_weight = torch.from_numpy(grad_K.sum(0)).view_as(weight) if wanted.weight else None
    if grad_X is not None:
        grad_X = grad_X[0] if len(points) == 1 else grad_X.sum(0)
    return Gradients(grad_X, grad_offset, grad_mask, grad_weight, None)


def _shares(images: int, points: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Ranges of images, and the ranges of points into which each image is split.

    Whether an image is split depends on the shapes alone, so that the threads do not change a bit.
    """
    vectors = -(-points // LANES)
    parts = min(-(-WHOLE_IMAGES // max(1, images)), vectors // PART) if images < WHOLE_IMAGES else 1
    of_points = [(a * LANES, min(b * LANES, points)) for a, b in ranges(vectors, max(1, parts))]
    return ranges(images, -(-SHARES_A_THREAD * torch.get_num_threads() // len(of_points))), of_points
