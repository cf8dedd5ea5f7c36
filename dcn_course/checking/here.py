"""Call functions in this process, for a notebook, with a limit on time where the system has an alarm."""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

from .child import answer, perform
from .runner import Call, Run, outcome_of


class _TimeUpError(TimeoutError):
    """The limit is over."""


_STOPS = (_TimeUpError, KeyboardInterrupt)


def run_here(names: dict[str, Any], calls: Sequence[Call], seconds: float, probes: str = "") -> Run:
    """Make the calls in this process.

    Args:
        names: the student's functions and prediction, by name.
        calls: as in `dcn_course.checking.runner.run`.
        seconds: limit; kept by the alarm of POSIX systems, in the main thread.
        probes: as in `dcn_course.checking.child.perform`.

    Returns:
        What came of it.
    """
    place = 0

    def started(at: int) -> None:
        nonlocal place
        place = at

    printed = io.StringIO()
    try:
        with redirect_stdout(printed), _limit(seconds):
            results = perform(names, list(calls), started=started, probes=probes, stops=_STOPS)
    except _TimeUpError:
        text = f"it did not end within {seconds:g} s"
        return Run(("time", text), place=place, prediction=answer(names), printed=printed.getvalue())
    outcomes = [outcome_of(result) for result in results]
    return Run(prediction=answer(names), outcomes=outcomes, printed=printed.getvalue())


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: object) -> None:
        raise _TimeUpError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
