"""Each exercise has its page in the book, with what the student gets and never the solution."""

import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
sys.path.insert(0, str(BOOK / "_ext"))

from online import launchers  # noqa: E402

from dcn_course.checking.catalogue import exercise, master_path, numbers  # noqa: E402
from dcn_course.checking.master import CLOSE, OPEN  # noqa: E402


@pytest.fixture
def page(request, html):
    """An exercise and its built page."""
    about = exercise(request.param)
    text = (html / "exercises" / f"{about.stem}.html").read_text("utf-8")
    return about, BeautifulSoup(text, "html.parser").article


each_exercise = pytest.mark.parametrize("number", numbers())
each_page = pytest.mark.parametrize("page", numbers(), indirect=True)


@each_exercise
def test_an_exercise_has_a_page_under_its_own_title(number):
    about = exercise(number)
    expected = f"# Exercise {number:02d}: {about.title}\n\n```{{course-exercise}} {number}\n```\n"
    assert (BOOK / "exercises" / f"{about.stem}.md").read_text("utf-8") == expected


def test_the_contents_list_the_exercises_in_their_order():
    parts = yaml.safe_load((BOOK / "_toc.yml").read_text("utf-8"))["parts"]
    files = [chapter["file"] for part in parts for chapter in part["chapters"]]
    wanted = [f"exercises/{exercise(number).stem}" for number in numbers()]
    assert [file for file in files if file in wanted] == wanted


@each_exercise
def test_the_chapter_of_an_exercise_lists_it(number):
    assert "```{chapter-exercises}\n```" in (BOOK / f"{exercise(number).chapter}.md").read_text("utf-8")


@each_page
def test_a_page_has_each_function_with_its_hints_folded_and_a_link_to_its_equation(page):
    about, article = page
    folded = [" ".join(part.get_text(" ").split()) for part in article.select("details.sd-dropdown")]
    for gap in about.gaps:
        name = gap.function.rpartition(".")[2]
        assert any(f"def {name}(" in code.text for code in article.select("pre"))
        assert article.select(f'a.reference[href$="#equation-{gap.equation}"]')
        for place in range(1, len(gap.hints) + 1):
            assert sum(text.startswith(f"Hint {place} for {gap.function} ") for text in folded) == 1
    assert f"{about.minutes} minutes" in article.text
    assert article.select("svg[role=img]")


@each_page
def test_a_page_does_not_show_the_solution(page):
    about, article = page
    given = (ROOT / "exercises" / f"{about.stem}.py").read_text("utf-8")
    inside, lines = False, []
    for line in map(str.strip, master_path(about.number).read_text("utf-8").split("\n")):
        if line in (OPEN, CLOSE):
            inside = line == OPEN
        elif inside and len(line) > 15 and line not in given:
            lines.append(line)
    shown = "\n".join(code.text for code in article.select("pre"))
    assert lines
    assert [line for line in lines if line in shown] == []


def test_the_notebook_opens_online_only_where_the_repository_is_configured():
    path = "exercises/04_bilinear_sampling.ipynb"
    assert launchers("", "main", path) == {}
    assert launchers("https://github.com/someone/a-course", "main", path) == {
        "Colab": f"https://colab.research.google.com/github/someone/a-course/blob/main/{path}",
        "Binder": f"https://mybinder.org/v2/gh/someone/a-course/main?labpath={path}",
    }
