"""Grade all that one student handed in, and keep what came of it as a record."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import dcn_course
from dcn_course._files import write_atomically
from dcn_course.checking.catalogue import PACKAGE, exercise, folder

from . import pages
from .exercise import Graded, grade_exercise, hidden_seeds, not_run
from .sandbox.plan import Limits
from .submissions import Submission, UnreadableError, digest
from .worker import Worker

RECORD = "record.json"


@dataclass(frozen=True)
class Result:
    """How one exercise of one student stands.

    Attributes:
        number: of the exercise.
        passed: the verdict.
        handed_in: whether there was a file.
        headline: the sentence that says it.
        mistake: the known mistake that it is; "" for none.
        function: in which it is.
        equation: to revisit, with its page; "" for none.
        notice: what a person should look at.
    """

    number: int
    passed: bool
    handed_in: bool
    headline: str
    mistake: str = ""
    function: str = ""
    equation: str = ""
    notice: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """How one student stands.

    Attributes:
        student: who.
        key: changes with the files, the course, the settings: whether this need not be graded again.
        results: of each exercise.
        problems: with what was handed in.
    """

    student: str
    key: str
    results: tuple[Result, ...]
    problems: tuple[str, ...]

    @property
    def points(self) -> int:
        """One for each exercise that passed."""
        return sum(result.passed for result in self.results)


@dataclass(frozen=True)
class Settings:
    """How a class is graded.

    Attributes:
        secret: from which the hidden seeds follow.
        exercises: their numbers.
        limits: of each run.
    """

    secret: str
    exercises: tuple[int, ...]
    limits: Limits


def folder_of(student: str) -> str:
    """Return a name for a student's folder that any file system takes and that no other student has."""
    short = re.sub(r"[^\w-]+", "_", student)[:40].strip("_") or "student"
    return f"{short}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def course() -> str:
    """Return a hash of all that makes a verdict: the course's checks and masters."""
    files = [
        path
        for name in ("checking", "grading", "reference")
        for path in sorted((PACKAGE / name).rglob("*.py"))
    ]
    files += sorted(folder("solutions").glob("*.py"))
    total = hashlib.sha256(f"{dcn_course.__version__} {np.__version__}".encode())
    for path in files:
        total.update(path.read_bytes())
    return total.hexdigest()


def key_of(submission: Submission, settings: Settings, version: str) -> str:
    """Return what changes whenever the student must be graded again."""
    contents: dict[str, bytes] = {}
    for name, file in submission.carried().files.items():
        try:
            contents[name] = hashlib.sha256(file.read()).digest()
        except UnreadableError as error:
            contents[name] = str(error).encode()
    said = [submission.student, submission.problems, asdict(settings), version, digest(contents)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def earlier(students: Path, student: str) -> Record | None:
    """Return the record of an earlier run; None if there is none that can be read."""
    try:
        given = json.loads((students / folder_of(student) / RECORD).read_text(encoding="utf-8"))
        results = tuple(
            Result(**{**result, "notice": tuple(result["notice"])}) for result in given["results"]
        )
        found = Record(given["student"], given["key"], results, tuple(given["problems"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.student == student else None


def grade_student(
    submission: Submission, key: str, settings: Settings, worker_for: Callable[[int], Worker]
) -> tuple[Record, dict[str, str]]:
    """Grade a submission.

    Args:
        submission: what was handed in.
        key: as `key_of` gives it.
        settings: of the class.
        worker_for: gives the worker for an exercise.

    Returns:
        The record, and name and text of each file of the student's folder.
    """
    files = submission.exercises()
    graded = {
        number: _one(number, submission, files.get(number), settings, worker_for)
        for number in settings.exercises
    }
    return _told(submission, key, graded, files)


def lost(submission: Submission, settings: Settings, why: str) -> tuple[Record, dict[str, str]]:
    """Return what `grade_student` gives, for a submission on which the grader itself broke down.

    Its key is that of no submission, so that the next run tries again.

    Args:
        submission: what was handed in.
        settings: of the class.
        why: what is known about it.
    """
    text = f"The grader broke down on this submission: {why}."
    notice = f"{text} Look at it by eye, and tell those who write the course."
    graded = {number: not_run(number, text, notice) for number in settings.exercises}
    return _told(submission, "", graded, settings.exercises)


def _told(
    submission: Submission, key: str, graded: Mapping[int, Graded], files: Collection[int]
) -> tuple[Record, dict[str, str]]:
    results = tuple(_result(number, one, number in files) for number, one in graded.items())
    record = Record(submission.student, key, results, submission.problems)
    reports = [one.report for one in graded.values()]
    return record, {
        "report.txt": pages.text(record, reports),
        "report.html": pages.html(record, reports),
        "results.json": pages.gradescope(record, reports),
    }


def write_student(students: Path, record: Record, texts: Mapping[str, str]) -> None:
    """Write a student's folder; the record comes last, so that a kill leaves nothing half done."""
    place = students / folder_of(record.student)
    for name, text in {**texts, RECORD: json.dumps(asdict(record), indent=1, ensure_ascii=False)}.items():
        _write(place / name, text)


def _one(
    number: int,
    submission: Submission,
    name: str | None,
    settings: Settings,
    worker_for: Callable[[int], Worker],
) -> Graded:
    if name is None:
        return not_run(number, "It was not handed in.")
    try:
        content = submission.files[name].read()
    except UnreadableError as error:
        return not_run(number, f"The file cannot be read: {error}.")
    main = f"{exercise(number).stem}{Path(name).suffix.lower()}"
    given = {**submission.beside(name), main: content}
    seeds = hidden_seeds(settings.secret, digest(given), number)
    return grade_exercise(number, worker_for(number), given, main, seeds, settings.limits)


def _result(number: int, graded: Graded, handed_in: bool) -> Result:
    report = graded.report
    function = next((step.name for step in report.steps if step.state == "wrong"), "")
    known = report.mistake if report.mistake and not report.mistake.startswith("it is not one of") else ""
    equation = f"{report.link[0]}, {report.link[1]}" if report.link else ""
    return Result(
        number, report.passed, handed_in, report.headline, known, function, equation, tuple(graded.notice)
    )


def _write(path: Path, text: str) -> None:
    data: Any = text.encode("utf-8", "replace")
    write_atomically(path, lambda file: file.write(data))
