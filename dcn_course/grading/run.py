"""Grade a class: submissions in parallel, what was graded before kept, and what is written of the whole."""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dcn_course._files import write_atomically
from dcn_course.checking.catalogue import exercise, numbers

from . import klass
from .sandbox.plan import Limits
from .student import Record, Settings, course, grade_student, kept, key_of
from .submissions import Submission, find
from .worker import Worker

GRADING = "grading.json"
_WAITING = 4  # submissions a lane that are handed out at a time: memory stays flat


class OtherGradingError(ValueError):
    """The folder holds the grades of another grading."""


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
    lanes: int,
    exercises: Sequence[int] = (),
    limits: Limits | None = None,
    secret: str | None = None,
    tell: Callable[[int, int], object] = lambda done, total: None,
) -> Done:
    """Grade a class.

    Args:
        place: folder or zip file of the submissions.
        out: folder for what is written; grades of an earlier run in it that still hold are kept.
        isolated: run the programs in namespaces of their own; else with limits alone.
        isolation: what keeps them in, in words, for the page of the class.
        lanes: how many run at a time.
        exercises: their numbers; none for all.
        limits: of each run of a program.
        secret: from which the hidden inputs follow; None takes that of an earlier run, or draws one.
        tell: is told how many students are done, and of how many.

    Returns:
        What came of it.

    Raises:
        FileNotFoundError: there is no such place.
        NoSubmissionsError: nothing in it looks like a submission.
        OtherGradingError: `out` belongs to a grading with another secret, or cannot be read.
        NoSuchExerciseError: there is no exercise of a number.
        NoIsolationError: the system refuses the isolation.
    """
    chosen = tuple(exercise(number).number for number in exercises) or tuple(numbers())
    submissions = find(place)
    settings = Settings(_secret(out, secret), chosen, limits or Limits())
    version, students = course(), out / klass.STUDENTS
    records: dict[str, Record] = {}
    to_grade = []
    for submission in submissions:
        key = key_of(submission, settings, version)
        earlier = kept(students, submission.student, key)
        if earlier is not None:
            records[submission.student] = earlier
        else:
            to_grade.append((submission, key))
    tell(len(records), len(submissions))
    for record in _graded(to_grade, settings, students, isolated, min(lanes, max(1, len(to_grade)))):
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


def _secret(out: Path, given: str | None) -> str:
    """Read the secret of an earlier run or keep a new one beside the grades, for a regrade."""
    path = out / GRADING
    if path.exists():
        try:
            there = str(json.loads(path.read_text(encoding="utf-8"))["seed"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OtherGradingError(f"{path} cannot be read ({type(error).__name__})") from None
        if given not in (None, there):
            raise OtherGradingError(f"{out} holds grades made with another seed; choose another folder")
        return there
    secret = given or secrets.token_hex(16)
    _write(path, json.dumps({"seed": secret}) + "\n")
    path.chmod(0o600)
    return secret


def _graded(
    to_grade: Sequence[tuple[Submission, str]], settings: Settings, students: Path, isolated: bool, lanes: int
) -> Iterator[Record]:
    if not to_grade:
        return
    with ProcessPoolExecutor(
        lanes, multiprocessing.get_context("spawn"), initializer=_open_lane, initargs=(os.getpid(), isolated)
    ) as pool:
        rest = iter(to_grade)
        running: set[Future[Record]] = set()
        try:
            while True:
                for submission, key in islice(rest, lanes * _WAITING - len(running)):
                    running.add(pool.submit(_grade_one, submission, key, settings, students))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Lane:
    """A grader process: its workers, one for each set of modules that exercises need."""

    def __init__(self, isolated: bool) -> None:
        self._isolated = isolated
        self._workers: dict[tuple[str, ...], Worker] = {}

    def worker_for(self, number: int) -> Worker:
        """Return the worker for an exercise, started when it is first asked for."""
        modules = tuple(getattr(exercise(number), "needs", ()))
        if modules not in self._workers:
            self._workers[modules] = Worker(self._isolated, modules)
        return self._workers[modules]

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers.values():
            worker.close()


_lane: _Lane | None = None


def _open_lane(parent: int, isolated: bool) -> None:
    global _lane
    from .sandbox.system import die_with_parent

    die_with_parent()
    if os.getppid() != parent:  # it ended before that
        os._exit(1)
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that shares out the work
    _lane = _Lane(isolated)
    atexit.register(_lane.close)


def _grade_one(submission: Submission, key: str, settings: Settings, students: Path) -> Record:
    assert _lane is not None
    return grade_student(submission, key, settings, _lane.worker_for, students)


def _write(path: Path, text: str) -> None:
    data = text.encode("utf-8", "replace")
    write_atomically(path, lambda file: file.write(data))
