"""Exercise 16: the modulated columns, the mask's gradient, and all gradients that the mask takes part in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dcn_course import reference

from .. import deformed_saved
from . import deformed
from .deformable_convolution import Border
from .gradient_input import with_grad_columns
from .model import Arguments, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

Pair = tuple[int, int]
_ARGUMENTS = {
    "modulate": ("values", "mask", "kernel_size"),
    "grad_mask": ("grad_columns", "values", "mask_shape", "kernel_size"),
    "deform_conv2d_backward": (
        "grad_output",
        "input",
        "offset",
        "mask",
        "weight",
        "stride",
        "padding",
        "dilation",
        "border",
    ),
}


def _modulated(values: Numbers, mask: Numbers, kernel_size: Pair) -> tuple[Numbers]:
    A = np.zeros(values.shape)
    N, rows, points = values.shape
    taps = kernel_size[0] * kernel_size[1]
    C1, G = rows // taps, mask.shape[1] // taps
    m = mask.reshape(N, G, taps, points)
    for n, c1, k in np.ndindex(N, C1, taps):
        # eq: deformable-columns
        A[n, c1 * taps + k] = m[n, c1 // (C1 // G), k] * values[n, c1 * taps + k]
    return (A,)


def _mask(
    grad_columns: Numbers, values: Numbers, mask_shape: tuple[int, ...], kernel_size: Pair
) -> tuple[Numbers]:
    N, rows, points = values.shape
    taps = kernel_size[0] * kernel_size[1]
    C1, G = rows // taps, mask_shape[1] // taps
    found = np.zeros((N, G, taps, points))
    for n, c1, k in np.ndindex(N, C1, taps):
        row = c1 * taps + k
        # eq: gradient-mask
        found[n, c1 // (C1 // G), k] += grad_columns[n, row] * values[n, row]
    return (found.reshape(mask_shape),)


def _backward(
    grad_output: Numbers,
    input: Numbers,
    offset: Numbers,
    mask: Numbers,
    weight: Numbers,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    border: Border,
) -> tuple[Numbers, ...]:
    found = reference.deform_conv2d_backward(
        grad_output, input, offset, weight, None, stride, padding, dilation, mask, border=border
    )
    assert found.mask is not None
    return found.input, found.offset, found.mask


def _taps(arguments: Arguments) -> tuple[int, ...]:
    """The shape (N, C1, kH, kW, Hout, Wout) of the columns, from a mask and the values."""
    a = arguments
    kH, kW = a["kernel_size"]
    N, _, Ho, Wo = a["mask"].shape if "mask" in a else a["mask_shape"]
    return N, a["values"].shape[1] // (kH * kW), kH, kW, Ho, Wo


def _groups(arguments: Arguments) -> int:
    maps: int = (arguments["mask"].shape if "mask" in arguments else arguments["mask_shape"])[1]
    kH, kW = arguments["kernel_size"]
    return maps // int(kH * kW)


def _mask_view(arguments: Arguments, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    N, _, *rest = _taps(arguments)
    return (N, _groups(arguments), *rest)


def _column_view(arguments: Arguments, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    return _taps(arguments)


def _column_features(arguments: Arguments) -> list[Feature]:
    N, C1, *lattice = _taps(arguments)
    G = _groups(arguments)
    _, c1, *_ = grid((1, C1, 1, 1, 1, 1))
    per_group = deformed.place_features((N, 1, *lattice))
    return [
        *(f for f in per_group if "offset group" not in f.words),
        Feature("are in another channel than the first", c1 > 0, "a mask serves all channels of its group"),
        Feature(
            "belong to another offset group than the first",
            c1 >= C1 // G,
            "the channels of a group stand together, C1 // G of them",
        ),
    ]


def _mask_features(arguments: Arguments) -> list[Feature]:
    shape = _mask_view(arguments)
    several = np.full((1,) * 6, _taps(arguments)[1] > shape[1])
    sums = Feature("serve several channels", several, "a modulation scales all channels of a group: sum")
    return [sums, *deformed.place_features(shape)]


def _lattices(arguments: Arguments) -> list[Plane]:
    shape = _taps(arguments)
    _, _, i, j, oy, ox = grid((1, 1, *shape[2:]))
    return deformed.lattices(shape, i, j, oy, ox)


def _column_terms(arguments: Arguments) -> dict[str, Numbers]:
    return {"m·X": _modulated(**arguments)[0].reshape(_taps(arguments))}


def _other_powers(arguments: Arguments) -> dict[str, Numbers]:
    shape, m = _taps(arguments), arguments["mask"]
    return {
        "X, without m": arguments["values"].reshape(shape),
        "m·m·X": _modulated(**arguments | {"mask": m**2})[0].reshape(shape),
    }


def _mask_terms(arguments: Arguments) -> dict[str, Numbers]:
    """g·X, its sum over the channels taken apart."""
    N, _, *lattice = _taps(arguments)
    each = (arguments["grad_columns"] * arguments["values"]).reshape(N, _groups(arguments), -1, *lattice)
    return {
        "g·X of each group's first channel": each[:, :, 0],
        "g·X of its other channels": each[:, :, 1:].sum(axis=2),
    }


def _whole_mask_terms(arguments: Arguments) -> dict[str, Numbers]:
    """The four corners of X in g·X, summed over the channels."""
    found = deformed.samples(arguments)
    a = {key: value for key, value in with_grad_columns(arguments).items() if key != "mask"}
    g = a["grad_columns"].reshape(deformed.column_view(a))
    made = {}
    for name, term in deformed.column_terms(a).items():
        each = (g * term).reshape(*found.shape[:2], -1, *found.shape[2:])
        made[f"g·{name}"] = each.sum(axis=2)
    return made


def _mask_squared(arguments: Arguments) -> dict[str, Numbers]:
    found = deformed.samples(arguments)
    total: Numbers = np.sum(list(_whole_mask_terms(arguments).values()), axis=0)
    return {"m·g·X": arguments["mask"].reshape(found.shape) * total}


def _summed(
    terms: Callable[[Arguments], dict[str, Numbers]], names: dict[str, int]
) -> Callable[[Arguments], dict[str, Numbers]]:
    """Sum terms to one, under each name with that power of the mask in it."""

    def summed(arguments: Arguments) -> dict[str, Numbers]:
        whole = with_grad_columns(arguments)
        made = {}
        for name, power in names.items():
            parts = terms(whole | {"mask": whole["mask"] ** power})
            made[name] = np.sum(list(parts.values()), axis=0)
        return made

    return summed


def _finer(terms: Callable[[Arguments], dict[str, Numbers]]) -> Callable[[Arguments], dict[str, Numbers]]:
    return lambda arguments: {f"m·({n})": t for n, t in terms(with_grad_columns(arguments)).items()}


def _mask_whole(arguments: Arguments) -> dict[str, Numbers]:
    return {"g·X": np.sum(list(_whole_mask_terms(arguments).values()), axis=0)}


LADDER = Ladder(
    rungs=(
        Rung(
            "modulate",
            _modulated,
            (
                Quantity(
                    "columns",
                    deformed.COLUMN_AXES,
                    _column_features,
                    _lattices,
                    view=_column_view,
                    terms=_column_terms,
                    foreign=_other_powers,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["modulate"]),
        ),
        Rung(
            "grad_mask",
            _mask,
            (
                Quantity(
                    "gradient of the mask",
                    deformed.MASK_AXES,
                    _mask_features,
                    _lattices,
                    view=_mask_view,
                    terms=_mask_terms,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["grad_mask"]),
        ),
        Rung(
            "deform_conv2d_backward",
            _backward,
            (
                Quantity(
                    "gradient of the input",
                    deformed.INPUT_AXES,
                    deformed.input_features,
                    deformed.input_planes,
                    terms=_summed(deformed.input_terms, {"the scatter of m·g": 1}),
                    finer=_finer(deformed.input_terms),
                    foreign=_summed(
                        deformed.input_terms, {"the scatter of g, without m": 0, "the scatter of m·m·g": 2}
                    ),
                ),
                Quantity(
                    "gradient of the offsets",
                    deformed.OFFSET_AXES,
                    deformed.offset_features,
                    deformed.offset_planes,
                    view=deformed.offset_view,
                    terms=_summed(deformed.offset_terms, {"m·g·slope": 1}),
                    finer=_finer(deformed.offset_terms),
                    foreign=_summed(deformed.offset_terms, {"g·slope, without m": 0, "m·m·g·slope": 2}),
                ),
                Quantity(
                    "gradient of the mask",
                    deformed.MASK_AXES,
                    deformed.mask_features,
                    deformed.mask_planes,
                    view=deformed.mask_view,
                    terms=_mask_whole,
                    finer=_whole_mask_terms,
                    foreign=_mask_squared,
                ),
            ),
            lambda: deformed_saved.small(_ARGUMENTS["deform_conv2d_backward"]),
        ),
    ),
    families=deformed_saved.families(_ARGUMENTS),
)
