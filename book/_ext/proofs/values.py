"""What names can mean beside SymPy's own objects: pairs, arrays of symbols, names with indices."""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from .errors import ProofError


class Vector(tuple):
    """A pair like (y, x): sums, products and quotients go entry by entry; a number acts on each entry."""

    __slots__ = ()

    def __new__(cls, *entries):
        return super().__new__(cls, map(sp.sympify, entries))

    def _with(self, other, do):
        if isinstance(other, Vector):
            if len(other) != len(self):
                raise ProofError(f"{self} and {other} have different lengths")
            return Vector(*map(do, self, other))
        return Vector(*(do(entry, other) for entry in self))

    def _summand(self, other):
        if not isinstance(other, Vector) and other != 0:
            raise ProofError(f"cannot add {other} to the pair {self}")
        return other

    def __add__(self, other):
        return self._with(self._summand(other), lambda a, b: a + b)

    def __sub__(self, other):
        return self._with(self._summand(other), lambda a, b: a - b)

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        return self._with(other, lambda a, b: a * b)

    def __truediv__(self, other):
        return self._with(other, lambda a, b: a / b)

    def __neg__(self):
        return Vector(*(-entry for entry in self))

    __radd__ = __add__
    __rmul__ = __mul__

    def __repr__(self):
        return f"({', '.join(map(str, self))})"


class Array:
    """Symbolic entries ``X_0_1_2``, taken by ``X(c, y, x)`` or ``X(c, q)`` with a pair q.

    Args:
        name: letters that begin each symbol's name.
        shape: its lengths.
        outside: what an index outside the shape gives; None makes it an error.
    """

    def __init__(self, name: str, *shape: int, outside=None):
        self.name, self.shape, self.outside = name, shape, outside
        self.entries = {}

    def __call__(self, *index):
        flat = tuple(i for part in index for i in (part if isinstance(part, tuple) else (part,)))
        if flat not in self.entries:
            self.entries[flat] = self._entry(flat, index)
        return self.entries[flat]

    def _entry(self, flat: tuple, index: tuple):
        if len(flat) != len(self.shape):
            raise ProofError(f"{self.name} has {len(self.shape)} indices, got {len(flat)}: {index}")
        if any(not sp.sympify(i).is_integer for i in flat):
            raise ProofError(f"{self.name} has integer indices, got {index}")
        if all(0 <= i < n for i, n in zip(flat, self.shape, strict=True)):
            return sp.Symbol("_".join([self.name, *map(str, flat)]), real=True)
        if self.outside is None:
            raise ProofError(f"{self.name} of shape {self.shape} has no entry {index}")
        return sp.sympify(self.outside)


@dataclass(frozen=True)
class Of:
    """A name whose meaning depends on others, like ``p_k`` on ``k``; see `of`."""

    names: tuple[str, ...]
    meaning: Callable


def of(*names_and_meaning) -> Of:
    """``of("k", lambda k: ...)``: the meaning of a name that has other names as indices."""
    *names, meaning = names_and_meaning
    return Of(tuple(names), meaning)
