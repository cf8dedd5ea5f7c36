"""How good a network is on a set of images."""

from collections.abc import Callable
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
    was_training = {module: module.training for module in network.modules()}
    network.eval()
    try:
        right, total = 0, 0.0
        for batch, answers in zip(torch.split(images, BATCH), torch.split(labels, BATCH), strict=True):
            # float64, so that the sum over the set loses no digits; on the CPU, since MPS has no float64.
            logits = network(batch).cpu().double()
            answers = answers.cpu()
            right += int((logits.argmax(1) == answers).sum())
            total += float(F.cross_entropy(logits, answers, reduction="sum"))
            done(len(batch))
    finally:
        for module, mode in was_training.items():
            module.training = mode
    return Score(right / len(images), total / len(images))
