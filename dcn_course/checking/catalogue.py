"""The exercises: what each is about, read from its master, where alone it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import master

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Gap:
    """A function that the student completes.

    Attributes:
        function: its name; "Name.method" for a method of a class.
        equation: label of the equation of the book that it computes.
        hints: graded, the first one says least.
        lines: how many lines the solution takes in the gap.
    """

    function: str
    equation: str
    hints: tuple[str, ...]
    lines: int


@dataclass(frozen=True)
class Mistake:
    """A wrong answer to the question that is often given, and what is wrong with it."""

    prediction: Any
    because: str


@dataclass(frozen=True)
class Exercise:
    """What the master says of an exercise.

    Attributes:
        number: as in the file's name.
        stem: the file's name without its suffix.
        title: in words.
        chapter: the page of the book that it belongs to, without its suffix.
        minutes: how long it takes.
        difficulty: "easy", "medium" or "hard".
        after: numbers of the exercises that come before it.
        gaps: the functions to complete, in the order in which they are checked.
        prediction: the right answer to the question: a number or nested lists of numbers.
        mistakes: wrong answers that are known.
        needs: modules that must be installed beside NumPy.
        forbidden: names that a solution may not use, and all below them.
    """

    number: int
    stem: str
    title: str
    chapter: str
    minutes: int
    difficulty: str
    after: tuple[int, ...]
    gaps: tuple[Gap, ...]
    prediction: Any
    mistakes: tuple[Mistake, ...]
    needs: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()

    @property
    def objects(self) -> tuple[str, ...]:
        """The functions and classes in which the gaps stand, in their order."""
        return tuple(dict.fromkeys(gap.function.partition(".")[0] for gap in self.gaps))

    def gap(self, function: str) -> Gap:
        """Return the gap of this name; KeyError if there is none."""
        for gap in self.gaps:
            if gap.function == function:
                return gap
        raise KeyError(function)


class NoSuchExerciseError(ValueError):
    """There is no exercise of that number."""


def folder(kind: str) -> Path:
    """Return where the masters or the generated exercises lie.

    Args:
        kind: "solutions" or "exercises".

    Returns:
        The checkout's folder, or the copy in the installed package.

    Raises:
        FileNotFoundError: the package was installed without them.
    """
    checkout, inside = PACKAGE.parent / kind, PACKAGE / f"_{kind}"
    if (PACKAGE.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    if inside.is_dir():
        return inside
    raise FileNotFoundError(f"no {kind} at {checkout} nor at {inside}")


def numbers() -> list[int]:
    """Return the numbers of all exercises, ascending."""
    return sorted(_masters())


def master_path(number: int) -> Path:
    """Return the path of an exercise's master; NoSuchExerciseError if there is none."""
    try:
        return _masters()[number]
    except KeyError:
        known = ", ".join(f"{n:02d}" for n in numbers())
        raise NoSuchExerciseError(f"there is no exercise {number:02d}; there are {known}") from None


def module_name(number: int) -> str:
    """Return the name of an exercise's own modules; NoSuchExerciseError if there is none."""
    return master_path(number).stem[3:]


@cache
def exercise(number: int) -> Exercise:
    """Read an exercise's master.

    Raises:
        NoSuchExerciseError: there is no exercise of that number.
        MasterError: the master is not as it should be.
    """
    path = master_path(number)
    text = path.read_text(encoding="utf-8")
    facts = master.front_matter(text)
    gaps = tuple(
        Gap(g["function"], g["equation"], tuple(g["hints"]), master.gap_lines(text, g["function"]))
        for g in facts["gaps"]
    )
    return Exercise(
        number=number,
        stem=path.stem,
        title=facts["title"],
        chapter=facts["chapter"],
        minutes=facts["minutes"],
        difficulty=facts["difficulty"],
        after=tuple(facts["after"]),
        gaps=gaps,
        prediction=master.answer(text),
        mistakes=tuple(Mistake(m["prediction"], m["because"]) for m in facts["mistakes"]),
        needs=tuple(facts.get("needs", ())),
        forbidden=tuple(facts.get("forbidden", ())),
    )


@cache
def _masters() -> dict[int, Path]:
    found = {}
    for path in folder("solutions").glob("[0-9][0-9]_*.py"):
        if re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem):
            found[int(path.stem[:2])] = path
    return found
