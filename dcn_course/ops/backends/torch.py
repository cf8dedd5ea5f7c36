"""The portable backend: PyTorch's gather and scatter-add, on any device."""

import torch
from torch import Tensor

Four = tuple[Tensor, ...]
Steps = tuple[int, int, int, int]


def fill(image: Tensor, index: Tensor, steps: Steps, weights: Four) -> Tensor:
    """See `Backend.fill`."""
    columns = _pixels(image, index, steps[0]) * weights[0].unsqueeze(2)
    for step, weight in zip(steps[1:], weights[1:], strict=True):
        # eq: bilinear-value
        columns.addcmul_(_pixels(image, index, step), weight.unsqueeze(2))
    return columns


def scatter(grad_columns: Tensor, index: Tensor, steps: Steps, weights: Four, pixels: int) -> Tensor:
    """See `Backend.scatter`."""
    grad_image = grad_columns.new_zeros(*grad_columns.shape[:3], pixels)
    for step, weight in zip(steps, weights, strict=True):
        # eq: scatter
        grad_image[..., step:].scatter_add_(
            3, _for_channels(index, grad_image), grad_columns * weight.unsqueeze(2)
        )
    return grad_image


def weigh(grad_columns: Tensor, image: Tensor, index: Tensor, steps: Steps) -> Four:
    """See `Backend.weigh`."""
    return tuple(_pixels(image, index, step).mul_(grad_columns).sum(2) for step in steps)


def _pixels(image: Tensor, index: Tensor, step: int) -> Tensor:
    """The pixels `index + step` in each channel, (n, D, C, L); moving the image saves adding to the index."""
    return torch.gather(image[..., step:], 3, _for_channels(index, image))


def _for_channels(index: Tensor, image: Tensor) -> Tensor:
    """The same positions for all channels, as a view: nothing is copied."""
    return index.unsqueeze(2).expand(-1, -1, image.shape[2], -1)
