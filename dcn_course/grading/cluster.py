"""Grading on a Dask cluster: the same as on one machine, but for where the programs run.

Dask's own pickles go between the grader and the cluster's workers, which are both trusted; a student's
program runs below a worker, shut in, and what it sends is read there as `results` reads it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from . import isolation
from .isolation import Isolation
from .lanes import WAITING, Lane
from .student import Record, Settings, course, grade_student, write_student
from .submissions import Submission
from .worker import NoIsolationError

_LOOK_SECONDS = 20.0  # without a result, until it is asked whether there are workers at all


class ClusterError(RuntimeError):
    """The cluster cannot be reached, or cannot grade."""


class Cluster:
    """A Dask cluster.

    Args:
        address: of its scheduler, like ``tcp://10.0.0.1:8786``.
        seconds: to wait for the scheduler and its first worker.

    Raises:
        ClusterError: Dask is not installed; there is no scheduler; it has no worker.
    """

    def __init__(self, address: str, seconds: float = 30.0) -> None:
        try:
            self._dask: Any = import_module("distributed")
        except ImportError:
            raise ClusterError(
                'Dask is not installed; install it with: pip install "dcn-course[cluster]"'
            ) from None
        try:
            self._client = self._dask.Client(address, timeout=seconds)
        except (OSError, ValueError) as error:
            raise ClusterError(f"no Dask scheduler answers at {address}: {error}") from None
        try:
            self._client.wait_for_workers(1, timeout=seconds)
        except TimeoutError:
            self.close()
            raise ClusterError(f"the Dask scheduler at {address} has no worker") from None
        self._trusted = False

    def close(self) -> None:
        """Leave the cluster; it goes on without us."""
        self._client.close()

    def isolation(self) -> dict[str, Isolation]:
        """Return what isolation each worker's machine gives, by the worker's address.

        Raises:
            ClusterError: a worker cannot say, for want of the course or of Linux.
        """
        found: dict[str, Any] = self._client.run(_isolation_here, on_error="return")
        for address, said in found.items():
            if not isinstance(said, Isolation):
                raise ClusterError(f"the worker at {address} cannot grade: {type(said).__name__}: {said}")
        return found

    def trust(self) -> None:
        """Let workers grade that cannot shut programs in."""
        self._trusted = True

    def graded(
        self, to_grade: Sequence[tuple[Submission, str]], settings: Settings, students: Path, version: str
    ) -> Iterator[Record]:
        """Grade submissions; yield the record of each when its files are written.

        A worker that is lost costs no grade: another one grades what it was at.

        Args:
            to_grade: submissions with their keys, see `student.key_of`.
            settings: of the class.
            students: folder of the students' folders, on this machine.
            version: of the course, see `student.course`; the workers must have the same.

        Raises:
            ClusterError: no worker is left, or some submissions could not be graded; the others are.
        """
        rest = iter(to_grade)
        running: dict[Any, str] = {}
        failed: dict[str, str] = {}
        try:
            while True:
                room = max(1, sum(self._client.nthreads().values())) * WAITING - len(running)
                for submission, key in islice(rest, max(0, room)):
                    task = self._client.submit(
                        _grade, submission.carried(), key, settings, version, self._trusted, pure=False
                    )
                    running[task] = submission.student
                if not running:
                    break
                for task in self._done(list(running)):
                    student = running.pop(task)
                    try:
                        record, texts = task.result()
                    except Exception as error:  # whatever the worker raised; the others' grades go on
                        failed[student] = f"{type(error).__name__}: {error}"
                        continue
                    finally:
                        task.release()
                    write_student(students, record, texts)
                    yield record
        finally:
            self._client.cancel(list(running))
        if failed:
            student, why = next(iter(failed.items()))
            raise ClusterError(
                f"{len(failed)} of {len(to_grade)} submissions could not be graded, {student!r} because of"
                f" {why}. The others are; the same command goes on from here."
            )

    def _done(self, running: list[Any]) -> list[Any]:
        while True:
            try:
                done, _ = self._dask.wait(running, timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED")
                return list(done)
            except TimeoutError:
                if not self._client.nthreads():
                    raise ClusterError(
                        "the Dask cluster has lost its last worker. What is graded is kept; the same command"
                        " goes on from here."
                    ) from None


class WrongCourseError(RuntimeError):
    """A worker has another version of the course, or of NumPy, than the grader."""


_mine = threading.local()  # a worker may have several threads; each has a lane of its own
_course = cache(course)


def _isolation_here() -> Isolation:
    isolation.require_linux()
    return isolation.probe()


_isolation = cache(_isolation_here)


def _grade(
    submission: Submission, key: str, settings: Settings, version: str, trusted: bool
) -> tuple[Record, dict[str, str]]:
    """Grade a submission in a worker of the cluster."""
    if _course() != version:
        raise WrongCourseError("this worker has another version of the course, or of NumPy, than the grader")
    lane: Lane | None = getattr(_mine, "lane", None)
    if lane is None:
        whole = _isolation().whole
        if not whole and not trusted:
            raise NoIsolationError("this worker cannot shut programs in")
        lane = _mine.lane = Lane(whole)
    return grade_student(submission, key, settings, lane.worker_for)
