"""The readings of the chapter "Convolution as a matrix product"."""

from collections.abc import Iterator
from itertools import product

import sympy as sp
from _convolutions import convolutions
from proofs import Array, Case, Vector, of


def _axes() -> Iterator[tuple[dict, range]]:
    """Small geometries of one axis, and the output points at which all taps are in the padded image."""
    for size, taps, stride, padding, dilation in product(
        range(1, 7), (1, 2, 3), (1, 2, 3), (0, 1, 2), (1, 2)
    ):
        points = [
            o
            for o in range(size + 2 * padding)
            if all(-padding <= stride * o - padding + dilation * i < size + padding for i in range(taps))
        ]
        if points:
            yield {"H": size, "k_H": taps, "s": stride, r"\pi": padding, "d": dilation}, range(len(points))


def _title(names: dict) -> str:
    return ", ".join(f"{name} = {value}" for name, value in names.items())


def output_points() -> Iterator[Case]:
    """The number of output points is counted: all taps of each lie in the padded image."""
    for names, points in _axes():
        yield Case(_title(names), {**names, r"H_\text{out}": len(points)}, {"o": range(12)})


def sum_over_columns() -> Iterator[Case]:
    """Each output of small convolutions; Y is a row of K times a column of the package's im2col."""
    for c in convolutions():
        for c2, p in product(range(c.maps[1]), c.points):
            yield Case(f"{c.title}, c2 = {c2}, p_o = {p}", {**c.names, "c_2": c2, "p_o": p}, c.ranges)


def row_number() -> Iterator[Case]:
    """The places of an array of 2 maps with 3 x 4 taps, numbered as they are stored."""
    for r, (c1, i, j) in enumerate(product(range(2), range(3), range(4))):
        names = {"c_1": c1, "i": i, "j": j, "k": r % 12, "r": r, "k_H": 3, "k_W": 4}
        yield Case(f"c1 = {c1}, tap ({i}, {j})", names)


def row_times_column() -> Iterator[Case]:
    """Each output of small convolutions; here Y is the double sum over maps and taps."""
    for c in convolutions():
        for c2, p in product(range(c.maps[1]), c.points):

            def Y(c2, p, c=c):
                place = Vector(*c.stride) * p - Vector(*c.padding)
                return c.b(c2) + sum(
                    c.K(c2, c1, c.tap(k)) * c.X(c1, place + Vector(*c.dilation) * c.tap(k))
                    for c1 in range(c.maps[0])
                    for k in c.taps
                )

            names = {**c.names, "Y": Y, "K": c.kernel_entry, "c_2": c2, "p_o": p}
            yield Case(f"{c.title}, c2 = {c2}, p_o = {p}", names, {"r": c.rows})


def flip() -> Iterator[Case]:
    """Kernels of different sizes at points inside and across the border of a small image."""
    for kH, kW in ((1, 2), (2, 2), (3, 2), (3, 3)):
        K, X = Array("K", kH, kW), Array("X", 4, 5, outside=0)
        last = Vector(kH - 1, kW - 1)
        names = {
            **{"X": X, "K": K, "K'": lambda p, K=K, last=last: K(last - p), r"p_{\text{last}}": last},
            "p_k": of("k", lambda k, kW=kW: Vector(*divmod(int(k), kW))),
        }
        for p in product((-1, 0, 2), (0, 1, 3)):
            yield Case(f"{kH} x {kW} taps, p_o = {p}", {**names, "p_o": Vector(*p)}, {"k": range(kH * kW)})


def groups() -> Iterator[Case]:
    """Each of two groups, whose Y is the sum over the taps of the group's own maps."""
    for c in convolutions():
        rows = len(c.taps)  # of a group: with two input maps and two groups, one map
        for g in range(2):
            Y = [sum(c.K(g, g, c.tap(k)) * c.entry(g * rows + k, p) for k in c.taps) for p in c.points]
            K = c.matrix(lambda _, k, c=c, g=g: c.K(g, g, c.tap(k)), [0], c.taps)
            A = c.matrix(c.entry, range(g * rows, (g + 1) * rows), c.points)
            names = {"Y_g": sp.Matrix([Y]), "K_g": K, "A_g": A}
            yield Case(f"{c.title}, group {g}", names)


def memory_factor() -> Iterator[Case]:
    """Any sizes, the output as large as the input."""
    C1, kH, kW, H, W = sp.symbols("C1 kH kW H W", positive=True)
    names = {"C_1": C1, "k_H": kH, "k_W": kW, "H": H, "W": W, r"H_\text{out}": H, r"W_\text{out}": W}
    yield Case("any sizes", names)
