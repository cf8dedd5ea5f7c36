"""The network of a recipe, and which of its parameters a phase trains."""

import torch
from torch import nn

from dcn_course.layers import DeformConv2d, OffsetPredictor
from dcn_course.lenet import LeNet5, LeNet5DC, offset_parameters
from dcn_course.training.config import Phase, TrainingConfig

# Maps of the two convolutions of "lenet5-wide", by the channels of the images.
WIDE_MAPS = {1: (11, 18), 3: (9, 19)}


def build_network(config: TrainingConfig, in_channels: int, num_classes: int) -> nn.Module:
    """Build the network of a recipe on the CPU, its initial weights drawn from the recipe's seed alone.

    PyTorch's own random numbers go on afterwards as if nothing had been drawn.

    Args:
        config: the recipe.
        in_channels: of the images, 1 or 3.
        num_classes: the number of logits.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(config.seed)
        if config.network == "lenet5":
            return LeNet5(in_channels, num_classes)
        if config.network == "lenet5-wide":
            return LeNet5(in_channels, num_classes, maps=WIDE_MAPS[in_channels])
        assert config.border is not None, "the recipe checks this"
        network = LeNet5DC(in_channels, num_classes, border=config.border, backend=config.backend)
        if config.offset_spread:
            for module in network.modules():
                if isinstance(module, OffsetPredictor):
                    assert module.bias is not None, "LeNet-5-DC has one"
                    nn.init.normal_(module.bias, std=config.offset_spread)
        return network


def prepare_phase(network: nn.Module, phase: Phase) -> list[nn.Parameter]:
    """Set the network up for a phase and return the parameters to train.

    All others are frozen. Where the offset predictors are trained alone, the network is in evaluation mode,
    so that no buffer (of a batch normalisation, say) changes either.

    Raises:
        ValueError: the phase trains a part of the network, and the network has no offset predictors.
    """
    offsets = list(offset_parameters(network))
    if not offsets and phase.trains != "all":
        raise ValueError(f"network must have an offset predictor for phase {phase.name}, got none")
    kernels = [
        parameter
        for module in network.modules()
        if isinstance(module, DeformConv2d)
        for parameter in module.parameters()
    ]
    fixed = {"all": [], "all-but-offsets": offsets, "all-but-kernels": kernels}
    parameters = offsets if phase.trains == "offsets" else _without(network, fixed[phase.trains])
    network.train(phase.trains != "offsets").requires_grad_(False)
    for parameter in parameters:
        parameter.requires_grad_(True)
    return parameters


def _without(network: nn.Module, fixed: list[nn.Parameter]) -> list[nn.Parameter]:
    left_out = {id(parameter) for parameter in fixed}
    return [parameter for parameter in network.parameters() if id(parameter) not in left_out]
