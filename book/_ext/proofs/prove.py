"""Prove a step: every statement of its LaTeX, identically, in every case of its reading."""

from dataclasses import dataclass, field

import sympy as sp

from .boxes import Box
from .errors import ProofError
from .nodes import Scope
from .parser import parse
from .values import Vector


@dataclass
class Case:
    """One meaning of the names of a step.

    Args:
        title: what is special in this case, as an error message should say it.
        names: LaTeX of a name -> a number, an expression, a `Vector`, a matrix, a function of these.
        ranges: LaTeX of a name -> the values that it takes in a sum.
        box: where the symbols lie, which decides |x|, max, min, floor and conditions.
    """

    title: str
    names: dict
    ranges: dict = field(default_factory=dict)
    box: Box = field(default_factory=Box)


def prove(latex: str, cases) -> int:
    """Return the number of cases, in each of which all statements hold; else raise ProofError."""
    count, parsed = 0, {}
    for case in cases:
        count += 1
        known = frozenset(case.names), frozenset(case.ranges)
        try:
            if known not in parsed:
                parsed[known] = parse(latex, *known)
            for statement in parsed[known]:
                _prove(statement, Scope(case.names, case.ranges, case.box))
        except ProofError as error:
            raise ProofError(f"{error.message} (case: {case.title})", error.at) from error
    if count == 0:
        raise ProofError("the reading has no case")
    return count


def _prove(statement, scope: Scope) -> None:
    for left, relation, right in zip(statement.sides, statement.relations, statement.sides[1:], strict=False):
        values = left.number(scope), right.number(scope)
        try:
            if relation == "=":
                difference = unequal(*values)
                if difference is not None:
                    raise ProofError(f"this does not equal what stands left of it: {difference}")
            elif not statement._pair_holds(scope, values[0], relation, values[1]):
                raise ProofError(f"{values[0]} {relation} {values[1]} does not hold")
        except ProofError as error:
            raise ProofError(error.message, right.at if error.at is None else error.at) from error


def unequal(left, right) -> str | None:
    """Return what makes the two differ, or None if they are identically equal."""
    for kind in (Vector, sp.MatrixBase):
        if isinstance(left, kind) or isinstance(right, kind):
            if not (isinstance(left, kind) and isinstance(right, kind)):
                return f"{left} is not of the kind of {right}"
            shapes = [getattr(v, "shape", (len(v),)) for v in (left, right)]
            if shapes[0] != shapes[1]:
                return f"the shapes are {shapes[0]} and {shapes[1]}"
            found = (unequal(a, b) for a, b in zip(left, right, strict=True))
            return next((f for f in found if f is not None), None)
    left, right = sp.sympify(left), sp.sympify(right)
    difference = sp.expand(left - right)
    if difference == 0 or (difference.is_Order and not (left.is_Order and right.is_Order)):
        return None
    if not difference.is_polynomial():  # of a polynomial, the expansion has told
        difference = sp.simplify(difference)
    return None if difference == 0 else f"{_short(left)}, and this is {_short(right)}"


def _short(expression) -> str:
    text = str(expression)
    return text if len(text) <= 200 else text[:200] + " …"
