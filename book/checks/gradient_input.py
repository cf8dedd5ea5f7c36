"""Readings for the steps of *The gradient of the input*."""

from itertools import product

from _deformed import BORDERS, HEIGHT, MAPS_IN, MAPS_OUT, PIXELS, PLACES, POINTS, RANGES, TAPS, WIDTH, layouts
from proofs import Array, Case, Vector


def columns():
    """A column matrix of symbols: the error depends on it through Y = K A + b."""
    layer = layouts("zeros")[0]
    A = Array("A", MAPS_IN, len(TAPS), 1, len(POINTS))
    E = sum(
        layer.delta(c2, p_o)
        * (
            layer.bias(c2)
            + sum(layer.kernel(c2, c1, 0, k) * A(c1, k, p_o) for c1, k in product(range(MAPS_IN), TAPS))
        )
        for c2, p_o in product(range(MAPS_OUT), POINTS)
    )
    for c1, (k, p_o) in product(range(MAPS_IN), PLACES):
        names = {**layer.names, "A": A, "E": E, "c_1": c1, "k": k, "p_o": p_o}
        yield Case(f"c_1 = {c1}, k = {k}, p_o = {p_o}", names, RANGES)


def pixels():
    """Each pixel of each map; taps in all cells of both borders."""
    for border in BORDERS:
        for layer in layouts(border):
            for number, q in enumerate(PIXELS):
                c1, (k, p_o) = number % MAPS_IN, PLACES[number % len(PLACES)]
                names = {**layer.names, "c_1": c1, "q": q, "k": k, "p_o": p_o}
                yield Case(
                    f"{layer.title}, q = {q}, c_1 = {c1}, k = {k}, p_o = {p_o}", names, RANGES, layer.box
                )


def four_corners():
    """Each tap of which all four corners are pixels."""
    for border in BORDERS:
        for layer in layouts(border):
            for c1, (k, p_o) in product(range(MAPS_IN), PLACES):
                weights = layer.weights(k, p_o, layer.position(k, p_o))
                names = {**layer.names, **weights, "c_1": c1, "k": k, "p_o": p_o}
                a = weights["a"]
                if all(a + Vector(i, j) in PIXELS for i, j in product((0, 1), (0, 1))):
                    yield Case(f"{layer.title}, c_1 = {c1}, k = {k}, p_o = {p_o}", names, RANGES, layer.box)


def adjoint():
    """Any g: symbols that no kernel and no error has produced; E has them as its derivatives."""
    g = Array("g", MAPS_IN, len(TAPS), 1, len(POINTS))
    for border in BORDERS:
        for layer in layouts(border):
            E = sum(g(c1, k, p_o) * layer.A((c1, k), p_o) for c1, (k, p_o) in product(range(MAPS_IN), PLACES))
            yield Case(layer.title, {**layer.names, "g": g, "E": E}, RANGES, layer.box)


def nothing_is_lost():
    """Taps that do not read across the border: all with project, with zeros those inside the image."""
    for border in BORDERS:
        for layer in layouts(border):
            inside = all(
                0 <= y[0] < y[1] < HEIGHT and 0 <= x[0] < x[1] < WIDTH for y, x in layer.cell.values()
            )
            if border == "project" or inside:
                for c1 in range(MAPS_IN):
                    yield Case(f"{layer.title}, c_1 = {c1}", {**layer.names, "c_1": c1}, RANGES, layer.box)
