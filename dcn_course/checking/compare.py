"""The verdict: is what a function returned right? Shapes and values against the specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from .ladder.model import Arguments, Family, Ladder, Mask, Numbers, Quantity, Rung
from .runner import Outcome

_ROUNDING = 1024  # a result may differ by so many roundings of the largest entry
_COARSEST = np.dtype(np.float32)

Kind = Literal["error", "nothing", "count", "shape", "dtype", "damage", "values"]
_ORDER = ("error", "nothing", "count", "shape", "dtype", "damage", "values")


@dataclass(frozen=True)
class Trial:
    """One call that is asked of the student: a rung, the kind of input, its seed, and the arguments."""

    rung: Rung
    family: Family
    seed: int
    arguments: Arguments

    @cached_property
    def want(self) -> tuple[Numbers, ...]:
        """The right results, one for each quantity."""
        return tuple(np.asarray(array) for array in self.rung.reference(**self.arguments))


@dataclass(frozen=True)
class Fault:
    """What is wrong with one result.

    Attributes:
        kind: in the order in which they are looked for.
        trial: on which input.
        quantity: which part of the result; None where it is none in particular.
        text: in words.
        got: the student's array, in the quantity's view, where kind is "values".
        want: the right one.
        wrong: which entries differ.
        line: of the student's file, where an exception came from there.
    """

    kind: Kind
    trial: Trial
    quantity: Quantity | None
    text: str
    got: Numbers | None = None
    want: Numbers | None = None
    wrong: Mask | None = None
    line: int | None = None


def trials(ladder: Ladder, seeds: Sequence[int]) -> list[Trial]:
    """List the calls of a check: rung by rung, each family in turn, each seed."""
    return [
        Trial(rung, family, seed, ladder.arguments(rung, family, seed))
        for rung in ladder.rungs
        for family in ladder.families
        for seed in seeds
    ]


def fault_of(trial: Trial, outcome: Outcome) -> Fault | None:
    """Compare one result with the specification.

    Args:
        trial: what was asked.
        outcome: what came.

    Returns:
        The first thing that is wrong, in the order of the kinds; None if all is right.
    """
    quantities = trial.rung.quantities
    if outcome.error is not None:
        error = outcome.error
        text = (
            error["text"] if error["kind"] in ("Missing", "NoArray") else f"{error['kind']}: {error['text']}"
        )
        return Fault("error", trial, None, text, line=error["line"])
    assert outcome.values is not None
    if len(outcome.values) == 1 and outcome.values[0] is None:
        return Fault("nothing", trial, None, f"{trial.rung.function} returned None: is its return there?")
    if len(outcome.values) != len(quantities):
        names = ", ".join(q.name for q in quantities)
        text = f"expected {len(quantities)} ({names}), got {len(outcome.values)}"
        return Fault(
            "count", trial, None, f"{trial.rung.function} must return another number of arrays: {text}"
        )
    found = [_one(trial, *parts) for parts in zip(quantities, outcome.values, trial.want, strict=True)]
    if outcome.damaged:
        names = " and ".join(outcome.damaged)
        text = f"it changes its argument {names} in place; the caller still needs it: work on a copy"
        found.append(Fault("damage", trial, None, text))
    faults = [fault for fault in found if fault is not None]
    return min(faults, key=lambda fault: _ORDER.index(fault.kind), default=None)


def first_fault(faults: Sequence[Fault | None]) -> Fault | None:
    """Of a rung's faults, take the one to speak of: the earliest kind, in it the earliest trial."""
    there = [fault for fault in faults if fault is not None]
    return min(there, key=lambda fault: _ORDER.index(fault.kind), default=None)


def differ(got: Numbers, want: Numbers) -> Mask:
    """Say which entries differ by more than rounding, in the precision of `got`; NaN equals NaN alone."""
    kind = got.dtype if got.dtype.kind == "f" else np.dtype(np.float64)
    wide = np.longdouble if kind.itemsize > 8 else np.float64
    one: Numbers = got.astype(wide)
    other: Numbers = want.astype(wide)
    finite = other[np.isfinite(other)]
    scale = max(1.0, float(np.abs(finite).max(initial=0.0)))
    precision = float(max(np.finfo(kind).eps, np.finfo(np.float64).eps))
    with np.errstate(invalid="ignore"):
        near = np.abs(one - other) <= _ROUNDING * precision * scale
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.asarray(~(near | same))


def _one(trial: Trial, quantity: Quantity, got: Any, want: Numbers) -> Fault | None:
    function, name = trial.rung.function, quantity.name
    if got is None:
        return Fault("nothing", trial, quantity, f"{function} returned None for {name}")
    if got.shape != want.shape:
        text = f"{name}: expected shape {want.shape}, got {got.shape}"
        return Fault("shape", trial, quantity, text)
    if quantity.kind == "whole" and got.dtype.kind not in "iu":
        text = f"{name}: expected whole numbers (an integer dtype), got {got.dtype}"
        return Fault("dtype", trial, quantity, text)
    if quantity.kind == "real" and got.dtype.kind != "f":
        text = f"{name}: expected floating-point numbers, got {got.dtype}: the fractions are lost"
        return Fault("dtype", trial, quantity, text)
    if quantity.kind == "real" and got.dtype.itemsize < _COARSEST.itemsize:
        text = f"{name}: {got.dtype} is too coarse to be checked; expected {_COARSEST} or float64"
        return Fault("dtype", trial, quantity, text)
    wrong = differ(got, want)
    if not wrong.any():
        return None
    view = quantity.view(trial.arguments, want.shape)
    shaped = got.reshape(view), want.reshape(view), wrong.reshape(view)
    return Fault(
        "values", trial, quantity, f"{name}: {int(wrong.sum())} of {wrong.size} entries are wrong", *shaped
    )
