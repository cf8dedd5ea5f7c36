"""Where an output point looks: how strongly each pixel moves it, and which pixels can move it at all."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dcn_course.layers import Conv2d, DeformableConv2d
from dcn_course.lenet import LeNet5
from dcn_course.ops import deform_conv2d
from dcn_course.ops._arguments import choice, integer, pair

REDUCTIONS = ("magnitude", "signed")

# These work on each number by itself.
_POINTWISE = (nn.Identity, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)


def first_layers(network: LeNet5) -> nn.Sequential:
    """Cut a LeNet-5 after its second convolution, before the second ReLU.

    Args:
        network: LeNet-5, LeNet-5-DC or a network of that form; its layers are shared, not copied.

    Returns:
        The layers from the images (N, in_channels, 32, 32) to the output maps (N, 16, 10, 10) of `conv2`.

    Raises:
        TypeError: The network is no LeNet5.

    Source: report, section 3.
    """
    if not isinstance(network, LeNet5):
        raise TypeError(f"network: expected a LeNet5, got {type(network).__name__}")
    return nn.Sequential(network.conv1, nn.ReLU(), nn.MaxPool2d(2), network.conv2)


def sampling_area(
    network: Callable[[Tensor], Tensor],
    image: Tensor,
    point: tuple[int, int],
    *,
    channels: Sequence[int] | None = None,
    reduce: str = "magnitude",
) -> Tensor:
    """Compute how strongly an output point depends on each pixel: the gradient with respect to the image.

    Parameters and their gradients are left as they are. A network that behaves differently in training
    should be in evaluation mode.

    Args:
        network: A LeNet5, which is cut after its second convolution, or any function from images (1, C, H, W)
            to maps (1, C2, Ho, Wo).
        image: (C, H, W) or (1, C, H, W), floating point.
        point: Output point (oy, ox), counted from 0.
        channels: Output maps whose values at the point count, or None for all; one named twice counts twice.
        reduce: "magnitude": the sum of the gradient's absolute values over output maps and image channels,
            where nothing cancels. "signed": the sum of the gradient itself over both.

    Returns:
        (H, W), dtype and device of `image`, in units of output per unit of input.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A shape, a number or a name is wrong.

    Source: equation `sampling-area`; report, section 3 and Fig. 6 to 8.
    """
    return sampling_areas(network, image, [point], channels=channels, reduce=reduce)[0]


def sampling_areas(
    network: Callable[[Tensor], Tensor],
    image: Tensor,
    points: Sequence[tuple[int, int]],
    *,
    channels: Sequence[int] | None = None,
    reduce: str = "magnitude",
) -> Tensor:
    """Compute `sampling_area` for several output points of one image at once.

    Args:
        network: As in `sampling_area`; it must treat the images of a batch one by one.
        image: (C, H, W) or (1, C, H, W), floating point.
        points: Output points (oy, ox), counted from 0, at least one.
        channels: As in `sampling_area`.
        reduce: As in `sampling_area`.

    Returns:
        (points, H, W), dtype and device of `image`, in units of output per unit of input.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A shape, a number or a name is wrong.

    Source: equation `sampling-area`; report, section 3 and Fig. 6 to 8.
    """
    choice("reduce", reduce, REDUCTIONS)
    # A new leaf: what the caller does with `image` is not recorded. One copy a point.
    X = _copies(image, points).requires_grad_()
    layers = first_layers(network) if isinstance(network, LeNet5) else network
    with torch.enable_grad():
        Y = layers(X)
        rows, columns = _points(points, Y)
        maps = _channels(channels, Y.shape[1])
        areas = X.new_zeros(len(X), *X.shape[2:])
        for c2 in maps:
            values = Y[range(len(X)), c2, rows, columns].sum()
            (gradient,) = torch.autograd.grad(values, X, retain_graph=True)
            # eq: sampling-area
            areas += (gradient.abs() if reduce == "magnitude" else gradient).sum(1)
    return areas


def sampling_support(
    network: nn.Module,
    image: Tensor,
    point: tuple[int, int],
    *,
    channels: Sequence[int] | None = None,
    through_offsets: bool = True,
) -> Tensor:
    """Find the pixels that can reach an output point, whatever the kernels: where its computation reads.

    The places where the taps sample this image are taken as they are; a pixel whose bilinear weight is zero
    is not read. All pixels under a max pooling count, as each of them may be the largest. So the pixels
    outside the support may be changed to any finite numbers (with `through_offsets`): the point keeps its
    value.

    Args:
        network: A LeNet5, which is cut after its second convolution, or a layer, or an `nn.Sequential` of
            layers: convolutions, `DeformableConv2d`, pooling, and functions of single numbers like `nn.ReLU`.
        image: (C, H, W) or (1, C, H, W), dtype and device of the parameters.
        point: Output point (oy, ox), counted from 0.
        channels: Output maps whose values at the point count, or None for all.
        through_offsets: Whether the pixels count from which the offsets on the way were predicted.

    Returns:
        (H, W), bool, on the device of `image`.

    Raises:
        TypeError: An argument has the wrong type, or a layer is of another kind.
        ValueError: A shape or a number is wrong, or a layer has a setting that is not covered.

    Source: equation `sampling-support`.
    """
    return sampling_supports(network, image, [point], channels=channels, through_offsets=through_offsets)[0]


def sampling_supports(
    network: nn.Module,
    image: Tensor,
    points: Sequence[tuple[int, int]],
    *,
    channels: Sequence[int] | None = None,
    through_offsets: bool = True,
) -> Tensor:
    """Find `sampling_support` for several output points of one image at once.

    Args:
        network: As in `sampling_support`.
        image: (C, H, W) or (1, C, H, W), dtype and device of the parameters.
        points: Output points (oy, ox), counted from 0, at least one.
        channels: As in `sampling_support`.
        through_offsets: As in `sampling_support`.

    Returns:
        (points, H, W), bool, on the device of `image`.

    Raises:
        TypeError: An argument has the wrong type, or a layer is of another kind.
        ValueError: A shape or a number is wrong, or a layer has a setting that is not covered.

    Source: equation `sampling-support`.
    """
    layers = list(_flat(first_layers(network) if isinstance(network, LeNet5) else network))
    inputs = [_copies(image, points)]
    with torch.no_grad():
        for layer in layers:
            inputs.append(layer(inputs[-1]))
    rows, columns = _points(points, inputs[-1])
    reached = torch.zeros_like(inputs[-1])
    for c2 in _channels(channels, reached.shape[1]):
        reached[range(len(reached)), c2, rows, columns] = 1
    for layer, X in zip(reversed(layers), reversed(inputs[:-1]), strict=True):
        reached = _read_by(layer, X, reached, through_offsets)
    return reached.bool().any(1)


def _read_by(layer: nn.Module, X: Tensor, reached: Tensor, through_offsets: bool) -> Tensor:
    """The numbers of X, 1 or 0, that the reached outputs of a layer are made from."""
    # The layer's stand-in adds up, with positive factors, exactly what the layer reads. So the gradient of a
    # sum over reached outputs is positive where something is read, and nothing cancels.
    X = X.clone().requires_grad_()
    with torch.enable_grad():
        Y = _stand_in(layer, X, through_offsets)
        # eq: sampling-support
        (gradient,) = torch.autograd.grad(Y, X, reached)
    return (gradient != 0).to(X.dtype)


def _stand_in(layer: nn.Module, X: Tensor, through_offsets: bool) -> Tensor:
    """A linear function of X with positive factors that reads what the layer reads."""
    if isinstance(layer, DeformableConv2d):
        dc = layer.deform_conv
        offset = layer.offset_predictor(X.detach())
        ones = torch.ones_like(dc.weight)
        geometry = (dc.stride, dc.padding, dc.dilation)
        Y = deform_conv2d(X, offset, ones, None, *geometry, border=dc.border, backend=dc.backend)
        if not through_offsets:
            return Y
        # Its channels are not split: each offset is predicted from all of them.
        return Y + F.conv2d(X, torch.ones_like(layer.offset_predictor.weight[:1]), None, *geometry)
    if isinstance(layer, Conv2d | nn.Conv2d):
        return F.conv2d(
            X, torch.ones_like(layer.weight), None, layer.stride, layer.padding, layer.dilation, layer.groups
        )
    if isinstance(layer, nn.MaxPool2d):
        return F.avg_pool2d(X, layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode)
    if isinstance(layer, nn.AvgPool2d):
        mean: Tensor = layer(X)
        return mean
    return X * 1


def _flat(layer: nn.Module) -> list[nn.Module]:
    """The layers inside nested sequences, each of a kind whose ways are known."""
    if isinstance(layer, nn.Sequential):
        return [inner for part in layer for inner in _flat(part)]
    known = (Conv2d, nn.Conv2d, DeformableConv2d, nn.MaxPool2d, nn.AvgPool2d, *_POINTWISE)
    if not isinstance(layer, known):
        raise TypeError(
            "network: expected a LeNet5, or layers out of "
            f"{', '.join(kind.__name__ for kind in dict.fromkeys(known))}, got {type(layer).__name__}"
        )
    if isinstance(layer, nn.Conv2d) and layer.padding_mode != "zeros":
        raise ValueError(f"network: expected convolutions with padding_mode='zeros', got {layer}")
    if isinstance(layer, nn.MaxPool2d) and (layer.dilation not in (1, (1, 1)) or layer.return_indices):
        raise ValueError(f"network: expected max pooling with dilation 1 and without indices, got {layer}")
    return [layer]


def _one_image(image: Tensor) -> Tensor:
    """The image with a batch axis, (1, C, H, W)."""
    if not isinstance(image, Tensor):
        raise TypeError(f"image: expected a torch.Tensor (C, H, W), got {type(image).__name__}")
    batch = image.unsqueeze(0) if image.dim() == 3 else image
    if batch.dim() != 4 or len(batch) != 1:
        raise ValueError(
            f"image: expected one image, (C, H, W) or (1, C, H, W), got the shape {tuple(image.shape)}"
        )
    if not image.dtype.is_floating_point:
        raise TypeError(f"image: expected a floating-point dtype, got {image.dtype}")
    return batch


def _copies(image: Tensor, points: Sequence[object]) -> Tensor:
    """The image, detached, once for each point: (points, C, H, W)."""
    if len(points) == 0:
        raise ValueError("points: expected at least one output point (oy, ox), got none")
    return _one_image(image).detach().repeat(len(points), 1, 1, 1)


def _points(points: Sequence[object], Y: Tensor) -> tuple[list[int], list[int]]:
    """Rows and columns of the output points, if they lie in the maps Y; Y has an image for each."""
    if Y.dim() != 4 or len(Y) != len(points):
        raise ValueError(
            f"network: expected one that turns an image into maps (1, C2, Ho, Wo), "
            f"got an output of the shape {tuple(Y.shape)}"
        )
    rows, columns = [], []
    for point in points:
        if not isinstance(point, tuple | list):
            raise TypeError(
                f"point: expected a pair (oy, ox) of ints, got {point!r} ({type(point).__name__})"
            )
        oy, ox = pair("point", point, 0)
        if oy >= Y.shape[2] or ox >= Y.shape[3]:
            raise ValueError(
                f"point: expected (oy, ox) in maps of {Y.shape[2]}x{Y.shape[3]}, counted from 0, "
                f"got {(oy, ox)}"
            )
        rows.append(oy)
        columns.append(ox)
    return rows, columns


def _channels(channels: Sequence[int] | None, count: int) -> list[int]:
    """The chosen output maps; all if none are named."""
    if channels is None:
        return list(range(count))
    chosen = [integer(f"channels[{i}]", c, 0) for i, c in enumerate(channels)]
    if not chosen or max(chosen) >= count:
        raise ValueError(f"channels: expected some of the output maps 0..{count - 1}, got {chosen}")
    return chosen
