"""What the parser makes of a formula. Each node gives its value in a scope."""

import operator
from dataclasses import dataclass, field
from functools import reduce
from itertools import product

import sympy as sp

from .errors import ProofError
from .values import Of, Vector


@dataclass
class Scope:
    """The meanings of names, in one case."""

    names: dict
    ranges: dict
    box: object
    bound: dict = field(default_factory=dict)

    def __getitem__(self, name: str):
        if name not in self.bound and name not in self.names:
            raise ProofError(f"{name} has a meaning only inside a sum over it")
        value = self.bound[name] if name in self.bound else self.names[name]
        return self.resolved(value)

    def resolved(self, value):
        """Put in the indices of a name that depends on others; make numbers exact."""
        if isinstance(value, Of):
            return self.resolved(value.meaning(*(self[name] for name in value.names)))
        return exact(value)

    def range_of(self, name: str) -> list:
        if name not in self.ranges:
            raise ProofError(f"the reading gives no range to sum {name} over")
        value = self.ranges[name]
        if isinstance(value, Of):
            value = value.meaning(*(self[n] for n in value.names))
        return [exact(v) for v in value]

    def with_bound(self, bound: dict) -> "Scope":
        return Scope(self.names, self.ranges, self.box, {**self.bound, **bound})


def exact(value):
    if isinstance(value, bool):
        raise ProofError(f"{value} is no number")
    if isinstance(value, tuple) and not isinstance(value, Vector):
        return Vector(*value)
    if isinstance(value, int):
        return sp.Integer(value)
    if isinstance(value, float) or (isinstance(value, sp.Expr) and value.has(sp.Float)):
        raise ProofError(f"{value} is a float; a proof needs exact numbers")
    return value


def callable_(value) -> bool:
    return callable(value) and (not isinstance(value, sp.Basic) or isinstance(value, sp.FunctionClass))


@dataclass
class Node:
    at: int

    def value(self, scope: Scope):
        """Return the value; an error without a place gets this node's."""
        try:
            return exact(self._value(scope))
        except ProofError as error:
            if error.at is None:
                raise ProofError(error.message, self.at) from error
            raise
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise ProofError(f"{type(error).__name__}: {error}", self.at) from error

    def number(self, scope: Scope):
        """The value, which must not be a function."""
        value = self.value(scope)
        if callable_(value):
            raise ProofError("a function stands here without its argument", self.at)
        return value


@dataclass
class Number(Node):
    text: str

    def _value(self, scope):
        return sp.Rational(self.text)


@dataclass
class Name(Node):
    name: str

    def _value(self, scope):
        return scope[self.name]


@dataclass
class Add(Node):
    left: Node
    right: Node
    sign: int

    def _value(self, scope):
        left, right = self.left.number(scope), self.right.number(scope)
        return left + right if self.sign > 0 else left - right


@dataclass
class Negative(Node):
    inner: Node

    def _value(self, scope):
        return -self.inner.number(scope)


@dataclass
class Multiply(Node):
    left: Node
    right: Node

    def _value(self, scope):
        left = self.left.value(scope)
        if isinstance(left, Operator):
            return left(self.right, scope)
        if callable_(left):
            raise ProofError("a function stands here without its argument", self.left.at)
        return left * self.right.number(scope)


@dataclass
class Divide(Node):
    top: Node
    bottom: Node

    def _value(self, scope):
        bottom = self.bottom.number(scope)
        if bottom == 0:
            raise ProofError("division by zero", self.bottom.at)
        return self.top.number(scope) / bottom


@dataclass
class Power(Node):
    base: Node
    exponent: Node

    def _value(self, scope):
        return self.base.number(scope) ** self.exponent.number(scope)


@dataclass
class Root(Node):
    inner: Node

    def _value(self, scope):
        return sp.sqrt(self.inner.number(scope))


@dataclass
class Transpose(Node):
    inner: Node

    def _value(self, scope):
        return self.inner.number(scope).T


@dataclass
class Component(Node):
    """``q^y`` and ``q^x``: the entries of a pair."""

    inner: Node
    axis: str

    def _value(self, scope):
        pair = self.inner.number(scope)
        if not isinstance(pair, Vector) or len(pair) != 2:
            raise ProofError(f"^{self.axis} takes an entry of a pair (y, x), and this is {pair}")
        return pair["yx".index(self.axis)]


@dataclass
class Group(Node):
    """What stands in brackets: one expression, or several as a pair or as arguments."""

    entries: list[Node]

    def _value(self, scope):
        values = [entry.value(scope) for entry in self.entries]
        return values[0] if len(values) == 1 else Vector(*values)


@dataclass
class Beside(Node):
    """``f (x)^n``: a function's value where f is a function, else a product."""

    left: Node
    group: Group
    exponent: Node | None

    def _value(self, scope):
        left = self.left.value(scope)
        power = self.exponent.number(scope) if self.exponent else None
        if isinstance(left, Operator):
            value = left(self.group, scope)
        elif callable_(left):
            value = exact(left(*(entry.value(scope) for entry in self.group.entries)))
        else:
            if len(self.group.entries) > 1:
                raise ProofError(f"{left} is not a function of {len(self.group.entries)} arguments")
            value = self.group.number(scope)
            return left * (value if power is None else value**power)
        return value if power is None else value**power


@dataclass
class Sum(Node):
    """A sum (or product) over all values of the names that satisfy the conditions."""

    names: list[str]
    limits: tuple[Node, Node] | None
    conditions: list["Chain"]
    body: Node
    is_product: bool

    def _value(self, scope):
        if self.limits:
            low, high = (limit.number(scope) for limit in self.limits)
            if not (low.is_Integer and high.is_Integer):
                raise ProofError(f"the sum runs from {low} to {high}, which are not both numbers")
            ranges = [[sp.Integer(i) for i in range(int(low), int(high) + 1)]]
        else:
            ranges = [scope.range_of(name) for name in self.names]
        terms = []
        for values in product(*ranges):
            inner = scope.with_bound(dict(zip(self.names, values, strict=True)))
            if all(condition.holds(inner) for condition in self.conditions):
                terms.append(self.body.number(inner))
        if not terms:
            return sp.Integer(1 if self.is_product else 0)
        if all(isinstance(term, sp.Expr) for term in terms):  # at once, which is faster
            return (sp.Mul if self.is_product else sp.Add)(*terms)
        return reduce(operator.mul if self.is_product else operator.add, terms)


class Operator:
    """A derivative that waits for what it acts on; ``d/dX`` of an array gives a function of its indices."""

    def __init__(self, denominators: list[Node], scope: Scope):
        self.denominators = [node.value(scope) for node in denominators]

    def __call__(self, node: Node, scope: Scope):
        return self.of(node.number(scope))

    def of(self, value):
        for variable in reversed(self.denominators):
            value = differentiate(value, variable)
        return value


def differentiate(value, variable):
    if callable_(variable):
        return lambda *index: differentiate(value, variable(*index))
    if isinstance(variable, Vector):
        parts = [differentiate(value, v) for v in variable]
        return sp.Matrix([list(p) for p in parts]).T if isinstance(value, Vector) else Vector(*parts)
    if isinstance(variable, sp.MatrixBase):
        return variable.applyfunc(lambda entry: differentiate(value, entry))
    if not isinstance(variable, sp.Symbol):
        raise ProofError(f"cannot differentiate with respect to {variable}, which is no symbol")
    if isinstance(value, Vector):
        return Vector(*(differentiate(v, variable) for v in value))
    return sp.diff(value, variable)


@dataclass
class Derivative(Node):
    top: Node | None
    bottoms: list[Node]

    def _value(self, scope):
        derivative = Operator(self.bottoms, scope)
        return derivative if self.top is None else derivative(self.top, scope)


@dataclass
class Bar(Node):
    """``f |_{p = q}``: the value of f with the symbols of p replaced."""

    inner: Node
    conditions: list["Chain"]

    def _value(self, scope):
        replaced = {}
        for chain in self.conditions:
            if len(chain.sides) != 2 or chain.relations != ["="]:
                raise ProofError("a bar takes one equation like p = p_{o,k}", chain.at)
            left, right = (side.number(scope) for side in chain.sides)
            if isinstance(left, Vector) != isinstance(right, Vector):
                raise ProofError("a pair is set equal to a number", chain.at)
            replaced |= dict(zip(left, right, strict=True)) if isinstance(left, Vector) else {left: right}
        if any(not isinstance(symbol, sp.Symbol) for symbol in replaced):
            raise ProofError(f"only symbols can be replaced, not {[*replaced]}")
        value = self.inner.number(scope)
        put = lambda v: sp.sympify(v).subs(replaced, simultaneous=True)  # noqa: E731
        return Vector(*map(put, value)) if isinstance(value, Vector) else put(value)


@dataclass
class BoxFunction(Node):
    """Floor, ceiling, absolute value, max and min, decided by where the symbols of the case lie."""

    function: str
    arguments: list[Node]

    def _value(self, scope):
        values = [a.number(scope) for a in self.arguments]
        if any(isinstance(v, Vector) for v in values):
            entries = [getattr(scope.box, self.function)(*each) for each in zip(*values, strict=True)]
            return Vector(*entries)
        return getattr(scope.box, self.function)(*values)


@dataclass
class Cases(Node):
    """Rows of values with conditions, of which exactly one must hold; no condition means otherwise."""

    rows: list[tuple[Node, list[list["Chain"]] | None]]

    def _value(self, scope):
        hold = [
            value
            for value, alternatives in self.rows
            if alternatives is not None and any(all(c.holds(scope) for c in each) for each in alternatives)
        ]
        if len(hold) > 1:
            raise ProofError(f"{len(hold)} rows of the cases hold at once")
        hold = hold or [value for value, alternatives in self.rows if alternatives is None]
        if not hold:
            raise ProofError("no row of the cases holds")
        return hold[0].number(scope)


@dataclass
class Table(Node):
    rows: list[list[Node]]

    def _value(self, scope):
        return sp.Matrix([[entry.number(scope) for entry in row] for row in self.rows])


@dataclass
class Chain(Node):
    """A statement: ``A = B = C``, or with ``<``, ``<=``, ``!=``."""

    sides: list[Node]
    relations: list[str]

    def holds(self, scope: Scope) -> bool:
        """Decide the statement as a condition."""
        values = [side.number(scope) for side in self.sides]
        return all(
            self._pair_holds(scope, a, relation, b)
            for a, relation, b in zip(values, self.relations, values[1:], strict=False)
        )

    @staticmethod
    def _pair_holds(scope, a, relation, b) -> bool:
        if relation in (">", ">="):
            a, relation, b = b, relation.replace(">", "<"), a
        if isinstance(a, Vector) or isinstance(b, Vector):
            if not (isinstance(a, Vector) and isinstance(b, Vector)) or relation not in ("=", "!="):
                raise ProofError(f"pairs can be equal or not, and this is {a} {relation} {b}")
            equal = all(scope.box.holds(x, "=", y) for x, y in zip(a, b, strict=True))
            return equal == (relation == "=")
        return scope.box.holds(a, relation, b)
