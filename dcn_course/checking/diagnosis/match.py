"""Which known mistake a student's function equals: the same results on every input, right and wrong."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ..child import perform
from ..compare import Trial, differ, fault_of
from ..mutants import named
from ..mutants.model import Mutant, namespace, program
from ..runner import Outcome, outcome_of

_LEAST = 2  # wrong on so many independent inputs, or nothing is said


def outcomes(names: dict[str, object], trials: Sequence[Trial]) -> list[Outcome]:
    """Call a program of ours on the trials, as the child does for a student's."""
    calls = [(trial.rung.function, trial.arguments) for trial in trials]
    results = perform(names, calls, probes=trials[0].rung.probes, stops=(KeyboardInterrupt,))
    return [outcome_of(result) for result in results]


def same(one: Sequence[Outcome], other: Sequence[Outcome]) -> bool:
    """Whether two functions did the same on all inputs: values within rounding, shapes, errors, damage."""
    return len(one) == len(other) and all(map(_same, one, other))


def known_mistake(number: int, trials: Sequence[Trial], got: Sequence[Outcome]) -> Mutant | None:
    """Find the named mutant whose function does what the student's does.

    Args:
        number: of the exercise.
        trials: all calls of one rung.
        got: what the student's function gave.

    Returns:
        The first mutant that agrees on every input, if at least two of them are wrong; else None. Where
        all that
        is wrong are exceptions, which say little, no other mutant may agree too.
    """
    bad = [place for place, outcome in enumerate(got) if fault_of(trials[place], outcome) is not None]
    if len(bad) < _LEAST:
        return None
    first = bad[0]
    errors_alone = all(got[place].error is not None for place in bad)
    agreeing = []
    for candidate in named(number):
        if candidate.function != trials[0].rung.function:
            continue
        names = _names(number, candidate)
        quick = outcomes(names, trials[first : first + 1])
        if same(quick, got[first : first + 1]) and same(outcomes(names, trials), got):
            agreeing.append(candidate)
            if not errors_alone:
                break
    return agreeing[0] if len(agreeing) == 1 else None


@cache
def _names(number: int, candidate: Mutant) -> dict[str, object]:
    return namespace(program(number, candidate))


def _same(one: Outcome, other: Outcome) -> bool:
    if one.error is not None or other.error is not None:
        return (one.error or {}).get("kind") == (other.error or {}).get("kind")
    assert one.values is not None
    assert other.values is not None
    if one.damaged != other.damaged or len(one.values) != len(other.values):
        return False
    return all(_equal(a, b) for a, b in zip(one.values, other.values, strict=True))


def _equal(a: object, b: object) -> bool:
    if a is None or b is None:
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or (a.dtype.kind == "f") != (b.dtype.kind == "f"):
        return False
    return not differ(a, b).any() if a.dtype.itemsize <= b.dtype.itemsize else not differ(b, a).any()
