import base64
import html
import io
import json
import re
from importlib import resources

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="the live figures need the extra dcn-course[lab]")

from PIL import Image

from dcn_course.widgets.figure import assembled
from dcn_course.widgets.sampling import LEVELS, SamplingFigure, pack_areas, pack_picture

TILE = np.indices((32, 32)).sum(0) / 62


def opened(url: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))


def a_figure(**changes):
    given = {"names": ["a", "b"], "titles": ["one"], "pictures": ["p"], "areas": [["x", "y"]]}
    return SamplingFigure(**given | changes)


def test_a_tile_holds_the_square_root_of_its_area_and_the_support():
    rng = np.random.default_rng(0)
    areas = rng.random((100, 32, 32)) ** 4
    supports = rng.random((100, 32, 32)) < 0.5
    areas *= supports
    pixels = opened(pack_areas(areas, supports))
    assert pixels.shape == (320, 320, 3)
    for point in (0, 9, 37, 99):
        y, x = divmod(point, 10)
        tile = pixels[32 * y : 32 * y + 32, 32 * x : 32 * x + 32]
        assert (tile[..., :1] == tile).all()
        values = tile[..., 0] // 16
        np.testing.assert_array_equal(values > 0, supports[point])
        shown = (values.astype(int) - 1)[supports[point]] / LEVELS
        exact = np.sqrt(areas[point] / areas[point].max())[supports[point]]
        assert abs(shown - exact).max() <= 0.5 / LEVELS + 1e-9


def test_an_empty_area_is_no_division_by_zero():
    pixels = opened(pack_areas(np.zeros((100, 32, 32)), np.ones((100, 32, 32), dtype=bool)))
    assert set(np.unique(pixels)) == {16}


def test_ink_is_dark_and_colours_stay():
    grey = np.arange(32 * 32, dtype=np.uint8).reshape(1, 32, 32)
    np.testing.assert_array_equal(opened(pack_picture(grey))[..., 1], 255 - grey[0])
    colour = np.random.default_rng(0).integers(0, 256, (3, 32, 32), dtype=np.uint8)
    np.testing.assert_array_equal(opened(pack_picture(colour)), np.moveaxis(colour, 0, -1))


@pytest.mark.parametrize(
    "image", [np.zeros((2, 32, 32), np.uint8), np.zeros((1, 32, 32)), np.zeros((32, 32), np.uint8)]
)
def test_a_picture_of_another_kind_is_refused(image):
    with pytest.raises(ValueError, match=r"^image must be \(1 or 3, H, W\) of uint8, got"):
        pack_picture(image)


def test_areas_of_another_shape_are_refused():
    with pytest.raises(
        ValueError, match=r"^areas and supports must have the shape \(100, 32, 32\), got \(99"
    ):
        pack_areas(np.zeros((99, 32, 32)), np.ones((99, 32, 32), dtype=bool))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"names": []}, "^names must be one to three"),
        ({"names": list("abcd")}, "^names must be one to three"),
        ({"titles": []}, "^titles, pictures and areas must be as many"),
        ({"pictures": ["p", "q"]}, "^titles, pictures and areas must be as many.*1, 2 and 1"),
        ({"areas": [["x"]]}, r"^areas must hold 2 for each image, got \[1\]"),
        ({"y": 10}, "^y must be from 0 to 9, got 10"),
        ({"x": -1}, "^x must be from 0 to 9, got -1"),
        ({"image": 1}, "^image must be from 0 to 0, got 1"),
    ],
)
def test_a_bad_argument_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        a_figure(**changes)


def test_the_static_figure_carries_the_state_and_a_sentence():
    figure = a_figure(y=3, x=8)
    page = figure.to_html()
    (attribute,) = re.findall(r'data-state="([^"]*)"', page)
    assert json.loads(html.unescape(attribute)) == figure.figure_state()
    assert "point (3, 8)" in figure.describe()
    assert html.escape(figure.describe()) in page


def test_the_printed_form_leaves_out_the_pictures():
    assert repr(a_figure()) == "SamplingFigure(names=['a', 'b'], titles=['one'], image=0, y=4, x=5)"


def test_the_module_asks_for_nothing_else_and_has_the_levels_of_the_package():
    text = (resources.files("dcn_course.widgets") / "sampling.js").read_text("utf-8")
    assert not re.search(r"^\s*import\b|\bimport\(|\bfetch\(|https?://", text, re.M)
    assert f"POINTS = 10, SIZE = 32, LEVELS = {LEVELS};" in text


@pytest.mark.browser
def test_in_a_browser_the_point_follows_the_keys_and_the_support_is_counted(browser, tmp_path):
    supports = np.zeros((100, 32, 32), dtype=bool)
    for point in range(100):
        supports[point].ravel()[: 200 + point] = True
    url = pack_areas(np.where(supports, TILE + 0.1, 0), supports)
    picture = pack_picture(np.zeros((1, 32, 32), np.uint8))
    figure = SamplingFigure(["net"], ["one", "two"], pictures=[picture] * 2, areas=[[url]] * 2, y=0, x=0)
    module = assembled("sampling.js")
    script = f"""{module.replace("export default", "window.figure =")}
    const el = document.querySelector(".dcn-figure"), state = JSON.parse(el.dataset.state), heard = {{}};
    window.figure.render({{ el, model: {{
      get: (key) => state[key], save_changes() {{}}, off() {{}},
      set(key, value) {{ if (state[key] !== value) {{ state[key] = value; heard[`change:${{key}}`]?.(); }} }},
      on(event, f) {{ heard[event] = f; }} }} }});"""
    file = tmp_path / "page.html"
    file.write_text(f"<!doctype html>{figure.to_html()}<script>{script}</script>", "utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    words = page.locator(".dcn-words")
    words.filter(has_text="support 200 pixels").wait_for()
    canvas = page.locator("canvas")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    words.filter(has_text="support 210 pixels").wait_for()
    page.keyboard.press("ArrowRight")
    words.filter(has_text="support 211 pixels").wait_for()
    assert canvas.get_attribute("aria-valuetext").startswith("row 1, column 1; support 211")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    words.filter(has_text="support 210 pixels").wait_for()
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    violations = axe.run(page).response["violations"]
    # The bare test page itself lacks a language, a title and landmarks.
    assert {v["id"] for v in violations} <= {
        "document-title",
        "html-has-lang",
        "landmark-one-main",
        "region",
        "page-has-heading-one",
    }
    page.close()
