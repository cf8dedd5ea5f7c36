"""Backends: how the column matrix of the deformable convolution is filled and scattered.

The operator computes for each sampling position the upper-left lattice point (BufferIndices) and the weights
of the four pixels around it; a backend reads and writes those pixels.

Shapes, the same for all: n images, D offset groups, C channels a group, P pixels of the framed image,
L = kH·kW·Ho·Wo sampling positions. The four pixels of a position, in the order of the derivation: `index`,
`index + steps[1]`, `index + steps[2]`, `index + steps[3]`, with steps[0] = 0.
"""

from typing import Protocol

from torch import Tensor

from dcn_course.ops._arguments import choice
from dcn_course.ops.backends import torch as _torch

Four = tuple[Tensor, ...]  # one for each pixel
Steps = tuple[int, int, int, int]


class Backend(Protocol):
    """What a backend provides; a module with these three functions is one."""

    def fill(self, image: Tensor, index: Tensor, steps: Steps, weights: Four) -> Tensor:
        """Read: the weighted sum of each position's four pixels.

        Args:
            image: (n, D, C, P).
            index: (n, D, L) int64, the position's upper-left pixel.
            steps: From that pixel to the four.
            weights: Four tensors (n, D, L).

        Returns:
            (n, D, C, L).
        """
        ...

    def scatter(
        self, grad_columns: Tensor, index: Tensor, steps: Steps, weights: Four, pixels: int
    ) -> Tensor:
        """Write: the transpose of `fill`; (n, D, C, L) goes back to (n, D, C, P), P = `pixels`."""
        ...

    def weigh(self, grad_columns: Tensor, image: Tensor, index: Tensor, steps: Steps) -> Four:
        """Compare: the sum over the channels of `grad_columns` times each of the four pixels; (n, D, L)."""
        ...


_BACKENDS: dict[str, Backend] = {"torch": _torch}


def names() -> tuple[str, ...]:
    """Return the names of the backends that can be chosen here."""
    return tuple(_BACKENDS)


def choose(name: str | None) -> Backend:
    """Return the backend of that name; None chooses the one that serves everywhere, "torch".

    Raises:
        ValueError: There is no backend of that name.
    """
    return _BACKENDS[choice("backend", "torch" if name is None else name, tuple(_BACKENDS))]
