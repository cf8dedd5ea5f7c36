r"""LaTeX to tokens. What only spaces, sizes or aligns is dropped; what has a meaning is kept.

``{x}`` around one token is that token, so ``a^{y}`` is ``a^y`` and ``a{+}1`` is ``a+1``.
"""

import re
from dataclasses import dataclass

from .errors import ProofError

SPACING = {*(r"\,", r"\;", r"\:", r"\!", r"\ ", r"\>", "~", r"\displaystyle", r"\limits", r"\notag")}
SIZES = {f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")}
SAME = {
    **{r"\tfrac": r"\frac", r"\dfrac": r"\frac", r"\leq": r"\le", r"\geq": r"\ge", r"\neq": r"\ne"},
    **{r"\lvert": "|", r"\rvert": "|", r"\lbrack": "[", r"\rbrack": "]", r"\top": r"\mathsf{T}"},
}
PATTERN = re.compile(
    r"""(?P<space>\s+|%[^\n]*)
      | (?P<word>\\(?:text|mathrm|mathsf|mathbf|mathcal|operatorname)\s*(?:\{[^{}]*\}|[A-Za-z]))
      | (?P<env>\\(?:begin|end)\s*\{\w+\*?\})
      | (?P<command>\\[A-Za-z]+|\\.)
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<other>[-A-Za-z+*/=<>()\[\]{}|,.:;^_&'~])""",
    re.X | re.S,
)
ALIGNED = {"aligned", "split", "gathered", "alignedat"}


@dataclass(frozen=True)
class Token:
    text: str
    at: int

    @property
    def is_text(self) -> bool:
        return self.text.startswith(r"\text{")


def tokens(latex: str) -> list[Token]:
    """Return the tokens of a formula, or of a name; raise ProofError at a character no formula has."""
    found = []
    at = 0
    while at < len(latex):
        match = PATTERN.match(latex, at)
        if match is None:
            raise ProofError(f"cannot read {latex[at]!r}", at)
        text = match[0]
        if match.lastgroup == "word":
            command, inner = re.fullmatch(r"(\\[a-z]+)\s*(.*)", text, re.S).groups()
            text = f"{command}{{{inner.strip('{}').strip()}}}"
        elif match.lastgroup == "env":
            text = re.sub(r"\s", "", text)
        elif match.lastgroup == "number" and len(text) > 1 and found and found[-1].text in "^_":
            raise ProofError(f"TeX raises or lowers only the first digit of {text}: put braces around it", at)
        if match.lastgroup != "space" and text not in SPACING | SIZES:
            found.append(Token(SAME.get(text, text), at))
        at = match.end()
    return _without_single_braces(_without_left_right(found))


def _without_left_right(found: list[Token]) -> list[Token]:
    kept = []
    for place, token in enumerate(found):
        if token.text in (r"\left", r"\right"):
            after = found[place + 1].text if place + 1 < len(found) else ""
            if after == ".":
                raise ProofError(f"{token.text}. hides where the formula ends: use \\bigg|", token.at)
        else:
            kept.append(token)
    return kept


def _without_single_braces(found: list[Token]) -> list[Token]:
    kept: list[Token] = []
    for token in found:
        kept.append(token)
        if token.text == "}" and len(kept) >= 2 and kept[-2].text == "{":
            del kept[-2:]
        elif token.text == "}" and len(kept) >= 3 and kept[-3].text == "{":
            kept[-3:] = [kept[-2]]
    return kept


OPENING = {"(", "[", "{", r"\lfloor", r"\lceil"}
CLOSING = {")", "]", "}", r"\rfloor", r"\rceil"}
CONTINUES = {"+", "-", "=", "<", ">", r"\le", r"\ge", r"\ne", r"\cdot", r"\times", "/"}
TABLES = {"cases", "pmatrix", "bmatrix", "matrix"}


def in_one_line(found: list[Token]) -> list[Token]:
    r"""Drop alignment, and turn each ``\\`` that ends a statement into the separator ``;``.

    A line goes on when it ends with an operator, when the next begins with one or when a bracket is open.
    Inside ``cases`` and matrices ``&`` and ``\\`` have a meaning and stay.
    """
    kept: list[Token] = []
    tables = depth = 0
    for place, token in enumerate(found):
        text = token.text
        environment = text.partition("{")[2].strip("}*") if text.startswith((r"\begin{", r"\end{")) else ""
        if environment in TABLES:
            tables += 1 if text.startswith(r"\begin") else -1
        elif environment and environment not in ALIGNED:
            raise ProofError(f"no meaning is known for the environment {environment}", token.at)
        if environment in ALIGNED or (text == "&" and not tables):
            continue
        depth += (text in OPENING) - (text in CLOSING)
        if text == r"\\" and not tables:
            after = next((t.text for t in found[place + 1 :] if t.text != "&"), "")
            if depth == 0 and after not in CONTINUES and not (kept and kept[-1].text in CONTINUES):
                kept.append(Token(";", token.at))
            continue
        kept.append(token)
    return kept
