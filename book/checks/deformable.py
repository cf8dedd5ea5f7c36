"""Readings for the steps of *Deformable convolution*."""

import sympy as sp
from _images import Image, hat
from proofs import Array, Box, Case, Vector, of

CHANNELS, HEIGHT, WIDTH = 2, 3, 3
KERNEL_SIZE = (2, 2)
TAPS = [Vector(i, j) for i in range(KERNEL_SIZE[0]) for j in range(KERNEL_SIZE[1])]
PIXELS = [Vector(i, j) for i in range(HEIGHT) for j in range(WIDTH)]
# (stride, padding, dilation, output point), and the whole pixels by which each tap moves, some of them out.
SETTINGS = [
    ((1, 1), (0, 0), (1, 1), (0, 1), [(0, -1), (1, 0), (-2, 1), (0, 0)]),
    ((2, 1), (1, 0), (1, 2), (1, 0), [(-1, 0), (0, -1), (0, 1), (-1, -2)]),
]


def _by_hats(X: Array, channel, place: Vector, box: Box):
    weights = {q: hat(q[0] - place[0], box) * hat(q[1] - place[1], box) for q in PIXELS}
    return sp.Add(*(w * X(channel, q) for q, w in weights.items()))


def samples():
    """Every tap moved into a cell of its own, in two geometries; Y is an entry of the product K A + b."""
    X = Array("X", CHANNELS, HEIGHT, WIDTH, outside=0)
    K, b = Array("K", 2, CHANNELS, *KERNEL_SIZE), Array("b", 2)
    for s, padding, d, p_o, cells in SETTINGS:
        s, padding, d, p_o = (Vector(*pair) for pair in (s, padding, d, p_o))
        moves = [Vector(*sp.symbols(f"v_{k} u_{k}", real=True)) for k in range(len(TAPS))]
        box = Box({symbol: (0, 1) for move in moves for symbol in move})
        offsets = [Vector(*cell) + move for cell, move in zip(cells, moves, strict=True)]
        places = [s * p_o - padding + d * p_k + o for p_k, o in zip(TAPS, offsets, strict=True)]
        m = sp.symbols(f"m_:{len(TAPS)}", real=True)
        rows = [(c_1, k) for c_1 in range(CHANNELS) for k in range(len(TAPS))]
        column = sp.Matrix([m[k] * _by_hats(X, c_1, places[k], box) for c_1, k in rows])
        kernel = sp.Matrix(2, len(rows), lambda c_2, r, rows=rows: K(c_2, rows[r][0], TAPS[rows[r][1]]))
        product = kernel * column
        names = {
            "X": Image(X, box),
            "K": K,
            "b": b,
            "g": lambda t, box=box: hat(t, box),
            "A": lambda row, _, column=column: column[row[0] * len(TAPS) + row[1]],
            "Y": lambda c_2, _, product=product: product[c_2] + b(c_2),
            "p_o": p_o,
            "p_k": of("k", lambda k: TAPS[k]),
            "m_k": of("k", lambda k, m=m: lambda _: m[k]),
            "p_{o,k}": of("k", lambda k, places=places: places[k]),
        }
        ranges = {"c_1": range(CHANNELS), "k": range(len(TAPS)), "q": PIXELS}
        for c_2 in range(2):
            yield Case(f"p_o = {p_o}, c_2 = {c_2}", {**names, "c_2": c_2}, ranges, box)


def zero_offsets():
    """Every tap where its kernel puts it, in and around the image; A by the hats."""
    X = Array("X", CHANNELS, HEIGHT, WIDTH, outside=0)
    for s, padding, d, p_o, _ in SETTINGS:
        s, padding, d, p_o = (Vector(*pair) for pair in (s, padding, d, p_o))
        for k, p_k in enumerate(TAPS):
            names = {
                "X": X,
                "A": lambda row, p_o, s=s, padding=padding, d=d: _by_hats(
                    X, row[0], s * p_o - padding + d * TAPS[row[1]], Box()
                ),
                **{"c_1": 1, "k": k, "p_k": p_k, "p_o": p_o, "s": s, r"\pi": padding, "d": d},
            }
            yield Case(f"p_o = {p_o}, k = {k}", names)


def dilated():
    """Each tap of a 2 by 2 kernel; all numbers of the geometry are symbols, different in y and x."""
    s, padding, d, wanted, p_o = (Vector(*sp.symbols(f"{n}^y {n}^x")) for n in ("s", "P", "d", "D", "o"))
    for p_k in TAPS:
        offset = (wanted - d) * p_k
        names = {
            r"\Delta p_k": lambda _, offset=offset: offset,
            "p_{o,k}": s * p_o - padding + d * p_k + offset,
            **{"s": s, r"\pi": padding, "d": d, "d'": wanted, "p_o": p_o, "p_k": p_k},
        }
        yield Case(f"p_k = {p_k}", names)
