"""Where the symbols of a case lie, so that |x|, max, min, floor and conditions have one answer, exactly."""

from dataclasses import dataclass, field
from itertools import product

import sympy as sp

from .errors import ProofError


@dataclass(frozen=True)
class Bounds:
    """The least and the largest value of an expression, and whether it is reached."""

    low: sp.Expr
    low_reached: bool
    high: sp.Expr
    high_reached: bool


@dataclass(frozen=True)
class Box:
    """Half-open intervals ``{symbol: (low, high)}``: low <= symbol < high; an end may be infinite."""

    intervals: dict = field(default_factory=dict)

    def bounds(self, expression) -> Bounds:
        """Return the exact bounds of an expression that is affine in each symbol of the box by itself."""
        expression = sp.expand(expression)
        inside = sorted(expression.free_symbols & set(self.intervals), key=str)
        if expression.free_symbols - set(inside) or any(
            not expression.is_polynomial(s) or sp.degree(expression, s) > 1 for s in inside
        ):
            return self._by_assumptions(expression)
        # Such an expression has its extremes at corners. Only the corner of all low ends is in the box.
        corners = []
        for ends in product(*(((low, True), (high, False)) for low, high in map(self.intervals.get, inside))):
            value = expression.subs({s: end for s, (end, _) in zip(inside, ends, strict=True)})
            finite_low = all(is_low and sp.sympify(end).is_finite for end, is_low in ends)
            corners.append((sp.sympify(value), finite_low))
        if any(value is sp.nan for value, _ in corners):
            return self._by_assumptions(expression)
        low, high = (f(*(value for value, _ in corners)) for f in (sp.Min, sp.Max))
        return Bounds(
            low, any(r for v, r in corners if v == low), high, any(r for v, r in corners if v == high)
        )

    def _by_assumptions(self, expression) -> Bounds:
        """What the symbols' own assumptions say, of an expression that the box does not bound."""
        low = sp.S.Zero if expression.is_nonnegative else -sp.oo
        high = sp.S.Zero if expression.is_nonpositive else sp.oo
        return Bounds(low, not expression.is_positive, high, not expression.is_negative)

    def floor(self, expression):
        b = self.bounds(expression)
        n = sp.floor(b.low)
        if not b.low.is_finite or b.high > n + 1 or (b.high == n + 1 and b.high_reached):
            raise ProofError(f"the floor of {expression} is not one number in this case")
        return n

    def ceiling(self, expression):
        return -self.floor(-expression)

    def abs(self, expression):
        return self.max(expression, -expression)

    def max(self, *expressions):
        best = expressions[0]
        for other in expressions[1:]:
            b = self.bounds(other - best)
            if b.low >= 0:
                best = other
            elif not b.high <= 0:
                raise ProofError(f"which of {best} and {other} is larger changes within this case")
        return best

    def min(self, *expressions):
        return -self.max(*(-e for e in expressions))

    def holds(self, left, relation: str, right) -> bool:
        """Return whether ``=``, ``<``, ``<=`` or ``!=`` holds all over the box; raise if that changes."""
        if relation == "!=":
            return not self.holds(left, "=", right)
        difference = sp.expand(right - left)
        if relation == "=" and difference == 0:
            return True
        b = self.bounds(difference)
        above = b.low > 0 or (b.low == 0 and not b.low_reached)
        below = b.high < 0 or (b.high == 0 and not b.high_reached)
        if relation == "=":
            if above or below:
                return False
        elif relation == "<":
            if above:
                return True
            if b.high <= 0:
                return False
        elif relation == "<=":
            if b.low >= 0:
                return True
            if below:
                return False
        raise ProofError(f"whether {left} {relation} {right} changes, or is not known, within this case")
