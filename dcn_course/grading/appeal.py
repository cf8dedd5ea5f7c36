"""Appeals: grade again with what is kept beside the grades, and say which verdicts are not the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from . import kept, klass
from .run import grade
from .student import RECORD, Record, Result, course, earlier


class NothingToCompareError(ValueError):
    """There are no grades to compare with, or they would be overwritten."""


@dataclass(frozen=True)
class Regrade:
    """What a second grading found.

    Attributes:
        compared: how many verdicts.
        differences: in words, one for each verdict that is not the same.
        changes: what is not the same as when the grades were made, in words.
    """

    compared: int
    differences: tuple[str, ...]
    changes: tuple[str, ...]


def regrade(
    grades: Path,
    place: Path,
    out: Path,
    isolated: bool,
    isolation: str,
    at_a_time: int,
    only: Collection[str] = (),
    tell: Callable[[int, int], object] = lambda done, total: None,
) -> Regrade:
    """Grade again, with the seed, the exercises and the limits of earlier grades.

    Args:
        grades: folder of the earlier grades.
        place: the same submissions as then.
        out: another folder, for what is written now.
        isolated: as in `run.grade`, as are `isolation`, `at_a_time` and `tell`.
        isolation: in words.
        at_a_time: how many run at a time.
        only: names of the students to grade again; none for all.
        tell: is told how many students are done.

    Returns:
        Which verdicts and reasons are not the same.

    Raises:
        NothingToCompareError: `out` is the folder of the earlier grades, or these lack a student.
        OtherGradingError: `grades` holds none, or cannot be read.
    """
    if out.resolve() == grades.resolve():
        raise NothingToCompareError(f"{out} holds the grades to compare with; choose another folder")
    was = kept.load(grades)
    before = _records(grades / klass.STUDENTS)
    missing = sorted(set(only) - before.keys())
    if missing:
        raise NothingToCompareError(f"{grades} has no grades of {missing[0]!r}")
    settings = was.settings
    done = grade(
        place,
        out,
        isolated,
        isolation,
        at_a_time,
        settings.exercises,
        settings.limits,
        settings.secret,
        tell,
        only,
    )
    now = {record.student: record for record in done.records}
    differences: list[str] = []
    compared = 0
    for student in sorted(before.keys() | now.keys()) if not only else sorted(only):
        if student not in now:
            differences.append(f"{student}: not among these submissions")
        elif student not in before:
            differences.append(f"{student}: has no earlier grades")
        else:
            compared += len(now[student].results)
            differences += _differences(before[student], now[student])
    changes = []
    if was.course != course():
        changes.append("the course's checks, or NumPy, are of another version than when the grades were made")
    if was.made_with != kept.made_with():
        changes.append(f"the grades were made with {was.made_with}; this is {kept.made_with()}")
    return Regrade(compared, tuple(differences), tuple(changes))


def _records(students: Path) -> dict[str, Record]:
    found = {}
    for path in students.glob(f"*/{RECORD}"):
        try:
            student = str(json.loads(path.read_text(encoding="utf-8"))["student"])
        except (OSError, ValueError, KeyError, TypeError):
            raise NothingToCompareError(f"{path} cannot be read") from None
        record = earlier(students, student)
        if record is None:
            raise NothingToCompareError(f"{path} cannot be read")
        found[student] = record
    if not found:
        raise NothingToCompareError(f"{students} holds no grades")
    return found


def _differences(before: Record, now: Record) -> list[str]:
    found = []
    mine = {result.number: result for result in now.results}
    for old in before.results:
        new = mine.get(old.number)
        if new is None or _verdict(old) != _verdict(new):
            said = "not graded now" if new is None else _words(new)
            found.append(f"{now.student}, {old.number:02d}: it was {_words(old)}; it is {said}")
    return found


def _verdict(result: Result) -> Result:
    return replace(result, notice=())  # for the teacher, no part of the verdict


def _words(result: Result) -> str:
    return f"{'right' if result.passed else 'wrong'} ({result.headline})"
