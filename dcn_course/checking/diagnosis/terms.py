"""Of which terms of the derivation a result is made, and how often each is in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..compare import Trial, differ
from ..ladder.model import Numbers, Quantity

_EXACT = 1e-6  # of a coefficient


def made_of(quantity: Quantity, checked: Sequence[tuple[Trial, Numbers]]) -> str:
    """Regress the student's result on the derivation's terms.

    Args:
        quantity: which one.
        checked: each input and what the student's function gave there, in the quantity's view.

    Returns:
        A sentence on the terms whose coefficient is not 1; "" if there are no terms, if the result is not
        made of them, or if the inputs cannot tell the terms apart.
    """
    if quantity.terms is None:
        return ""
    tables = [quantity.terms(trial.arguments) for trial, _ in checked]
    names = list(tables[0])
    X = np.stack([np.concatenate([table[name].ravel() for table in tables]) for name in names], axis=1)
    y = np.concatenate([got.astype(float).ravel() for _, got in checked])
    if not np.isfinite(y).all():
        return ""
    coefficients, _, rank, _ = np.linalg.lstsq(X, y)
    if rank < len(names) or differ((X @ coefficients).astype(y.dtype), y).any():
        return ""
    odd = [(c, name) for name, c in zip(names, coefficients, strict=True) if abs(c - 1) > _EXACT]
    if not odd:
        return ""
    said = ", ".join(f"{_number(c)} · [{name}]{_meaning(c)}" for c, name in odd)
    rest = "; every other term is in it once, as it should be" if len(odd) < len(names) else ""
    return f"your {quantity.name} has {said}{rest}."


def _meaning(coefficient: float) -> str:
    if abs(coefficient) <= _EXACT:
        return " (it is missing)"
    return " (the sign is wrong)" if abs(coefficient + 1) <= _EXACT else ""


def _number(value: float) -> str:
    nearest = round(value)
    text = f"{nearest}" if abs(value - nearest) <= _EXACT else f"{value:.4g}"
    return text.replace("-", "−")
