"""Measure how fast the student's functions are, beside the loop and torchvision."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

NAMES = ("columns_loop", "columns_vectorised", "columns_compiled")
_LEAST, _ROUNDS = 0.3, 50  # seconds and times that each is run at least, at most


def speed(namespace: dict[str, Any], input: Any, offset: Any, weight: Any, padding: tuple[int, int]) -> Any:
    """Measure the columns and their product with the kernel, on one thread.

    Args:
        namespace: the student's names.
        input: X.
        offset: Δp.
        weight: K.
        padding: in pixels.

    Returns:
        The shortest time in seconds of each function in `NAMES`, and of torchvision's whole operation; NaN
        where it is not installed.
    """
    K, kernel_size = weight.reshape(len(weight), -1), weight.shape[2:]

    def ours(name: str) -> Callable[[], Any]:
        return lambda: K @ namespace[name](input, offset, kernel_size, padding)

    return np.array(
        [*(_shortest(ours(name)) for name in NAMES), _torchvision(input, offset, weight, padding)]
    )


def _shortest(run: Callable[[], Any]) -> float:
    run()  # what is compiled at the first call does not count
    times: list[float] = []
    while len(times) < 3 or (sum(times) < _LEAST and len(times) < _ROUNDS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def _torchvision(input: Any, offset: Any, weight: Any, padding: tuple[int, int]) -> float:
    try:
        import torch
        from torchvision.ops import deform_conv2d
    except ImportError:
        return float("nan")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    tensors = [torch.from_numpy(array) for array in (input, offset, weight)]
    try:
        return _shortest(lambda: deform_conv2d(*tensors, padding=padding))
    finally:
        torch.set_num_threads(before)


PROBES = {"columns_loop": speed}
