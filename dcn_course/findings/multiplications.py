"""How many multiplications a network takes for one image."""

from torch import nn

from dcn_course.layers import DeformableConv2d
from dcn_course.lenet import LeNet5


def count_multiplications(network: LeNet5) -> int:
    """Count the multiplications of a forward pass for one image of 32x32 pixels.

    Each output number of a convolution takes one for each weight of its map. A deformable convolution takes
    those of its offset predictor as well, and four for each sample and channel, when the weights of its four
    pixels are at hand. A floating-point operation counter takes a multiplication and an addition for two.

    Args:
        network: LeNet-5 or LeNet-5-DC, of any number of maps.

    Source: report, Fig. 5; the chapter LeNet-5 and LeNet-5-DC.
    """
    points = {"conv1": 28 * 28, "conv2": 10 * 10}
    total = 0
    for name, layer in network.named_children():
        if isinstance(layer, DeformableConv2d):
            op, dc = layer.offset_predictor, layer.deform_conv
            each = op.weight.numel() + dc.weight.numel() + 4 * dc.weight[0].numel()
        else:
            assert isinstance(layer, nn.Conv2d | nn.Linear)
            each = layer.weight.numel()
        total += points.get(name, 1) * each
    return total
