"""The scripts in book/figures: what each draws, and that it fits into the pages."""

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import numpy as np
import pytest

mpl = pytest.importorskip("matplotlib", reason="the figures need matplotlib: pip install 'dcn-course[torch]'")
pytest.importorskip("IPython", reason="the figures are shown by IPython: pip install 'dcn-course[lab]'")
pytest.importorskip(
    "sklearn", reason="a figure shows a digit of scikit-learn: pip install 'dcn-course[torch]'"
)

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.colors import to_hex  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

from dcn_course.reference.bilinear import locate  # noqa: E402

BOOK = Path(__file__).resolve().parent.parent / "book"
SHARED = {"palette", "readme", "show"}
SCRIPTS = sorted(path.stem for path in (BOOK / "figures").glob("*.py") if path.stem not in SHARED)


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    """Import from book/figures, draw without a window, and leave nothing behind."""
    monkeypatch.syspath_prepend(BOOK / "figures")
    plt.switch_backend("agg")
    with mpl.rc_context():
        yield
    plt.close("all")
    for name in [*SHARED, *SCRIPTS]:
        sys.modules.pop(name, None)


def load(name: str) -> ModuleType:
    return importlib.import_module(name)


def html(name: str) -> str:
    script = load(name)
    return load("show").page(script.draw(), script.ALT, name)


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        c = np.array(mpl.colors.to_rgb(colour))
        return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_script_is_shown_on_a_page_and_every_page_names_a_script_that_exists():
    pages = [BOOK / "intro.md", *(BOOK / "chapters").glob("*.md")]
    shown = re.findall(r"^%run \S*figures/(\w+)\.py$", "\n".join(p.read_text("utf-8") for p in pages), re.M)
    assert sorted(shown) == SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_figure_is_well_formed_and_says_in_words_what_it_shows(name):
    picture = ElementTree.fromstring(html(name))
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == load(name).ALT
    assert len(load(name).ALT.split()) >= 20
    panels = list(picture)
    assert panels
    assert all(panel.tag.endswith("svg") and panel.get("aria-hidden") == "true" for panel in panels)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_figure_is_the_same_at_every_build(name):
    assert html(name) == html(name)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_figure_uses_the_palette_alone_so_that_it_follows_the_theme(name):
    without = re.sub(r"var\(--fig-\w+, #[0-9a-f]{6}\)", "", html(name))
    assert re.findall(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b", without) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_ids_of_a_figure_are_unique_and_its_links_find_them(name):
    picture = html(name)
    ids = re.findall(r'\bid="([^"]+)"', picture)
    assert len(ids) == len(set(ids))
    assert all(i.startswith(f"{name}-") for i in ids)
    links = re.findall(r'(?:url\(|href=")#([^)"]+)', picture)
    assert links
    assert set(links) <= set(ids)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_figure_brings_no_style_sheet_and_no_font_of_its_own(name):
    assert "<style" not in html(name)
    assert "font-family" not in html(name)


def test_the_pages_style_sheet_has_the_colours_of_the_palette():
    assert load("palette").css() in (BOOK / "assets" / "book.css").read_text("utf-8")


@pytest.mark.parametrize("shades", ["LIGHT", "DARK"])
def test_text_in_every_colour_can_be_read_on_the_page(shades):
    colours = getattr(load("palette"), shades)
    for name in colours.keys() - {"paper", "line"}:
        assert contrast(colours[name], colours["paper"]) >= 4.5, name


def test_the_deformed_taps_are_nine_and_stay_on_the_image():
    script = load("kernel_taps")
    taps = script.CENTRE + np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]) + script.OFFSETS
    assert taps.shape == (9, 2)
    assert ((taps >= 0) & (taps <= 7)).all()


def test_the_sum_of_the_hats_joins_the_values_by_straight_lines():
    script = load("hats")
    (figure,) = script.draw()
    drawn = [line.get_ydata() for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    polyline = np.interp(np.linspace(0, 3, 301), np.arange(4), script.VALUES)
    assert any(np.allclose(y, polyline) for y in drawn)


@pytest.mark.equation("bilinear-weights")
def test_the_area_opposite_to_a_pixel_is_the_pixels_weight_and_has_its_colour():
    script = load("cell")
    w0, w1, w2, w3 = locate(script.Y, script.X, 2, 2).w
    weight = {(0, 0): w0 * w1, (1, 0): w1 * w2, (1, 1): w2 * w3, (0, 1): w3 * w0}
    (figure,) = script.draw()
    ax = figure.axes[0]
    dots = {
        to_hex(d.get_facecolor()[0]): tuple(map(int, d.get_offsets()[0][::-1])) for d in ax.collections[:4]
    }
    rectangles = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(rectangles) == len(dots) == 4
    for rectangle in rectangles:
        corner = dots[to_hex(rectangle.get_facecolor())]
        assert rectangle.get_width() * rectangle.get_height() == pytest.approx(weight[corner])


@pytest.mark.parametrize("border", ["zeros", "project"])
def test_the_drawn_slope_is_the_slope_of_the_drawn_value_to_the_right(border):
    script = load("slice")
    for x in np.arange(-2, 6, 0.25):
        value, slope = script.value_and_slope(x, border)
        to_the_right, _ = script.value_and_slope(x + 0.125, border)
        assert (to_the_right - value) / 0.125 == pytest.approx(slope, abs=1e-12)


def test_the_picture_of_the_readme_is_the_one_that_its_script_draws():
    readme = load("readme")
    assert readme.FILE.read_text(encoding="utf-8") == readme.picture(), "run python book/figures/readme.py"
