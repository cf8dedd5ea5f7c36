"""A mutant: the solution with one mistake in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from .. import master
from ..catalogue import master_path


@dataclass(frozen=True)
class Mutant:
    """A named mistake.

    Attributes:
        name: short, of its own within the exercise.
        function: the function in which it shows.
        changes: (old, new) texts; each old one stands exactly once in `where`.
        because: what to tell the student.
        where: the function or class whose text is changed, where it is not that in which it shows.
    """

    name: str
    function: str
    changes: tuple[tuple[str, str], ...]
    because: str
    where: str = ""


def mutant(name: str, function: str, old: str, new: str, because: str, where: str = "") -> Mutant:
    """Make a mutant of one change."""
    return Mutant(name, function, ((old, new),), because, where)


def program(number: int, changed: Mutant | None = None) -> str:
    """Return the program of an exercise's master, with a mutant's mistake in it.

    Raises:
        MasterError: a text to be changed does not stand exactly once in the function.
    """
    text = master.code(master_path(number).read_text(encoding="utf-8"))
    if changed is None:
        return text
    where = changed.where or changed.function
    start, end = master.span(text, where)
    body = text[start:end]
    for old, new in changed.changes:
        if body.count(old) != 1:
            raise master.MasterError(f"{changed.name}: {old!r} stands {body.count(old)} times in {where}")
        body = body.replace(old, new)
    return text[:start] + body + text[end:]


def namespace(source: str) -> dict[str, Any]:
    """Run a program of ours and return its names; what numba would compile stays plain Python."""
    names: dict[str, Any] = {"__name__": "__exercise__"}
    with _interpreted() if "numba" in source else nullcontext():
        exec(compile(source, "<solution>", "exec"), names)
    return names


@contextmanager
def _interpreted() -> Iterator[None]:
    """Let numba's decorators leave functions as they are: to compile takes longer than all of our calls."""
    import numba

    config: Any = numba.config
    before, config.DISABLE_JIT = config.DISABLE_JIT, True
    try:
        yield
    finally:
        config.DISABLE_JIT = before
