"""PyTorch's own threads: OpenMP's, of the library that PyTorch has loaded, asked through its C interface.

After each operation PyTorch's threads spin for a while, waiting for the next. Threads of our own would have
to share the cores with them: with two cores a call took up to twice as long. And these are awake already.
"""

import ctypes
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch

Parallel = Callable[[Callable[[], None], int], None]  # (work, threads)
_Body = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


@cache
def torchs_own() -> Parallel | None:
    """Return what calls a function once in each of some of PyTorch's threads, the caller among them.

    In the function PyTorch does not use further threads: it knows that it is in a parallel region. After a
    fork it must not be called. None: PyTorch does not use OpenMP, or one without GNU's interface (which
    LLVM's and Intel's on Linux have too).
    """
    if not hasattr(os, "RTLD_NOLOAD"):
        return None
    path = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    try:
        # Symbols are looked up in what this library itself is linked with: other packages bring their own.
        gomp_parallel = ctypes.CDLL(str(path), mode=os.RTLD_NOLOAD | os.RTLD_NOW).GOMP_parallel
    except (OSError, AttributeError):
        return None
    # void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags)
    gomp_parallel.argtypes = [_Body, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
    gomp_parallel.restype = None

    def parallel(work: Callable[[], None], threads: int) -> None:
        gomp_parallel(_Body(lambda _: work()), None, threads, 0)

    return parallel
