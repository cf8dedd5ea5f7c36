"""Small convolutions with symbolic entries, for the readings of several pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import sympy as sp
from proofs import Array, Vector, of

from dcn_course.reference import im2col, output_size


@dataclass(frozen=True)
class Convolution:
    """One image, its kernel and its geometry. Axes come as (y, x).

    Which pixel an entry of A holds is read off the package's own `im2col`, applied to the pixels' numbers.
    """

    size: tuple[int, int]
    kernel_size: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    maps: tuple[int, int] = (2, 2)  # C1, C2

    @property
    def title(self) -> str:
        return (
            f"{self.size} pixels, {self.kernel_size} taps, stride {self.stride}, padding {self.padding}, "
            f"dilation {self.dilation}"
        )

    @cached_property
    def out(self) -> tuple[int, ...]:
        sizes = zip(self.size, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        return tuple(output_size(*axis) for axis in sizes)

    @cached_property
    def places(self) -> np.ndarray:
        """(C1·kH·kW, Hout·Wout): the number of the pixel in X.ravel(), counted from 1; 0 is outside."""
        numbers = np.arange(1.0, 1 + self.maps[0] * self.size[0] * self.size[1])
        image = numbers.reshape(1, self.maps[0], *self.size)
        return im2col(image, self.kernel_size, self.stride, self.padding, self.dilation)[0].astype(int)

    @property
    def X(self) -> Array:
        return Array("X", self.maps[0], *self.size, outside=0)

    @property
    def K(self) -> Array:
        return Array("K", self.maps[1], self.maps[0], *self.kernel_size)

    @property
    def b(self) -> Array:
        return Array("b", self.maps[1])

    @property
    def delta(self) -> Array:
        return Array("δ", self.maps[1], *self.out, outside=0)

    def row(self, c1, k) -> int:
        return int(c1) * self.kernel_size[0] * self.kernel_size[1] + int(k)

    def column(self, p) -> int:
        return int(p[0]) * self.out[1] + int(p[1])

    def tap(self, k) -> Vector:
        return Vector(*divmod(int(k), self.kernel_size[1]))

    @property
    def taps(self) -> range:
        return range(self.kernel_size[0] * self.kernel_size[1])

    @property
    def rows(self) -> range:
        return range(len(self.places))

    @property
    def points(self) -> list[Vector]:
        return [Vector(*p) for p in product(*map(range, self.out))]

    @property
    def pixels(self) -> list[Vector]:
        return [Vector(*q) for q in product(*map(range, self.size))]

    def entry(self, row, p) -> sp.Expr:
        """The pixel that the row of A holds at the output point p; 0 in the padding."""
        place = self.places[int(row), self.column(p)]
        index = np.unravel_index(place - 1, (self.maps[0], *self.size)) if place else None
        return sp.Integer(0) if index is None else self.X(*map(int, index))

    def A(self, row, p) -> sp.Expr:
        """A(r, p_o), or A((c1, k), p_o)."""
        return self.entry(self.row(*row) if isinstance(row, Vector) else row, p)

    def kernel_entry(self, c2, row) -> sp.Expr:
        """K(c2, r), of the kernel read as a matrix."""
        c1, k = divmod(int(row), len(self.taps))
        return self.K(c2, c1, self.tap(k))

    def Y(self, c2, p) -> sp.Expr:
        """The output, as the product of K's row and A's column."""
        return self.b(c2) + sum(self.kernel_entry(c2, r) * self.entry(r, p) for r in self.rows)

    @property
    def E(self) -> sp.Expr:
        """An error whose derivative with respect to Y(c2, p_o) is the symbol δ(c2, p_o)."""
        return sum(self.delta(c2, p) * self.Y(c2, p) for c2 in range(self.maps[1]) for p in self.points)

    def matrix(self, entry, rows, columns) -> sp.Matrix:
        return sp.Matrix([[entry(r, c) for c in columns] for r in rows])

    @property
    def names(self) -> dict:
        return {
            **{"X": self.X, "K": self.K, "b": self.b, "A": self.A, "Y": self.Y, r"\delta": self.delta},
            **{"s": Vector(*self.stride), "d": Vector(*self.dilation), r"\pi": Vector(*self.padding)},
            "p_k": of("k", self.tap),
        }

    @property
    def ranges(self) -> dict:
        return {
            **{"c_1": range(self.maps[0]), "c_2": range(self.maps[1]), "k": self.taps, "r": self.rows},
            **{"p_o": self.points, "q": self.pixels},
        }


PLAIN = Convolution((3, 4), (2, 2))
STRIDED = Convolution((3, 5), (2, 3), stride=(2, 1), padding=(1, 2), dilation=(1, 2))
GAPPED = Convolution((4, 3), (1, 2), stride=(3, 2), padding=(0, 1), dilation=(2, 1))


def convolutions() -> Iterator[Convolution]:
    """A plain one; one with padding, overlap and another geometry in each axis; one with pixels unread."""
    yield from (PLAIN, STRIDED, GAPPED)
