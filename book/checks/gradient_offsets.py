"""Readings for the steps of *The gradient of the offsets*."""

from itertools import product

from _deformed import BORDERS, MAPS_IN, PLACES, RANGES, Deformed, cells, layouts
from proofs import Case, Vector


def taps():
    """Each tap of each output point, in all cells of both borders; p is any position in the tap's cell."""
    for border in BORDERS:
        for layer in layouts(border):
            for c1, (k, p_o) in product(range(MAPS_IN), PLACES):

                def Z(p, layer=layer, k=k, p_o=p_o):
                    return sum(layer.g((c, k), p_o) * layer.X(c, p) for c in range(MAPS_IN))

                names = {**layer.names, "c_1": c1, "k": k, "p_o": p_o, "p": layer.anywhere[k, p_o], "Z": Z}
                yield Case(f"{layer.title}, c_1 = {c1}, k = {k}, p_o = {p_o}", names, RANGES, layer.box)


def _positions(border: str):
    """A position p in each cell, with its a and its weights."""
    k, p_o = PLACES[0]
    for cell in cells(border):
        layer = Deformed(border, [cell] * len(PLACES))
        p = layer.anywhere[k, p_o]
        names = {**layer.names, **layer.weights(k, p_o, p), "p": p, r"\hat p": layer.read_at(p), "c_1": 0}
        yield Case(
            f"{border}, {cell[0][0]} <= p^y < {cell[0][1]}, {cell[1][0]} <= p^x < {cell[1][1]}",
            names,
            {},
            layer.box,
        )


def with_zeros():
    """A position in each cell in and around the image."""
    yield from _positions("zeros")


def with_project():
    """A position in each cell inside the image and in each region where it is held."""
    yield from _positions("project")


def right_hand():
    """Each lattice point q in and around the image, come to from below and from the right."""
    for case in _positions("zeros"):
        yield Case(case.title, {**case.names, "q": case.names["a"]}, {}, case.box)


def left_hand():
    """Each lattice point q, come to from above and from the left."""
    for case in _positions("zeros"):
        yield Case(case.title, {**case.names, "q": case.names["a"] + Vector(1, 1)}, {}, case.box)
