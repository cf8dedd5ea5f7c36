"""A small deformable convolution with symbolic entries, each of whose taps lies in a chosen cell.

The kernel is one row of two taps, the output one row of two points, and stride, padding and dilation differ
in the two axes. An offset is a symbol; the box says in which cell it brings its tap. So SymPy
differentiates the forward formula itself with respect to anything in it.
"""

from functools import cache, cached_property
from itertools import product

import sympy as sp
from _images import Image
from proofs import Array, Box, Vector, of

MAPS_IN, MAPS_OUT, HEIGHT, WIDTH = 2, 2, 3, 4
STRIDE, PADDING, DILATION = Vector(3, 2), Vector(0, 1), Vector(1, 2)
TAPS = [0, 1]  # k; p_k = (0, k)
POINTS = [Vector(0, 0), Vector(0, 1)]  # p_o
PIXELS = [Vector(i, j) for i in range(HEIGHT) for j in range(WIDTH)]
PLACES = [(k, p_o) for k in TAPS for p_o in POINTS]
BORDERS = ("zeros", "project")


def regions(size: int, border: str) -> list[tuple]:
    """The intervals of a coordinate in which no formula changes: (low, high, a) with low <= p < high."""
    if border == "zeros":
        return [(a, a + 1, a) for a in range(-2, size + 1)]
    return [(-sp.oo, 0, 0), *((a, a + 1, a) for a in range(size - 1)), (size - 1, sp.oo, size - 1)]


def cells(border: str) -> list[tuple]:
    """All cells: a region in y and one in x."""
    return [*product(regions(HEIGHT, border), regions(WIDTH, border))]


class Deformed:
    """One layout: a cell for each tap of each output point.

    Args:
        border: "zeros" or "project".
        layout: (region in y, region in x) for each of `PLACES`.
        image: number of the image, where there are several.
    """

    def __init__(self, border: str, layout: list[tuple], image: int = 0):
        self.border = border
        self.cell = dict(zip(PLACES, layout, strict=True))
        self.title = f"{border}, cells {[(y[2], x[2]) for y, x in layout]}"
        self.offset, self.anywhere, intervals = {}, {}, {}
        for number, ((k, p_o), cell) in enumerate(self.cell.items()):
            self.offset[k, p_o] = Vector(*sp.symbols(f"D{image}{number}y D{image}{number}x", real=True))
            # Any position in that cell, for the derivative with respect to it.
            self.anywhere[k, p_o] = Vector(*sp.symbols(f"p{image}{number}y p{image}{number}x", real=True))
            for axis, (low, high, _) in enumerate(cell):
                start = self.grid(k, p_o)[axis]
                intervals[self.offset[k, p_o][axis]] = (low - start, high - start)
                intervals[self.anywhere[k, p_o][axis]] = (low, high)
        self.box = Box(intervals)
        self.pixels = Array(f"X{image}", MAPS_IN, HEIGHT, WIDTH, outside=0)
        self.delta = Array(f"d{image}", MAPS_OUT, 1, len(POINTS))
        self.modulation = Array(f"m{image}", len(TAPS), 1, len(POINTS))
        self.kernel, self.bias = Array("K", MAPS_OUT, MAPS_IN, 1, len(TAPS)), Array("b", MAPS_OUT)
        self.sampled = Image(self.pixels, self.box)

    @cached_property
    def E(self):
        """An error with ∂E/∂Y = δ: the chain rule knows no more of an error than this derivative."""
        return sum(self.delta(c2, p_o) * self.Y(c2, p_o) for c2 in range(MAPS_OUT) for p_o in POINTS)

    @cached_property
    def column_entries(self):
        return {
            (c1, k, p_o): self.modulation(k, p_o) * self.X(c1, self.position(k, p_o))
            for c1 in range(MAPS_IN)
            for k, p_o in PLACES
        }

    def grid(self, k, p_o) -> Vector:
        """Where the tap would read without its offset."""
        return STRIDE * p_o - PADDING + DILATION * Vector(0, k)

    def position(self, k, p_o) -> Vector:
        return self.grid(k, p_o) + self.offset[k, p_o]

    def read_at(self, p) -> Vector:
        """Where a tap at p reads: p, or its projection."""
        if self.border == "zeros":
            return p
        sizes = (HEIGHT, WIDTH)
        return Vector(*(self.box.min(self.box.max(x, 0), n - 1) for x, n in zip(p, sizes, strict=True)))

    def X(self, c1, *place):
        """A pixel, zero outside; or the value at a position by the border rule."""
        place = Vector(*(i for part in place for i in (part if isinstance(part, Vector) else (part,))))
        if all(i.is_integer for i in place):
            return self.pixels(c1, place)
        return self.sampled(c1, self.read_at(place))

    def A(self, row, p_o):
        c1, k = row
        return self.column_entries[c1, k, p_o]

    def Y(self, c2, p_o):
        return self.bias(c2) + sum(
            self.kernel(c2, c1, 0, k) * self.A((c1, k), p_o) for c1 in range(MAPS_IN) for k in TAPS
        )

    def g(self, row, p_o):
        """∂E/∂A, by the derived product."""
        c1, k = row
        return sum(self.kernel(c2, c1, 0, k) * self.delta(c2, p_o) for c2 in range(MAPS_OUT))

    def weights(self, k, p_o, p) -> dict:
        """a and w_0 to w_3 of the place where a tap at p reads; p lies in the cell of the tap k at p_o."""
        a = Vector(*(region[2] for region in self.cell[k, p_o]))
        down, right = self.read_at(p) - a
        return {"a": a, "w_0": 1 - down, "w_1": 1 - right, "w_2": down, "w_3": right}

    @property
    def names(self) -> dict:
        """The meanings that do not depend on a chosen index."""
        return {
            **{"X": self.X, "K": self.kernel, "b": self.bias, r"\delta": self.delta},
            **{"Y": self.Y, "A": self.A, "E": of(lambda: self.E), "g": self.g, "H": HEIGHT, "W": WIDTH},
            "p_k": of("k", lambda k: Vector(0, k)),
            "m_k": of("k", lambda k: lambda p_o: self.modulation(k, p_o)),
            "p_{o,k}": of("k", "p_o", self.position),
            r"\hat p_{o,k}": of("k", "p_o", lambda k, p_o: self.read_at(self.position(k, p_o))),
            r"\Delta p_k": of("k", lambda k: lambda p_o: self.offset[k, p_o]),
            r"\Delta p_k^y": of("k", lambda k: lambda p_o: self.offset[k, p_o][0]),
            r"\Delta p_k^x": of("k", lambda k: lambda p_o: self.offset[k, p_o][1]),
        }


RANGES = {
    **{"c_1": range(MAPS_IN), "c_2": range(MAPS_OUT), "c_2'": range(MAPS_OUT), "q": PIXELS},
    **{"k": TAPS, "k'": TAPS, "p_o": POINTS, "p_o'": POINTS},
}


@cache
def layouts(border: str) -> tuple[Deformed, ...]:
    """Layouts in which together each cell is visited by a tap; and one with all taps in one cell."""
    every = cells(border)
    every += every[: -len(every) % len(PLACES)]
    parts = [every[first : first + len(PLACES)] for first in range(0, len(every), len(PLACES))]
    inside = next((y, x) for y, x in every if y[2] == x[2] == 1)
    return tuple(Deformed(border, part) for part in [*parts, [inside] * len(PLACES)])
