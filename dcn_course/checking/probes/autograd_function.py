"""Call an ``autograd.Function`` as a network does."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

NAMES = ("input", "offset", "weight", "bias")


def forward(namespace: dict[str, Any], **given: Any) -> Any:
    """Apply the function.

    Args:
        namespace: the student's names.
        given: the arguments of its forward; `layout`, "transposed" for tensors that are not contiguous; and
            `wanted`, which of the four tensors need a gradient.

    Returns:
        The output as an array.

    Raises:
        TypeError: the output is no tensor that autograd knows.
    """
    _, Y = _apply(namespace["DeformConv2d"], given)
    return Y.detach().numpy() if isinstance(Y, Tensor) else Y


def backward(namespace: dict[str, Any], grad_output: Any, **given: Any) -> tuple[Any, ...]:
    """Apply the function and send a gradient back.

    Args:
        namespace: the student's names.
        grad_output: δ.
        given: as in `forward`.

    Returns:
        The gradients of the four tensors, zeros for one that needs none; None where there came none. They
        have the precision of the output.
    """
    function = namespace["DeformConv2d"]
    inputs, Y = _apply(function, given)
    if not isinstance(Y, Tensor):
        raise TypeError(f"expected a tensor from forward, got {type(Y).__name__}")
    # A layer is used for more than one batch before the first way back.
    _apply(function, {key: 2 * a if isinstance(a, np.ndarray) else a for key, a in given.items()})
    needed = [tensor for tensor in inputs if tensor.requires_grad]
    δ = _laid(grad_output, given.get("layout", "")).to(Y.dtype)
    came = iter(torch.autograd.grad(Y, needed, δ, allow_unused=True))
    made = [next(came) if tensor.requires_grad else torch.zeros_like(tensor) for tensor in inputs]
    return tuple(None if gradient is None else gradient.detach().to(Y.dtype).numpy() for gradient in made)


def _apply(function: Any, given: dict[str, Any]) -> tuple[list[Tensor], Any]:
    wanted, layout = given.get("wanted", (True,) * 4), given.get("layout", "")
    inputs = [
        _laid(given[name], layout).requires_grad_(need) for name, need in zip(NAMES, wanted, strict=True)
    ]
    Y = function.apply(*inputs, *(given[name] for name in ("stride", "padding", "dilation", "border")))
    return inputs, Y


def _laid(array: Any, layout: str) -> Tensor:
    tensor = torch.from_numpy(array)
    return tensor.mT.contiguous().mT if layout == "transposed" and tensor.dim() == 4 else tensor


PROBES = {"DeformConv2d.forward": forward, "DeformConv2d.backward": backward}
