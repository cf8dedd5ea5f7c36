"""Grade a class: submissions in parallel, what was graded before kept, and what is written of the whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dcn_course._files import write_atomically
from dcn_course.checking.catalogue import exercise, numbers

from . import kept, klass, lanes
from .kept import OtherGradingError
from .sandbox.plan import Limits
from .student import Record, Settings, course, earlier, key_of
from .submissions import NoSubmissionsError, find

if TYPE_CHECKING:
    from .cluster import Cluster


_SHOWN = 5


@dataclass(frozen=True)
class Done:
    """What a run did.

    Attributes:
        records: of all students, in the order of their names.
        graded: how many were graded now; the others were kept.
    """

    records: list[Record]
    graded: int


def grade(
    place: Path,
    out: Path,
    isolated: bool,
    isolation: str,
    at_a_time: int,
    exercises: Sequence[int] = (),
    limits: Limits | None = None,
    secret: str | None = None,
    tell: Callable[[int, int], object] = lambda done, total: None,
    only: Collection[str] = (),
    cluster: Cluster | None = None,
) -> Done:
    """Grade a class.

    Args:
        place: folder or zip file of the submissions.
        out: folder for what is written; grades of an earlier run in it that still hold are kept.
        isolated: run the programs in namespaces of their own; else with limits alone.
        isolation: what keeps them in, in words, for the page of the class.
        at_a_time: how many run at a time, on this machine.
        exercises: their numbers; none for all.
        limits: of each run of a program.
        secret: from which the hidden inputs follow; None takes that of an earlier run, or draws one.
        tell: is told how many students are done, and of how many.
        only: names of the students to grade; none for all.
        cluster: grades in place of this machine.

    Returns:
        What came of it.

    Raises:
        FileNotFoundError: there is no such place.
        NoSubmissionsError: nothing in it looks like a submission, or nothing is of a student of `only`.
        OtherGradingError: `out` belongs to a grading with another secret, or cannot be read, or lies within
            the submissions.
        NoSuchExerciseError: there is no exercise of a number.
        NoIsolationError: the system refuses the isolation.
        ClusterError: the cluster cannot grade all.
    """
    chosen = tuple(exercise(number).number for number in exercises) or tuple(numbers())
    if place.is_dir() and out.resolve().is_relative_to(place.resolve()):
        raise OtherGradingError(f"{out} lies within the submissions, and would be one; choose another folder")
    submissions = find(place)
    missing = sorted(set(only) - {submission.student for submission in submissions})
    if missing:
        there = ", ".join(submission.student for submission in submissions[:_SHOWN])
        raise NoSubmissionsError(f"{place} has no submission of {missing[0]!r}; the first are {there}")
    if only:
        submissions = [submission for submission in submissions if submission.student in only]
    settings = Settings(kept.secret(out, secret), chosen, limits or Limits())
    version, students = course(), out / klass.STUDENTS
    kept.save(out, settings, version)
    records: dict[str, Record] = {}
    to_grade = []
    for submission in submissions:
        key = key_of(submission, settings, version)
        still = earlier(students, submission.student)
        if still is not None and still.key == key:
            records[submission.student] = still
        else:
            to_grade.append((submission, key))
    tell(len(records), len(submissions))
    if cluster is not None:
        coming = cluster.graded(to_grade, settings, students, version)
    else:
        coming = lanes.graded(to_grade, settings, students, isolated, max(1, min(at_a_time, len(to_grade))))
    for record in coming:
        records[record.student] = record
        tell(len(records), len(submissions))
    ordered = [records[submission.student] for submission in submissions]
    for name, text in (
        (
            "grades.csv",
            "\N{ZERO WIDTH NO-BREAK SPACE}" + klass.grades(ordered),
        ),  # tells Excel that it is UTF-8
        ("junit.xml", klass.junit(ordered)),
        ("class.html", klass.class_page(ordered, isolation)),
    ):
        _write(out / name, text)
    return Done(ordered, len(to_grade))


def _write(path: Path, text: str) -> None:
    data = text.encode("utf-8", "replace")
    write_atomically(path, lambda file: file.write(data))
