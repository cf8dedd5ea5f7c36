"""How the kernels are compiled, and where the compiled code is kept."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
import platformdirs
from numba.core import config as numba_config

Function = Callable[..., Any]
_config: Any = numba_config
_HERE = Path(__file__).parent

# `contract` lets a·b + c be one instruction. Nothing may reorder sums: a position close to a lattice line
# must fall into the same cell everywhere, and results must repeat bit for bit.
_OPTIONS: Any = {
    "nogil": True,
    "error_model": "numpy",
    "boundscheck": False,
    "fastmath": {"contract", "nsz"},
}


def inner(function: Function) -> Function:
    """Compile a function that only compiled functions call."""
    compiled: Function = numba.njit(**_OPTIONS)(function)
    return compiled


def kernel(function: Function) -> Function:
    """Compile a function that Python calls, and keep the machine code on disk between runs.

    It is kept in NUMBA_CACHE_DIR if that is set, else beside the sources, else in the user's cache. Where
    none can be written, the code is compiled anew in each process.
    """
    folder = _cache_folder(_config.CACHE_DIR)
    if folder is None:
        return inner(function)
    with _numba_cache_in(folder):
        compiled: Function = numba.njit(cache=True, **_OPTIONS)(function)
    return compiled


@cache
def _cache_folder(users_choice: str) -> Path | None:
    """The first folder that can be written, named after what the sources say.

    numba itself looks only at the file of the kernel, not at those of the functions that it calls.
    """
    digest = hashlib.sha256()
    for source in sorted(_HERE.glob("*.py")):
        digest.update(source.read_bytes())
    bases = (_HERE / "__pycache__", platformdirs.user_cache_path("dcn-course") / "kernels")
    for base in (Path(users_choice),) if users_choice else bases:
        folder = base / f"kernels-{digest.hexdigest()[:16]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        return folder
    return None


@contextmanager
def _numba_cache_in(folder: Path) -> Iterator[None]:
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        _config.CACHE_DIR = before
