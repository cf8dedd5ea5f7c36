"""Calls with few channels: the images are shared out to the threads, one kernel call does a share.

Extra memory: for each thread the quads of one image and of its gradient, 4·C·(H + 4)·(W + 4) numbers each,
and the sums of a tile of points; for each share the gradient of the kernel.
"""

from collections.abc import Callable
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import Tensor

from dcn_course.ops.backends._call import Gradients, Saved, Settings, Wanted
from dcn_course.ops.backends.numba import few_channels_kernel as kernel
from dcn_course.ops.backends.numba import threads
from dcn_course.ops.backends.numba.arrays import array, flat, ranges
from dcn_course.ops.backends.numba.plan import lattice_of, sizes_of

SHARES_A_THREAD = 4  # a thread that is held up leaves its next share to another


def forward(
    X: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    weight: Tensor,
    bias: Tensor | None,
    settings: Settings,
) -> Tensor:
    """See `Backend.forward`."""
    Y = X.new_empty(len(X), len(weight), *settings.geometry.output_size)
    sizes = sizes_of(X.shape, len(weight), settings)
    x = array(X, X)
    lattice = lattice_of(sizes, settings, x.dtype)
    given = (x, flat(offset, X), flat(mask, X), flat(_taps_first(weight), X), flat(bias, X))
    y = flat(Y, X)
    threads.run([partial(kernel.forward, *given, y, sizes, lattice, *share) for share in _shares(len(X))])
    return Y


def backward(grad_output: Tensor, saved: Saved, wanted: Wanted, settings: Settings) -> Gradients:
    """See `Backend.backward`; the gradient of the bias is left out."""
    X, offset, mask, weight = cast(tuple[Tensor, Tensor, Tensor | None, Tensor], saved)
    sizes = sizes_of(X.shape, len(weight), settings)
    x = array(X, X)
    lattice = lattice_of(sizes, settings, x.dtype)
    grad_X = X.new_empty(X.shape) if wanted.input else None
    grad_offset = X.new_empty(offset.shape) if wanted.offset else None
    grad_mask = X.new_empty(mask.shape) if wanted.mask and mask is not None else None
    given = (flat(grad_output, X), x, flat(offset, X), flat(mask, X), flat(_taps_first(weight), X))
    made = (array(grad_X, X), flat(grad_offset, X), flat(grad_mask, X))
    shares = _shares(len(X))
    # A row for each share; they are added in this order, whichever thread is first.
    grad_K = np.zeros((len(shares), weight.numel() if wanted.weight else 0), x.dtype)
    tasks: list[Callable[[], None]] = [
        partial(kernel.backward, *given, *made, grad_K[i], sizes, lattice, *share)
        for i, share in enumerate(shares)
    ]
    threads.run(tasks)
    grad_weight = _taps_last(grad_K.sum(0), weight) if wanted.weight else None
    return Gradients(grad_X, grad_offset, grad_mask, grad_weight, None)


def _shares(images: int) -> list[tuple[int, int]]:
    return ranges(images, SHARES_A_THREAD * torch.get_num_threads())


def _taps_first(weight: Tensor) -> Tensor:
    """(kH, kW, O, C/G)."""
    return weight.permute(2, 3, 0, 1)


def _taps_last(grad_K: "np.ndarray[tuple[int, ...], np.dtype[np.floating]]", weight: Tensor) -> Tensor:
    """The transpose of `_taps_first`."""
    outputs, channels, taps_y, taps_x = weight.shape
    by_tap = torch.from_numpy(grad_K).view(taps_y, taps_x, outputs, channels)
    return by_tap.permute(2, 3, 0, 1).contiguous()
