"""What the machine can do at best: how fast its memory copies, and how fast its cores multiply."""

import time
from collections.abc import Callable

import torch

from dcn_course.timing.results import Roof
from dcn_course.timing.work import BYTES

NUMBERS = 2**25  # float32 that are copied: 128 MB, beyond what most caches hold
SIZE = 1536  # rows and columns of the matrices that are multiplied
REPEATS = 7


def measure_roof(
    threads: int,
    *,
    numbers: int = NUMBERS,
    size: int = SIZE,
    clock: Callable[[], float] = time.perf_counter,
) -> Roof:
    """Measure the machine with PyTorch: the best of some runs each.

    Args:
        threads: of torch.
        numbers: float32 that are copied; the bytes read and those written are counted.
        size: rows and columns of the two matrices that are multiplied.
        clock: gives the time in seconds.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        source, target = torch.ones(numbers), torch.ones(numbers)
        copied = _best(lambda: target.copy_(source), clock)
        a, b = torch.ones(size, size), torch.ones(size, size)
        multiplied = _best(lambda: a @ b, clock)
    finally:
        torch.set_num_threads(before)
    return Roof(threads, 2 * BYTES * numbers / copied, 2 * size**3 / multiplied)


def _best(call: Callable[[], object], clock: Callable[[], float]) -> float:
    seconds = []
    for _ in range(REPEATS):
        start = clock()
        call()
        seconds.append(clock() - start)
    return min(seconds)
