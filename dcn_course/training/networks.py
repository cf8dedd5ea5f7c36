"""The network of a recipe, and which of its parameters a phase trains."""

import torch
from torch import nn

from dcn_course.lenet import LeNet5, LeNet5DC, offset_parameters
from dcn_course.training.config import Phase, TrainingConfig


def build_network(config: TrainingConfig, in_channels: int, num_classes: int) -> nn.Module:
    """Build the network of a recipe on the CPU, its initial weights drawn from the recipe's seed alone.

    PyTorch's own random numbers go on afterwards as if nothing had been drawn.

    Args:
        config: the recipe.
        in_channels: of the images.
        num_classes: the number of logits.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(config.seed)
        if config.network == "lenet5":
            return LeNet5(in_channels, num_classes)
        assert config.border is not None, "the recipe checks this"
        return LeNet5DC(in_channels, num_classes, border=config.border)


def prepare_phase(network: nn.Module, phase: Phase) -> list[nn.Parameter]:
    """Set the network up for a phase and return the parameters to train.

    All others are frozen. Where the offset predictors are trained alone, the network is in evaluation mode,
    so that no buffer (of a batch normalisation, say) changes either.

    Raises:
        ValueError: the phase trains the offset predictors, and the network has none.
    """
    alone = phase.trains == "offsets"
    parameters = list(offset_parameters(network) if alone else network.parameters())
    if not parameters:
        raise ValueError(f"network must have an offset predictor for phase {phase.name}, got none")
    network.train(not alone).requires_grad_(False)
    for parameter in parameters:
        parameter.requires_grad_(True)
    return parameters
