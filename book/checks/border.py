"""Readings for the steps of *At the border*."""

import sympy as sp
from _images import Image, hat
from proofs import Array, Box, Case, Vector

SIZES = (1, 3)  # of a column; one pixel is a case of its own
HEIGHT, WIDTH = 3, 2
p, y, x = sp.symbols("p p^y p^x", real=True)


def _column(pixels: Array, box: Box):
    """The value at any place of a column, as the sum of hats; at an integer, the pixel itself."""

    def value(place):
        if sp.sympify(place).is_integer:
            return pixels(place)
        return sum((hat(q - place, box) * pixels(q) for q in range(pixels.shape[0])), sp.S.Zero)

    return value


def _projected(place, size: int, box: Box):
    return box.min(box.max(place, sp.S.Zero), sp.Integer(size - 1))


def _lines(outside):
    """Each cell of a column from two pixels before it to two behind; what lies outside reads `outside`."""
    for H in SIZES:
        for a in range(-2, H + 2):
            box = Box({p: (a, a + 1)})
            value = _column(Array("X", H, outside=outside), box)
            names = {"X": value, "p": p, "a": a, "t": p - a, "H": H}
            names[r"\hat p"] = _projected(p, H, box)
            yield Case(f"H = {H}, {a} <= p < {a + 1}", names, {}, box)


def zeros_line():
    """A position in each cell in and around a column of 1 or 3 pixels, outside of which pixels are zero."""
    yield from _lines(outside=0)


def project_line():
    """As zeros_line, but what lies outside the column is a symbol of its own: a read there would be seen."""
    yield from _lines(outside=sp.Symbol("unread"))


def cut_line():
    """As project_line, with the value of the rule `cut`."""
    for case in project_line():
        X, hat_p, H, a = (case.names[name] for name in ("X", r"\hat p", "H", "a"))

        def cut(_, X=X, hat_p=hat_p, inside=0 <= a < H):
            return X(hat_p) if inside else sp.S.Zero

        yield Case(case.title, {**case.names, r"\tilde X": cut}, {}, case.box)


def above_the_image():
    """A position less than a pixel above each cell of the first row of an image, zero outside."""
    for a_x in range(-1, WIDTH):
        box = Box({y: (-1, 0), x: (a_x, a_x + 1)})
        names = {
            "X": Image(Array("X", HEIGHT, WIDTH, outside=0), box),
            "p": Vector(y, x),
            "a": Vector(-1, a_x),
            "w_1": 1 - (x - a_x),
            "w_3": x - a_x,
        }
        yield Case(f"a^x = {a_x}", names, {}, box)


def _planes():
    """A position in each cell in and around an image, projected; what lies outside is a symbol of its own."""
    for c_y in range(-2, HEIGHT + 2):
        for c_x in range(-2, WIDTH + 2):
            box = Box({y: (c_y, c_y + 1), x: (c_x, c_x + 1)})
            p_y, p_x = _projected(y, HEIGHT, box), _projected(x, WIDTH, box)
            a_y, a_x = box.floor(p_y), box.floor(p_x)
            names = {
                "X": Image(Array("X", HEIGHT, WIDTH, outside=sp.Symbol("unread")), box),
                "p": Vector(y, x),
                r"\hat p": Vector(p_y, p_x),
                "a": Vector(a_y, a_x),
                "w_0": 1 - (p_y - a_y),
                "w_1": 1 - (p_x - a_x),
                "w_2": p_y - a_y,
                "w_3": p_x - a_x,
                "H": HEIGHT,
                "W": WIDTH,
            }
            yield Case(f"{c_y} <= p^y < {c_y + 1}, {c_x} <= p^x < {c_x + 1}", names, {}, box)


def project_plane():
    """A position in each cell in and around an image of 3 by 2 pixels; what lies outside is a symbol."""
    yield from _planes()


def last_row():
    """The positions of project_plane that lie on the last row or below it."""
    for case in _planes():
        if case.names["a"][0] == HEIGHT - 1:
            yield case
