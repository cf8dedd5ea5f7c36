"""The text of a master: its cells, its facts, its answer and its gaps.

A master is a Python file in jupytext's percent format. Beside code and markdown it has cells of its own:
``[raw]``, first, with the facts in TOML; ``[question]``, the question to be answered by hand before the
code; and
``[picture]``, what one should see. A gap stands between ``# <solution>`` and ``# </solution>``; the answer
is the
line that ends with ``# <answer>``.
"""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass
from typing import Any

OPEN, CLOSE, ANSWER = "# <solution>", "# </solution>", "# <answer>"
KINDS = ("raw", "markdown", "question", "picture", "")
OPTIONAL = {"needs", "forbidden"}


class MasterError(ValueError):
    """A master is not as it should be."""


@dataclass(frozen=True)
class Cell:
    """A cell of a master.

    Attributes:
        kind: one of `KINDS`; the empty one is code.
        text: without the comment signs where it is not code.
    """

    kind: str
    text: str


def cells(text: str) -> list[Cell]:
    """Split a master into its cells.

    Raises:
        MasterError: something stands before the first cell, or a cell is of an unknown kind.
    """
    before, *pieces = re.split(r"^# %%", text, flags=re.MULTILINE)
    if before.strip():
        raise MasterError(f"something stands before the first cell: {before.strip()[:60]!r}")
    found = []
    for piece in pieces:
        head, _, body = piece.partition("\n")
        kind = head.strip().strip("[]")
        if kind not in KINDS:
            raise MasterError(f"a cell must be one of {', '.join(filter(None, KINDS))}, got {kind!r}")
        found.append(Cell(kind, _uncomment(body) if kind else body.strip("\n")))
    return found


def front_matter(text: str) -> dict[str, Any]:
    """Read the facts of the first cell.

    Raises:
        MasterError: the first cell is not ``[raw]``, is no TOML, or lacks a fact.
    """
    first = cells(text)[0]
    if first.kind != "raw":
        raise MasterError(f"the first cell must be [raw], got [{first.kind}]")
    try:
        facts = tomllib.loads(first.text)
    except tomllib.TOMLDecodeError as error:
        raise MasterError(f"the first cell is no TOML: {error}") from None
    wanted = {"title", "chapter", "minutes", "difficulty", "after", "gaps", "mistakes"}
    if not wanted <= set(facts) <= wanted | OPTIONAL:
        raise MasterError(
            f"the facts must be {sorted(wanted)} and may be {sorted(OPTIONAL)}, got {sorted(facts)}"
        )
    return facts


def code(text: str) -> str:
    """Return the program of a master: all its code cells, at their lines, the markers taken out."""
    lines = text.split("\n")
    marks = {OPEN, CLOSE}
    return "\n".join("" if line.strip() in marks else line.replace(f"  {ANSWER}", "") for line in lines)


def answer(text: str) -> Any:
    """Return the right answer to the question.

    Raises:
        MasterError: there is no such line, or more than one.
    """
    lines = [line for line in text.split("\n") if line.endswith(ANSWER)]
    if len(lines) != 1:
        raise MasterError(f"one line must end with {ANSWER}, got {len(lines)}")
    name, _, value = lines[0].partition("=")
    if name.strip() != "prediction":
        raise MasterError(f"the answer's name must be prediction, got {name.strip()!r}")
    return ast.literal_eval(value.strip())


def span(text: str, function: str) -> tuple[int, int]:
    """Return where a function begins and ends in a program.

    Args:
        text: the program.
        function: its name, or that of a class; "Name.method" is a method.

    Raises:
        MasterError: it is not there.
    """
    start, end = 0, len(text)
    *classes, name = function.split(".")
    for pattern in (*(rf"^( *)class {c}\b" for c in classes), rf"^( *)(?:def|class) {name}\b"):
        head = re.compile(pattern, flags=re.MULTILINE).search(text, start, end)
        if head is None:
            raise MasterError(f"there is no function {function}")
        after = re.compile(rf"^ {{0,{len(head[1])}}}[^\s)]", flags=re.MULTILINE)
        tail = after.search(text, head.end(), end)
        start, end = head.start(), tail.start() if tail else end
    return start, end


def gap_lines(text: str, function: str) -> int:
    """Count the lines of the solution in a function's gap, comments and blank lines left out.

    Raises:
        MasterError: the function has no gap, or more than one.
    """
    start, end = span(text, function)
    inside = re.findall(rf"{OPEN}\n(.*?){CLOSE}", text[start:end], flags=re.DOTALL)
    if len(inside) != 1:
        raise MasterError(f"{function} must have one gap, got {len(inside)}")
    lines = [line.strip() for line in inside[0].split("\n")]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def _uncomment(body: str) -> str:
    lines = body.strip("\n").split("\n")
    for line in lines:
        if not re.match(r"#( |$)", line):
            raise MasterError(f"a line of a text cell must begin with '# ', got {line!r}")
    return "\n".join(line[2:] for line in lines)
