"""A mutant: the solution with one mistake in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .. import master
from ..catalogue import master_path


@dataclass(frozen=True)
class Mutant:
    """A named mistake.

    Attributes:
        name: short, of its own within the exercise.
        function: the function in which it is made.
        changes: (old, new) texts; each old one stands exactly once in the function.
        because: what to tell the student.
    """

    name: str
    function: str
    changes: tuple[tuple[str, str], ...]
    because: str


def mutant(name: str, function: str, old: str, new: str, because: str) -> Mutant:
    """Make a mutant of one change."""
    return Mutant(name, function, ((old, new),), because)


def program(number: int, changed: Mutant | None = None) -> str:
    """Return the program of an exercise's master, with a mutant's mistake in it.

    Raises:
        MasterError: a text to be changed does not stand exactly once in the function.
    """
    text = master.code(master_path(number).read_text(encoding="utf-8"))
    if changed is None:
        return text
    start, end = span(text, changed.function)
    body = text[start:end]
    for old, new in changed.changes:
        if body.count(old) != 1:
            raise master.MasterError(
                f"{changed.name}: {old!r} stands {body.count(old)} times in {changed.function}"
            )
        body = body.replace(old, new)
    return text[:start] + body + text[end:]


def span(text: str, function: str) -> tuple[int, int]:
    """Return where a function begins and ends in a program; MasterError if it is not there."""
    found = re.search(rf"^def {function}\(.*?(?=^\S|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    if found is None:
        raise master.MasterError(f"there is no function {function}")
    return found.span()


def namespace(source: str) -> dict[str, Any]:
    """Run a program of ours and return its names."""
    names: dict[str, Any] = {"__name__": "__exercise__"}
    exec(compile(source, "<solution>", "exec"), names)
    return names
