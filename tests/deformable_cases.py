"""Inputs that several tests of the operators share."""

import itertools
from typing import NamedTuple

import torch

ARGUMENTS = ("input", "offset", "mask", "weight", "bias")


class Case(NamedTuple):
    """One deformable convolution: tensors by name (mask and bias may be None) and geometry."""

    tensors: dict
    stride: tuple
    padding: tuple
    dilation: tuple

    @property
    def given(self):
        return {name: tensor for name, tensor in self.tensors.items() if tensor is not None}

    def positional(self, **others):
        t = {**self.tensors, **others}
        geometry = (self.stride, self.padding, self.dilation)
        return (t["input"], t["offset"], t["weight"], t["bias"], *geometry, t["mask"])


def make_case(
    *,
    images=2,
    channels=4,
    outputs=4,
    size=(7, 6),
    kernel=(3, 2),
    stride=(1, 1),
    padding=(0, 0),
    dilation=(1, 1),
    groups=1,
    offset_groups=1,
    mask=True,
    bias=True,
    reach=2.5,
    dtype=torch.float64,
    seed=0,
):
    """Random tensors; offsets of several pixels, so that many positions leave the image on every side."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

    points = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    ]
    taps = kernel[0] * kernel[1] * offset_groups
    tensors = {
        "input": normal(images, channels, *size),
        "offset": away_from_kinks(reach * normal(images, 2 * taps, *points)),
        "mask": normal(images, taps, *points) if mask else None,
        "weight": normal(outputs, channels // groups, *kernel),
        "bias": normal(outputs) if bias else None,
    }
    return Case(tensors, stride, padding, dilation)


def away_from_kinks(offset, distance=0.01):
    """Move each offset at least `distance` away from the integers, where the value has a kink."""
    whole = offset.floor()
    return whole + (offset - whole).clamp(distance, 1 - distance)


def cotangent(output, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(output.shape, generator=generator, dtype=torch.float64).to(output.dtype)


def gradients(function, case, **options):
    """The output of `function` and its gradients by name, for a random cotangent."""
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in case.given.items()}
    output = function(*case.positional(**leaves), **options)
    values = torch.autograd.grad(output, list(leaves.values()), cotangent(output))
    return {"output": output.detach(), **dict(zip(leaves, values, strict=True))}


def geometry_grid():
    """Stride, padding, dilation and kernel, all with unequal axes, on a small non-square image."""
    strides, paddings = ((1, 1), (2, 1), (1, 3)), ((0, 0), (1, 2))
    dilations, kernels = ((1, 1), (2, 1), (1, 2)), ((3, 2), (1, 1), (2, 3))
    return list(itertools.product(strides, paddings, dilations, kernels))
