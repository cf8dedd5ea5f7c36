"""Who is measured: our backends, and what else computes the same or, as plain convolution does, less."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
import torchvision
from torch import Tensor

from dcn_course.ops import backends, deform_conv2d
from dcn_course.timing import grid
from dcn_course.timing.grid import Forward
from dcn_course.timing.names import OURS, PEERS
from dcn_course.timing.problem import Problem


@dataclass(frozen=True)
class Peer:
    """An implementation.

    Attributes:
        name: on the command line; ours start with `OURS`.
        prepare: from a problem (for its shapes and padding) and a number of threads to the forward pass.
        gradients: "each" gradient costs only its own work; "together": whichever is wanted, all are computed;
            "none": it has a forward pass only.
    """

    name: str
    prepare: Callable[[Problem, int], Forward]
    gradients: Literal["each", "together", "none"] = "each"


def find(names: str | None = None) -> tuple[tuple[Peer, ...], dict[str, str]]:
    """Return the peers that are here, ours first, and why the others are not, by name.

    Args:
        names: separated by commas; "ours" stands for all our backends; None takes all.

    Raises:
        ValueError: there is no peer of that name, or none of those wanted is here.
    """
    ours = tuple(Peer(OURS + name, _ours(name)) for name in backends.names())
    known = [peer.name for peer in ours] + list(PEERS)
    wanted = set(known) if names is None else {name.strip() for name in names.split(",")}
    if "ours" in wanted:
        wanted = wanted - {"ours"} | {peer.name for peer in ours}
    for name in sorted(wanted):
        if name not in known:
            raise ValueError(f"peers: expected names among ours, {', '.join(known)}, got {name!r}")
    others = (
        Peer("torchvision", _torchvision, "together"),
        Peer("grid_sample", _grid_sample),
        Peer("conv2d", _conv2d),
    )
    found = [peer for peer in (*ours, *others) if peer.name in wanted]
    absent = {}
    if "onnxruntime" in wanted:
        try:
            onnx_model = importlib.import_module("dcn_course.timing.onnx_model")
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in ("onnx", "onnxruntime"):
                raise
            absent["onnxruntime"] = (
                f'{error.name} is not installed; install it with: pip install "dcn-course[timing]"'
            )
        else:
            found.append(Peer("onnxruntime", onnx_model.prepare, "none"))
    if not found:
        raise ValueError(f"peers: none of those wanted is here: {'; '.join(absent.values())}")
    return tuple(found), absent


def _ours(backend: str) -> Callable[[Problem, int], Forward]:
    def prepare(problem: Problem, threads: int) -> Forward:
        def forward(input: Tensor, offset: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
            return deform_conv2d(input, offset, weight, bias, padding=problem.padding, backend=backend)

        return forward

    return prepare


def _torchvision(problem: Problem, threads: int) -> Forward:
    def forward(input: Tensor, offset: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        output: Tensor = torchvision.ops.deform_conv2d(input, offset, weight, bias, padding=problem.padding)
        return output

    return forward


def _grid_sample(problem: Problem, threads: int) -> Forward:
    def forward(input: Tensor, offset: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return grid.deform_conv2d(input, offset, weight, bias, problem.padding)

    return forward


def _conv2d(problem: Problem, threads: int) -> Forward:
    def forward(input: Tensor, offset: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return F.conv2d(input, weight, bias, padding=problem.padding)

    return forward
