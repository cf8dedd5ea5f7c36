"""Grade one exercise of one student: hidden inputs, the check's report, and what only grading looks for."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from dcn_course.checking import layout
from dcn_course.checking.catalogue import exercise
from dcn_course.checking.check import judge
from dcn_course.checking.compare import Trial, fault_of, trials
from dcn_course.checking.diagnosis.match import same
from dcn_course.checking.ladder import ladder
from dcn_course.checking.report import Report, Step
from dcn_course.checking.runner import Call, Outcome, Run

from .flags import flags, noticed
from .given import given
from .program import forbidden_in, is_heavy, texts
from .results import plain
from .sandbox.plan import Limits
from .submissions import UnreadableError
from .worker import NoIsolationError, Worker

_SEEDS = 5  # sets of inputs, as many as dcn check takes
_LINE = 2000  # characters of a line of a cell to paste


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
        limits: of each run, for an exercise that loads NumPy alone.

    Returns:
        The report, and what a person should look at.
    """
    about = exercise(number)
    try:
        programs = texts(files)
    except UnreadableError as error:
        return not_run(number, f"The file cannot be graded: {error}.")
    if about.needs or is_heavy(programs):
        limits = limits.heavy()
    asked = _Asked(number, worker, files, main, limits)
    try:
        graded = _judged(number, asked, seeds, forbidden_in(programs, about.forbidden))
    except NoIsolationError:
        raise
    except Exception as error:  # whatever a program did to be the first to find it, it costs no one else
        text = f"The grader broke down on it ({type(error).__name__}: {plain(str(error))[:200]})."
        return not_run(number, text, f"{text} Look at it by eye, and tell those who write the course.")
    return replace(graded, notice=(*graded.notice, *_flags(number, programs)))


def not_run(number: int, headline: str, *notice: str) -> Graded:
    """Return what came of a file that is not run, with the reason."""
    about = exercise(number)
    names = ["the question", *(gap.function for gap in about.gaps)]
    steps = tuple(Step(name, "not looked at yet") for name in names)
    return Graded(Report(number, about.title, passed=False, steps=steps, headline=headline), notice)


def _judged(number: int, asked: _Asked, seeds: Sequence[int], uses: Sequence[tuple[str, int]]) -> Graded:
    report = judge(number, asked, seeds, uses=uses)
    report = replace(report, example=_shortened(report.example))
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
    if report.where and asked.right_on_the_visible(wrong):
        notice = (
            "right on the inputs that dcn check always takes, wrong on others: are they written down in it?",
        )
    return Graded(report, notice)


def _flags(number: int, programs: Mapping[str, str]) -> list[str]:
    usual, single = _usual(number), len(programs) == 1
    return [
        plain(words if single else f"{name}, {words}")
        for name, program in programs.items()
        for words in flags(program, usual)
    ]


@cache
def _usual(number: int) -> frozenset[str]:
    """Return what stands out in the exercise's own solution, as a file and as a notebook."""
    own = (layout.solved(number), layout.solved(number, notebook=True))
    return frozenset(words for program in own for words, _ in noticed(program))


def _shortened(example: str) -> str:
    """Shorten the cell that shows a mistake, where a huge result stands in it."""
    lines = example.split("\n")
    return "\n".join(f"{line[:_LINE]} ..." if len(line) > _LINE else line for line in lines)


@cache
def _visible(number: int, function: str) -> Sequence[Trial]:
    """List the trials of a function that dcn check always makes; the same for all students."""
    found = ladder(number)
    return [trial for trial in trials(found, found.seeds) if trial.rung.function == function]


class _Asked:
    """Makes the calls in the worker; the first time also some of them twice, and it remembers what came."""

    def __init__(
        self, number: int, worker: Worker, files: Mapping[str, bytes], main: str, limits: Limits
    ) -> None:
        self._number = number
        self._with = (worker, files, main, limits)
        self._calls: list[Call] | None = None
        self._got: list[Outcome] = []
        self._twice: list[tuple[str, Outcome, Outcome]] = []

    def right_on_the_visible(self, function: str) -> bool:
        """Whether a function is right on the inputs that never change."""
        visible = _visible(self._number, function)
        run = self._run([(trial.rung.function, trial.arguments) for trial in visible])
        return len(run.outcomes) == len(visible) and not any(map(fault_of, visible, run.outcomes))

    def __call__(self, calls: Sequence[Call]) -> Run:
        if self._calls is not None:
            return self._run(calls)
        self._calls = list(calls)
        places: dict[str, int] = {}
        for place, (name, _) in enumerate(calls):
            places.setdefault(name, place)
        run = self._run([*calls, *(calls[place] for place in places.values())])
        self._got = run.outcomes[: len(calls)]
        again = run.outcomes[len(calls) :]
        self._twice = [
            (name, run.outcomes[place], second)
            for (name, place), second in zip(places.items(), again, strict=False)  # none where the run failed
        ]
        under_way = run.place if run.place is not None and run.place < len(calls) else None
        return replace(run, outcomes=self._got, place=under_way)

    def _run(self, calls: Sequence[Call]) -> Run:
        worker, files, main, limits = self._with
        return worker.run(files, main, calls, limits, given(self._number))

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
