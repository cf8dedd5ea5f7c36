"""Grade one exercise of one student: hidden inputs, the check's report, and what only grading looks for."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dcn_course.checking import forbidden
from dcn_course.checking.catalogue import exercise
from dcn_course.checking.check import judge
from dcn_course.checking.compare import fault_of, trials
from dcn_course.checking.diagnosis.match import same
from dcn_course.checking.ladder import ladder
from dcn_course.checking.report import Report, Step
from dcn_course.checking.runner import Call, Outcome, Run

from .sandbox.plan import PROBES, Limits
from .worker import Worker

_SEEDS = 5  # sets of inputs, as many as dcn check takes


@dataclass(frozen=True)
class Graded:
    """What came of an exercise.

    Attributes:
        report: as the student gets it.
        notice: what only the teacher is told.
    """

    report: Report
    notice: tuple[str, ...] = ()


def hidden_seeds(secret: str, digest: str, number: int) -> list[int]:
    """Draw the seeds of the inputs of one file.

    They follow from the secret, so that a regrade gives the same, and from the file, so that what a report
    gives away about its inputs is worth nothing for another file.

    Args:
        secret: of this grading.
        digest: of the student's files.
        number: of the exercise.
    """
    seeds = []
    for place in range(_SEEDS):
        text = f"{digest} {number} {place}".encode()
        seeds.append(int.from_bytes(hmac.digest(secret.encode(), text, hashlib.sha256)[:16], "big"))
    return seeds


def grade_exercise(
    number: int,
    worker: Worker,
    files: Mapping[str, bytes],
    main: str,
    seeds: Sequence[int],
    limits: Limits,
) -> Graded:
    """Grade an exercise.

    Args:
        number: of the exercise.
        worker: runs the program.
        files: the student's, by plain name.
        main: the one with the exercise.
        seeds: of the hidden inputs.
        limits: of each run.

    Returns:
        The report, and what a person should look at.
    """
    probes = ladder(number).probes
    given = {**files, PROBES: Path(probes).read_bytes()} if probes else files
    asked = _Asked(worker, given, main, limits)
    uses = forbidden.in_file(files[main].decode("utf-8-sig", "replace"), exercise(number).forbidden)
    report = judge(number, asked, seeds, uses=uses)
    if report.link:
        words, _ = report.link
        report = replace(report, link=(words, f"page {exercise(number).chapter}"))
    wrong = next((step.name for step in report.steps if step.state == "wrong"), "")
    unsteady = asked.unsteady()
    if unsteady and (report.passed or wrong == unsteady):
        text = f"{unsteady}: it gives different results when it is called again with the same input."
        return Graded(_failed(report, unsteady, text))
    if asked.only_first(wrong):
        text = (
            f"{wrong}: it gives the result of its first call again, whatever the input is. {report.headline}"
        )
        return Graded(replace(report, headline=text, mistake=""))
    notice: tuple[str, ...] = ()
    if report.where and asked.right_on_the_visible(number):
        notice = (
            "right on the inputs that dcn check always takes, wrong on others: are they written down in it?",
        )
    return Graded(report, notice)


class _Asked:
    """Makes the calls in the worker; the first time also some of them twice, and it remembers what came."""

    def __init__(self, worker: Worker, files: Mapping[str, bytes], main: str, limits: Limits) -> None:
        self._with = (worker, files, main, limits)
        self._calls: list[Call] | None = None
        self._got: list[Outcome] = []
        self._twice: list[tuple[str, Outcome, Outcome]] = []

    def right_on_the_visible(self, number: int) -> bool:
        """Whether all functions are right on the inputs that never change."""
        worker, files, main, limits = self._with
        visible = trials(ladder(number), ladder(number).seeds)
        run = worker.run(files, main, [(trial.rung.function, trial.arguments) for trial in visible], limits)
        return len(run.outcomes) == len(visible) and not any(map(fault_of, visible, run.outcomes))

    def __call__(self, calls: Sequence[Call]) -> Run:
        worker, files, main, limits = self._with
        if self._calls is not None:
            return worker.run(files, main, calls, limits)
        self._calls = list(calls)
        places: dict[str, int] = {}
        for place, (name, _) in enumerate(calls):
            places.setdefault(name, place)
        run = worker.run(files, main, [*calls, *(calls[place] for place in places.values())], limits)
        self._got = run.outcomes[: len(calls)]
        again = run.outcomes[len(calls) :]
        self._twice = [
            (name, run.outcomes[place], second)
            for (name, place), second in zip(places.items(), again, strict=False)  # none where the run failed
        ]
        under_way = run.place if run.place is not None and run.place < len(calls) else None
        return replace(run, outcomes=self._got, place=under_way)

    def unsteady(self) -> str:
        """Name the first function that gave something else for the same input; "" for none."""
        return next((name for name, one, other in self._twice if not same([one], [other])), "")

    def only_first(self, function: str) -> bool:
        """Whether a function gave the arrays of its first call for all other inputs too."""
        calls = [(place, given) for place, (name, given) in enumerate(self._calls or []) if name == function]
        got = [(given, self._got[place]) for place, given in calls if place < len(self._got)]
        if len(got) < 2 or any(outcome.values is None for _, outcome in got):
            return False
        values = [outcome.values or () for _, outcome in got]
        first = values[0]
        arrays = all(part is not None and np.asarray(part).size > 1 for part in first)
        return arrays and all(_equal(first, other) for other in values[1:])


def _equal(one: Sequence[object], other: Sequence[object]) -> bool:
    return len(one) == len(other) and all(
        a is not None and b is not None and np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


def _failed(report: Report, function: str, headline: str) -> Report:
    steps = tuple(Step(s.name, "wrong") if s.name == function else s for s in report.steps)
    return replace(report, passed=False, steps=steps, headline=headline, mistake="")
