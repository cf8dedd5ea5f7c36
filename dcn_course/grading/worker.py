"""The grader's side of the worker: start a nursery, give it jobs, read what comes without believing it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from dcn_course.checking.runner import Call, Run, death, plan_of

from .results import BadResultsError, plain, read
from .sandbox.frames import receive, send
from .sandbox.plan import Job, Limits, packed
from .sandbox.watch import LONGEST

_PACKAGE = Path(__file__).resolve().parents[1]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from dcn_course.grading.sandbox.nursery import main; main(sys.argv[2:])"
)
_START_SECONDS = 120.0  # a cold disk
_SLACK = 30.0  # seconds beyond the job's own limit until the nursery is given up
_SENT_BACK = 1 << 30
_TRIES = 2


class NoIsolationError(RuntimeError):
    """The system refuses to isolate a process."""


class Worker:
    """A nursery and the jobs that it is given, one at a time.

    Args:
        isolated: in namespaces of its own; else with limits alone, for programs that are trusted.
        modules: that are loaded before the students' programs, beside NumPy.

    Attributes:
        uid: of the user that the students' processes run as; None for the grader's own.

    Raises:
        NoIsolationError: `isolated` is asked for, and the system refuses.
    """

    def __init__(self, isolated: bool = True, modules: Sequence[str] = ()) -> None:
        self._isolated = isolated
        self._modules = tuple(modules)
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the nursery, and with it all that it started."""
        self._stream.close()
        if self._process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)  # it ends by itself when the stream is closed
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def run(
        self,
        files: Mapping[str, bytes],
        main: str,
        calls: Sequence[Call],
        limits: Limits,
        given: Mapping[str, bytes] = MappingProxyType({}),
    ) -> Run:
        """Run a student's program and call its functions.

        Args:
            files: name and content of each of the student's files.
            main: the one to run.
            calls: as `dcn_course.checking.runner.run` takes them.
            limits: for the process.
            given: path and content of what the program may read and not change.

        Returns:
            What came of it; whatever the program does is no exception here.
        """
        plan, arrays = plan_of(calls)
        job = packed(Job(dict(files), main, plan, arrays, limits, dict(given)))
        for _ in range(_TRIES):
            try:
                head, printed, results = self._do(job, limits.seconds)
            except (EOFError, OSError, ValueError):
                self.close()
                self._start()
                continue
            return _run_of(head, plain(printed.decode("utf-8", "replace")), results, calls, limits)
        return Run(("died", "it took its worker down with it"))

    def _do(self, job: bytes, seconds: float) -> tuple[dict[str, Any], bytes, bytes]:
        self._stream.settimeout(LONGEST * seconds + _SLACK)
        send(self._stream, job)
        head, printed, results = (receive(self._stream, _SENT_BACK) for _ in range(3))
        return json.loads(head), printed, results

    def _start(self) -> None:
        self._stream, theirs = socket.socketpair()
        mode = "isolated" if self._isolated else "trusting"
        arguments = [str(_PACKAGE.parent), str(theirs.fileno()), mode, *self._modules]
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", _START, *arguments],
                env={"LANG": "C.UTF-8", "PATH": os.defpath, **dict.fromkeys(threads, "1")},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._stream.settimeout(_START_SECONDS)
        try:
            greeting = json.loads(receive(self._stream, 1 << 16))
        except (EOFError, OSError) as error:
            self.close()
            raise NoIsolationError(f"the worker does not start: {error}") from None
        if greeting["refused"] is not None:
            self.close()
            raise NoIsolationError(greeting["refused"])
        self.uid: int | None = greeting["uid"]


def _run_of(head: dict[str, Any], printed: str, results: bytes, calls: Sequence[Call], limits: Limits) -> Run:
    place, status = head["place"], head["status"]
    if place is not None and place >= len(calls):
        place = None
    if head["reached"] == "time":
        return Run(("time", f"it did not end within {limits.seconds:g} s"), place=place, printed=printed)
    if head["reached"] == "memory":
        return Run(("memory", "its processes take too much memory together"), place=place, printed=printed)
    code = -signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)
    if code == -signal.SIGXCPU:
        text = f"it took more than {limits.seconds:g} s of processor time"
        return Run(("time", text), place=place, printed=printed)
    if code != 0 or not results:
        return Run(death(code, printed), place=place, printed=printed)
    try:
        return read(results, calls, printed)
    except BadResultsError as error:
        return Run(("died", f"what it sent back is no result: {error}"), place=place, printed=printed)
