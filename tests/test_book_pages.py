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


LARGEST_PAGE = 1_000_000  # bytes, without fonts and MathJax
# WCAG 2.2 asks for targets of 24 by 24 pixels or with room around them; axe looks only when told to.
AXE_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
FORMULAS_SET = "!window.MathJax || MathJax.startup?.promise?.then(() => true)"
KINDS = ["intro", "chapters/bilinear", "exercises/04_bilinear_sampling", "labs/sampling_area", "search"]
PAGES = [
    *pages_of_the_toc(yaml.safe_load((BOOK / "_toc.yml").read_text("utf-8"))),
    *("search", "genindex"),
    *(f"checks/{path.stem}" for path in sorted((BOOK / "checks").glob("[a-z]*.py"))),
    *(f"source/{name}" for name in ("dcn_course/reference/bilinear.py", "tests/test_reference_bilinear.py")),
]


def opened(context, path, wrong):
    """A page in a browser that tells `wrong` of each error and of each request that leaves the machine."""
    page = context.new_page()
    page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or wrong.append(r.url))
    page.goto(path.as_uri())
    page.wait_for_function(FORMULAS_SET)
    return page


@pytest.fixture
def open_page(html, browser):
    """Open a built page, with a list of what goes wrong from then on."""
    contexts, wrong = [], []

    def open_it(name, width=1280, **options):
        contexts.append(
            browser.new_context(viewport={"width": width, "height": 900}, offline=True, **options)
        )
        return opened(contexts[-1], html / f"{name}.html", wrong)

    yield open_it, wrong
    for context in contexts:
        context.close()


@pytest.fixture(scope="module", params=PAGES)
def visited(request, html, browser):
    """Each page once, opened for a reader who wants no motion, with a list of what has gone wrong."""
    wrong = []
    size = {"width": 1280, "height": 900}
    context = browser.new_context(viewport=size, offline=True, reduced_motion="reduce", color_scheme="light")
    yield opened(context, html / f"{request.param}.html", wrong), wrong
    context.close()


@pytest.mark.browser
def test_a_page_works_offline(visited):
    page, wrong = visited
    assert (
        page.locator(".math:not(:has(mjx-container))").count() == 0
    )  # the look hides those until they are set
    assert wrong == []


@pytest.mark.browser
def test_no_page_of_the_folder_is_heavy_or_wide_or_asks_another_machine(html, browser):
    context = browser.new_context(viewport={"width": 320, "height": 900}, offline=True)
    page, asked, wrong = context.new_page(), [], []
    page.on("request", lambda request: asked.append(urlsplit(request.url)))
    page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    pages = [path for path in html.rglob("*.html") if "_static" not in path.parts]
    assert len(pages) > len(PAGES)
    for path in pages:
        asked.clear()
        page.goto(path.as_uri())
        page.wait_for_function(FORMULAS_SET)
        files = {unquote(address.path) for address in asked if address.scheme == "file"}
        if {address.scheme for address in asked} - {"file", "data", "blob"}:
            wrong.append((path.relative_to(html).as_posix(), asked))
        counted = [
            file for file in map(Path, files) if "mathjax" not in file.parts and "woff" not in file.suffix
        ]
        weight = sum(file.stat().st_size for file in counted)
        sideways = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        # The first page of a folder sends its reader on to another; that one is loaded too.
        if weight > LARGEST_PAGE or sideways or not counted:
            wrong.append((path.relative_to(html).as_posix(), weight, sideways))
    context.close()
    assert wrong == []


STOPS = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')].filter(
    n => n.tabIndex >= 0 && !n.disabled && n.checkVisibility({ visibilityProperty: true })
    && !(n.type === 'radio' && !n.checked))"""
# Each stop is marked as the focus would mark it; where nothing changes on it or beside it, nothing is seen.
UNMARKED = """stops => { const drawn = node => [null, '::before', '::after'].map(part => {
    const s = getComputedStyle(node, part);
    return [s.outlineStyle === 'none' ? 0 : s.outlineWidth + s.outlineColor, s.boxShadow, s.borderColor,
      s.backgroundColor, s.textDecoration, s.opacity]; }).join();
  const look = node => [node, node.nextElementSibling, ...node.querySelectorAll('.dcn-focus')]
    .filter(Boolean).map(drawn).join();
  return stops.filter(node => {
    document.activeElement.blur();
    const before = look(node);
    node.focus({ focusVisible: true });
    return document.activeElement !== node || look(node) === before;
  }).map(node => node.outerHTML.slice(0, 200)); }"""
# What shows a hand under the mouse is itself a stop of the keyboard, or stands in one, or for one.
MOUSE_ONLY = """() => [...document.querySelectorAll('body *')].filter(n =>
    getComputedStyle(n).cursor === 'pointer' && n.checkVisibility()
    && !n.closest('a[href], button, summary, label, input, select, [tabindex]')
    && !n.querySelector('button') && !document.getElementById(n.dataset.button ?? ''))
    .map(n => n.outerHTML.slice(0, 200))"""


@pytest.mark.browser
def test_every_stop_of_the_keyboard_is_seen_and_nothing_needs_a_mouse(visited):
    page, wrong = visited
    assert page.evaluate(f"({UNMARKED})(({STOPS})())") == []
    assert page.evaluate(MOUSE_ONLY) == []
    assert wrong == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visited, scheme):
    """Comes last of what looks at a page: axe asks again for style sheets, which file:// refuses."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page, wrong = visited
    before = len(wrong)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    assert wrong[before:] == []
    violations = axe.run(page, options=AXE_OPTIONS).response["violations"]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in violations] == []


@pytest.mark.browser
@pytest.mark.parametrize("name", KINDS)
def test_the_tab_key_comes_to_every_stop_of_a_page_in_turn(open_page, name):
    open_it, _ = open_page
    page = open_it(name)
    count = page.evaluate(f"(window.stops = ({STOPS})()).length")
    reached = []
    for _ in range(count):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("stops.indexOf(document.activeElement)"))
    assert sorted(reached) == list(range(count))


@pytest.mark.browser
@pytest.mark.parametrize("name", KINDS)
def test_nothing_moves_for_readers_who_ask_for_that(open_page, name):
    open_it, _ = open_page
    page = open_it(name, reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].flatMap(n => [null, '::before', '::after'].map(part => {
             const s = getComputedStyle(n, part);
             return s.transitionDuration.split(', ').some(t => t !== '0s') || s.animationName !== 'none'
               || s.scrollBehavior === 'smooth' ? n.outerHTML.slice(0, 100) : null; })).filter(Boolean)"""
    )
    assert moving == []


@pytest.mark.browser
@pytest.mark.parametrize("name", ["intro", "exercises/kill_matrix", "chapters/bilinear"])
def test_a_page_is_set_in_the_books_own_letters(open_page, name):
    open_it, _ = open_page
    page = open_it(name)
    page.evaluate("document.fonts.ready.then(() => true)")
    inside = page.context.new_cdp_session(page)
    inside.send("DOM.enable")
    inside.send("CSS.enable")
    root = inside.send("DOM.getDocument")["root"]["nodeId"]
    for selector, family in ((".bd-article h1", "Source Serif"), (".bd-links li a", "Source Sans")):
        node = inside.send("DOM.querySelector", {"nodeId": root, "selector": selector})
        fonts = inside.send("CSS.getPlatformFontsForNode", node)["fonts"]
        assert any(font["isCustomFont"] and font["familyName"].startswith(family) for font in fonts), fonts


@pytest.mark.browser
def test_the_room_kept_for_a_formula_is_about_as_wide_as_the_formula(open_page):
    open_it, _ = open_page
    page = open_it("chapters/gradient_offsets")
    rooms = page.evaluate(
        """[...document.querySelectorAll("p > span.math")].map(span => [
             parseFloat(span.style.getPropertyValue("--room")),
             span.getBoundingClientRect().width / parseFloat(getComputedStyle(span).fontSize)])"""
    )
    assert len(rooms) > 30
    assert sum(abs(room - width) < 0.3 for room, width in rooms) > 0.9 * len(rooms)


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
    handle = page.get_by_role("slider", name="Sampling point p")
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
