"""The kill matrix: every mutant against every kind of input, the whole check, and the usual checkers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..compare import Trial, fault_of, trials
from ..diagnosis.match import known_mistake, outcomes
from ..ladder import ladder
from ..ladder.model import Arguments
from ..runner import Outcome
from .model import Mutant, namespace, program

# What a checker sets to ones: the gradient from above where there is one, else what is read.
_VARIED = ("grad_output", "grad_columns", "grad_values", "image", "input", "columns", "values", "x")
USUAL = ("all ones", "one random entry", "interior points")


@dataclass(frozen=True)
class Row:
    """What finds one mutant.

    Attributes:
        name: of the mutant.
        function: in which the mistake is.
        families: names of the kinds of input on which it shows, with the seeds of the shipped check.
        usual: which of the usual checkers find it.
        diagnosed: name of the named mutant that the check takes it for; "" for none.
    """

    name: str
    function: str
    families: frozenset[str]
    usual: frozenset[str]
    diagnosed: str


def row(number: int, name: str, function: str, source: str) -> Row:
    """Run one mutant through the check of its function and through the usual checkers.

    Args:
        number: of the exercise.
        name: of the mutant.
        function: in which the mistake is.
        source: the mutant's program; it must end by itself.
    """
    asked = _asked(number, function)
    names = namespace(source)
    made = outcomes(names, asked)
    each = list(zip(asked, made, strict=True))
    families = {trial.family.name for trial, outcome in each if fault_of(trial, outcome) is not None}
    known = known_mistake(number, asked, made)
    usual = {checker for checker in USUAL if _usual(checker, each, names)}
    return Row(name, function, frozenset(families), frozenset(usual), known.name if known else "")


def named_row(number: int, mutant: Mutant) -> Row:
    """`row` of a named mutant."""
    return row(number, mutant.name, mutant.function, program(number, mutant))


@cache
def _asked(number: int, function: str) -> list[Trial]:
    """List the calls of a function; kept, for what is right there is slow to compute."""
    found = ladder(number)
    return [trial for trial in trials(found, found.seeds) if trial.rung.function == function]


def _usual(checker: str, each: Sequence[tuple[Trial, Outcome]], names: dict[str, object]) -> bool:
    """Whether a checker as people usually write it finds the mutant.

    "all ones": the array that varies is all ones (the gradient that comes from above, where there is one, or
    the image), on the first kind of input. "one random entry": one entry of the first kind's result is
    compared.
    "interior points": the first kind, which is free of borders, whole.
    """
    first = [(trial, outcome) for trial, outcome in each if trial.family is each[0][0].family][:1]
    if checker == "all ones":
        plain = [replace(trial, arguments=_ones(trial.arguments)) for trial, _ in first]
        return any(fault_of(trial, outcomes(names, [trial])[0]) is not None for trial in plain)
    faults = [(fault_of(trial, outcome), trial) for trial, outcome in first]
    if checker == "interior points":
        return any(fault is not None for fault, _ in faults)
    for fault, trial in faults:
        if fault is not None and fault.kind != "values":
            return fault.kind != "damage"
        if fault is not None:
            assert fault.wrong is not None
            place = np.random.default_rng(trial.seed).integers(fault.wrong.size)
            return bool(fault.wrong.ravel()[place])
    return False


def _ones(arguments: Arguments) -> Arguments:
    varied = next((name for name in _VARIED if name in arguments), None)
    return {
        k: np.ones_like(v) if k == varied and isinstance(v, np.ndarray) else v for k, v in arguments.items()
    }
