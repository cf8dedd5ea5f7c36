"""The orders in which libraries keep the offsets of the taps, and the way from one to the other."""

from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dcn_course.ops._arguments import choice, integer, pair

OffsetArray = TypeVar("OffsetArray", Tensor, NDArray[np.generic])


class _Layout(NamedTuple):
    """How the offsets lie in memory.

    Attributes:
        axes: From the slowest to the fastest: n image, g offset group, i and j row and column of the tap,
            d the direction of the move (two numbers), y and x output point. Those of "gijd" stand side by
            side and are one axis of the tensor, its channels.
        x_first: True where the move along x comes before the move along y.
    """

    axes: str
    x_first: bool


_LAYOUTS = {
    # eq: offset-layout
    "yx-interleaved": _Layout("ngijdyx", x_first=False),
    "xy-interleaved": _Layout("ngijdyx", x_first=True),
    # eq: offset-layouts-split
    "y-then-x": _Layout("ngdijyx", x_first=False),
    "x-then-y": _Layout("ngdijyx", x_first=True),
    # eq: offset-layout-dcnv3
    "dcnv3": _Layout("nyxgjid", x_first=True),
}
OFFSET_LAYOUTS = tuple(_LAYOUTS)


def convert_offset(
    offset: OffsetArray,
    source: str,
    target: str,
    kernel_size: int | tuple[int, int],
    offset_groups: int = 1,
) -> OffsetArray:
    """Bring offsets from one library's order to another's; the numbers stay, their places change.

    With T = kH·kW taps, tap k = i·kW + j in row i and column j of the kernel, group g of Gd, and "channel"
    for the index in axis 1 (in axis 3 of "dcnv3"), the move of tap k along an axis stands at:

    ================  =====================  ==========================  ==========================
    layout            shape                  channel of y                channel of x
    ================  =====================  ==========================  ==========================
    "yx-interleaved"  (N, Gd·T·2, Ho, Wo)    2·(g·T + k)                 2·(g·T + k) + 1
    "xy-interleaved"  (N, Gd·T·2, Ho, Wo)    2·(g·T + k) + 1             2·(g·T + k)
    "y-then-x"        (N, Gd·2·T, Ho, Wo)    2·g·T + k                   2·g·T + T + k
    "x-then-y"        (N, Gd·2·T, Ho, Wo)    2·g·T + T + k               2·g·T + k
    "dcnv3"           (N, Ho, Wo, Gd·T·2)    2·(g·T + j·kH + i) + 1      2·(g·T + j·kH + i)
    ================  =====================  ==========================  ==========================

    "yx-interleaved" is the order of `deform_conv2d`, here and in torchvision, mmcv, MXNet, Paddle and ONNX;
    "y-then-x" is the report's; "x-then-y" is Chainer's; "dcnv3" is that of InternImage's DCNv3, with an
    `offset_scale` of 1 and all taps present, and of the offsets in DCNv4 once they are cut out of its common
    tensor. The two orders that split y from x say nothing of groups where they are used; with several, this
    function keeps each group's channels together.

    Args:
        offset: Tensor or NumPy array of the source's shape, any dtype.
        source: Name of the layout that `offset` has.
        target: Name of the layout wanted.
        kernel_size: kH and kW, in taps; an int or a pair (y, x).
        offset_groups: Gd.

    Returns:
        The offsets in the target's shape; of the type and dtype of `offset`, with which it may share memory.
        Gradients pass through.

    Raises:
        TypeError: `offset` is no tensor or array, or a number is no int.
        ValueError: A layout is unknown, a number is too small, or the shape does not fit the source layout.

    Source: equations `offset-layout`, `offset-layouts-split` and `offset-layout-dcnv3`.
    """
    given = _LAYOUTS[choice("source", source, OFFSET_LAYOUTS)]
    wanted = _LAYOUTS[choice("target", target, OFFSET_LAYOUTS)]
    kH, kW = pair("kernel_size", kernel_size, 1)
    Gd = integer("offset_groups", offset_groups, 1)
    if not isinstance(offset, Tensor | np.ndarray):
        raise TypeError(f"offset: expected a torch.Tensor or a NumPy array, got {type(offset).__name__}")
    last = _channels_last(given)
    channels = 2 * Gd * kH * kW
    if offset.ndim != 4 or offset.shape[3 if last else 1] != channels:
        axes = f"(N, Ho, Wo, {channels})" if last else f"(N, {channels}, Ho, Wo)"
        raise ValueError(
            f"offset: expected the shape {axes} of {source!r} with kernel_size {kH, kW} and "
            f"offset_groups {Gd}, got {tuple(offset.shape)}"
        )
    N, Ho, Wo = (offset.shape[axis] for axis in ((0, 1, 2) if last else (0, 2, 3)))
    lengths = {"n": N, "g": Gd, "i": kH, "j": kW, "d": 2, "y": Ho, "x": Wo}
    values: Any = offset
    values = values.reshape([lengths[axis] for axis in given.axes])
    order = [given.axes.index(axis) for axis in wanted.axes]
    flip = (wanted.axes.index("d"),) if given.x_first != wanted.x_first else ()
    if isinstance(offset, Tensor):
        values = torch.flip(values.permute(order), flip)
    else:
        values = np.flip(values.transpose(order), flip)
    converted: OffsetArray = values.reshape(
        (N, Ho, Wo, channels) if _channels_last(wanted) else (N, channels, Ho, Wo)
    )
    return converted


def _channels_last(layout: _Layout) -> bool:
    """Whether the channels stand behind the output point."""
    return layout.axes.startswith("nyx")
