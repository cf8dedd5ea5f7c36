"""Every mistake is found by the shipped check, and called by its name or by none."""

from functools import cache
from pathlib import Path

import pytest

from dcn_course.checking.catalogue import exercise, numbers
from dcn_course.checking.compare import trials
from dcn_course.checking.diagnosis.match import outcomes, same
from dcn_course.checking.diagnosis.shrink import counterexample
from dcn_course.checking.here import run_here
from dcn_course.checking.ladder import ladder
from dcn_course.checking.ladder.model import FIXED_SEEDS
from dcn_course.checking.mutants import equivalent, named
from dcn_course.checking.mutants.automatic import automatic
from dcn_course.checking.mutants.matrix import USUAL, named_row, row
from dcn_course.checking.mutants.model import namespace, program
from dcn_course.checking.mutants.table import read, text

NAMED = [(number, mutant) for number in numbers() for mutant in named(number)]
FRESH = (1001, 1002, 1003, 1004, 1005, 1006)


BOOK = Path(__file__).resolve().parents[1] / "book"


@cache
def row_of(number, mutant):
    return named_row(number, mutant)


def rows(number):
    return [row_of(number, mutant) for mutant in named(number)]


@cache
def automatic_rows(number):
    return [
        (mutant, row(number, mutant.name, mutant.function, mutant.source)) for mutant in automatic(number)
    ]


def results(number, source, function):
    """What a program does on the shipped inputs and on more of them."""
    asked = [t for t in trials(ladder(number), FIXED_SEEDS + FRESH) if t.rung.function == function]
    return outcomes(namespace(source), asked)


@pytest.mark.parametrize("number", numbers())
def test_names_of_mutants_are_unique_and_each_says_what_is_wrong(number):
    names = [(mutant.function, mutant.name) for mutant in named(number)]
    assert len(set(names)) == len(names)
    assert len({mutant.because for mutant in named(number)}) == len(names)
    for gap in exercise(number).gaps:
        assert sum(mutant.function == gap.function for mutant in named(number)) >= 8


@pytest.mark.parametrize(("number", "mutant"), NAMED, ids=lambda value: getattr(value, "name", value))
def test_a_known_mistake_is_found_and_called_by_its_name(number, mutant):
    found = row_of(number, mutant)
    assert found.families, "the check lets it pass"
    assert found.diagnosed == mutant.name


@pytest.mark.parametrize(("number", "mutant"), NAMED, ids=lambda value: getattr(value, "name", value))
def test_a_known_mistake_has_a_small_counterexample(number, mutant):
    names = namespace(program(number, mutant))
    rung = ladder(number).rung(mutant.function)

    def call(calls):
        return run_here(names, calls, 60, rung.probes).outcomes

    found = counterexample(rung, call)
    assert found is not None
    fault, cell = found
    for value in fault.trial.arguments.values():
        assert getattr(value, "size", 1) <= 32
    if fault.kind != "error":  # the cell runs as it stands
        exec(cell, {**names, "print": lambda *values: None})
    assert "# right: " in cell
    assert "# yours: " in cell


@pytest.mark.parametrize("number", numbers())
def test_each_automatic_mutant_is_found_or_listed_as_no_mistake(number):
    living = set()
    for mutant, found in automatic_rows(number):
        if not found.families:
            living.add(mutant.name)
        if found.diagnosed:
            (meant,) = [
                m for m in named(number) if (m.name, m.function) == (found.diagnosed, mutant.function)
            ]
            theirs = results(number, program(number, meant), mutant.function)
            assert same(results(number, mutant.source, mutant.function), theirs), (mutant.name, meant.name)
    assert living == set(equivalent(number))
    assert all(equivalent(number).values())


@pytest.mark.parametrize("number", numbers())
def test_the_automatic_mutants_change_every_function(number):
    assert {mutant.function for mutant in automatic(number)} == {
        gap.function for gap in exercise(number).gaps
    }
    assert len(automatic(number)) >= 20


@pytest.mark.parametrize("number", numbers())
def test_each_kind_of_input_finds_mistakes(number):
    found = rows(number)
    families = {family.name for family in ladder(number).families}
    assert set().union(*(r.families for r in found)) == families


@pytest.mark.parametrize("number", numbers())
@pytest.mark.parametrize("checker", USUAL)
def test_the_usual_checkers_let_mistakes_pass_that_the_check_finds(number, checker):
    found = rows(number)
    passed = [r.name for r in found if checker not in r.usual]
    assert passed
    assert len(passed) < len(found)


@pytest.mark.parametrize("number", numbers())
def test_the_table_in_the_book_is_what_is_found_here(number):
    shown = read(BOOK / "exercises" / "kill_matrix.json")[number]
    found = rows(number) + [each for _, each in automatic_rows(number) if each.families]
    assert text({number: shown}) == text({number: found}), "it is stale; run: make kill-matrix"
