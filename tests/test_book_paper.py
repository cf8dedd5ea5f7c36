"""The book on paper: one PDF whose contents say where things are, and nothing of which is cut off."""

import re
import sys
import unicodedata
from pathlib import Path

import pytest
import yaml

pypdf = pytest.importorskip("pypdf", reason="the printed book is read by the extra dcn-course[test]")
pytest.importorskip("playwright", reason="the book is printed by playwright")
BeautifulSoup = pytest.importorskip("bs4").BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "paper"))

import assemble  # noqa: E402
import print_book  # noqa: E402

A4 = (595, 842)  # points


@pytest.fixture(scope="module")
def pdf(html, tmp_path_factory):
    """The printed book."""
    target = tmp_path_factory.mktemp("paper") / "book.pdf"
    print_book.build(html, target)
    return pypdf.PdfReader(target)


@pytest.fixture
def text_page(browser):
    page = browser.new_page(viewport={"width": print_book.WIDTH, "height": 1000})
    yield page
    page.close()


def words(text: str) -> str:
    return re.sub(
        r"[\W\u02bc]", "", unicodedata.normalize("NFKC", text)
    )  # ligatures; an apostrophe that is a letter


def outline(pdf, entries=None):
    """Yield (level, title, number of the page)."""
    for entry in pdf.outline if entries is None else entries:
        if isinstance(entry, list):
            yield from ((2, title, number) for _, title, number in outline(pdf, entry))
        else:
            yield 1, entry.title, pdf.get_destination_page_number(entry) + 1


@pytest.mark.browser
def test_the_outline_has_each_page_of_the_book_in_order_and_each_stands_where_it_says(pdf, html):
    contents = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text("utf-8"))
    titles = []
    for _, page in assemble.order(contents):
        heading = BeautifulSoup((html / f"{page}.html").read_text("utf-8"), "html.parser").select_one(
            "article h1"
        )
        heading.select_one("a.headerlink").decompose()
        titles.append(" ".join(heading.get_text().split()))
    found = list(outline(pdf))
    assert [title for level, title, _ in found if level == 1] == titles
    assert sum(level == 2 for level, _, _ in found) > 80
    for _, title, number in found:
        assert words(title) in words(pdf.pages[number - 1].extract_text()), (title, number)


@pytest.mark.browser
def test_the_contents_give_the_page_numbers_that_stand_on_the_pages(pdf):
    found = list(outline(pdf))
    first = found[0][2]
    contents = [line for page in pdf.pages[1 : first - 1] for line in page.extract_text().splitlines()]
    listed = words("".join(contents))
    for _, title, number in found:
        assert f"{words(title)}{number}" in listed, (title, number)
    for number in (first, len(pdf.pages) // 2, len(pdf.pages)):  # the printed number is the sheet's
        assert str(number) in pdf.pages[number - 1].extract_text().split()


@pytest.mark.browser
def test_the_sheets_are_a4_and_the_first_has_the_title(pdf):
    assert {tuple(map(round, page.mediabox[2:])) for page in pdf.pages} == {A4}
    assert words("Deformable Convolution, Derived") in words(pdf.pages[0].extract_text())
    assert pdf.metadata.title == "Deformable Convolution, Derived"
    assert len(pdf.pages) > 250


@pytest.mark.browser
def test_equations_are_set_and_keep_their_numbers(pdf):
    chapter = {title: number for _, title, number in outline(pdf)}
    text = "".join(page.extract_text() for page in pdf.pages[chapter["4. Bilinear sampling"] - 1 :][:14])
    assert all(f"(4.{number})" in text for number in range(1, 8))
    assert not any(mark in text for mark in (r"\frac", r"\begin", r"\("))


@pytest.mark.browser
def test_a_line_that_is_too_wide_is_found(text_page):
    text_page.set_content('<body style="margin:0"><p>short</p></body>')
    assert print_book.overfull(text_page) == []
    text_page.set_content(
        '<body style="margin:0"><pre style="width:max-content">' + "x" * 200 + "</pre></body>"
    )
    (found,) = print_book.overfull(text_page)
    assert "<pre" in found


@pytest.mark.browser
def test_each_interactive_figure_is_drawn_and_no_control_is_left(html, text_page, tmp_path):
    text, _ = assemble.whole(html, {})
    (tmp_path / "book.html").write_text(text, "utf-8")
    text_page.emulate_media(media="print")
    text_page.goto((tmp_path / "book.html").as_uri())
    text_page.wait_for_function("document.querySelectorAll('.dcn-figure').length > 4")
    text_page.wait_for_function(
        "[...document.querySelectorAll('.dcn-figure')].every((f) => f.querySelector('svg, canvas'))"
    )
    shown = "(tag) => tag.checkVisibility()"
    terms = text_page.locator(".dcn-figure .dcn-term").all()  # an equation's terms: buttons on a screen
    assert len(terms) > 3
    assert any(term.evaluate(shown) for term in terms)
    controls = text_page.locator(".dcn-figure :is(button:not(.dcn-term), input)").all()
    assert len(controls) > 10
    assert not any(control.evaluate(shown) for control in controls)


def test_links_lead_inside_the_book_or_out_of_it_but_never_to_a_file(html):
    text, listed = assemble.whole(html, {})
    soup = BeautifulSoup(text, "html.parser")
    targets = [link["href"] for link in soup.select("a[href]")]
    assert all(target.startswith(("#", "http", "mailto:")) for target in targets)
    names = [tag["id"] for tag in soup.select("[id]:not(svg [id])")]
    assert len(names) == len(set(names))
    assert {place for _, place, _ in listed} <= set(names)
