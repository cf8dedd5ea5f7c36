"""Readings for the steps of *Bilinear sampling*."""

import sympy as sp
from _images import Image, hat
from proofs import Array, Box, Case, Vector

HEIGHT, WIDTH = 3, 4


def one_dimension():
    """A point in each cell of a row of pixels, whose neighbours are joined by straight lines."""
    p = sp.Symbol("p", real=True)
    pixel = Array("X", WIDTH)
    for a in range(WIDTH - 1):
        box = Box({p: (a, a + 1)})

        def line(q, a=a):
            return (1 - (p - a)) * pixel(a) + (p - a) * pixel(a + 1) if q == p else pixel(q)

        names = {"X": line, "p": p, "a": a, "t": p - a}
        yield Case(f"a = {a}", names, {"q": range(WIDTH)}, box)


def hats():
    """As one_dimension, but t stands for any number, on both sides of the hat and beyond."""
    t = sp.Symbol("t", real=True)
    for case in one_dimension():
        for low in range(-2, 2):
            box = Box({**case.box.intervals, t: (low, low + 1)})
            names = {**case.names, "t": t, "g": lambda s, box=box: hat(s, box)}
            yield Case(f"{case.title}, {low} <= t < {low + 1}", names, case.ranges, box)


def cells():
    """A point in each cell of a small image; X(p) is the sum of the products of hats."""
    y, x = sp.symbols("p^y p^x", real=True)
    for a_y in range(HEIGHT - 1):
        for a_x in range(WIDTH - 1):
            box = Box({y: (a_y, a_y + 1), x: (a_x, a_x + 1)})
            names = {
                "X": Image(Array("X", HEIGHT, WIDTH), box),
                "p": Vector(y, x),
                "a": Vector(a_y, a_x),
                "w_0": 1 - (y - a_y),
                "w_1": 1 - (x - a_x),
                "w_2": y - a_y,
                "w_3": x - a_x,
            }
            ranges = {
                "q": [Vector(i, j) for i in range(HEIGHT) for j in range(WIDTH)],
                "q^x": range(WIDTH),
            }
            yield Case(f"a = ({a_y}, {a_x})", names, ranges, box)
