"""Each formula that the book proves, with one mistake planted, no longer passes its check."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("sympy")
BOOK = Path(__file__).resolve().parent.parent / "book"
sys.path.insert(0, str(BOOK / "_ext"))

from equivalent_mutants import EQUIVALENT  # noqa: E402
from formula_mutants import mutants  # noqa: E402
from links import formulas, pages  # noqa: E402
from proofs import ProofError, prove  # noqa: E402
from proofs.readings import readings  # noqa: E402

STEPS = [
    pytest.param(page.stem, step, id=f"{page.stem}-line-{step.line}")
    for page in pages(BOOK)
    for step in formulas(page)
    if "check" in step.options
]


def holds(latex, cases):
    try:
        return prove(latex, cases) > 0
    except ProofError:
        return False


@pytest.mark.parametrize(("page", "step"), STEPS)
def test_a_step_holds_and_no_longer_does_with_any_one_sign_number_axis_or_index_changed(page, step):
    cases = list(readings(page)[step.options["check"]]())
    assert prove(step.latex, cases) == len(cases)
    listed = {part for where, part in EQUIVALENT if where == page and part not in step.latex}
    planted = [mutant for mutant in mutants(step.latex) if not any(part in mutant for part in listed)]
    assert [mutant for mutant in planted if holds(mutant, cases)] == []


@pytest.mark.parametrize(("page", "part"), EQUIVALENT)
def test_a_change_listed_as_equivalent_can_be_planted_and_passes(page, part):
    steps = [step for where, step in (param.values for param in STEPS) if where == page]
    planted = [
        (m, step) for step in steps if part not in step.latex for m in mutants(step.latex) if part in m
    ]
    assert planted
    assert all(holds(m, list(readings(page)[step.options["check"]]())) for m, step in planted)
