"""Several threads at once: independent tasks, on PyTorch's own threads where that can be.

The kernels let go of Python's lock, so the threads of one process run them side by side. (numba's own layers
will not do: the one on OpenMP dies when the process forks, the simple one when two threads call at once.)

There are as many threads as PyTorch uses, `torch.get_num_threads()`, and in a task PyTorch works alone, so
that the machine has no more to do than it has cores. Where PyTorch's threads cannot be asked for, and after a
fork, a pool of Python's serves; there MKL, if PyTorch multiplies with it, may still use threads of its own.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import torch

from dcn_course.ops.backends.numba import openmp

T = TypeVar("T")

_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}  # by number of threads
_forked = False


def run(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Do all tasks and return what they return. An error in one is raised after all have ended."""
    threads = min(torch.get_num_threads(), len(tasks))
    if threads <= 1:
        return [task() for task in tasks]
    waiting = deque(range(len(tasks)))
    done: dict[int, T] = {}
    errors: list[BaseException] = []

    def work() -> None:
        # Tasks write tensors that autograd does not watch; the caller's may be those of inference mode.
        with torch.inference_mode():
            while waiting:
                try:
                    number = waiting.popleft()
                except IndexError:  # another thread was faster
                    return
                try:
                    done[number] = tasks[number]()
                except BaseException as error:
                    errors.append(error)

    parallel = openmp.torchs_own()
    if parallel is None or _forked:
        _in_pool(work, threads)
    else:
        parallel(work, threads)
    if errors:
        raise errors[0]
    return [done[number] for number in range(len(tasks))]


def _in_pool(work: Callable[[], None], threads: int) -> None:
    """Call `work` in each of some Python threads, while the caller waits."""
    pool = _pool_of(torch.get_num_threads())
    wait([pool.submit(work) for _ in range(threads)])


def _pool_of(threads: int) -> ThreadPoolExecutor:
    with _lock:
        if threads not in _pools:
            pool = ThreadPoolExecutor(threads, "dcn-course")
            # All threads are there before the first task: one that starts later would meet it half prepared.
            all_here = threading.Barrier(threads)
            wait([pool.submit(_work_alone, threads, all_here) for _ in range(threads)])
            _pools[threads] = pool
        return _pools[threads]


def _work_alone(others: int, all_here: threading.Barrier) -> None:
    """Let PyTorch use this thread only."""
    all_here.wait()
    torch.get_num_threads()  # or the number would be set once more when it is first needed
    torch.set_num_threads(1)
    all_here.wait()
    # PyTorch gives the number that was set last to threads that start later; give it back.
    helper = threading.Thread(target=torch.set_num_threads, args=(others,))
    helper.start()
    helper.join()


def _forget() -> None:
    """In a forked process: all threads stayed behind in the parent, and OpenMP would wait for its own."""
    global _lock, _forked
    _lock, _forked = threading.Lock(), True
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
