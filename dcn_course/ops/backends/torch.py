"""The portable backend: PyTorch's gather and scatter-add, on any device and in any floating dtype.

A, much larger than the image, is filled again in the backward pass, a part at a time. Shapes: n images, D
offset groups, C channels a group, P pixels of the framed image, L = kH·kW·Ho·Wo sampling positions.
"""

from typing import Any

import torch
from torch import Tensor

from dcn_course.ops._parts import parts, rows
from dcn_course.ops.backends._call import Gradients, Inputs, Settings, Wanted
from dcn_course.ops.backends._sampling import (
    Four,
    Steps,
    corner_weights,
    frame,
    locate,
    slopes,
    steps,
    unframe,
)


def forward(inputs: Inputs, settings: Settings) -> Tensor:
    """See `Backend.forward`."""
    X, offset, mask, weight, bias = inputs
    geometry, groups, offset_groups, border = settings
    image_size = (X.shape[2], X.shape[3])
    K = weight.reshape(groups, len(weight) // groups, -1)
    Y = X.new_empty(len(X), len(weight), *geometry.output_size)
    for images in parts(X, geometry):
        image = frame(X[images], offset_groups)
        for some in rows(X[images], geometry):
            part = settings._replace(geometry=geometry.of_rows(some))
            buffers = locate(offset[images, :, some], image_size, part.geometry, border)
            weights = _modulated(corner_weights(buffers), _by_position(mask, images, some, part))
            # eq: deformable-columns
            A = fill(image, buffers.cell, steps(image_size), weights)
            # eq: deformable-convolution
            Y[images, :, some] = (K @ _by_group(A, part)).view_as(Y[images, :, some])
    if bias is not None:
        Y += bias.view(-1, 1, 1)
    return Y


def backward(grad_output: Tensor, inputs: Inputs, wanted: Wanted, settings: Settings) -> Gradients:
    """See `Backend.backward`. All operations are PyTorch's, so that it can derive them again."""
    X, offset, mask, weight, _ = inputs
    geometry, groups, offset_groups, border = settings
    image_size = (X.shape[2], X.shape[3])
    K = weight.reshape(groups, len(weight) // groups, -1)
    needs_X, needs_offset, needs_mask, needs_weight, needs_bias = wanted
    # Made like grad_output, of which torch.func.jacrev gives many at once.
    grad_X = grad_output.new_empty(X.shape) if needs_X else None
    grad_offset = grad_output.new_empty(offset.shape) if needs_offset else None
    grad_mask = grad_output.new_empty(mask.shape) if needs_mask and mask is not None else None
    grad_K = grad_output.new_zeros(K.shape) if needs_weight else None
    # eq: gradient-bias
    grad_bias = grad_output.sum((0, 2, 3)) if needs_bias else None
    if not (needs_X or needs_offset or needs_mask or needs_weight):
        return Gradients(None, None, None, None, grad_bias)

    for images in parts(X, geometry):
        image = frame(X[images], offset_groups)
        grad_image = grad_output.new_zeros(image.shape) if needs_X else None
        for some in rows(X[images], geometry):
            part = settings._replace(geometry=geometry.of_rows(some))
            buffers = locate(offset[images, :, some], image_size, part.geometry, border)
            plain = corner_weights(buffers)
            m = _by_position(mask, images, some, part)
            weights = _modulated(plain, m)
            delta = grad_output[images, :, some].reshape(-1, *K.shape[:2], part.geometry.points)
            if grad_K is not None:
                A = fill(image, buffers.cell, steps(image_size), weights)
                # eq: gradient-weight
                grad_K += (delta @ _by_group(A, part).mT).sum(0)
            if not (needs_X or needs_offset or needs_mask):
                continue
            # eq: gradient-columns
            grad_A = (K.mT @ delta).view(*image.shape[:3], -1)
            if grad_image is not None:
                # eq: scatter
                scatter(grad_A, buffers.cell, steps(image_size), weights, grad_image)
            if not (needs_offset or needs_mask):
                continue
            # Value and derivatives of a sample are linear in its four pixels. So the sum over the channels
            # c1, weighted with ∂E/∂A, is taken of the pixels, once for all that follows.
            corners = weigh(grad_A, image, buffers.cell, steps(image_size))
            if grad_offset is not None:
                # eq: gradient-offset
                moved = torch.stack(_modulated(slopes(corners, buffers), m), 2)
                grad_offset[images, :, some] = _interleaved(moved, part)
            if grad_mask is not None:
                # eq: gradient-mask
                value: Any = sum(w * corner for w, corner in zip(plain, corners, strict=True))
                grad_mask[images, :, some] = value.view_as(grad_mask[images, :, some])
        if grad_X is not None and grad_image is not None:
            grad_X[images] = unframe(grad_image, image_size)
    grad_weight = grad_K.view_as(weight) if grad_K is not None else None
    return Gradients(grad_X, grad_offset, grad_mask, grad_weight, grad_bias)


def _by_position(mask: Tensor | None, images: slice, rows: slice, settings: Settings) -> Tensor | None:
    """The mask of some images and rows, (n, Gd, kH·kW·Ho·Wo), as the buffers are laid out."""
    if mask is None:
        return None
    return mask[images, :, rows].reshape(
        -1, settings.offset_groups, settings.geometry.taps * settings.geometry.points
    )


def _modulated(factors: tuple[Tensor, ...], m: Tensor | None) -> tuple[Tensor, ...]:
    """The factors times the mask, if there is one."""
    return factors if m is None else tuple(m * factor for factor in factors)


def _by_group(columns: Tensor, settings: Settings) -> Tensor:
    """A of each weight group, (n, groups, C/groups·kH·kW, Ho·Wo), from (n, Gd, C/Gd, kH·kW·Ho·Wo)."""
    return columns.view(len(columns), settings.groups, -1, settings.geometry.points)


def _interleaved(gradient: Tensor, settings: Settings) -> Tensor:
    """The layout of `offset`, y and x in turn for each tap, from (n, Gd, 2, kH·kW·Ho·Wo)."""
    by_tap = gradient.view(*gradient.shape[:3], settings.geometry.taps, *settings.geometry.output_size)
    return by_tap.transpose(2, 3).flatten(1, 3)


def fill(image: Tensor, index: Tensor, steps: Steps, weights: Four) -> Tensor:
    """Read: the weighted sum of each position's four pixels.

    Args:
        image: (n, D, C, P).
        index: (n, D, L) int64, the position's upper-left pixel.
        steps: From that pixel to the four, in the order of the derivation.
        weights: Four tensors (n, D, L).

    Returns:
        (n, D, C, L).
    """
    columns = _pixels(image, index, steps[0]) * weights[0].unsqueeze(2)
    for step, weight in zip(steps[1:], weights[1:], strict=True):
        # eq: bilinear-value
        columns.addcmul_(_pixels(image, index, step), weight.unsqueeze(2))
    return columns


def scatter(grad_columns: Tensor, index: Tensor, steps: Steps, weights: Four, grad_image: Tensor) -> None:
    """Write: the transpose of `fill`; (n, D, C, L) is added to `grad_image` (n, D, C, P)."""
    for step, weight in zip(steps, weights, strict=True):
        # eq: scatter
        grad_image[..., step:].scatter_add_(
            3, _for_channels(index, grad_image), grad_columns * weight.unsqueeze(2)
        )


def weigh(grad_columns: Tensor, image: Tensor, index: Tensor, steps: Steps) -> Four:
    """Compare: the sum over the channels of `grad_columns` times each of the four pixels; (n, D, L)."""
    return tuple((_pixels(image, index, step) * grad_columns).sum(2) for step in steps)


def _pixels(image: Tensor, index: Tensor, step: int) -> Tensor:
    """The pixels `index + step` in each channel, (n, D, C, L); moving the image saves adding to the index."""
    return torch.gather(image[..., step:], 3, _for_channels(index, image))


def _for_channels(index: Tensor, image: Tensor) -> Tensor:
    """The same positions for all channels, as a view: nothing is copied."""
    return index.unsqueeze(2).expand(-1, -1, image.shape[2], -1)
