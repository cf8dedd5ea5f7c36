"""Every equation that the code implements has a home in the book and a test, and no label points nowhere."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]


def labels_on_pages() -> list[str]:
    return [
        label
        for page in sorted((ROOT / "book").glob("**/*.md"))
        if "_build" not in page.parts
        for block in re.findall(
            r"^(`{3,}|:{3,})\{math\}\n((?::.*\n)+)", page.read_text(encoding="utf-8"), re.M
        )
        for label in re.findall(r"^:label: (\S+)$", block[1], re.M)
    ]


def labels_in_code() -> set[str]:
    lines = (
        line
        for path in (ROOT / "dcn_course").rglob("*.py")
        for line in path.read_text(encoding="utf-8").split("\n")
    )
    found = (match for line in lines if (match := re.search(r"# eq: (.*)$", line)))
    return {label.strip() for match in found for label in match[1].split(",")}


def labels_in_tests() -> set[str]:
    return {
        node.args[0].value
        for path in (ROOT / "tests").glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.equation"
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


def test_each_label_stands_on_one_page_only():
    assert [label for label, n in Counter(labels_on_pages()).items() if n > 1] == []


def test_each_equation_of_the_book_is_implemented_by_a_line_that_names_it():
    assert set(labels_on_pages()) - labels_in_code() == set()


def test_each_label_in_the_code_is_an_equation_of_the_book():
    assert labels_in_code() - set(labels_on_pages()) == set()


def test_each_equation_in_the_code_is_checked_by_a_test_marked_with_it():
    assert labels_in_code() - labels_in_tests() == set()


def test_each_label_in_the_tests_is_an_equation_of_the_book():
    assert labels_in_tests() - set(labels_on_pages()) == set()
