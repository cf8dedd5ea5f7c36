"""Readings for the steps of *The offset predictor*."""

from itertools import product

import sympy as sp
from proofs import Array, Case, Vector, of

# Image, kernel, stride, padding, dilation, each a pair (y, x); the output has two points.
GEOMETRIES = (
    ((2, 2), (1, 2), (1, 1), (0, 0), (1, 1)),
    ((3, 1), (2, 1), (2, 1), (1, 0), (1, 1)),
    ((1, 4), (1, 2), (1, 1), (0, 0), (1, 2)),
)
CHANNELS = 2


def one_tap():
    """Two pixels in a row, one tap of weight 1: it samples right of the first, as far as that pixel says."""
    first, second, theta, beta = sp.symbols("X_0 X_1 theta beta", real=True)
    t = theta * first + beta
    value = first + t * (second - first)
    X = Array("X", 2)
    yield Case("0 <= t < 1", {"Y": value, "X": X, "t": t, r"\theta": theta, r"\beta": beta})


class _Layer:
    """OP and DC with symbols for all their numbers; DC has one output map. Outside are zeros."""

    def __init__(self, size, kernel, s, padding, d):
        out = [
            (n + 2 * before - step * (k - 1) - 1) // stride + 1
            for n, k, stride, before, step in zip(size, kernel, s, padding, d, strict=True)
        ]
        self.points, self.taps, self.pixels = (
            [Vector(*place) for place in product(*map(range, lengths))] for lengths in (out, kernel, size)
        )
        self.s, self.padding, self.d = s, padding, d
        self.channels, self.maps = range(CHANNELS), range(2 * len(self.taps))
        self.X = Array("X", CHANNELS, *size, outside=0)
        self.delta, self.offset = Array("delta", *out), Array("D", len(self.maps), *out)
        self.K = Array("K", CHANNELS, *kernel)
        self.K_op, self.b_op = Array("L", len(self.maps), CHANNELS, *kernel), Array("m", len(self.maps))

    def place(self, po, pk):
        parts = zip(self.s, po, self.padding, self.d, pk, strict=True)
        return Vector(*(s * o - padding + d * k for s, o, padding, d, k in parts))

    def sample(self, c, po, k):
        """X(c, p), where p lies in a cell that is up to one pixel away from the undisplaced tap."""
        start = self.place(po, self.taps[k])
        a = start + Vector((po[0] + k) % 3 - 1, -((po[1] + k) % 2))
        y, x = start + Vector(self.offset(2 * k, po), self.offset(2 * k + 1, po)) - a
        upper, lower = (
            (1 - x) * self.X(c, a + Vector(i, 0)) + x * self.X(c, a + Vector(i, 1)) for i in (0, 1)
        )
        return (1 - y) * upper + y * lower

    def error(self):
        """E = sum of δ·Y, with X and Δp as independent symbols."""
        return sp.Add(
            *(
                self.delta(po) * self.K(c, pk) * self.sample(c, po, k)
                for po in self.points
                for c in self.channels
                for k, pk in enumerate(self.taps)
            )
        )

    def op(self, map_, po):
        terms = (
            self.K_op(map_, c, pk) * self.X(c, self.place(po, pk)) for c in self.channels for pk in self.taps
        )
        return self.b_op(map_) + sp.Add(*terms)

    def names(self):
        return {
            "X": self.X,
            r"\operatorname{OP}": self.op,
            r"\Delta p": self.op,
            r"K_{\text{OP}}": self.K_op,
            r"b_{\text{OP}}": self.b_op,
            "s": Vector(*self.s),
            r"\pi": Vector(*self.padding),
            "d": Vector(*self.d),
            "p_k": of("k", lambda k: self.taps[k]),
        }

    def ranges(self):
        return {"c_1": self.channels, "k": range(len(self.taps)), "l": self.maps, "p_o": self.points}


def layer():
    """OP and DC in small: E(X, Δp) is differentiated for X and for Δp, then Δp = OP(X) is put in."""
    for geometry in GEOMETRIES:
        small = _Layer(*geometry)
        error = small.error()
        found = {small.offset(m, po): small.op(m, po) for m in small.maps for po in small.points}
        x = sp.Matrix([[small.X(c, q) for c in small.channels for q in small.pixels]])
        partial = [sp.Matrix([[error]]).jacobian(v).xreplace(found) for v in (x, sp.Matrix([list(found)]))]
        names = {
            "E": error.xreplace(found),
            "X": x,
            r"\partial_1 E(X, \operatorname{OP}(X))": partial[0],
            r"\partial_2 E(X, \operatorname{OP}(X))": partial[1],
            r"D\operatorname{OP}(X)": sp.Matrix([list(found.values())]).jacobian(x),
        }
        yield Case(f"image {geometry[0]}, kernel {geometry[1]}", names)


def pixels():
    """As layer, entry by entry: one channel and one pixel in each case."""
    for geometry in GEOMETRIES:
        small = _Layer(*geometry)
        error = small.error()
        found = {small.offset(m, po): small.op(m, po) for m in small.maps for po in small.points}
        held = {}

        def epsilon(m, po, small=small, error=error, found=found, held=held):
            if (m, po) not in held:
                held[m, po] = sp.diff(error, small.offset(m, po)).xreplace(found)
            return held[m, po]

        def through_dc(c, q, small=small, error=error, found=found):
            return sp.diff(error, small.X(c, q)).xreplace(found)

        for q in small.pixels[:: len(small.pixels) - 1]:
            names = small.names() | {
                "E": error.xreplace(found),
                r"\partial_1 E": through_dc,
                r"\varepsilon": epsilon,
                "c_1": 1,
                "q": q,
            }
            yield Case(f"image {geometry[0]}, kernel {geometry[1]}, q = {q}", names, small.ranges())


def predictor():
    """OP alone: one map, point, channel, pixel and tap in a case; E has any gradient ε for the offsets."""
    eta = sp.Symbol("eta", positive=True)
    for geometry in GEOMETRIES:
        small = _Layer(*geometry)
        epsilon = Array(
            "epsilon", len(small.maps), *(max(p[axis] for p in small.points) + 1 for axis in (0, 1))
        )
        error = sp.Add(*(epsilon(m, po) * small.op(m, po) for m in small.maps for po in small.points))
        trained = [*(small.b_op(m) for m in small.maps)]
        trained += [small.K_op(m, c, pk) for m in small.maps for c in small.channels for pk in small.taps]
        stepped = {symbol: symbol - eta * sp.diff(error, symbol) for symbol in trained}

        def after(m, po, small=small, stepped=stepped):
            return small.op(m, po).xreplace(stepped)

        for m, end in ((1, 0), (2, -1)):
            po = small.points[end]
            names = small.names() | {
                "E": error,
                r"\varepsilon": epsilon,
                r"\operatorname{OP}'": after,
                r"\eta": eta,
                "l": m,
                "p_o": po,
                "c_1": 1,
                "q": small.pixels[end],
                "k": m - 1,
            }
            ranges = small.ranges() | {"p'_o": small.points}
            yield Case(f"image {geometry[0]}, kernel {geometry[1]}, l = {m}, p_o = {po}", names, ranges)
