"""Every page of the built book, opened from its folder in a browser that has no network."""

import importlib
import importlib.util
import inspect
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
import yaml

BOOK = Path(__file__).resolve().parent.parent / "book"


def pages_of_the_toc(node) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (node[key] for key in ("root", "file") if key in node)
        for below in node.values():
            yield from pages_of_the_toc(below)
    elif isinstance(node, list):
        for below in node:
            yield from pages_of_the_toc(below)


PAGES = [
    *pages_of_the_toc(yaml.safe_load((BOOK / "_toc.yml").read_text("utf-8"))),
    *("search", "genindex", "checks/bilinear"),
    *(f"source/{name}" for name in ("dcn_course/reference/bilinear.py", "tests/test_reference_bilinear.py")),
]


@pytest.fixture
def open_page(html, browser):
    """Open a built page; at the end nothing may have failed or left the machine."""
    contexts, wrong = [], []

    def open_it(name, scheme="light", width=1280):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or wrong.append(r.url))
        page.goto((html / f"{name}.html").as_uri())
        page.wait_for_function("!window.MathJax || MathJax.startup?.promise?.then(() => true)")
        return page

    yield open_it, wrong
    for context in contexts:
        context.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_works_offline_and_axe_finds_nothing(open_page, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    open_it, wrong = open_page
    page = open_it(name, scheme)
    assert wrong == []  # before axe, which asks again for style sheets that file:// refuses
    violations = axe.run(page).response["violations"]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in violations] == []


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_the_text_of_a_page_fits_a_small_phone(open_page, name):
    open_it, wrong = open_page
    page = open_it(name, width=320)
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (sideways, wrong) == (0, [])


@pytest.mark.browser
def test_equations_are_set_with_no_network(open_page):
    open_it, wrong = open_page
    page = open_it("notation")
    assert page.locator("mjx-container").count() > 30
    assert page.locator("mjx-merror").count() == 0
    assert wrong == []


@pytest.mark.browser
def test_the_figure_of_the_chapter_follows_the_keys(open_page):
    open_it, wrong = open_page
    page = open_it("chapters/bilinear")
    handle = page.locator(".dcn-figure .dcn-handle")
    handle.focus()
    before = handle.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    assert handle.get_attribute("aria-valuetext") != before
    assert wrong == []


@pytest.mark.browser
def test_search_finds_a_word_of_a_chapter_with_no_network(open_page):
    open_it, wrong = open_page
    page = open_it("search")
    page.goto(page.url + "?q=kink")
    page.locator("#search-results li a", has_text="Bilinear sampling").first.wait_for()
    assert wrong == []


@pytest.mark.browser
def test_from_an_equation_one_gets_to_its_code_to_its_tests_to_its_proof_and_back(open_page):
    open_it, wrong = open_page
    page = open_it("chapters/bilinear")
    equation = page.url + "#equation-bilinear-value"
    line = page.locator("#equation-bilinear-value + .formula-line")
    line.get_by_role("link", name="checked").click()
    page.locator("#cells").wait_for()
    page.go_back()
    line.locator("summary").click()
    line.get_by_role("link", name="reference.bilinear").first.click()
    page.locator(".source span:target").wait_for()
    page.locator(".source a", has_text="bilinear-value").first.click()
    assert page.url == equation
    line.locator("summary").click()
    line.locator("ul").last.get_by_role("link").first.click()
    page.locator(".source a", has_text="bilinear-value").first.click()
    assert (page.url, wrong) == (equation, [])


def test_each_public_name_is_in_the_api_reference_and_leads_to_its_source(html):
    soup = pytest.importorskip("bs4").BeautifulSoup
    found = {}
    for path in (html / "api").glob("*.html"):
        for term in soup(path.read_text("utf-8"), "html.parser").select("dt.sig[id]"):
            found[term["id"]] = term.select_one("a[href*='source/dcn_course/']")
    wanted = {
        f"{module}.{name}"
        for module in (
            "dcn_course",
            *(f"dcn_course.{part}" for part in ("reference", "datasets", "training")),
        )
        for name, value in inspect.getmembers(importlib.import_module(module))
        if name in importlib.import_module(module).__all__ and callable(value)
    }
    assert wanted - set(found) == set()
    assert {name for name in wanted if not found[name]} == set()


def test_no_two_places_of_an_equations_code_have_the_same_name(html):
    soup = pytest.importorskip("bs4").BeautifulSoup
    page = soup((html / "equations.html").read_text("utf-8"), "html.parser")
    for cell in page.select("td[data-head='Code']"):
        names = [link.text for link in cell.select("a")]
        assert len(names) == len(set(names))
    assert len(page.select("td[data-head='Code'] a")) > 30


def test_each_page_with_code_is_in_the_list_of_times_and_the_last_line_is_their_sum(html):
    soup = pytest.importorskip("bs4").BeautifulSoup
    page = soup((html / "made.html").read_text("utf-8"), "html.parser")
    rows = [row.select("td") for row in page.select_one("table").select("tbody tr")]
    links = {cell.a["href"] for cell, _ in rows[:-1]}
    assert {f"chapters/{path.stem}.html" for path in (BOOK / "chapters").glob("*.md")} <= links
    seconds = [float(cell.text) for _, cell in rows]
    assert min(seconds) > 0
    assert seconds[-1] == pytest.approx(sum(seconds[:-1]), abs=0.06 * len(rows))


def test_each_link_inside_the_book_leads_to_a_place_that_is_there(html):
    soup = pytest.importorskip("bs4").BeautifulSoup
    pages = {
        path: soup(path.read_text("utf-8"), "html.parser")
        for path in html.rglob("*.html")
        if "_static" not in path.parts
    }
    assert len(pages) >= len(PAGES)
    anchors = {
        path: {tag.get("id") or tag.get("name") for tag in page.select("[id], a[name]")}
        for path, page in pages.items()
    }
    broken = []
    for path, page in pages.items():
        for link in page.select("a[href], link[href], script[src], img[src]"):
            address, place = urldefrag(link.get("href") or link.get("src"))
            if urlsplit(address).scheme:
                continue
            target = (path.parent / unquote(address.partition("?")[0])).resolve() if address else path
            if not target.exists() or (place and unquote(place) not in anchors.get(target, {unquote(place)})):
                broken.append((path.relative_to(html).as_posix(), link.get("href") or link.get("src")))
    assert broken == []
