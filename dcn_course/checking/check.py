"""Check an exercise: run it, compare it, and where it is wrong say why."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from . import book, forbidden
from .catalogue import Exercise, exercise
from .child import source
from .compare import Fault, Trial, differ, fault_of, first_fault, trials
from .ladder import ladder
from .ladder.model import Plane
from .report import Heat, Report, Step
from .report.model import State
from .runner import MEMORY, SECONDS, Call, Outcome, Run, run

Runner = Callable[[Sequence[Call]], Run]
INSTALL = 'pip install "dcn-course[torch]"'
_QUESTION = "the question"
_SHOWN = 2  # forbidden names
_SECONDS, _MEMORY = 90.0, 8 * 2**30  # of an exercise that needs more than NumPy


def check_file(
    number: int,
    path: Path,
    seed: int | None = None,
    seconds: float | None = None,
    memory: int | None = None,
    hints: Mapping[str, int] | None = None,
) -> Report:
    """Check the student's file in a process of its own.

    Args:
        number: of the exercise.
        path: the file, .py or .ipynb.
        seed: of the inputs that are fresh in this run; None draws one.
        seconds: limit for each run of the file; None for 10, and 90 where more than NumPy must be loaded.
        memory: limit in bytes, where the system has one; None for 4 GiB, and 8 with more than NumPy.
        hints: how many hints of each function were given before; the report gives the next one, the last
            one again.

    Returns:
        The report.

    Raises:
        FileNotFoundError: there is no such file.
        NoSuchExerciseError: there is no such exercise.
    """
    about = exercise(number)
    usual = (_SECONDS, _MEMORY) if about.needs else (SECONDS, MEMORY)
    limits = usual[0] if seconds is None else seconds, usual[1] if memory is None else memory
    probes = ladder(number).probes

    def runner(calls: Sequence[Call]) -> Run:
        return run(path, calls, *limits, probes)

    uses = forbidden.in_file(source(str(path)), about.forbidden) if path.is_file() else []
    return _check(about, runner, seed, hints or {}, uses)


def check(
    number: int,
    *functions: Callable[..., Any],
    prediction: Any = None,
    seed: int | None = None,
    seconds: float | None = None,
    hints: Mapping[str, int] | None = None,
) -> Report:
    """Check functions in this process: for a notebook, which shows the report.

    Args:
        number: of the exercise.
        functions: the student's functions and classes, found by their names.
        prediction: the answer to the question.
        seed: as in `check_file`.
        seconds: limit of time, as in `check_file`; where the system has no alarm (Windows) there is none.
        hints: as in `check_file`.

    Returns:
        The report.

    Raises:
        TypeError: what was given is no function.
        NoSuchExerciseError: there is no such exercise.
    """
    from .here import run_here

    for function in functions:
        if not callable(function):
            raise TypeError(f"functions: expected functions, got {function!r}")
    about = exercise(number)
    names: dict[str, Any] = {function.__name__: function for function in functions}
    names["prediction"] = prediction
    limit = (_SECONDS if about.needs else SECONDS) if seconds is None else seconds
    probes = ladder(number).probes
    uses = forbidden.in_functions(functions, about.forbidden)
    return _check(about, lambda calls: run_here(names, calls, limit, probes), seed, hints or {}, uses)


def judge(
    number: int,
    runner: Runner,
    seeds: Sequence[int],
    hints: Mapping[str, int] | None = None,
    uses: Sequence[tuple[str, int]] = (),
) -> Report:
    """Check an exercise with whatever runs the student's program.

    Args:
        number: of the exercise.
        runner: makes calls of the student's functions.
        seeds: of the inputs; the report keeps none of them.
        hints: as in `check_file`.
        uses: forbidden names that the program uses, with their lines.

    Returns:
        The report.

    Raises:
        NoSuchExerciseError: there is no such exercise.
    """
    began = time.perf_counter()
    about = exercise(number)
    asked = trials(ladder(number), seeds)
    made = runner([(trial.rung.function, trial.arguments) for trial in asked])
    facts = _judge(about, asked, made, runner, hints or {}, list(uses))
    return Report(number, about.title, printed=made.printed, seconds=time.perf_counter() - began, **facts)


def _check(
    about: Exercise, runner: Runner, seed: int | None, hints: Mapping[str, int], uses: list[tuple[str, int]]
) -> Report:
    missing = [name for name in about.needs if find_spec(name) is None]
    if missing:
        text = f"This exercise needs {' and '.join(missing)}, which this Python lacks. Install it: {INSTALL}"
        return Report(about.number, about.title, **_facts(about, "", text))
    fresh = secrets.randbelow(10**6) + 1000 if seed is None else seed
    seeds = [*ladder(about.number).seeds, fresh]
    return replace(judge(about.number, runner, seeds, hints, uses), seed=fresh)


def _judge(
    about: Exercise,
    asked: list[Trial],
    made: Run,
    runner: Runner,
    hints: Mapping[str, int],
    uses: list[tuple[str, int]],
) -> dict[str, Any]:
    functions = [gap.function for gap in about.gaps]
    if made.failed is not None:
        kind, text = made.failed
        at = f", in line {made.line}" if made.line else ""
        if kind == "load":
            return _facts(about, "", f"Your file does not run{at}: {text}")
        function = asked[made.place].rung.function if made.place is not None else ""
        family = f" on {asked[made.place].family.about}" if made.place is not None else ""
        what = f"{function}{family}" if function else "Your file, before any function was called"
        clue = {"time": ". Is there a loop that never ends?", "memory": ": is an array much too large?"}.get(
            kind, "."
        )
        return _facts(about, function or functions[0], f"{what}: {text}{clue}")
    if uses:
        said = " and ".join(f"{name} (line {line})" for name, line in uses[:_SHOWN])
        return _facts(about, "", f"You use {said}. That is forbidden here: it does what you are to write.")
    question = _question(about, made.prediction)
    if question:
        return _facts(about, _QUESTION, question)
    for function in functions:
        places = [place for place, trial in enumerate(asked) if trial.rung.function == function]
        mine = [asked[place] for place in places]
        got = [made.outcomes[place] for place in places]
        faults = [fault_of(trial, outcome) for trial, outcome in zip(mine, got, strict=True)]
        fault = first_fault(faults)
        if fault is not None:
            return _wrong(about, fault, faults, mine, got, runner, hints)
    extra = ladder(about.number).extra
    return {
        "passed": True,
        "steps": _steps(about, None),
        "headline": "All right: every entry, on every input.",
        "notes": extra(runner) if extra else (),
    }


def _question(about: Exercise, given: Any) -> str:
    if given is None:
        return "Answer the question first, by hand: write your answer where it says prediction = ..."
    if given == "?":
        return "Your prediction is no number and no list of numbers."
    mine, right = np.asarray(given, float), np.asarray(about.prediction, float)
    if mine.shape == right.shape and not differ(mine, right).any():
        return ""
    for mistake in about.mistakes:
        wrong = np.asarray(mistake.prediction, float)
        if mine.shape == wrong.shape and not differ(mine, wrong).any():
            return f"Your prediction, {given}: {mistake.because}"
    if mine.shape != right.shape:
        return f"Your prediction has the shape {mine.shape}; asked for is {right.shape}."
    return f"Your prediction, {given}, is not right yet. Work it out once more, with pencil and paper."


def _wrong(
    about: Exercise,
    fault: Fault,
    faults: list[Fault | None],
    mine: list[Trial],
    got: list[Outcome],
    runner: Runner,
    hints: Mapping[str, int],
) -> dict[str, Any]:
    function = fault.trial.rung.function
    gap = about.gap(function)
    if fault.kind == "error" and fault.text.startswith("NotImplementedError"):
        size = "1 line" if gap.lines == 1 else f"{gap.lines} lines"
        return _facts(about, function, f"{function} is to be written: about {size}.", "to do")
    from .diagnosis.common import in_common, places, worst
    from .diagnosis.match import known_mistake
    from .diagnosis.shrink import counterexample
    from .diagnosis.terms import made_of

    at = f" (line {fault.line})" if fault.line else ""
    facts = _facts(about, function, f"{function}: {fault.text}{at}, on {fault.trial.family.about}.")
    facts["where"] = _families(faults, mine)
    quantity = fault.quantity
    if fault.kind == "values":
        assert quantity is not None
        assert fault.got is not None
        assert fault.want is not None
        assert fault.wrong is not None
        place = worst(fault)
        entry = f"at {places(fault)}: " if place else ""
        numbers = f"got {_short(fault.got[place])}, expected {_short(fault.want[place])}"
        facts["where"] = (f"The worst {entry}{numbers}.", *facts["where"])
        planes = quantity.planes(fault.trial.arguments)
        facts["heats"] = tuple(_heat(plane, fault) for plane in planes)
        part = fault.trial.rung.quantities.index(quantity)
        pairs = [(t, _part(t, o, part)) for t, o in zip(mine, got, strict=True)]
        checked = [(t, a) for t, a in pairs if a is not None]
        rights = [t.want[part] for t, _ in checked]
        masks = [
            (t, differ(a, right).reshape(quantity.view(t.arguments, right.shape)))
            for (t, a), right in zip(checked, rights, strict=True)
        ]
        facts["common"] = tuple(in_common(quantity, masks))
        facts["terms"] = made_of(quantity, checked)
    known = known_mistake(about.number, mine, got)
    if known is not None:
        facts["mistake"] = known.because
    elif fault.kind == "values":
        facts["mistake"] = "it is not one of the mistakes that are known here."
    found = counterexample(fault.trial.rung, lambda calls: runner(calls).outcomes)
    if found is not None:
        facts["example"] = found[1]
    facts["link"] = book.link(about.chapter, gap.equation)
    facts["hint"] = gap.hints[min(hints.get(function, 0), len(gap.hints) - 1)]
    facts["hint_of"] = function
    return facts


def _part(trial: Trial, outcome: Outcome, part: int) -> Any:
    """Return the student's array for one quantity where it has the right shape, else None."""
    if outcome.values is None or len(outcome.values) != len(trial.rung.quantities):
        return None
    array = outcome.values[part]
    want = trial.want[part]
    return array if array is not None and array.shape == want.shape else None


def _heat(plane: Plane, fault: Fault) -> Heat:
    assert fault.wrong is not None
    rows = np.broadcast_to(plane.rows, fault.wrong.shape) - plane.first[0]
    columns = np.broadcast_to(plane.columns, fault.wrong.shape) - plane.first[1]
    wrong, total = np.zeros(plane.shape, int), np.zeros(plane.shape, int)
    np.add.at(total, (rows, columns), 1)
    np.add.at(wrong, (rows, columns), fault.wrong.astype(int))
    return Heat(plane.title, wrong, total, plane.first, plane.image)


def _families(faults: list[Fault | None], mine: list[Trial]) -> tuple[str, ...]:
    """Say on which kinds of input the function is right."""
    state: dict[str, bool] = {}
    for trial, fault in zip(mine, faults, strict=True):
        state[trial.family.name] = state.get(trial.family.name, True) and fault is None
    right = [name for name, good in state.items() if good]
    wrong = [name for name, good in state.items() if not good]
    return (f"Right on: {', '.join(right) or 'none of the inputs'}. Wrong on: {', '.join(wrong)}.",)


def _facts(about: Exercise, at: str, headline: str, state: State = "wrong") -> dict[str, Any]:
    if at == _QUESTION and headline.startswith("Answer"):
        state = "to do"
    return {"passed": False, "steps": _steps(about, at, state), "headline": headline}


def _steps(about: Exercise, at: str | None, state: State = "wrong") -> tuple[Step, ...]:
    """List the rungs: right before `at`, not looked at after it; all right for None."""
    names = [_QUESTION, *(gap.function for gap in about.gaps)]
    place = len(names) if at is None else names.index(at) if at in names else -1
    found = []
    for i, name in enumerate(names):
        now: State = "right" if i < place else state if i == place else "not looked at yet"
        found.append(Step(name, now))
    return tuple(found)


def _short(value: Any) -> str:
    return f"{value:.6g}" if np.asarray(value).dtype.kind == "f" else str(value)
