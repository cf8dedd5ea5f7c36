"""Readings for the steps of *The gradient of the kernel and the bias*."""

from itertools import product

from _deformed import BORDERS, MAPS_IN, MAPS_OUT, POINTS, RANGES, TAPS, Deformed, layouts
from proofs import Box, Case, of


def entries():
    """Each entry of the kernel, and each entry of the output beside it; taps in all cells of both borders."""
    for border in BORDERS:
        for layer in layouts(border):
            for c2, other, c1, k in product(range(MAPS_OUT), range(MAPS_OUT), range(MAPS_IN), TAPS):
                names = {**layer.names, "c_1": c1, "c_2": c2, "c_2'": other, "k": k, "p_o": POINTS[k]}
                yield Case(
                    f"{layer.title}, c_2 = {c2}, c_2' = {other}, c_1 = {c1}, k = {k}",
                    names,
                    RANGES,
                    layer.box,
                )


def batch():
    """Two images with one kernel, their taps in cells of all kinds."""
    for border in BORDERS:
        one, two, *_, last = (layer.cell.values() for layer in layouts(border))
        for first, second in ((one, two), (two, last)):
            images = [Deformed(border, [*first], 0), Deformed(border, [*second], 1)]
            box = Box({**images[0].box.intervals, **images[1].box.intervals})
            for c2, c1, k in product(range(MAPS_OUT), range(MAPS_IN), TAPS):
                names = {
                    **images[0].names,
                    "E": images[0].E + images[1].E,
                    r"\delta_n": of("n", lambda n, images=images: images[n].delta),
                    "A_n": of("n", lambda n, images=images: images[n].A),
                    **{"c_1": c1, "c_2": c2, "k": k},
                }
                yield Case(f"{border}, c_2 = {c2}, c_1 = {c1}, k = {k}", names, {**RANGES, "n": [0, 1]}, box)
