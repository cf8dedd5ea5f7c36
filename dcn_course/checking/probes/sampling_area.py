"""Build small networks, and call what looks into them."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ImageChangedError(ValueError):
    """The caller's image is not as it was."""


class ParametersChangedError(ValueError):
    """The network's parameters are not as they were."""


class Network(nn.Module):
    """A small network; see `build`."""

    def __init__(self, kind: str, *kernels: Any) -> None:
        super().__init__()
        self.kind = kind
        self.kernels = nn.ParameterList([nn.Parameter(torch.tensor(kernel)) for kernel in kernels])

    def forward(self, X: Tensor) -> Tensor:
        """Turn images (N, C, H, W) into maps."""
        if self.kind == "plain":
            return F.conv2d(X, self.kernels[0])
        if self.kind == "deformable":
            Y = deformed(X, F.conv2d(X, *self.kernels[2:4]), self.kernels[0])
        else:
            Y = F.conv2d(X, self.kernels[0])
        Y = F.relu(Y)
        return F.conv2d(F.max_pool2d(Y, 2) if self.kind == "pool" else Y, self.kernels[1])


def build(
    kind: str, kernel: Any, second: Any = None, predictor: Any = None, predictor_bias: Any = None
) -> Network:
    """Build a network.

    Args:
        kind: "plain" for one convolution; "relu", "pool" and "deformable" for two layers.
        kernel: of the first layer, (C2, C, kH, kW).
        second: of the second layer.
        predictor: of the offsets of the first layer, where it is deformable.
        predictor_bias: likewise.
    """
    given = [array for array in (kernel, second, predictor, predictor_bias) if array is not None]
    return Network(kind, *given)


def deformed(X: Tensor, offset: Tensor, weight: Tensor) -> Tensor:
    """Convolve at displaced positions, the border projected; autograd finds the gradients."""
    (N, _, H, W), (kH, kW), (Ho, Wo) = X.shape, weight.shape[2:], offset.shape[2:]
    delta = offset.view(N, kH, kW, 2, Ho, Wo)
    y = torch.arange(Ho)[:, None] + torch.arange(kH)[:, None, None, None] + delta[:, :, :, 0]
    x = torch.arange(Wo) + torch.arange(kW)[:, None, None] + delta[:, :, :, 1]
    y, x = y.clamp(0, H - 1), x.clamp(0, W - 1)
    a, b = y.detach().long(), x.detach().long()
    t, u = (y - a)[..., None], (x - b)[..., None]
    X = X.movedim(1, -1)  # the channels last: all of them are read at the same places
    n = torch.arange(N).view(N, 1, 1, 1, 1)
    below, right = (a + 1).clamp(max=H - 1), (b + 1).clamp(max=W - 1)
    upper = (1 - u) * X[n, a, b] + u * X[n, a, right]
    lower = (1 - u) * X[n, below, b] + u * X[n, below, right]
    A = (1 - t) * upper + t * lower
    return torch.einsum("nijyxc,ocij->noyx", A, weight)


def area(namespace: dict[str, Any], image: Any, point: tuple[int, int], **network: Any) -> Any:
    """Call `sampling_area`."""
    return _look(namespace["sampling_area"], image, network, point)


def answers(
    namespace: dict[str, Any], image: Any, point: tuple[int, int], step: float, **network: Any
) -> Any:
    """Call `answers`."""
    return _look(namespace["answers"], image, network, point, step)


def frame(namespace: dict[str, Any], area: Any) -> Any:
    """Call `frame`."""
    found = namespace["frame"](torch.from_numpy(area))
    return tuple(int(number) for number in found) if isinstance(found, tuple | list) else found


def _look(function: Any, image: Any, network: dict[str, Any], *rest: Any) -> Any:
    built = build(**network)
    X = torch.from_numpy(image)
    before = [torch.ones_like(p) for p in built.parameters()]
    for parameter, gradient in zip(built.parameters(), before, strict=True):
        parameter.grad = gradient.clone()
    found = function(built, X, *rest)
    if X.requires_grad or X.grad is not None:
        raise ImageChangedError("the caller's image requires a gradient afterwards: work on a copy of it")
    for parameter, gradient in zip(built.parameters(), before, strict=True):
        if parameter.grad is None or not torch.equal(parameter.grad, gradient):
            raise ParametersChangedError("the network's parameters have other gradients afterwards")
    return found.detach().numpy() if isinstance(found, Tensor) else found


PROBES = {"sampling_area": area, "answers": answers, "frame": frame}
