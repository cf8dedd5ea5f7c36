"""Where submissions are graded on this machine: a few processes, each with workers of its own."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import islice
from pathlib import Path

from dcn_course.checking.catalogue import exercise

from .results import plain
from .student import Record, Settings, grade_student, lost, write_student
from .submissions import Submission
from .worker import NoIsolationError, Worker

WAITING = 4  # submissions a lane that are handed out at a time: memory stays flat
# Of the grader's own processor time for one submission, which takes a hundredth of it: whatever loops in the
# grader ends.
PROCESSOR_SECONDS = 600.0


class Lane:
    """A grader process: its workers, one for each set of modules that exercises need.

    Args:
        isolated: run the programs in namespaces of their own; else with limits alone.
    """

    def __init__(self, isolated: bool) -> None:
        self._isolated = isolated
        self._workers: dict[tuple[str, ...], Worker] = {}

    def worker_for(self, number: int) -> Worker:
        """Return the worker for an exercise, started when it is first asked for.

        Raises:
            NoIsolationError: the system refuses the isolation.
        """
        modules = exercise(number).needs
        if modules not in self._workers:
            self._workers[modules] = Worker(self._isolated, modules)
        return self._workers[modules]

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers.values():
            worker.close()


def graded(
    to_grade: Sequence[tuple[Submission, str]], settings: Settings, students: Path, isolated: bool, lanes: int
) -> Iterator[Record]:
    """Grade submissions in parallel; yield the record of each when its files are written.

    A grader process that dies costs nobody a grade: those that it may have been at are graded again, each
    alone, and the one that brings a process down again is recorded as such.

    Args:
        to_grade: submissions with their keys, see `student.key_of`.
        settings: of the class.
        students: folder of the students' folders.
        isolated: as in `Lane`.
        lanes: how many run at a time.

    Raises:
        NoIsolationError: the system refuses the isolation.
    """
    rest = iter(to_grade)
    while left := (yield from _together(rest, settings, students, isolated, lanes)):
        for submission, key in left:
            again = yield from _together(iter([(submission, key)]), settings, students, isolated, 1)
            if again:
                record, texts = lost(submission, settings, "its process died")
                write_student(students, record, texts)
                yield record


def _together(
    rest: Iterator[tuple[Submission, str]], settings: Settings, students: Path, isolated: bool, lanes: int
) -> Generator[Record, None, list[tuple[Submission, str]]]:
    """Grade what comes, until a grader process dies; return what was under way then, nothing at the end."""
    given = (os.getpid(), isolated, PROCESSOR_SECONDS)
    with ProcessPoolExecutor(
        lanes, multiprocessing.get_context("spawn"), initializer=_open_lane, initargs=given
    ) as pool:
        running: dict[Future[Record], tuple[Submission, str]] = {}
        try:
            while True:
                for submission, key in islice(rest, lanes * WAITING - len(running)):
                    future = pool.submit(_grade_one, submission, key, settings, students)
                    running[future] = submission, key
                if not running:
                    return []
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
                    del running[future]
        except BrokenProcessPool:
            return list(running.values())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_lane: Lane | None = None
_most = PROCESSOR_SECONDS


def _open_lane(parent: int, isolated: bool, most: float) -> None:
    global _lane, _most
    from .sandbox.system import die_with_parent

    die_with_parent()
    if os.getppid() != parent:  # it ended before that
        os._exit(1)
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that shares out the work
    _lane, _most = Lane(isolated), most
    atexit.register(_lane.close)


def _grade_one(submission: Submission, key: str, settings: Settings, students: Path) -> Record:
    assert _lane is not None
    signal.setitimer(signal.ITIMER_PROF, _most)  # ends this process, and `graded` goes on without it
    try:
        record, texts = grade_student(submission, key, settings, _lane.worker_for)
    except (NoIsolationError, OSError):
        raise
    except Exception as error:  # whatever it is, the others are graded
        record, texts = lost(submission, settings, f"{type(error).__name__}: {plain(str(error))[:200]}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    write_student(students, record, texts)
    return record
