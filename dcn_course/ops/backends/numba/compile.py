"""How the kernels are compiled, and where the compiled code is kept."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
from numba.core import config as _config

config: Any = _config
Function = Callable[..., Any]

# `contract` lets a·b + c be one instruction. Nothing may reorder sums: a position close to a lattice line
# must fall into the same cell everywhere, and results must repeat bit for bit.
_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "boundscheck": False, "fastmath": {"contract", "nsz"}}


def inner(function: Function) -> Function:
    """Compile a function that only compiled functions call."""
    compiled: Function = numba.njit(**_OPTIONS)(function)
    return compiled


def kernel(function: Function) -> Function:
    """Compile a function that Python calls, and keep the machine code on disk between runs.

    Without a folder that can be written the code is compiled anew in each process.
    """
    try:
        with _cache_of_these_sources():
            compiled: Function = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # numba found no folder
        compiled = numba.njit(**_OPTIONS)(function)
    return compiled


@contextmanager
def _cache_of_these_sources() -> Iterator[None]:
    """Name the cache folder after what the sources say.

    numba itself looks only at the file of the kernel, not at those of the functions that it calls.
    """
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(folder.glob("*.py")):
        digest.update(source.read_bytes())
    before = config.CACHE_DIR
    base = Path(before) if before else folder / "__pycache__"
    config.CACHE_DIR = str(base / f"kernels-{digest.hexdigest()[:16]}")
    try:
        yield
    finally:
        config.CACHE_DIR = before
