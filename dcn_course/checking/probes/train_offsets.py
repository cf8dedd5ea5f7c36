"""Build small deformable networks, and call what trains them."""

from collections import OrderedDict
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import deform_conv2d


class ModeChangedError(ValueError):
    """The network is in another mode than before."""


class Deformable(nn.Module):
    """OP + DC, with offsets of about a pixel."""

    def __init__(self, in_maps: int, out_maps: int) -> None:
        super().__init__()
        self.offset_predictor = nn.Conv2d(in_maps, 8, 2)
        self.kernel = nn.Conv2d(in_maps, out_maps, 2)
        self.offset_scale = nn.Parameter(torch.tensor(1.5))  # no part of the predictor

    def forward(self, X: Tensor) -> Tensor:
        """Convolve at predicted positions."""
        offset = self.offset_scale * self.offset_predictor(X)
        Y: Tensor = deform_conv2d(X, offset, self.kernel.weight, self.kernel.bias)
        return Y


class Block(nn.Module):
    """A deformable layer one level deeper."""

    def __init__(self, in_maps: int, out_maps: int) -> None:
        super().__init__()
        self.inner = Deformable(in_maps, out_maps)

    def forward(self, X: Tensor) -> Tensor:
        """Convolve, and let the positive numbers pass."""
        return F.relu(self.inner(X))


def build(kind: str, seed: int, size: int) -> nn.Module:
    """Build a network for images of one channel, in double precision.

    Args:
        kind: "chain" for a predictor and a classifier, both linear; "one" and "two" for so many deformable
            layers; "dropout" for one, and a dropout behind it.
        seed: of its parameters.
        size: H and W of its images.
    """
    torch.manual_seed(seed)
    layers: dict[str, nn.Module]
    if kind == "chain":
        layers = {
            "flatten": nn.Flatten(),
            "offset_predictor": nn.Linear(size * size, 2),
            "classify": nn.Linear(2, 3),
        }
    else:
        first, second = Block(1, 2), Block(2, 3)
        left, maps = (size - 2, 3) if kind == "two" else (size - 1, 2)
        layers = {"first": first, **({"second": second} if kind == "two" else {}), "flatten": nn.Flatten()}
        if kind == "dropout":
            layers["dropout"] = nn.Dropout(0.6)
        layers["predictor"] = nn.Linear(maps * left * left, 3)  # of classes, not of offsets
    return nn.Sequential(OrderedDict(layers)).double()


def epoch(
    namespace: dict[str, Any], images: Any, labels: Any, batch: int, rate: float, **network: Any
) -> Any:
    """Call `epoch`, with gradients from before; the result is the loss and the parameters."""
    built = build(**network, size=images.shape[2]).eval()
    optimizer = torch.optim.SGD(built.parameters(), lr=rate, momentum=0.9)
    for parameter in built.parameters():
        parameter.grad = torch.ones_like(parameter)
    X, right = torch.from_numpy(images), torch.from_numpy(labels)
    loss = namespace["epoch"](built, optimizer, X, right, batch)
    if not built.training:
        raise ModeChangedError("the network is trained in evaluation mode: network.train()")
    return loss if loss is None else (_number(loss), *_parameters(built))


def freeze(namespace: dict[str, Any], size: int, **network: Any) -> Any:
    """Call `freeze` twice; the result is which parameters need a gradient, and which were returned."""
    built = build(**network, size=size)
    next(built.parameters()).requires_grad_(False)
    namespace["freeze"](built)
    returned = namespace["freeze"](built)
    if returned is None:
        return None
    flags = [int(parameter.requires_grad) for parameter in built.parameters()]
    kept = list(returned)
    return flags, [sum(parameter is other for other in kept) for parameter in built.parameters()]


def train_offsets(
    namespace: dict[str, Any],
    images: Any,
    labels: Any,
    epochs: int,
    rate: float,
    batch: int,
    **network: Any,
) -> Any:
    """Call `train_offsets` on a network that has been trained; the result is losses and parameters."""
    built = build(**network, size=images.shape[2])
    X, right = torch.from_numpy(images), torch.from_numpy(labels)
    F.cross_entropy(built(X), right).backward()  # type: ignore[no-untyped-call]  # so all parameters have a gradient
    losses = namespace["train_offsets"](built, X, right, epochs, rate, batch)
    return losses if losses is None else ([_number(loss) for loss in losses], *_parameters(built))


def accuracy(namespace: dict[str, Any], images: Any, labels: Any, training: bool, **network: Any) -> Any:
    """Call `accuracy` in a mode."""
    built = build(**network, size=images.shape[2]).train(training)
    found = namespace["accuracy"](built, torch.from_numpy(images), torch.from_numpy(labels))
    if any(module.training != training for module in built.modules()):
        raise ModeChangedError("the network is in another mode afterwards: put it back")
    return found if found is None else _number(found)


def _parameters(network: nn.Module) -> tuple[Any, Any]:
    """Give the parameters of the predictors, and the others."""
    parts: tuple[list[Tensor], list[Tensor]] = [], []
    for name, parameter in network.named_parameters():
        parts[".offset_predictor." not in f".{name}"].append(parameter.detach().ravel())
    predictors, others = (torch.cat(part).numpy() for part in parts)
    return predictors, others


def _number(value: Any) -> Any:
    return value.detach().numpy() if isinstance(value, Tensor) else value


PROBES = {"epoch": epoch, "freeze": freeze, "train_offsets": train_offsets, "accuracy": accuracy}
