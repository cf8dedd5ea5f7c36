"""Backends: who computes the deformable convolution, and which one serves a call.

`torch` serves every device and dtype. `numba` is compiled, much faster, and serves float32 and float64 on a
CPU; it is chosen there if it is installed.
"""

import importlib
import math
from functools import cache
from importlib.util import find_spec
from typing import Any

import torch as _torch
from torch import Tensor

from dcn_course.ops._arguments import choice
from dcn_course.ops.backends._call import Backend, Gradients, Inputs, Settings, Wanted

__all__ = [
    "NAMES",
    "Backend",
    "Gradients",
    "Inputs",
    "Settings",
    "Wanted",
    "check_name",
    "choose",
    "chosen_name",
    "compiled_convolution",
    "names",
]

NAMES = ("torch", "numba")
NUMBA_DTYPES = (_torch.float32, _torch.float64)


def names() -> tuple[str, ...]:
    """Return the names of the backends that can be asked for on this machine."""
    return tuple(name for name in NAMES if name != "numba" or _numba_is_installed())


def check_name(name: str | None) -> None:
    """Check that None or `name` can be asked for on this machine.

    Raises:
        ValueError: There is no backend of that name.
        ModuleNotFoundError: It needs a package that is not installed.
    """
    if name is not None and choice("backend", name, NAMES) == "numba" and not _numba_is_installed():
        raise ModuleNotFoundError(
            "backend: 'numba' needs the package numba, which is not installed: "
            'expected pip install "dcn-course[torch]" to have been run, or backend="torch"',
            name="numba",
        )


def choose(name: str | None, input: Tensor) -> Backend:
    """Return the backend of that name; for None the fastest that serves `input`.

    Raises:
        ValueError: There is no backend of that name, or it does not serve the dtype or device of `input`.
        ModuleNotFoundError: It needs a package that is not installed.
    """
    return _module(chosen_name(name, input))


def chosen_name(name: str | None, input: Tensor) -> str:
    """Return the name of the backend that `choose` returns.

    Raises:
        ValueError: There is no backend of that name, or it does not serve the dtype or device of `input`.
        ModuleNotFoundError: It needs a package that is not installed.
    """
    check_name(name)
    # Its kernels count the pixels of a plane, with a ring of 2 around, in 32 bits.
    small = math.prod(size + 4 for size in input.shape[-2:]) < 2**31
    # In float32 every pixel must have a number of its own.
    small = small and (input.dtype != _torch.float32 or max(input.shape[-2:], default=0) <= 2**24)
    served = input.device.type == "cpu" and input.dtype in NUMBA_DTYPES and small
    if name == "numba" and not served:
        raise ValueError(
            "backend: 'numba' expected float32 or float64 tensors on a CPU, below 2^31 pixels a channel "
            "and in float32 at most 2^24 in a row or column, "
            f"got {input.dtype} on {input.device}, shape {tuple(input.shape)}"
        )
    return name or ("numba" if served and _numba_is_installed() else "torch")


def compiled_convolution(*tensors: Tensor) -> Any:
    """Return the module of the compiled plain convolution, or None where it does not serve the tensors.

    It is `dcn_course.ops.backends.numba.convolution`. What torch.func wraps, to derive it once more, is for
    PyTorch's operations.
    """
    wrapped = any(map(_torch._C._functorch.is_functorch_wrapped_tensor, tensors))
    if wrapped or chosen_name(None, tensors[0]) != "numba":
        return None
    return importlib.import_module(f"{__name__}.numba.convolution")


@cache
def _numba_is_installed() -> bool:
    return find_spec("numba") is not None


@cache
def _module(name: str) -> Backend:
    """Import the backend when it is first used: numba takes a second."""
    module: Backend = importlib.import_module(f"{__name__}.{name}")
    return module
