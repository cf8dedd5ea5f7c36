"""The compiled backend for float32 and float64 on a CPU.

Extra memory beyond inputs, outputs and gradients does not grow with N: for each thread the tables of one
image and the kernel's gradient (and a contiguous copy of each tensor that is not contiguous).
"""

import numpy as np
import torch
from torch import Tensor

from dcn_course.ops.backends._call import Gradients, Saved, Settings, Wanted
from dcn_course.ops.backends.numba import few_channels, threads
from dcn_course.ops.backends.numba.plan import Array, lattice_of, sizes_of


def forward(
    X: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    weight: Tensor,
    bias: Tensor | None,
    settings: Settings,
) -> tuple[Tensor, Saved]:
    """See `Backend.forward`."""
    Y = X.new_empty(len(X), len(weight), *settings.geometry.output_size)
    sizes = sizes_of(X.shape, len(weight), settings)
    x = _array(X)
    lattice = lattice_of(sizes, settings, x.dtype)
    none = np.empty(0, x.dtype)
    arrays = (
        x,
        _flat(offset),
        none if mask is None else _flat(mask),
        _flat(weight.permute(2, 3, 0, 1)),
        none if bias is None else _flat(bias),
        _flat(Y),
    )

    def share(first: int, last: int) -> None:
        few_channels.forward(*arrays, sizes, lattice, first, last)

    threads.run([lambda f=f, l=l: share(f, l) for f, l in shares(len(X))])
    return Y, (X, offset, mask, weight)


def backward(grad_output: Tensor, saved: Saved, wanted: Wanted, settings: Settings) -> Gradients:
    """See `Backend.backward`."""
    X, offset, mask, weight = saved
    assert X is not None and offset is not None and weight is not None
    sizes = sizes_of(X.shape, len(weight), settings)
    x = _array(X)
    lattice = lattice_of(sizes, settings, x.dtype)
    none = np.empty(0, x.dtype)
    grad_X = X.new_empty(X.shape) if wanted.input else None
    grad_offset = X.new_empty(offset.shape) if wanted.offset else None
    grad_mask = X.new_empty(mask.shape) if wanted.mask and mask is not None else None
    split = shares(len(X))
    grad_K = x.dtype.type(0) * np.zeros((len(split), weight.numel() if wanted.weight else 0), x.dtype)
    grad_b = np.zeros((len(split), len(weight) if wanted.bias else 0), x.dtype)
    given = (
        _flat(grad_output),
        x,
        _flat(offset),
        none if mask is None else _flat(mask),
        _flat(weight.permute(2, 3, 0, 1)),
        np.empty((0, 0, 0, 0), x.dtype) if grad_X is None else _array(grad_X),
        none if grad_offset is None else _flat(grad_offset),
        none if grad_mask is None else _flat(grad_mask),
    )

    def share(number: int, first: int, last: int) -> None:
        few_channels.backward(*given, grad_K[number], grad_b[number], sizes, lattice, first, last)

    threads.run([lambda i=i, f=f, l=l: share(i, f, l) for i, (f, l) in enumerate(split)])
    grad_weight = grad_bias = None
    if wanted.weight:
        O, Cg, kH, kW = weight.shape
        grad_weight = torch.from_numpy(grad_K.sum(0)).view(kH, kW, O, Cg).permute(2, 3, 0, 1).contiguous()
    if wanted.bias:
        grad_bias = torch.from_numpy(grad_b.sum(0))
    return Gradients(grad_X, grad_offset, grad_mask, grad_weight, grad_bias)


def shares(images: int) -> list[tuple[int, int]]:
    threads_ = torch.get_num_threads()
    parts = min(images, 4 * threads_ if threads_ > 1 else 1)
    return [(i * images // parts, (i + 1) * images // parts) for i in range(parts)]


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().contiguous().numpy()
    return array


def _flat(tensor: Tensor) -> Array:
    return _array(tensor).reshape(-1)
