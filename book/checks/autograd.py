"""Readings for the steps of *Putting it together*."""

import sympy as sp
from _images import Image
from proofs import Array, Box, Case, Vector

HEIGHT, WIDTH = 3, 4


def contract():
    """Two outputs that are no linear functions of three inputs; E has any gradient δ for them."""
    x, delta = Array("x", 3), Array("delta", 2)
    outputs = (x(0) ** 2 * x(1) + x(2), x(1) * x(2) ** 3)
    # An error whose partial derivatives are δ at the outputs' values.
    error = sum(delta(i) * outputs[i] for i in range(2))
    for j in range(3):
        names = {"E": error, "Y": lambda i: outputs[int(i)], "x": x, r"\delta": delta, "j": j}
        yield Case(f"j = {j}", names, {"i": range(2)})


def cells():
    """A point in each cell of a small image, with the two distances w_2 and w_3 in it."""
    y, x, delta = sp.symbols("p^y p^x delta", real=True)
    for a_y in range(HEIGHT - 1):
        for a_x in range(WIDTH - 1):
            box = Box({y: (a_y, a_y + 1), x: (a_x, a_x + 1)})
            image = Image(Array("X", HEIGHT, WIDTH), box)
            names = {
                "X": image,
                "p": Vector(y, x),
                "a": Vector(a_y, a_x),
                "E": delta * image(y, x),
                r"\delta": delta,
                "w_0": a_y + 1 - y,
                "w_1": a_x + 1 - x,
                "w_2": y - a_y,
                "w_3": x - a_x,
            }
            yield Case(f"a = ({a_y}, {a_x})", names, {}, box)


def line():
    """A point in each cell of a row of pixels, whose value is Y."""
    p, delta = sp.symbols("p delta", real=True)
    pixel = Array("X", WIDTH)
    for a in range(WIDTH - 1):
        value = pixel(a) + (p - a) * (pixel(a + 1) - pixel(a))
        names = {"X": pixel, "p": p, "a": a, "t": p - a, "Y": value, "E": delta * value, r"\delta": delta}
        yield Case(f"a = {a}", names)
