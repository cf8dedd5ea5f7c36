"""What a check found, in the order in which it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..ladder.model import Numbers

State = Literal["right", "wrong", "to do", "not looked at yet"]


@dataclass(frozen=True)
class Step:
    """A rung of the ladder and how it stands."""

    name: str
    state: State


@dataclass(frozen=True)
class Heat:
    """Where entries are wrong on a lattice.

    Attributes:
        title: what the lattice is.
        wrong: how many entries are wrong at each place, (rows, columns).
        total: how many entries there are.
        first: (row, column) of the upper left place.
        image: (H, W) where the lattice is that of an image, else None.
    """

    title: str
    wrong: Numbers
    total: Numbers
    first: tuple[int, int] = (0, 0)
    image: tuple[int, int] | None = None


@dataclass(frozen=True)
class Report:
    """The report of one check.

    Attributes:
        number: of the exercise.
        title: of the exercise.
        passed: the verdict.
        steps: the question and the functions.
        headline: one sentence.
        where: which quantity, how many entries, the worst one; which inputs are right and wrong.
        heats: where it is wrong.
        common: what the wrong entries have in common.
        mistake: which known mistake it is, or that it is none of them.
        terms: of which terms the result is made.
        example: a cell to paste.
        link: where the equation stands in the book: (words, address).
        notes: what else there is to say of a right solution.
        hint: the next one.
        hint_of: the function that it is for.
        printed: what the student's file wrote.
        seed: of this run's own inputs.
        seconds: how long the check took.
    """

    number: int
    title: str
    passed: bool
    steps: tuple[Step, ...]
    headline: str
    where: tuple[str, ...] = ()
    heats: tuple[Heat, ...] = ()
    common: tuple[str, ...] = ()
    mistake: str = ""
    terms: str = ""
    example: str = ""
    link: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    hint: str = ""
    hint_of: str = ""
    printed: str = ""
    seed: int = 0
    seconds: float = field(default=0.0, compare=False)

    def __str__(self) -> str:
        from .text import text

        return text(self)

    def _repr_html_(self) -> str:
        from .html import html

        return html(self)

    def __repr__(self) -> str:
        return f"<Report of exercise {self.number:02d}: {'passed' if self.passed else 'not yet'}>"
