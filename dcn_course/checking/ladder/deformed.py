"""What the entries of a deformable layer's arrays mean: where each sample lies, and what wrong ones share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dcn_course.reference import deform_im2col

from .bilinear_sampling import FLOOR
from .model import Arguments, Feature, Mask, Numbers, Plane, grid

COLUMN_AXES = ("image", "channel", "i", "j", "oy", "ox")
OFFSET_AXES = ("image", "offset group", "i", "j", "y or x", "oy", "ox")
MASK_AXES = ("image", "offset group", "i", "j", "oy", "ox")
OUTPUT_AXES = ("image", "map", "oy", "ox")
INPUT_AXES = ("image", "channel", "y", "x")
WEIGHT_AXES = ("map", "channel", "i", "j")
CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))  # down, right
CORNER_NAMES = ("a", "below a", "diagonal", "right of a")
OFFSET_ORDER = "for each tap first y, then x"


@dataclass(frozen=True)
class Samples:
    """The samples of a layer; arrays of shape (N, G_Δ, kH, kW, Hout, Wout), with the axes named in front.

    Attributes:
        size: (H, W).
        channels: C1.
        border: "zeros" or "project"; "" where it is not known.
        position: (y, x) before any projection, in pixels.
        corner: (ay, ax), int64.
        weight: (w0, w1, w2, w3).
        held: in y and in x, whether the border holds the sample there.
    """

    size: tuple[int, int]
    channels: int
    border: str
    position: tuple[Numbers, Numbers]
    corner: tuple[Numbers, Numbers]
    weight: tuple[Numbers, Numbers, Numbers, Numbers]
    held: tuple[Mask, Mask]

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, G_Δ, kH, kW, Hout, Wout)."""
        return self.position[0].shape

    def shares(self) -> list[Numbers]:
        """The weight of each corner in the value, in the order of `CORNERS`."""
        w0, w1, w2, w3 = self.weight
        return [w0 * w1, w1 * w2, w2 * w3, w3 * w0]

    def slope_factors(self, axis: int) -> list[Numbers]:
        """The factor of each corner in the slope in y (0) or x (1), 0 where the border holds the sample."""
        w0, w1, w2, w3 = self.weight
        factors = ([-w1, w1, w3, -w3], [-w0, -w2, w2, w0])[axis]
        return [np.where(self.held[axis], 0, factor) for factor in factors]

    def corner_values(self, image: Numbers) -> list[Numbers]:
        """Read the input (N, C1, H, W) at each corner: shape (N, C1, kH, kW, Hout, Wout), 0 outside."""
        H, W = self.size
        found = []
        for down, right in CORNERS:
            qy, qx = self.per_channel(self.corner[0] + down), self.per_channel(self.corner[1] + right)
            n, c1, *_ = grid(qy.shape)
            on = (qy >= 0) & (qy < H) & (qx >= 0) & (qx < W)
            found.append(np.where(on, image[n, c1, qy.clip(0, H - 1), qx.clip(0, W - 1)], 0.0))
        return found

    def per_channel(self, array: Numbers) -> Numbers:
        """Repeat what is there for each offset group for each of its channels."""
        return np.repeat(array, self.channels // self.shape[1], axis=1)


def samples(arguments: Arguments) -> Samples:
    """Locate the samples of a layer.

    Args:
        arguments: `offset`; `weight` or `kernel_size`; `input` or `input_shape`; `stride`, `padding` and
            `dilation`; `border`, "zeros" where it is not there. Or what the forward pass has saved of them:
            `indices`, `weights` and `projected` (False where it is not there); `input` or `input_shape`. Then
            the taps lie in one row, and positions are those after the projection.
    """
    a = arguments
    if "indices" in a:
        return _saved(a)
    kH, kW = a["kernel_size"] if "kernel_size" in a else a["weight"].shape[2:]
    N, C1, H, W = a["input"].shape if "input" in a else a["input_shape"]
    border = a.get("border", "zeros")
    G = a["offset"].shape[1] // (2 * kH * kW)
    geometry = a["stride"], a["padding"], a["dilation"]
    found = deform_im2col(np.zeros((N, G, H, W)), a["offset"], (kH, kW), *geometry, border=border)
    shape = N, G, kH, kW, *a["offset"].shape[2:]
    index = found.indices.reshape(*shape, 2)
    weight = found.weights.reshape(*shape, 4)
    held = found.projected.reshape(*shape, 2)
    _, _, i, j, oy, ox = grid(shape)
    Δ = a["offset"].reshape(*shape[:4], 2, *shape[4:])
    (sy, sx), (py, px), (dy, dx) = geometry
    y, x = sy * oy - py + dy * i + Δ[:, :, :, :, 0], sx * ox - px + dx * j + Δ[:, :, :, :, 1]
    w0, w1, w2, w3 = np.moveaxis(weight, -1, 0)
    return Samples(
        (H, W),
        C1,
        border,
        (y, x),
        (index[..., 0], index[..., 1]),
        (w0, w1, w2, w3),
        (held[..., 0], held[..., 1]),
    )


def _saved(a: Arguments) -> Samples:
    _, C1, H, W = a["input"].shape if "input" in a else a["input_shape"]
    index, weight = np.expand_dims(a["indices"], 2), np.expand_dims(a["weights"], 2)
    held = np.expand_dims(a["projected"], 2) if "projected" in a else np.zeros(index.shape, bool)
    place, (w0, w1, w2, w3) = index + weight[..., 2:], np.moveaxis(weight, -1, 0)
    return Samples(
        (H, W),
        C1,
        "",
        (place[..., 0], place[..., 1]),
        (index[..., 0], index[..., 1]),
        (w0, w1, w2, w3),
        (held[..., 0], held[..., 1]),
    )


def column_view(arguments: Arguments, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The shape (N, C1, kH, kW, Hout, Wout) of columns."""
    found = samples(arguments)
    return (found.shape[0], found.channels, *found.shape[2:])


def offset_view(arguments: Arguments, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The shape (N, G_Δ, kH, kW, 2, Hout, Wout) of offsets."""
    found = samples(arguments).shape
    return (*found[:4], 2, *found[4:])


def mask_view(arguments: Arguments, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The shape (N, G_Δ, kH, kW, Hout, Wout) of a modulation."""
    return samples(arguments).shape


def sample_features(found: Samples) -> list[Feature]:
    """What samples may have in common; masks broadcast to (N, G_Δ, kH, kW, Hout, Wout)."""
    (y, x), (H, W) = found.position, found.size
    negative = (y < 0) | (x < 0)
    off = negative | (y > H - 1) | (x > W - 1)
    cut = off & (y > -1) & (x > -1) & (y < H) & (x < W)
    rule = {
        "zeros": "outside, the image is zero",
        "project": "the position is first brought to the nearest point of the image",
        "": "",
    }[found.border]
    here = np.ones((1,) * 6, bool)
    return [
        Feature("have a negative coordinate", negative, FLOOR if found.border == "zeros" else rule),
        Feature("lie in the cells around the image's edge", cut, rule),
        Feature("lie outside the image", off, rule),
        Feature("lie on the image", ~off),
        Feature(
            "lie behind the last row or column", (y > H - 1) | (x > W - 1), "the last index is H − 1 or W − 1"
        ),
        Feature(
            "are held by the border",
            found.held[0] | found.held[1],
            "where a coordinate is projected, the value does not change with it",
        ),
        *place_features(found.shape),
        Feature("are read with the border projected", here & (found.border == "project")),
        Feature("are read with zeros outside", here & (found.border == "zeros")),
    ]


def place_features(shape: tuple[int, ...]) -> list[Feature]:
    """What samples may have in common wherever they lie; `shape` is (N, G_Δ, kH, kW, Hout, Wout)."""
    n, g, i, j, oy, ox = grid(shape)
    here = np.ones((1,) * 6, bool)
    return [
        Feature("belong to taps with i ≠ j", i != j, "y and x may be swapped: i goes with y, j with x"),
        Feature("belong to output points with oy ≠ ox", oy != ox, "the points are counted row by row"),
        Feature("belong to another tap than the first", (i > 0) | (j > 0), OFFSET_ORDER),
        Feature("belong to taps with i > 0", i > 0),
        Feature("belong to taps with j > 0", j > 0),
        Feature("belong to output points with oy > 0", oy > 0, "is the stride in, sy with oy?"),
        Feature("belong to output points with ox > 0", ox > 0, "is the stride in, sx with ox?"),
        Feature("belong to another offset group than the first", g > 0, "each group has offsets of its own"),
        Feature(
            "are in a layer with several offset groups",
            here & (shape[1] > 1),
            "each group of channels has offsets of its own",
        ),
        Feature("are in another image than the first", n > 0),
    ]


def column_features(arguments: Arguments) -> list[Feature]:
    """What entries of the columns may have in common, in the shape of `column_view`."""
    found = samples(arguments)
    _, c1, *_ = grid((1, found.channels, 1, 1, 1, 1))
    later = Feature("are in another channel than the first", c1 > 0, "all channels of a group move together")
    return [*(_widened(f, found) for f in sample_features(found)), later]


def offset_features(arguments: Arguments) -> list[Feature]:
    """What entries of the offsets or positions may have in common, in the shape of `offset_view`."""
    found = samples(arguments)
    axis = np.arange(2)[None, None, None, None, :, None, None]
    held = np.stack(found.held, axis=4)
    several = np.full((1,) * 7, found.channels > found.shape[1])
    return [
        Feature("are in y", axis == 0, "the pair is (y, x)"),
        Feature("are in x", axis == 1, "the pair is (y, x)"),
        *held_features(axis, held),
        Feature(
            "serve several channels",
            several,
            "all channels of a group move together: sum over them",
        ),
        *(Feature(f.words, np.expand_dims(f.mask, 4), f.hint) for f in sample_features(found)),
    ]


def held_features(axis: Numbers, held: Mask) -> list[Feature]:
    """What slopes, and gradients, in y (axis 0) and x (1) may have in common where the border holds."""
    still = "where a coordinate is projected, the value does not change with it: 0"
    return [
        Feature("are held by the border in this axis", held, still),
        Feature("are in y and held by the border", held & (axis == 0), still),
        Feature("are in x and held by the border", held & (axis == 1), still),
    ]


def mask_features(arguments: Arguments) -> list[Feature]:
    """What entries of the modulation may have in common, in the shape of `mask_view`."""
    found = samples(arguments)
    several = np.full((1,) * 6, found.channels > found.shape[1])
    sums = Feature("serve several channels", several, "a modulation scales all channels of a group")
    return [sums, *sample_features(found)]


def output_features(arguments: Arguments) -> list[Feature]:
    """What entries of the output may have in common, in the shape (N, C2, Hout, Wout)."""
    found = samples(arguments)
    N, _, _, _, Ho, Wo = found.shape
    n, c2, oy, ox = grid((N, len(arguments["weight"]), Ho, Wo))
    everywhere = np.ones((1, 1, 1, 1), bool)
    (y, x), (H, W) = found.position, found.size
    negative = (y < 0) | (x < 0)
    off = negative | (y > H - 1) | (x > W - 1)
    return [
        Feature("have a sample with a negative coordinate", _any(negative), FLOOR),
        Feature("have a sample outside the image", _any(off), "what does the border say?"),
        Feature("are output points with oy ≠ ox", oy != ox, "the points are counted row by row"),
        Feature("are in another map than the first", c2 > 0, "each map has a row of K and a bias of its own"),
        Feature("are in another image than the first", n > 0),
        Feature(
            "are in a layer with several offset groups",
            everywhere & (found.shape[1] > 1),
            "each group of channels has offsets of its own",
        ),
        Feature("are in a layer with several input maps", everywhere & (found.channels > 1)),
    ]


def input_features(arguments: Arguments) -> list[Feature]:
    """What entries of the input's gradient may have in common, in the shape (N, C1, H, W)."""
    found = samples(arguments)
    N, C1, (H, W) = found.shape[0], found.channels, found.size
    n, c1, y, x = grid((N, C1, H, W))
    reads, wrapped = np.zeros((N, C1, H, W), int), np.zeros((N, C1, H, W), bool)
    for down, right in CORNERS:
        qy, qx = found.per_channel(found.corner[0] + down), found.per_channel(found.corner[1] + right)
        at_n, at_c, *_ = np.broadcast_arrays(*grid(qy.shape))
        on = (qy >= 0) & (qy < H) & (qx >= 0) & (qx < W)
        np.add.at(reads, (at_n[on], at_c[on], qy[on], qx[on]), 1)  # with the weight 0 too: = would write it
        near = ~on & (qy >= -H) & (qx >= -W)
        wrapped[at_n[near], at_c[near], qy[near] % H, qx[near] % W] = True
    several = np.ones((1,) * 4, bool) & (found.shape[1] > 1)
    return [
        Feature("are pixels that more than one sample reads", reads > 1, "they all add up: += and not ="),
        Feature("are pixels that some sample reads", reads > 0),
        Feature("are pixels that no sample reads", reads == 0, "a share that falls outside is dropped"),
        Feature(
            "are where a negative or too large index wraps round to",
            wrapped,
            "what falls outside must be dropped: a negative index counts from the end",
        ),
        Feature("lie in the last row or column", (y == H - 1) | (x == W - 1), "the last index is H − 1"),
        Feature("lie in the first row or column", (y == 0) | (x == 0), "the first index is 0"),
        Feature(
            "lie on the image's rim",
            (y == 0) | (x == 0) | (y == H - 1) | (x == W - 1),
            "what does the border do?",
        ),
        Feature("are in another channel than the first", c1 > 0, "every channel has a gradient of its own"),
        Feature("are in another image than the first", n > 0),
        Feature(
            "are in a layer with several offset groups",
            several,
            "each group of channels has offsets of its own",
        ),
    ]


def column_planes(arguments: Arguments) -> list[Plane]:
    """Where entries of the columns lie: by cell of the image, by output point, by tap."""
    found = samples(arguments)
    y, x = (found.per_channel(p) for p in found.position)
    _, _, i, j, oy, ox = grid((1, 1, *found.shape[2:]))
    return [_cells(found, y, x), *lattices(found.shape, i, j, oy, ox)]


def offset_planes(arguments: Arguments) -> list[Plane]:
    """Where entries of the offsets lie: by cell of the image, by output point, by tap."""
    found = samples(arguments)
    y, x = (np.expand_dims(p, 4) for p in found.position)
    _, _, i, j, _, oy, ox = grid((1, 1, *found.shape[2:4], 1, *found.shape[4:]))
    return [_cells(found, y, x), *lattices(found.shape, i, j, oy, ox)]


def mask_planes(arguments: Arguments) -> list[Plane]:
    """Where entries of the modulation lie: by cell of the image, by output point, by tap."""
    found = samples(arguments)
    _, _, i, j, oy, ox = grid((1, 1, *found.shape[2:]))
    return [_cells(found, *found.position), *lattices(found.shape, i, j, oy, ox)]


def output_planes(arguments: Arguments) -> list[Plane]:
    """Where entries of the output lie."""
    shape: tuple[int, int] = arguments["offset"].shape[2:]
    _, _, oy, ox = grid((1, 1, *shape))
    return [Plane("the output points", oy, ox, shape)]


def input_planes(arguments: Arguments) -> list[Plane]:
    """Where entries of the input's gradient lie."""
    shape = arguments["input"].shape if "input" in arguments else arguments["input_shape"]
    size: tuple[int, int] = (int(shape[2]), int(shape[3]))
    _, _, y, x = grid((1, 1, *size))
    return [Plane("the image", y, x, size, (0, 0), size)]


def weight_planes(arguments: Arguments) -> list[Plane]:
    """Where entries of the kernel's gradient lie."""
    shape = arguments["weight"].shape if "weight" in arguments else arguments["weight_shape"]
    taps: tuple[int, int] = (int(shape[2]), int(shape[3]))
    _, _, i, j = grid((1, 1, *taps))
    return [Plane("the taps of the kernel", i, j, taps)]


def weight_features(arguments: Arguments) -> list[Feature]:
    """What entries of the kernel's gradient may have in common, in the shape (C2, C1, kH, kW)."""
    shape = arguments["weight"].shape if "weight" in arguments else arguments["weight_shape"]
    c2, c1, i, j = grid(shape)
    return [
        Feature("belong to taps with i ≠ j", i != j, "y and x may be swapped: i goes with y, j with x"),
        Feature("are in another map than the first", c2 > 0),
        Feature("are in another channel than the first", c1 > 0),
    ]


def column_terms(arguments: Arguments) -> dict[str, Numbers]:
    """The four summands of each entry of the columns, in the shape of `column_view`.

    With `mask` among the arguments they are modulated.
    """
    found = samples(arguments)
    values = found.corner_values(arguments["input"])
    m = found.per_channel(arguments["mask"].reshape(found.shape)) if "mask" in arguments else 1.0
    parts = [m * found.per_channel(s) * v for s, v in zip(found.shares(), values, strict=True)]
    names = ("w0·w1·X(a)", "w1·w2·X(below a)", "w2·w3·X(diagonal)", "w3·w0·X(right of a)")
    return dict(zip(names, parts, strict=True))


def slope_terms(found: Samples, image: Numbers) -> dict[str, Numbers]:
    """The eight summands of the slopes of an image (N, C1, H, W), in the shape of `column_view` and (2,)."""
    signs = (("−w1", "w1", "w3", "−w3"), ("−w0", "−w2", "w2", "w0"))
    values = found.corner_values(image)
    made: dict[str, Numbers] = {}
    for axis, letter in enumerate("yx"):
        for factor, value, sign, name in zip(
            found.slope_factors(axis), values, signs[axis], CORNER_NAMES, strict=True
        ):
            term = np.zeros((*value.shape, 2))
            term[..., axis] = found.per_channel(factor) * value
            made[f"∂/∂{letter}: {sign}·X({name})"] = term
    return made


def collected(terms: dict[str, Numbers], found: Samples, arguments: Arguments) -> dict[str, Numbers]:
    """Multiply terms of the slopes by `grad_columns`, sum over the channels: the shape of `offset_view`."""
    g = arguments["grad_columns"].reshape(found.shape[0], found.channels, *found.shape[2:])
    if "mask" in arguments:
        g = g * found.per_channel(arguments["mask"].reshape(found.shape))
    made = {}
    for name, term in terms.items():
        each = (g[..., None] * term).reshape(*found.shape[:2], -1, *found.shape[2:], 2)
        made[name] = np.moveaxis(each.sum(axis=2), -1, 4)
    return made


def offset_terms(arguments: Arguments) -> dict[str, Numbers]:
    """The eight summands of the offsets' gradient, from `grad_columns`, in the shape of `offset_view`."""
    found = samples(arguments)
    return collected(slope_terms(found, arguments["input"]), found, arguments)


def input_terms(arguments: Arguments) -> dict[str, Numbers]:
    """The four summands of the input's gradient, from `grad_columns`, in the shape (N, C1, H, W)."""
    found = samples(arguments)
    g = arguments["grad_columns"].reshape(column_view(arguments))
    if "mask" in arguments:
        g = g * found.per_channel(arguments["mask"].reshape(found.shape))
    H, W = found.size
    made: dict[str, Numbers] = {}
    names = ("w0·w1·g at a", "w1·w2·g below a", "w2·w3·g at the diagonal", "w3·w0·g right of a")
    for name, (down, right), share in zip(names, CORNERS, found.shares(), strict=True):
        qy, qx = found.per_channel(found.corner[0] + down), found.per_channel(found.corner[1] + right)
        n, c1, *_ = np.broadcast_arrays(*grid(qy.shape))
        on = (qy >= 0) & (qy < H) & (qx >= 0) & (qx < W)
        term = np.zeros((found.shape[0], found.channels, H, W))
        np.add.at(term, (n[on], c1[on], qy[on], qx[on]), (g * found.per_channel(share))[on])
        made[name] = term
    return made


def _widened(feature: Feature, found: Samples) -> Feature:
    mask = feature.mask
    return Feature(feature.words, found.per_channel(mask) if mask.shape[1] > 1 else mask, feature.hint)


def _any(mask: Mask) -> Mask:
    hit: Mask = np.expand_dims(mask.any(axis=(1, 2, 3)), 1)
    return hit


def _cells(found: Samples, y: Numbers, x: Numbers) -> Plane:
    """The samples by cell: one cell more than the image on each side; farther ones at the rim."""
    H, W = found.size
    rows, columns = np.clip(np.floor(y), -2, H).astype(int), np.clip(np.floor(x), -2, W).astype(int)
    return Plane("the samples, by the cell that they lie in", rows, columns, (H + 3, W + 3), (-2, -2), (H, W))


def lattices(shape: tuple[int, ...], i: Numbers, j: Numbers, oy: Numbers, ox: Numbers) -> list[Plane]:
    """The lattices of the output points and of the taps, from (N, G_Δ, kH, kW, Hout, Wout) and indices."""
    kH, kW, Ho, Wo = shape[2:]
    return [
        Plane("the output points", oy, ox, (Ho, Wo)),
        Plane("the taps of the kernel", i, j, (kH, kW)),
    ]
