"""Several threads at once: independent tasks on a pool that neither forking nor other threads disturb.

The kernels let go of Python's lock, so plain Python threads run them side by side. (numba's own layers will
not do: the one on OpenMP dies when the process forks, the simple one when two threads call at once.)

There are as many threads as PyTorch uses, `torch.get_num_threads()`. In ours PyTorch works alone, without
threads of its own, while the caller waits: the machine never has more to do than it has cores.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import torch

_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}  # by number of threads


T = TypeVar("T")


def run(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Do all tasks and return what they return. An error in one is raised after all have ended."""
    threads = min(torch.get_num_threads(), len(tasks))
    if threads <= 1:
        return [task() for task in tasks]
    pool = _pool_of(torch.get_num_threads())
    futures = [pool.submit(_quietly, task) for task in tasks]
    wait(futures)
    return [future.result() for future in futures]


def _quietly(task: Callable[[], T]) -> T:
    """Tasks write tensors that autograd does not watch; the caller's may be those of inference mode."""
    with torch.inference_mode():
        return task()


def _pool_of(threads: int) -> ThreadPoolExecutor:
    with _lock:
        if threads not in _pools:
            _pools[threads] = ThreadPoolExecutor(threads, "dcn-course", initializer=_work_alone)
        return _pools[threads]


def _work_alone() -> None:
    """Let PyTorch use this thread only."""
    others = torch.get_num_threads()
    torch.set_num_threads(1)
    # PyTorch gives the number that was set last to threads that start later; give it back.
    helper = threading.Thread(target=torch.set_num_threads, args=(others,))
    helper.start()
    helper.join()


def _forget() -> None:
    """In a forked process: the pool's threads stayed behind in the parent."""
    global _lock
    _lock = threading.Lock()
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
