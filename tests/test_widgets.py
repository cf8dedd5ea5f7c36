"""What every interactive figure owes its readers, in a browser: in the static page, and as a live module."""

import html
import re

import pytest

pytest.importorskip("anywidget", reason="the live figures need the extra dcn-course[lab]")
pytest.importorskip("playwright.sync_api", reason="browser tests need playwright")

from figure_pages import number

from dcn_course import widgets

pytestmark = pytest.mark.browser

# The others have tests of their own; the sampling areas show nothing without measured pictures.
OTHERS = ("Figure", "BilinearFigure", "SamplingFigure")
FIGURES = [getattr(widgets, name) for name in widgets.__all__ if name not in OTHERS]
every_figure = pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.figure)


@every_figure
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(open_page, figure, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(figure(), width=width, color_scheme=scheme)
    assert axe.run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    red = page.locator(".dcn-inner").evaluate("n => getComputedStyle(n).backgroundColor.match(/\\d+/)[0]")
    assert (int(red) < 128) == (scheme == "dark")


@every_figure
def test_each_handle_is_large_enough_for_a_finger(open_page, figure):
    page = open_page(figure(), width=320, has_touch=True, is_mobile=True)
    for grip in page.locator(".dcn-grip").all():
        assert grip.bounding_box()["width"] >= 24


@every_figure
def test_the_focus_is_seen_on_every_stop(open_page, figure):
    page = open_page(figure())
    stops = page.locator("[tabindex='0'], input:not([type=radio]), button, input[type=radio]:checked").count()
    for _ in range(stops):
        page.keyboard.press("Tab")
        assert page.evaluate(
            """async () => { const node = document.activeElement;
                 const ring = node.querySelector('.dcn-focus');
                 if (!node.closest('.dcn-fig')) return false;
                 if (ring) await new Promise(r => setTimeout(r, 200));
                 if (ring) return getComputedStyle(ring).opacity === '1';
                 const shown = node.type === 'radio' ? node.nextElementSibling : node;
                 return parseFloat(getComputedStyle(shown).outlineWidth) >= 2; }"""
        )


@every_figure
def test_nothing_moves_for_readers_who_ask_for_that(open_page, figure):
    page = open_page(figure(), reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('.dcn-fig *')].map(n => getComputedStyle(n))
             .filter(s => s.transitionDuration !== '0s' || s.animationName !== 'none').length"""
    )
    assert moving == 0


@every_figure
def test_without_javascript_the_text_stands_there(open_page, figure):
    page = open_page(figure(), java_script_enabled=False, ready=False)
    assert figure().describe() in page.locator("main").text_content()


@every_figure
def test_each_key_does_something_and_reset_takes_it_back(open_page, figure):
    page = open_page(figure())
    read = "() => document.querySelector('.dcn-inner').textContent"
    before = page.evaluate(read)
    handle = page.locator(".dcn-handle").first
    handle.focus()
    for key in ("Shift+ArrowRight", "ArrowLeft"):
        last = page.evaluate(read)
        page.keyboard.press(key)
        assert page.evaluate(read) != last
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate(read) == before


@every_figure
def test_what_happened_is_said_once_the_point_rests(open_page, figure):
    page = open_page(figure())
    page.wait_for_function("document.querySelector('[aria-live=polite]').textContent", timeout=5000)
    before = page.locator("[aria-live=polite]").text_content()
    handle = page.locator(".dcn-handle").first
    handle.focus()
    page.keyboard.press("Shift+ArrowRight")
    x = number(handle.get_attribute("aria-valuetext").split("x ")[1].split(",")[0])
    page.wait_for_function(
        "before => document.querySelector('[aria-live=polite]').textContent !== before",
        arg=before,
        timeout=5000,
    )
    assert f"x {x:.2f}" in page.locator("[aria-live=polite]").text_content()


@every_figure
def test_two_figures_of_a_page_are_two(open_page, figure):
    page = open_page(figure(), figure())
    frames = page.locator(".dcn-inner")
    still = frames.nth(1).text_content()
    frames.nth(0).locator(".dcn-handle").first.focus()
    page.keyboard.press("Shift+ArrowRight")
    assert frames.nth(0).text_content() != still == frames.nth(1).text_content()
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(n => n.id)")
    assert len(ids) == len(set(ids))


@every_figure
def test_the_live_module_stands_alone_and_asks_for_nothing(open_page, figure):
    live = figure()
    assert not re.search(
        r"^\s*import\b|\bimport\(|\bfetch\(|https?://(?!www\.w3\.org/2000/svg)", live._esm, re.M
    )
    page = open_page(live)
    static = page.locator(".dcn-inner").text_content()
    # As anywidget does it: the text as a module of its own, with a model whose traits may come from Python.
    page.evaluate(
        """async ([esm, state]) => {
             const url = 'data:text/javascript;charset=utf-8,' + encodeURIComponent(esm);
             const { default: module } = await import(url);
             const heard = {}, model = { get: k => state[k], save_changes() {},
               set(k, v) { state[k] = v; heard['change:' + k]?.forEach(f => f()); },
               on(e, f) { (heard[e] ??= []).push(f); },
               off(e, f) { heard[e] = heard[e].filter(g => g !== f); } };
             document.querySelector('.dcn-figure').replaceChildren();
             window.end = module.render({ model, el: document.querySelector('.dcn-figure') });
             window.heard = heard; }""",
        [live._esm, live.figure_state()],
    )
    assert page.locator(".dcn-inner").text_content() == static
    assert page.evaluate("end(), Object.values(heard).flat().length") == 0  # nothing is left behind


@every_figure
def test_the_static_figure_carries_its_state_and_its_text(figure):
    page = figure().to_html()
    assert f'data-figure="{figure.figure}"' in page
    assert html.escape(figure().describe()) in page
