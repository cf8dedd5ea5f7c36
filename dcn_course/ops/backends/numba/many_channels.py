"""Calls with many channels: tiles of columns, filled and scattered by our kernel, multiplied by PyTorch.

What is shared out to the threads depends on the number of images: whole images, or parts of them where there
are few. The forward pass then turns the image once and splits its points, the backward pass splits its
channels into blocks, so that no two threads write to the same place.

Extra memory with T threads, whatever the number of images: at most

    T·(2·C·(H + 4)·(W + 4) + tile + plan) + (2·T + 2)·O·C/G·kH·kW + 14·Gd·kH·kW·3·Ho·Wo  numbers:

a turned image and its gradient for each thread; a tile of columns, `TILE_ENTRIES` or those of 16 points if
that is more, and its plan, 6 numbers a position; the turned kernel, its gradient for each share and their
sum; and, where there are fewer than `WHOLE_IMAGES` images, the gradients of offset and mask of each block of
channels (7 images in 2 blocks are the most). In the forward pass one turned image does for all threads then.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dcn_course.ops.backends._call import Gradients, Inputs, Settings, Wanted
from dcn_course.ops.backends.numba import many_channels_kernel as kernel
from dcn_course.ops.backends.numba import threads
from dcn_course.ops.backends.numba.arrays import array, flat, ranges
from dcn_course.ops.backends.numba.plan import RING, Array, Lattice, Sizes, lattice_of, sizes_of
from dcn_course.ops.backends.numba.simd import LANES

# Of the column matrix, 2 MB in float32: each product reads the whole kernel, so it should have many points.
TILE_ENTRIES = 2**19
WHOLE_IMAGES = 8  # from so many on, an image is not split
BLOCK = 32  # channels that a block has at least
SHARES_A_THREAD = 2


class Given(NamedTuple):
    """The tensors of a call and their memory."""

    x: Array
    offset: Array
    mask: Array
    K: Tensor  # (G, O/G, kH·kW, C/G)
    sizes: Sizes
    lattice: Lattice


class Piece(NamedTuple):
    """Channels that lie in one weight group: its number, the first of them, behind the last."""

    group: int
    first: int
    end: int


def forward(inputs: Inputs, settings: Settings) -> Tensor:
    """See `Backend.forward`."""
    X, weight, bias = inputs.X, inputs.weight, inputs.bias
    Y = X.new_empty(len(X), len(weight), *settings.geometry.output_size)
    given = _given(inputs, settings)
    sizes = given.sizes
    by_group = Y.detach().view(len(X), *given.K.shape[:2], sizes.points)
    b = None if bias is None else bias.detach().view(sizes.groups, -1, 1)
    parts = _parts_of_image(len(X), sizes.points // LANES)
    if parts == 1:
        images = ranges(len(X), SHARES_A_THREAD * torch.get_num_threads())
        threads.run([partial(_forward_images, given, b, by_group, *share) for share in images])
        return Y
    image = _new_image(sizes, sizes.channels, given.x.dtype)
    rows, points = ranges(sizes.height, parts), ranges(sizes.points, parts)
    for n in range(len(X)):
        threads.run([partial(kernel.turn, given.x, n, 0, image, *some) for some in rows])
        threads.run([partial(_forward_points, given, b, by_group[n], image, n, *some) for some in points])
    return Y


def _forward_images(given: Given, b: Tensor | None, Y: Tensor, first: int, end: int) -> None:
    """Compute the outputs of some images; `Y` is (N, G, O/G, Ho·Wo)."""
    sizes = given.sizes
    image = _new_image(sizes, sizes.channels, given.x.dtype)
    for n in range(first, end):
        kernel.turn(given.x, n, 0, image, 0, sizes.height)
        _forward_points(given, b, Y[n], image, n, 0, sizes.points)


def _forward_points(
    given: Given, b: Tensor | None, Y: Tensor, image: Array, n: int, first: int, end: int
) -> None:
    """Compute some points of the outputs of the turned image `n`; `Y` is (G, O/G, Ho·Wo)."""
    sizes = given.sizes
    tile = min(end - first, _tile(sizes, sizes.channels // sizes.groups))
    memory = Y.new_empty(tile * sizes.taps * (sizes.channels // sizes.groups))
    pieces = _pieces(sizes, 0, sizes.channels)
    for start in range(first, end, tile):
        stop = min(start + tile, end)
        for piece in pieces:
            # eq: deformable-columns
            A = _fill(given, memory, image, 0, piece, n, start, stop)
            # eq: deformable-convolution
            out = Y[piece.group, :, start:stop]
            torch.mm(given.K[piece.group].flatten(1), A.T, out=out)
            if b is not None:
                out += b[piece.group]


def backward(grad_output: Tensor, inputs: Inputs, wanted: Wanted, settings: Settings) -> Gradients:
    """See `Backend.backward`; the gradient of the bias is left out."""
    X, offset, mask, weight, _ = inputs
    given = _given(inputs, settings)
    sizes = given.sizes
    delta = grad_output.detach().contiguous().view(len(X), *given.K.shape[:2], sizes.points)
    blocks = ranges(sizes.channels, _parts_of_image(len(X), sizes.channels // BLOCK))
    images = ranges(len(X), -(-SHARES_A_THREAD * torch.get_num_threads() // len(blocks)))
    grad_X = X.new_empty(X.shape) if wanted.input else None
    # One for each block; they are added in this order, whichever thread is first.
    grad_offset = X.new_zeros(len(blocks), *offset.shape) if wanted.offset else None
    grad_mask = X.new_zeros(len(blocks), *mask.shape) if wanted.mask and mask is not None else None
    shares = [(share, block) for share in images for block in range(len(blocks))]
    parts = threads.run(
        [
            partial(
                _backward_share,
                given,
                delta,
                wanted,
                array(grad_X, X),
                None if grad_offset is None else grad_offset[block].flatten(1).numpy(),
                None if grad_mask is None else grad_mask[block].flatten(1).numpy(),
                *share,
                *blocks[block],
            )
            for share, block in shares
        ]
    )
    grad_weight = None
    if wanted.weight:
        grad_K = torch.zeros_like(given.K)
        for (_, block), part in zip(shares, parts, strict=True):
            for piece, grad in zip(_pieces(sizes, *blocks[block]), part, strict=True):
                _of_piece(grad_K, piece, sizes).add_(grad)
        grad_weight = grad_K.transpose(2, 3).reshape(weight.shape)
    return Gradients(
        grad_X,
        None if grad_offset is None else grad_offset.sum(0),
        None if grad_mask is None else grad_mask.sum(0),
        grad_weight,
        None,
    )


def _backward_share(
    given: Given,
    delta: Tensor,
    wanted: Wanted,
    grad_x: Array,
    grad_offset: Array | None,
    grad_mask: Array | None,
    first: int,
    end: int,
    first_channel: int,
    end_channel: int,
) -> list[Tensor]:
    """Compute the gradients of some images in some channels; return those of the kernel, one a piece."""
    x, offset, mask, _, sizes, lattice = given
    channels = end_channel - first_channel
    image = _new_image(sizes, channels, x.dtype)
    grad_image = _new_image(sizes, channels if wanted.input else 0, x.dtype)
    pieces = _pieces(sizes, first_channel, end_channel)
    widest = max(piece.end - piece.first for piece in pieces)
    tile = _tile(sizes, widest)
    memory = delta.new_empty(tile * sizes.taps * widest)
    Ks = [_of_piece(given.K, piece, sizes).flatten(1) for piece in pieces]
    grad_Ks = [torch.zeros_like(K) for K in Ks] if wanted.weight else []
    none = np.empty(0, x.dtype)
    for n in range(first, end):
        kernel.turn(x, n, first_channel, image, 0, sizes.height)
        grad_image.fill(0)
        targets = tuple(none if grad is None else grad[n] for grad in (grad_offset, grad_mask))
        for start in range(0, sizes.points, tile):
            stop = min(start + tile, sizes.points)
            for number, piece in enumerate(pieces):
                delta_tile = delta[n, piece.group, :, start:stop]
                if wanted.weight:
                    # eq: deformable-columns
                    A = _fill(given, memory, image, first_channel, piece, n, start, stop)
                    # eq: gradient-weight
                    grad_Ks[number].addmm_(delta_tile, A)
                if not (wanted.input or wanted.offset or wanted.mask):
                    continue
                # eq: gradient-columns
                grad_A = _columns(memory, stop - start, sizes.taps, piece)
                torch.mm(delta_tile.T, Ks[number], out=grad_A.flatten(1))
                for d, c, c_end in _offset_groups(sizes, piece):
                    kernel.scatter(
                        grad_A.numpy(),
                        image,
                        offset,
                        mask,
                        n,
                        d,
                        start,
                        stop,
                        c - first_channel,
                        c_end - first_channel,
                        c - piece.first,
                        grad_image,
                        *targets,
                        sizes,
                        lattice,
                    )
        if wanted.input:
            kernel.turn_back(grad_image, n, first_channel, grad_x)
    return [grad.view(len(grad), sizes.taps, -1) for grad in grad_Ks]


def _given(inputs: Inputs, settings: Settings) -> Given:
    X, offset, mask, weight, _ = inputs
    sizes = sizes_of(X.shape, len(weight), settings)
    x = array(X, X)
    K = weight.detach().flatten(2).unflatten(0, (sizes.groups, -1)).transpose(2, 3).contiguous()
    return Given(x, flat(offset, X), flat(mask, X), K, sizes, lattice_of(sizes, settings, x.dtype))


def _fill(
    given: Given, memory: Tensor, image: Array, first: int, piece: Piece, n: int, start: int, stop: int
) -> Tensor:
    """The columns of a tile in `memory`, (points, kH·kW·channels); the image begins with channel `first`."""
    columns = _columns(memory, stop - start, given.sizes.taps, piece)
    for d, c, end in _offset_groups(given.sizes, piece):
        kernel.fill(
            image,
            given.offset,
            given.mask,
            n,
            d,
            start,
            stop,
            c - first,
            end - first,
            c - piece.first,
            columns.numpy(),
            given.sizes,
            given.lattice,
        )
    return columns.flatten(1)


def _columns(memory: Tensor, points: int, taps: int, piece: Piece) -> Tensor:
    """The beginning of `memory` as (points, kH·kW, channels)."""
    channels = piece.end - piece.first
    return memory[: points * taps * channels].view(points, taps, channels)


def _new_image(sizes: Sizes, channels: int, dtype: np.dtype[np.floating]) -> Array:
    """Zeros (H + 4, W + 4, channels)."""
    return np.zeros((sizes.height + 2 * RING, sizes.width + 2 * RING, channels), dtype)


def _tile(sizes: Sizes, channels: int) -> int:
    """Output points of a tile, a multiple of 16."""
    return max(1, TILE_ENTRIES // (sizes.taps * channels * LANES)) * LANES


def _parts_of_image(images: int, most: int) -> int:
    """In how many parts an image is split; by the shapes alone, so that the threads do not change a bit."""
    return max(1, min(-(-WHOLE_IMAGES // max(1, images)), most)) if images < WHOLE_IMAGES else 1


def _pieces(sizes: Sizes, first: int, end: int) -> list[Piece]:
    """Split channels where a weight group ends."""
    return [Piece(*piece) for piece in _cut(first, end, sizes.channels // sizes.groups)]


def _offset_groups(sizes: Sizes, piece: Piece) -> list[tuple[int, int, int]]:
    """Split the channels of a piece where an offset group ends: number, first channel, behind the last."""
    return _cut(piece.first, piece.end, sizes.channels // sizes.offset_groups)


def _cut(first: int, end: int, length: int) -> list[tuple[int, int, int]]:
    groups = range(first // length, -(-end // length))
    return [(g, max(first, g * length), min(end, (g + 1) * length)) for g in groups]


def _of_piece(K: Tensor, piece: Piece, sizes: Sizes) -> Tensor:
    """The kernel of a piece, (O/G, kH·kW, channels), as a view."""
    before = piece.group * (sizes.channels // sizes.groups)
    return K[piece.group, :, :, piece.first - before : piece.end - before]
