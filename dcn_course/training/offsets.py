"""How far the offsets of a network move its samples, and whether these leave the image."""

import numpy as np
import torch
from torch import Tensor, nn

from dcn_course.layers import DeformConv2d
from dcn_course.records import LayerOffsets
from dcn_course.training.evaluation import evaluating

IMAGES = 200  # five million samples in LeNet-5-DC


@torch.no_grad()
def offset_statistics(network: nn.Module, images: Tensor) -> tuple[LayerOffsets, ...]:
    """Measure the offsets of each deformable convolution on some images.

    Args:
        network: with any number of `DeformConv2d`; keeps its mode.
        images: (N, C, H, W), on the network's device; at least one.

    Returns:
        One entry a layer, in the order of the network's modules; none where there is none.

    Raises:
        ValueError: there is no image.
    """
    if len(images) == 0:
        raise ValueError("images must hold at least one image, got none")
    layers = {name: module for name, module in network.named_modules() if isinstance(module, DeformConv2d)}
    given: dict[str, tuple[Tensor, Tensor]] = {}
    hooks = [
        layer.register_forward_pre_hook(lambda _, tensors, name=name: given.update({name: tensors}))
        for name, layer in layers.items()
    ]
    try:
        with evaluating(network):
            network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return tuple(_measured(name, layers[name], *given[name]) for name in layers)


def _measured(name: str, layer: DeformConv2d, input: Tensor, offset: Tensor) -> LayerOffsets:
    n, _, *points = offset.shape
    by_tap = offset.cpu().double().view(n, -1, *layer.kernel_size, 2, *points)
    steps = [torch.arange(n) * step for n, step in zip(layer.kernel_size, layer.dilation, strict=True)]
    starts = [
        torch.arange(n) * step - padding
        for n, step, padding in zip(points, layer.stride, layer.padding, strict=True)
    ]
    (height, width), moved_y, moved_x = input.shape[2:], by_tap[:, :, :, :, 0], by_tap[:, :, :, :, 1]
    # eq: sampling-position
    y = steps[0][:, None, None, None] + starts[0][:, None] + moved_y
    x = steps[1][:, None, None] + starts[1] + moved_x
    outside_y, outside_x = (y < 0) | (y > height - 1), (x < 0) | (x > width - 1)
    length = torch.hypot(moved_y, moved_x).numpy()
    half, nineteen = np.quantile(length, (0.5, 0.95))
    return LayerOffsets(
        layer=name,
        mean=float(length.mean()),
        median=float(half),
        percentile_95=float(nineteen),
        largest=float(length.max()),
        mean_y=float(moved_y.mean()),
        mean_x=float(moved_x.mean()),
        outside_y=float(outside_y.double().mean()),
        outside_x=float(outside_x.double().mean()),
        outside=float((outside_y | outside_x).double().mean()),
    )
