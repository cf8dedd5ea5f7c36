"""The interactive figures in a browser: in a static page without a network, and live in JupyterLab."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="the live figures need the extra dcn-course[lab]")
pytest.importorskip("playwright.sync_api", reason="browser tests need playwright")

from figure_pages import number, swipe, touch

from dcn_course.reference import bilinear_derivative, bilinear_sample
from dcn_course.widgets import BilinearFigure

pytestmark = pytest.mark.browser

IMAGE = [[1.0, 3.0, 7.0, 2.0], [0.0, 5.0, 9.0, 4.0], [6.0, 8.0, 2.0, 1.0]]


def point(page):
    """Where the figure says that p is: (y, x), read from what is printed."""
    texts = page.locator(".dcn-slider output").all_text_contents()
    return tuple(map(number, texts))


def centre(page):
    box = page.locator(".dcn-dot").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pixel_size(page):
    """Screen pixels from one pixel of the figure to the next."""
    return page.locator(".dcn-extent").bounding_box()["width"] / (len(IMAGE[0]) - 1)


@pytest.mark.equation("bilinear-cell")
@pytest.mark.equation("bilinear-weights")
@pytest.mark.equation("bilinear-value")
@pytest.mark.equation("bilinear-derivative-y")
@pytest.mark.equation("bilinear-derivative-x")
@pytest.mark.equation("border-zeros")
@pytest.mark.equation("projection")
def test_the_browser_computes_what_the_reference_computes(open_page):
    page = open_page(BilinearFigure())
    rng = np.random.default_rng(20170317)
    cases, expected = [], []
    for _ in range(400):
        height, width = (int(n) for n in rng.integers(1, 6, 2))
        image = rng.normal(size=(height, width))
        y, x = rng.uniform(-2, [height, width])
        if rng.random() < 0.4:  # on the lattice lines too, where only the right-hand derivative is right
            y = float(rng.integers(-2, height + 1))
        if rng.random() < 0.4:
            x = float(rng.integers(-2, width + 1))
        for border in ("zeros", "project"):
            value, sample = bilinear_sample(image, y, x, border)
            cases.append([image.tolist(), y, x, border])
            expected.append(
                [value, *bilinear_derivative(image, sample), *sample.a, *sample.w, *sample.projected]
            )
    got = page.evaluate(
        """cases => cases.map(c => { const r = dcnFigures.bilinear.compute(...c);
             return [r.value, r.dy, r.dx, ...r.a, ...r.w, ...r.projected.map(Number)]; })""",
        cases,
    )
    np.testing.assert_allclose(got, np.array(expected, dtype=float), rtol=0, atol=1e-12)


def test_compute_refuses_a_position_that_is_not_finite_and_an_unknown_border(open_page):
    page = open_page(BilinearFigure())
    for call, words in [("[[[1]], NaN, 0, 'zeros']", "finite"), ("[[[1]], 0, 0, 'wrap']", "wrap")]:
        error = page.evaluate(
            f"() => {{ try {{ dcnFigures.bilinear.compute(...{call}) }} catch (e) {{ return e.message }} }}"
        )
        assert words in error


@pytest.mark.parametrize("border", ["zeros", "project"])
@pytest.mark.parametrize(("y", "x"), [(0.35, 1.8), (1.0, 2.0), (-0.75, 3.25), (3.5, -1.5)])
def test_the_printed_numbers_are_the_computed_ones(open_page, border, y, x):
    page = open_page(BilinearFigure(y=y, x=x, border=border, image=IMAGE))
    value, sample = bilinear_sample(np.array(IMAGE), y, x, border)
    down, right = bilinear_derivative(np.array(IMAGE), sample)
    numbers = list(map(number, page.locator("section > b, tfoot td").all_text_contents()))
    assert numbers == pytest.approx([value, down, right], abs=5.1e-5)
    products = map(number, page.locator("tbody td:last-child").all_text_contents())
    assert sum(products) == pytest.approx(value, abs=2.1e-4)
    assert page.locator(".dcn-chip.dcn-outside").first.is_visible() == (border == "zeros")


def test_the_areas_are_the_weights_of_the_opposite_corners(open_page):
    page = open_page(BilinearFigure(y=1.3, x=0.8, image=IMAGE))
    _, sample = bilinear_sample(np.array(IMAGE), 1.3, 0.8)
    w0, w1, w2, w3 = sample.w
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('.dcn-zoom > .dcn-ring')].map(r =>
             ['x', 'y', 'width', 'height'].map(k => Number(r.getAttribute(k)) / 300))"""
    )
    # (left, top) of each area: a's own touches p and reaches to the lower right corner of the cell.
    assert np.allclose([box[:2] for box in boxes], [(w3, w2), (w3, 0), (0, 0), (0, w2)])
    assert np.allclose([box[2] * box[3] for box in boxes], [w0 * w1, w1 * w2, w2 * w3, w3 * w0])
    fills = page.evaluate(
        "() => [...document.querySelectorAll('.dcn-zoom > .dcn-ring')].map(r => r.getAttribute('fill'))"
    )
    assert len(set(fills)) == 4  # told apart by hatching, not by colour alone


def test_a_mouse_drags_the_point(open_page):
    page = open_page(BilinearFigure(y=1, x=1, image=IMAGE))
    unit, (left, top) = pixel_size(page), centre(page)
    page.mouse.move(left + 3, top + 2)  # not on its very centre: the point must not jump to the cursor
    page.mouse.down()
    page.mouse.move(left + 3 + 0.5 * unit, top + 2 - 0.25 * unit, steps=5)
    assert point(page) == pytest.approx((0.75, 1.5), abs=0.02)
    page.mouse.move(left + 30 * unit, top + 30 * unit, steps=5)
    assert point(page) == (3.5, 4.5)  # held where the figure ends
    page.mouse.up()
    page.mouse.move(left, top)
    assert point(page) == (3.5, 4.5)


def test_a_click_brings_the_point(open_page):
    page = open_page(BilinearFigure(y=0, x=0, image=IMAGE))
    unit, (left, top) = pixel_size(page), centre(page)
    page.mouse.click(left + 2.25 * unit, top + 1.5 * unit)
    assert point(page) == pytest.approx((1.5, 2.25), abs=0.02)


def test_a_finger_drags_the_point_and_the_page_stays(open_page):
    page = open_page(BilinearFigure(y=1, x=1, image=IMAGE), width=360, has_touch=True, is_mobile=True)
    unit, (left, top) = pixel_size(page), centre(page)
    swipe(touch(page), left + 4, top - 4, 0.5 * unit, 1.25 * unit)
    assert point(page) == pytest.approx((2.25, 1.5), abs=0.03)
    assert page.evaluate("scrollY") == 0


def test_a_finger_beside_the_point_scrolls_the_page(open_page):
    page = open_page(BilinearFigure(y=-1, x=-1, image=IMAGE), width=360, has_touch=True, is_mobile=True)
    unit, (left, top) = pixel_size(page), centre(page)
    swipe(touch(page), left + 3 * unit, top + 3 * unit, 0, -150)
    page.wait_for_function("scrollY > 50")
    assert point(page) == (-1, -1)


def test_a_tap_brings_the_point(open_page):
    page = open_page(BilinearFigure(y=-1, x=-1, image=IMAGE), width=360, has_touch=True, is_mobile=True)
    unit, (left, top) = pixel_size(page), centre(page)
    send = touch(page)
    send("touchStart", left + 3 * unit, top + 2.5 * unit)
    send("touchEnd")
    assert point(page) == pytest.approx((1.5, 2), abs=0.03)


KEYS = [
    ("ArrowRight", (1, 1.05)),
    ("ArrowLeft", (1, 0.95)),
    ("ArrowUp", (0.95, 1)),
    ("ArrowDown", (1.05, 1)),
    ("Shift+ArrowRight", (1, 1.25)),
    ("Shift+ArrowUp", (0.75, 1)),
    ("PageUp", (0, 1)),
    ("PageDown", (2, 1)),
    ("Home", (1, 0)),
    ("End", (1, 3)),
]


@pytest.mark.parametrize(("key", "place"), KEYS)
def test_keys_move_the_point(open_page, key, place):
    page = open_page(BilinearFigure(y=1, x=1, image=IMAGE))
    handle = page.get_by_role("slider", name="Sampling point p")
    page.keyboard.press("Tab")  # the first stop of the page
    assert handle.evaluate("node => node === document.activeElement")
    assert page.locator(".dcn-focus").evaluate("n => getComputedStyle(n).strokeWidth") == "5px"
    page.wait_for_function("getComputedStyle(document.querySelector('.dcn-focus')).opacity === '1'")
    page.keyboard.press(key)
    assert point(page) == place
    value, _ = bilinear_sample(np.array(IMAGE), *(float(c) for c in place))
    y, x = place
    assert handle.get_attribute("aria-valuetext") == f"y {y:.2f}, x {x:.2f}, value {value:.2f}"
    assert float(handle.get_attribute("aria-valuenow")) == x
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize(
    ("axis", "key", "place"),
    [
        ("down", "ArrowRight", (1.05, 1)),
        ("down", "Shift+ArrowUp", (0.75, 1)),
        ("down", "PageDown", (2, 1)),
        ("down", "End", (2, 1)),
        ("right", "ArrowUp", (1, 0.95)),
        ("right", "PageUp", (1, 0)),
        ("right", "End", (1, 3)),
    ],
)
def test_each_coordinate_has_a_slider(open_page, axis, key, place):
    page = open_page(BilinearFigure(y=1, x=1, image=IMAGE))
    slider = page.get_by_role("slider", name=axis)
    slider.focus()
    page.keyboard.press(key)
    assert point(page) == place
    assert f"{place[axis == 'right']:.2f} pixels {axis}" in slider.get_attribute("aria-valuetext")


def test_the_point_stops_where_the_figure_ends(open_page):
    page = open_page(BilinearFigure(y=3.45, x=-1.5, image=IMAGE))
    page.get_by_role("slider", name="Sampling point p").focus()
    for key in ("Shift+ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert point(page) == (3.5, -1.5)


def test_the_border_switch_and_reset(open_page):
    page = open_page(BilinearFigure(y=-0.5, x=1, image=IMAGE))
    value = page.locator("tfoot td")
    assert value.text_content() == "1.5000"  # half of X(0, 1), as it fades to zero
    page.get_by_role("radio", name="project").click()
    assert value.text_content() == "3.0000"
    assert "The border holds p in y" in page.locator(".dcn-note").first.text_content()
    page.get_by_role("slider", name="right").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Reset").click()
    assert value.text_content() == "1.5000"
    assert point(page) == (-0.5, 1)
    assert page.get_by_role("radio", name="zeros").is_checked()


def test_what_happened_is_said_once_the_point_rests(open_page):
    page = open_page(BilinearFigure(y=1, x=1, image=IMAGE))
    page.get_by_role("slider", name="Sampling point p").focus()
    page.keyboard.press("Shift+ArrowRight")
    value, sample = bilinear_sample(np.array(IMAGE), 1, 1.25)
    down, right = bilinear_derivative(np.array(IMAGE), sample)
    said = f"Value {value:.4f}, slope in y {down:.4f}, slope in x {right:.4f}"
    page.wait_for_function(
        "document.querySelector('[aria-live=polite]').textContent.includes('x 1.25')", timeout=5000
    )
    assert said in page.locator("[aria-live=polite]").text_content()


def test_two_figures_of_a_page_are_two(open_page):
    page = open_page(
        BilinearFigure(y=0, x=0, image=IMAGE), BilinearFigure(y=1, x=1, border="project", image=IMAGE)
    )
    page.get_by_role("slider", name="Sampling point p").first.focus()
    page.keyboard.press("ArrowRight")
    assert point(page) == (0, 0.05, 1, 1)
    assert [r.is_checked() for r in page.get_by_role("radio").all()] == [True, False, False, True]
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(n => n.id)")
    assert len(ids) == len(set(ids))


def test_without_javascript_the_text_stands_there(open_page):
    figure = BilinearFigure(y=0.5, x=0.5, image=IMAGE)
    page = open_page(figure, java_script_enabled=False, ready=False)
    assert figure.describe() in page.locator("main").text_content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing(open_page, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    figures = (
        BilinearFigure(),
        BilinearFigure(y=-0.4, x=3.7),
        BilinearFigure(y=9, x=-1, border="project", image=[[0.5]] * 9),
    )
    page = open_page(*figures, width=width, color_scheme=scheme)
    assert axe.run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width  # nothing to scroll sideways


@pytest.mark.parametrize(
    ("mode", "scheme", "dark"), [("dark", "light", True), ("light", "dark", False), ("auto", "dark", True)]
)
def test_the_switch_of_the_book_wins_over_the_system(open_page, mode, scheme, dark):
    page = open_page(BilinearFigure(), mode=mode, color_scheme=scheme)
    red = page.locator(".dcn-inner").evaluate("n => getComputedStyle(n).backgroundColor.match(/\\d+/)[0]")
    assert (int(red) < 128) == dark


def test_nothing_moves_for_readers_who_ask_for_that(open_page):
    page = open_page(BilinearFigure(), reduced_motion="reduce")
    assert page.locator(".dcn-focus").evaluate("n => getComputedStyle(n).transitionDuration") == "0s"


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab of its own, in a folder of its own; yields its address and the folder that it serves."""
    pytest.importorskip("jupyterlab", reason="the live test needs the extra dcn-course[lab]")
    work, home = tmp_path / "work", tmp_path / "home"
    labconfig = home / "config" / "labconfig"
    for folder in (work, labconfig):
        folder.mkdir(parents=True)
    news = {
        "disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}
    }  # it asks the network
    (labconfig / "page_config.json").write_text(json.dumps(news))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.root_dir={work}",
    ]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--IdentityProvider.token=", "--LabApp.extension_manager=readonly"]
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(command, env=env, cwd=work, stdout=log, stderr=log, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(240):
            assert server.poll() is None, (tmp_path / "lab.log").read_text()
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                time.sleep(0.5)
        yield address, work
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # kernels are in the server's process group
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@pytest.mark.skipif(os.name != "posix", reason="the server is stopped by its process group")
def test_a_key_in_jupyterlab_reaches_python_and_python_reaches_the_figure(lab, browser):
    import nbformat

    address, work = lab
    cells = [
        "import json, pathlib\n"
        "from dcn_course.widgets import BilinearFigure\n"
        "figure = BilinearFigure(y=1, x=1)\n"
        "def note(change):\n"
        "    pathlib.Path('seen.json').write_text(json.dumps([figure.y, figure.x]))\n"
        "    if figure.x == 1.05:\n"
        "        figure.border = 'project'\n"
        "figure.observe(note, ['y', 'x'])\n"
        "figure"
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, work / "figure.ipynb")

    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    left = []
    page.route(
        lambda url: not url.startswith(address), lambda route: (left.append(route.request.url), route.abort())
    )
    page.goto(f"{address}/lab/tree/figure.ipynb", timeout=120_000)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=120_000)
    # A command that comes before the kernel is there is dropped without a word.
    page.get_by_text("| Idle").wait_for(timeout=120_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    handle = page.get_by_role("slider", name="Sampling point p")
    handle.wait_for(timeout=180_000)
    # One figure: the live one. The static text/html stays unused where there is a kernel.
    assert page.locator(".dcn-bilinear").count() == 1
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "[...document.querySelectorAll('.dcn-switch input')].some(n => n.value === 'project' && n.checked)",
        timeout=60_000,
    )
    assert json.loads((work / "seen.json").read_text()) == [1, 1.05]
    background = "getComputedStyle(document.querySelector('.dcn-inner')).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"  # the style came along, in the light theme
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert page.evaluate(background) == "rgb(18, 18, 18)"
    assert [url for url in left if url.startswith("http")] == []
    page.close()
