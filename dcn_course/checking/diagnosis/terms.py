"""Of which terms of the derivation a result is made, and how often each is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..compare import Trial, differ
from ..ladder.model import Arguments, Numbers, Quantity

_EXACT = 1e-6  # of a coefficient
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def made_of(quantity: Quantity, checked: Sequence[tuple[Trial, Numbers]]) -> str:
    """Regress the student's result on the derivation's terms.

    Args:
        quantity: which one.
        checked: each input and what the student's function gave there, in the quantity's view or as it came.

    Returns:
        Sentences on the terms whose coefficient is not the right one; "" if there are no terms, if the result
        is not made of them, or if the inputs cannot tell the terms apart.
    """
    for terms in (quantity.terms, quantity.finer):
        if terms is None:
            continue
        found = _coefficients(terms, quantity.foreign, checked)
        if found is not None:
            own, foreign = found
            if not any(_odd(c) for c in own.values()) and not any(_odd(c, 0) for c in foreign.values()):
                return ""
            if quantity.equations:
                return _by_sums(quantity, own, foreign)
            return _by_terms(quantity, own, foreign)
    return ""


def _coefficients(
    terms: Callable[[Arguments], dict[str, Numbers]],
    foreign: Callable[[Arguments], dict[str, Numbers]] | None,
    checked: Sequence[tuple[Trial, Numbers]],
) -> tuple[dict[str, float], dict[str, float]] | None:
    """Fit the result; give the coefficients of the terms and of what is foreign, None if it does not fit."""
    tables = [terms(trial.arguments) for trial, _ in checked]
    others = [foreign(trial.arguments) if foreign else {} for trial, _ in checked]
    y = np.concatenate([got.astype(float).ravel() for _, got in checked])
    if not np.isfinite(y).all():
        return None
    names = [*tables[0], *others[0]]
    merged = [table | other for table, other in zip(tables, others, strict=True)]
    X = np.stack([np.concatenate([table[name].ravel() for table in merged]) for name in names], axis=1)
    coefficients, _, rank, _ = np.linalg.lstsq(X, y)
    if rank < len(names) or differ((X @ coefficients).astype(y.dtype), y).any():
        return None
    found = dict(zip(names, map(float, coefficients), strict=True))
    return {name: found[name] for name in tables[0]}, {name: found[name] for name in others[0]}


def _by_terms(quantity: Quantity, own: dict[str, float], foreign: dict[str, float]) -> str:
    odd = {name: c for name, c in own.items() if _odd(c)}
    said = [f"{_number(c)} · [{name}]{_meaning(c)}" for name, c in odd.items()]
    said += [f"{_number(c)} · [{name}], which is foreign to it" for name, c in foreign.items() if _odd(c, 0)]
    rest = "; every other term is in it once, as it should be" if len(odd) < len(own) else ""
    return f"your {quantity.name} has {', '.join(said)}{rest}."


def _by_sums(quantity: Quantity, own: dict[str, float], foreign: dict[str, float]) -> str:
    sentences: list[str] = []
    for group, equation in quantity.equations.items():
        mine = {n.removeprefix(f"{group}: "): c for n, c in own.items() if n.startswith(f"{group}: ")}
        theirs = {n.removeprefix(f"{group}: "): c for n, c in foreign.items() if n.startswith(f"{group}: ")}
        theirs = {name: c for name, c in theirs.items() if _odd(c, 0)}
        wrong = [(place, c) for place, c in enumerate(mine.values()) if _odd(c)]
        if not wrong and not theirs:
            continue
        said = " + ".join(f"{_number(c)}·{_bracketed(name)}" for name, c in {**mine, **theirs}.items())
        remarks = [f"the {_ORDINALS[place]} of these terms of {equation}{_verdict(c)}" for place, c in wrong]
        remarks += ["the last of them does not belong there"] * bool(theirs)
        sentences.append(f"{'Your' if sentences else 'your'} {group} has {said}: {', and '.join(remarks)}.")
    return " ".join(sentences)


def _bracketed(name: str) -> str:
    return name if "[" in name else f"[{name}]"


def _odd(coefficient: float, right: float = 1) -> bool:
    return abs(coefficient - right) > _EXACT


def _meaning(coefficient: float) -> str:
    if not _odd(coefficient, 0):
        return " (it is missing)"
    return "" if _odd(coefficient, -1) else " (the sign is wrong)"


def _verdict(coefficient: float) -> str:
    if not _odd(coefficient, 0):
        return " is missing"
    return f" counts {_number(coefficient)} times" if _odd(coefficient, -1) else " has the wrong sign"


def _number(value: float) -> str:
    nearest = round(value)
    text = f"{nearest}" if abs(value - nearest) <= _EXACT else f"{value:.4g}"
    return text.replace("-", "−")
