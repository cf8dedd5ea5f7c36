"""Prove the formulas of the book as they stand: LaTeX, a reading of its names, SymPy."""

from .boxes import Box
from .errors import ProofError
from .prove import Case, prove
from .values import Array, Vector, of

__all__ = ["Array", "Box", "Case", "ProofError", "Vector", "of", "prove"]
