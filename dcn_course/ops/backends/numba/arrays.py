"""Tensors as the kernels see them: NumPy arrays on the same memory, contiguous."""

import numpy as np
from torch import Tensor

from dcn_course.ops.backends.numba.plan import Array


def array(tensor: Tensor | None, like: Tensor) -> Array:
    """The tensor's memory (a copy only if it is not contiguous); None becomes empty, with as many axes."""
    if tensor is None:
        return np.empty((0,) * like.dim(), like.detach().numpy().dtype)
    contiguous: Array = tensor.detach().resolve_neg().contiguous().numpy()
    return contiguous


def flat(tensor: Tensor | None, like: Tensor) -> Array:
    """`array` with one axis."""
    return array(tensor, like).reshape(-1)


def ranges(length: int, parts: int) -> list[tuple[int, int]]:
    """Split 0 to `length` into `parts` ranges (first, behind the last) of almost equal length, none empty."""
    parts = min(length, parts)
    return [(part * length // parts, (part + 1) * length // parts) for part in range(parts)]
