"""Every equation that the code implements has a home in the book and a test, and no label points nowhere."""

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from links import formulas, in_code, in_tests, pages  # noqa: E402

CODE, TESTS = in_code(ROOT), in_tests(ROOT)
LABELLED = [formula for page in pages(ROOT / "book") for formula in formulas(page) if formula.label]
LABELS = {formula.label for formula in LABELLED}
IMPLEMENTED = {formula.label for formula in LABELLED if not formula.explains}


def test_each_label_stands_on_one_page_only():
    assert [label for label, n in Counter(f.label for f in LABELLED).items() if n > 1] == []


def test_each_equation_not_marked_as_explaining_is_implemented_by_a_line_that_names_it():
    assert IMPLEMENTED - set(CODE) == set()


def test_no_equation_that_code_implements_is_marked_as_only_explaining():
    assert (LABELS - IMPLEMENTED) & set(CODE) == set()


def test_each_label_in_the_code_is_an_equation_of_the_book():
    assert set(CODE) - LABELS == set()


def test_each_equation_in_the_code_is_checked_by_a_test_marked_with_it():
    assert set(CODE) - set(TESTS) == set()


def test_each_label_in_the_tests_is_an_equation_of_the_book():
    assert set(TESTS) - LABELS == set()
