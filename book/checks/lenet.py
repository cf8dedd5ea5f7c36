"""Readings for the steps of *LeNet-5 and LeNet-5-DC*."""

from itertools import product

import sympy as sp
from proofs import Case

# In one axis, from the image on: convolution, pooling, convolution.
STRIDES_AND_TAPS = ((1, 5), (2, 2), (1, 5))


def field():
    """Each place of an output point; the pixels that it reads are found by going back layer by layer."""
    for o in range(10):
        read, names = {o}, {"o": o}
        for layer in (3, 2, 1):
            stride, taps = STRIDES_AND_TAPS[layer - 1]
            read = {stride * point + tap for point, tap in product(read, range(taps))}
            assert read == set(range(min(read), max(read) + 1))
            names |= {f"u_{layer}": min(read), f"v_{layer}": max(read)}
        yield Case(f"o = {o}", names)


def one_layer():
    """A layer with any stride and number of taps; the outputs from u to v read the inputs from u' to v'."""
    for stride, taps, u, v in product((1, 2, 3), (1, 2, 5), (0, 2), (2, 6)):
        read = {stride * point + tap for point in range(u, v + 1) for tap in range(taps)}
        names = {"s": stride, "k": taps, "u": u, "v": v, "u'": min(read), "v'": max(read)}
        yield Case(f"s = {stride}, k = {taps}, from {u} to {v}", names)


def multiplications():
    """Convolutions of both kinds in small, every multiplication counted one by one."""
    for channels, outputs, height, width, points in ((1, 3, 2, 2, 4), (2, 5, 1, 3, 2)):
        taps = range(height * width)
        plain = sum(1 for _ in product(range(outputs), range(points), range(channels), taps))
        predicted = sum(1 for _ in product(range(2 * len(taps)), range(points), range(channels), taps))
        names = {
            r"M_{\text{conv}}": plain,
            r"M_{\text{OP}}": predicted,
            "C_1": channels,
            "C_2": outputs,
            "k_H": height,
            "k_W": width,
            r"H_\text{out}": points,
            r"W_\text{out}": 1,
        }
        yield Case(f"{channels} to {outputs} maps, kernel {height}x{width}", names)


def chain():
    """Two layers with two summands each, and a pooling P between them, as matrices of symbols."""

    def matrix(name, rows, columns):
        return sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"{name}_{i}{j}"))

    direct = [matrix("A", 3, 2), matrix("B", 2, 3)]
    through_op = [matrix("C", 3, 2), matrix("D", 2, 3)]
    names = {
        "P": matrix("P", 3, 3),
        "D_1": direct[0] + through_op[0],
        "D_2": direct[1] + through_op[1],
        r"D_1^{\text{DC}}": direct[0],
        r"D_1^{\text{OP}}": through_op[0],
        r"D_2^{\text{DC}}": direct[1],
        r"D_2^{\text{OP}}": through_op[1],
    }
    yield Case("matrices of 2x3, 3x3 and 3x2", names)
