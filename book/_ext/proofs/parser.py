r"""The LaTeX of a step to statements, by recursive descent. Whatever it does not know is an error.

Names come from the reading, and the longest that fits is taken: with ``w`` and ``w_0`` known, ``w_0`` is
the latter. A sum reaches to the next ``+`` or ``-``, as printed sums do. ``\text`` separates statements.
"""

from . import nodes
from .errors import ProofError
from .tokens import Token, in_one_line, tokens

RELATIONS = {"=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\ne": "!=", r"\equiv": "="}
BRACKETS = {"(": ")", "[": "]", "{": "}"}
AROUND = {r"\lfloor": (r"\rfloor", "floor"), r"\lceil": (r"\rceil", "ceiling")}
SEPARATORS = {",", ".", ";", r"\quad", r"\qquad"}
ENDS = {"+", "-", ")", "]", "}", ":", "&", r"\\", r"\rfloor", r"\rceil", "", *RELATIONS, *SEPARATORS}
PARTIAL = {r"\partial", r"\mathrm{d}"}


def parse(latex: str, names, ranges=()) -> list[nodes.Chain]:
    """Return the statements of a step.

    Args:
        latex: the step.
        names: the LaTeX of all names that have a meaning everywhere.
        ranges: that of the names that a sum may bind; they are known inside that sum.
    """
    return _Parser(in_one_line(tokens(latex)), names, ranges).statements()


class _Parser:
    def __init__(self, found: list[Token], names, ranges):
        self.tokens, self.here = found, 0
        self.names, self.ranges = (
            {tuple(t.text for t in tokens(n)): n for n in each} for each in (names, ranges)
        )
        self.bound: list[str] = []
        self.end = found[-1].at + 1 if found else 0
        self.bars = [False]  # for each open bracket, whether a |...| is open in it

    # Reading along

    @property
    def token(self) -> Token:
        return self.tokens[self.here] if self.here < len(self.tokens) else Token("", self.end)

    @property
    def text(self) -> str:
        return self.token.text

    def take(self, text: str | None = None) -> Token:
        token = self.token
        if text is not None and token.text != text:
            raise ProofError(f"expected {text}, found {token.text or 'the end'}", token.at)
        self.here += 1
        return token

    def took(self, *texts: str) -> bool:
        if self.text in texts and self.here < len(self.tokens):
            self.here += 1
            return True
        return False

    # Statements

    def statements(self) -> list[nodes.Chain]:
        found = []
        while self.here < len(self.tokens):
            if self.at_separator() or (self.text == r"\square" and self.here == len(self.tokens) - 1):
                self.take()
            else:
                found.append(self.statement())
                if not (self.here == len(self.tokens) or self.at_separator()):
                    raise ProofError(f"cannot read {self.text} here", self.token.at)
        if not found:
            raise ProofError("there is no statement here")
        return found

    def at_separator(self) -> bool:
        return self.text in SEPARATORS or self.token.is_text

    def statement(self) -> nodes.Chain:
        at = self.token.at
        sides, relations = [self.expression()], []
        while self.text in RELATIONS:
            relations.append(RELATIONS[self.take().text])
            sides.append(self.expression())
        if not relations:
            raise ProofError(f"expected a relation like =, found {self.text or 'the end'}", self.token.at)
        return nodes.Chain(at, sides, relations)

    # Expressions

    def expression(self) -> nodes.Node:
        at = self.token.at
        if self.took("-"):
            left = nodes.Negative(at, self.product())
        else:
            self.took("+")
            left = self.product()
        while self.text in ("+", "-"):
            sign = self.take()
            left = nodes.Add(sign.at, left, self.product(), 1 if sign.text == "+" else -1)
        return left

    def product(self) -> nodes.Node:
        left = self.factor()
        while True:
            at = self.token.at
            if self.took("/"):
                left = nodes.Divide(at, left, self.factor())
            elif self.took(r"\cdot", r"\times"):
                left = nodes.Multiply(at, left, self.factor())
            elif self.at_end_of_product():
                return left
            elif isinstance(left, nodes.Derivative) and left.top is None:
                left = nodes.Multiply(at, left, self.product())
            else:
                left = nodes.Multiply(at, left, self.factor())

    def at_end_of_product(self) -> bool:
        closes_bar = self.text == "|" and self.bars[-1]
        return self.text in ENDS or self.token.is_text or self.text.startswith(r"\end") or closes_bar

    def factor(self) -> nodes.Node:
        left = self.primary()
        while True:
            at = self.token.at
            if self.text in ("(", "["):
                group = self.group()
                exponent = self.exponent() if self.text == "^" and not self.special_power() else None
                left = nodes.Beside(at, left, group, exponent)
            elif self.text == "^":
                left = self.power(left)
            elif self.text == "|" and self.peek(1) == "_":
                self.take()
                self.take("_")
                left = nodes.Bar(at, left, self.subscript_statements())
            elif self.text in ("_", "'"):
                raise ProofError("the reading knows no name that goes on with " + self.text, at)
            else:
                return left

    def peek(self, n: int) -> str:
        return self.tokens[self.here + n].text if self.here + n < len(self.tokens) else ""

    def special_power(self) -> bool:
        return self.peek(1) in ("y", "x", r"\mathsf{T}")

    def power(self, base: nodes.Node) -> nodes.Node:
        at = self.token.at
        if self.special_power():
            self.take("^")
            power = self.take().text
            return nodes.Transpose(at, base) if power == r"\mathsf{T}" else nodes.Component(at, base, power)
        return nodes.Power(at, base, self.exponent())

    def exponent(self) -> nodes.Node:
        self.take("^")
        return self.argument()

    def argument(self) -> nodes.Node:
        """What a command takes: a group in braces, or one token."""
        if self.text == "{":
            return self.group()
        return self.primary()

    def group(self) -> nodes.Group:
        opening = self.take()
        self.bars.append(False)
        entries = [self.expression()]
        while opening.text != "{" and self.took(","):
            entries.append(self.expression())
        self.take(BRACKETS[opening.text])
        self.bars.pop()
        return nodes.Group(opening.at, entries)

    def primary(self) -> nodes.Node:
        at = self.token.at
        if name := self.name():
            return nodes.Name(at, name)
        text = self.text
        if text[:1].isdigit():
            return nodes.Number(at, self.take().text)
        if text in BRACKETS:
            return self.group()
        if text in AROUND:
            return self.around(*AROUND[text])
        if text == "|":
            return self.absolute()
        if text in (r"\max", r"\min"):
            self.take()
            if self.text not in BRACKETS:
                raise ProofError(f"{text} needs its arguments in brackets", self.token.at)
            return nodes.BoxFunction(at, text[1:], self.group().entries)
        if text in (r"\sum", r"\prod"):
            return self.sum()
        if text == r"\frac":
            return self.fraction()
        if text == r"\sqrt":
            self.take()
            return nodes.Root(at, self.argument())
        if text == r"\begin{cases}":
            return self.cases()
        if text in (r"\begin{pmatrix}", r"\begin{bmatrix}", r"\begin{matrix}"):
            return self.table(text)
        if text in ENDS:
            raise ProofError(f"expected a formula, found {text or 'the end'}", at)
        raise ProofError(f"the reading gives {text} no meaning", at)

    def name(self) -> str | None:
        """Take the longest known name that stands here."""
        return self.longest({**self.names, **{t: n for t, n in self.ranges.items() if n in self.bound}})

    def longest(self, known: dict[tuple[str, ...], str]) -> str | None:
        texts = tuple(t.text for t in self.tokens[self.here : self.here + max(map(len, known), default=0)])
        for length in range(len(texts), 0, -1):
            if texts[:length] in known:
                self.here += length
                return known[texts[:length]]
        return None

    # Commands

    def around(self, closing: str, function: str) -> nodes.Node:
        at = self.take().at
        self.bars.append(False)
        inner = self.expression()
        self.bars.pop()
        self.take(closing)
        return nodes.BoxFunction(at, function, [inner])

    def absolute(self) -> nodes.Node:
        at = self.take("|").at
        self.bars.append(True)
        inner = self.expression()
        self.bars.pop()
        self.take("|")
        return nodes.BoxFunction(at, "abs", [inner])

    def fraction(self) -> nodes.Node:
        at = self.take().at
        opening = self.take() if self.text == "{" else None
        if opening and self.text in PARTIAL:
            return self.derivative(at)
        if opening:
            self.here -= 1
        elif self.text in PARTIAL:
            return self.derivative(at, braced=False)
        return nodes.Divide(at, self.argument(), self.argument())

    def derivative(self, at: int, braced: bool = True) -> nodes.Node:
        """``\\partial f`` over ``\\partial x``, or with upright d; an operator if f is left out."""
        self.take()
        order = self.order()
        top = None
        if braced:
            top = None if self.text == "}" else self.product()
            self.take("}")
        self.take("{")
        bottoms = []
        while self.text in PARTIAL:
            self.take()
            variable = self.denominator()
            bottoms += [variable] * self.order()
        self.take("}")
        if len(bottoms) != order:
            raise ProofError(f"{order} derivatives above, {len(bottoms)} below", at)
        return nodes.Derivative(at, top, bottoms)

    def order(self) -> int:
        return int(self.take().text) if self.took("^") else 1

    def denominator(self) -> nodes.Node:
        """What follows a partial sign below: a name, perhaps with its arguments."""
        at = self.token.at
        name = self.name()
        if name is None:
            raise ProofError(f"the reading gives {self.text} no meaning", at)
        left: nodes.Node = nodes.Name(at, name)
        if self.text == "^" and self.peek(1) in ("y", "x"):
            left = self.power(left)
        if self.text in ("(", "["):
            left = nodes.Beside(at, left, self.group(), None)
        return left

    def sum(self) -> nodes.Node:
        sign = self.take()
        if self.text != "_":
            raise ProofError("a sum must say over what", self.token.at)
        self.take("_")
        braced = self.took("{")
        names, limits, conditions = [], None, []
        first = self.here
        inside = self.took("(")
        names.append(self.bound_name())
        while self.took(","):
            names.append(self.bound_name())
        if inside:
            self.take(")")
        if braced and self.took(":"):
            conditions = self.chains()
        elif braced and self.text == "=" and len(names) == 1 and not inside:
            self.take()
            low = self.expression()
            self.take("}")
            braced = False
            self.take("^")
            limits = (low, self.argument())
        elif braced and self.text in RELATIONS and len(names) == 1:
            self.here = first
            conditions = self.chains()
        if braced:
            self.take("}")
        body = self.product()
        del self.bound[len(self.bound) - len(names) :]
        return nodes.Sum(sign.at, names, limits, conditions, body, sign.text == r"\prod")

    def bound_name(self) -> str:
        at = self.token.at
        if self.peek(1) == "=" and (self.text,) not in self.ranges:  # as in i = 0, which needs no range
            self.ranges[(self.text,)] = self.text
        name = self.longest(self.ranges)
        if name is None:
            raise ProofError(f"the reading gives no range to sum {self.text} over", at)
        self.bound.append(name)
        return name

    def chains(self) -> list[nodes.Chain]:
        found = [self.statement()]
        while self.took(","):
            found.append(self.statement())
        return found

    def subscript_statements(self) -> list[nodes.Chain]:
        self.take("{")
        found = self.chains()
        self.take("}")
        return found

    def rows(self, environment: str):
        """Yield once for each row of a table, with the parser at its first entry."""
        end = f"\\end{{{environment}}}"
        self.take()
        self.bars.append(False)
        while True:
            yield
            self.took(",", ".")
            if not self.took(r"\\") or self.text == end:
                break
        self.bars.pop()
        self.take(end)

    def table(self, begin: str) -> nodes.Node:
        at = self.token.at
        found = []
        for _ in self.rows(begin[7:-1]):
            row = [self.expression()]
            while self.took("&"):
                row.append(self.expression())
            found.append(row)
        return nodes.Table(at, found)

    def cases(self) -> nodes.Node:
        at = self.token.at
        found = []
        for _ in self.rows("cases"):
            value = self.expression()
            self.took(",")
            self.take("&")
            found.append((value, self.condition()))
        return nodes.Cases(at, found)

    def condition(self) -> list[list[nodes.Chain]] | None:
        """``\\text{if } A \\text{ and } B \\text{ or } C``; None for otherwise."""
        alternatives: list[list[nodes.Chain]] = [[]]
        word = self.word() if self.token.is_text else "if"
        if word in ("otherwise", "else"):
            return None
        if word not in ("if", "for", "where", "when"):
            raise ProofError(f"a condition cannot begin with {word!r}", self.token.at)
        while True:
            alternatives[-1].append(self.statement())
            if not self.token.is_text:
                return alternatives
            word = self.word()
            if word == "or":
                alternatives.append([])
            elif word != "and":
                raise ProofError(f"conditions are joined by and, or; not by {word!r}", self.token.at)

    def word(self) -> str:
        return self.take().text[6:-1].strip().rstrip(",.")
