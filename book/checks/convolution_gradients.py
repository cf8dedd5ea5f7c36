"""The readings of the chapter "The three gradients of a convolution".

E is a sum over all outputs with the symbols δ as factors, so that its derivative with respect to
Y(c2, p_o) is δ(c2, p_o).
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import sympy as sp
from _convolutions import PLAIN, Convolution, convolutions
from proofs import Array, Case, of


def _each(c: Convolution, *axes: str) -> Iterator[tuple[str, dict]]:
    """Each choice of some of the names that the convolution has a range for, with words for a title."""
    for values in product(*(c.ranges[axis] for axis in axes)):
        words = ", ".join(f"{axis} = {value}" for axis, value in zip(axes, values, strict=True))
        yield f"{c.title}, {words}", dict(zip(axes, values, strict=True))


def _without(c: Convolution, *axes: str) -> dict:
    return {name: values for name, values in c.ranges.items() if name not in axes}


def _delta_matrix(c: Convolution) -> sp.Matrix:
    return c.matrix(c.delta, range(c.maps[1]), c.points)


def kernel_as_matrix() -> Iterator[Case]:
    """E is differentiated with respect to each entry of the kernel; A is the package's im2col."""
    for c in convolutions():
        K = c.matrix(c.kernel_entry, range(c.maps[1]), c.rows)
        A = c.matrix(c.entry, c.rows, c.points)
        yield Case(c.title, {"E": c.E, "K": K, "A": A, r"\delta": _delta_matrix(c)})


def bias() -> Iterator[Case]:
    """Each bias of small convolutions."""
    for c in convolutions():
        for title, place in _each(c, "c_2"):
            yield Case(title, {**c.names, **place, "E": c.E}, _without(c, "c_2"))


def _columns(c: Convolution):
    """A with a symbol of its own for each entry, and Y and E as functions of it."""
    A = Array("A", len(c.rows), *c.out)
    Y = lambda c2, p: c.b(c2) + sum(c.kernel_entry(c2, r) * A(r, p) for r in c.rows)  # noqa: E731
    E = sum(c.delta(c2, p) * Y(c2, p) for c2 in range(c.maps[1]) for p in c.points)
    return A, Y, E


def columns_as_matrix() -> Iterator[Case]:
    """The entries of A are independent symbols."""
    for c in convolutions():
        A, _, E = _columns(c)
        K = c.matrix(c.kernel_entry, range(c.maps[1]), c.rows)
        yield Case(c.title, {"E": E, "K": K, "A": c.matrix(A, c.rows, c.points), r"\delta": _delta_matrix(c)})


def kernel() -> Iterator[Case]:
    """Each number of the kernel; Y is a row of the kernel times a column of the package's im2col."""
    for c in convolutions():
        for title, place in _each(c, "c_2", "c_1", "k"):
            yield Case(title, {**c.names, "E": c.E, **place}, _without(c, "c_2", "c_1", "k"))


def kernel_by_rows() -> Iterator[Case]:
    """Each row of the column matrix."""
    for c in convolutions():
        for title, place in _each(c, "c_2", "r"):
            names = {**c.names, "K": c.kernel_entry, "E": c.E, **place}
            yield Case(title, names, _without(c, "c_2", "r"))


def columns() -> Iterator[Case]:
    """Each entry of A, as an independent symbol, in a plain convolution."""
    A, Y, E = _columns(PLAIN)
    for title, place in _each(PLAIN, "r", "p_o"):
        names = {**PLAIN.names, "K": PLAIN.kernel_entry, "A": A, "Y": Y, "E": E, **place}
        yield Case(title, names, _without(PLAIN, "r", "p_o"))


def copies() -> Iterator[Case]:
    """Every entry of the package's im2col with respect to every pixel of its map."""
    for c in convolutions():
        for title, place in _each(c, "c_1", "k", "p_o", "q"):
            yield Case(title, {**c.names, **place})


def pixels() -> Iterator[Case]:
    """Each pixel of small convolutions, with g the transposed kernel times δ."""
    for c in convolutions():
        for title, place in _each(c, "c_1", "q"):

            def g(row, p, c=c):
                r = c.row(*row)
                return sum(c.kernel_entry(c2, r) * c.delta(c2, p) for c2 in range(c.maps[1]))

            yield Case(title, {**c.names, "E": c.E, "g": g, **place}, _without(c, "c_1", "q"))


def adjoint() -> Iterator[Case]:
    """Any image and any matrix B, in small convolutions."""
    for c in convolutions():
        B = Array("B", c.maps[0], len(c.taps), *c.out)
        yield Case(c.title, {**c.names, "B": B}, c.ranges)


def _two_images() -> tuple[dict, sp.Expr, dict]:
    """Per image n its δ as a function and its A as a matrix; E over both; kernel and biases are shared."""
    c = PLAIN
    delta = {n: Array(f"δ{n}", c.maps[1], *c.out) for n in (0, 1)}
    image = {n: {x: sp.Symbol(f"{x}_{n}") for x in (c.X(*i) for i in np.ndindex(c.X.shape))} for n in (0, 1)}
    A = {n: c.matrix(c.entry, c.rows, c.points).subs(image[n]) for n in (0, 1)}
    E = sum(
        delta[n](c2, p) * c.Y(c2, p).subs(image[n])
        for n in (0, 1)
        for c2 in range(c.maps[1])
        for p in c.points
    )
    return delta, E, A


def batch_kernel() -> Iterator[Case]:
    """Two images with pixels and δ of their own, and one kernel."""
    delta, E, A = _two_images()
    D = {n: PLAIN.matrix(delta[n], range(PLAIN.maps[1]), PLAIN.points) for n in (0, 1)}
    K = PLAIN.matrix(PLAIN.kernel_entry, range(PLAIN.maps[1]), PLAIN.rows)
    names = {"E": E, "K": K, r"\delta_n": of("n", lambda n: D[int(n)]), "A_n": of("n", lambda n: A[int(n)])}
    yield Case("two images", names, {"n": range(2)})


def batch_bias() -> Iterator[Case]:
    """Two images with pixels and δ of their own, and each bias."""
    delta, E, _ = _two_images()
    names = {"E": E, "b": PLAIN.b, r"\delta_n": of("n", lambda n: delta[int(n)])}
    for c2 in range(PLAIN.maps[1]):
        yield Case(f"c2 = {c2}", {**names, "c_2": c2}, {"n": range(2), "p_o": PLAIN.points})


def full_convolution() -> Iterator[Case]:
    """Each pixel, with stride 1 and different paddings and dilations."""
    for c in (
        PLAIN,
        Convolution((3, 4), (2, 3), padding=(1, 2)),
        Convolution((4, 3), (2, 2), padding=(2, 1), dilation=(2, 1)),
    ):
        for title, place in _each(c, "c_1", "q"):
            yield Case(title, {**c.names, "E": c.E, **place}, _without(c, "c_1", "q"))
