"""The smallest input on which a function is wrong, as a cell to paste."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice
from typing import Any

import numpy as np

from ..compare import Fault, Trial, fault_of
from ..ladder.model import Family, Rung
from ..runner import Call, Outcome

_CHUNKS = (100, 400, 1000)  # inputs that are tried at a time: most mistakes show on the first ones
_SMALL = Family("small", "a small input", lambda function, rng: {})


def counterexample(
    rung: Rung, call: Callable[[Sequence[Call]], Sequence[Outcome]]
) -> tuple[Fault, str] | None:
    """Search the small inputs for the first one on which the student's function is wrong.

    They come sorted: few pixels, taps and channels first, with integer images and positions in odd quarters.

    Args:
        rung: the function and its small inputs.
        call: makes the calls; it gives nothing where it fails.

    Returns:
        What is wrong there, and a cell of Python that shows it; None if the function is right on all of them.
    """
    small = iter(_small(rung))
    for count in _CHUNKS:
        trials = list(islice(small, count))
        got = call([(rung.function, trial.arguments) for trial in trials])
        for trial, outcome in zip(trials, got, strict=False):  # none where the call failed as a whole
            fault = fault_of(trial, outcome)
            if fault is not None:
                return fault, cell(trial, outcome)
    return None


@cache
def _small(rung: Rung) -> list[Trial]:
    """List a rung's small inputs; kept, for what is right there is slow to compute."""
    return [Trial(rung, _SMALL, 0, arguments) for arguments in rung.small()]


def cell(trial: Trial, outcome: Outcome) -> str:
    """Write a call as Python, with what should come and what came as comments."""
    paste = trial.rung.paste
    lines = ["import torch" if paste else "import numpy as np", ""]
    given = {name: _argument(value) for name, value in trial.arguments.items()}
    if paste:
        given = {name: _tensor(value) for name, value in trial.arguments.items()}
    lines += [f"{name} = {text}" for name, text in given.items()]
    call = paste(trial.arguments) if paste else f"print({trial.rung.function}({', '.join(given)}))"
    lines += call.split("\n")
    for quantity, right in zip(trial.rung.quantities, trial.want, strict=True):
        lines.append(f"# right: {quantity.name} = {_python(right)}")
    if outcome.values is None:
        assert outcome.error is not None
        lines.append(f"# yours: {outcome.error['kind']}: {outcome.error['text']}")
    else:
        yours = ", ".join(_python(value) for value in outcome.values)
        lines.append(f"# yours: {yours}")
    return "\n".join(lines)


def _tensor(value: Any) -> str:
    text = _python(value)
    if not isinstance(value, np.ndarray):
        return text
    dtype = ", dtype=torch.float64" if value.dtype.kind == "f" else ""
    return f"torch.tensor({text.removeprefix('np.array(')[:-1]}{dtype})"


def _argument(value: Any) -> str:
    """Write a value; an array of no axes stays one, with the methods of arrays."""
    return (
        f"np.array({value.item()!r})" if isinstance(value, np.ndarray) and not value.ndim else _python(value)
    )


def _python(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return repr(value)
    if value.ndim == 0:
        return repr(value.item())
    text = np.array2string(
        value, separator=", ", threshold=100_000, max_line_width=100_000, floatmode="unique"
    )
    text = " ".join(text.split()).replace("[ ", "[")
    return f"np.array({text})"
