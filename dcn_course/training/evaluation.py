"""How good a network is on a set of images."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BATCH = 250


class Score(NamedTuple):
    """A network's score on a set of images.

    Attributes:
        accuracy: the share of right answers, 0 to 1.
        cross_entropy: mean over the images, natural logarithm.
    """

    accuracy: float
    cross_entropy: float


@torch.no_grad()
def evaluate(
    network: nn.Module, images: Tensor, labels: Tensor, done: Callable[[int], object] = lambda count: None
) -> Score:
    """Score a network in evaluation mode, and leave it in the mode that it was in.

    Args:
        network: gives (N, classes) logits for (N, C, H, W) images.
        images: shape (N, C, H, W), on the network's device; at least one.
        labels: shape (N,), int64, on the same device.
        done: called after each batch with its number of images.

    Raises:
        ValueError: there is no image.
    """
    if len(images) == 0:
        raise ValueError("images must hold at least one image, got none")
    right, total = 0, 0.0
    with evaluating(network):
        for batch, answers in zip(torch.split(images, BATCH), torch.split(labels, BATCH), strict=True):
            # float64, so that the sum over the set loses no digits; on the CPU, since MPS has no float64.
            logits = network(batch).cpu().double()
            answers = answers.cpu()
            right += int((logits.argmax(1) == answers).sum())
            total += float(F.cross_entropy(logits, answers, reduction="sum"))
            done(len(batch))
    return Score(right / len(images), total / len(images))


@torch.no_grad()
def predict(network: nn.Module, images: Tensor) -> Tensor:
    """Return the class that a network in evaluation mode gives each image; it keeps its mode.

    Args:
        network: gives (N, classes) logits for (N, C, H, W) images.
        images: shape (N, C, H, W), on the network's device.

    Returns:
        Shape (N,), int64, on the CPU.
    """
    with evaluating(network):
        return torch.cat([network(batch).argmax(1).cpu() for batch in torch.split(images, BATCH)])


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put a network in evaluation mode, and each of its modules back in its own mode afterwards."""
    was_training = {module: module.training for module in network.modules()}
    network.eval()
    try:
        yield
    finally:
        for module, mode in was_training.items():
            module.training = mode
