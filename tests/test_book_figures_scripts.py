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

from dcn_course.reference import im2col  # noqa: E402
from dcn_course.reference.bilinear import bilinear_sample, locate  # noqa: E402

BOOK = Path(__file__).resolve().parent.parent / "book"
WIDGETS = BOOK.parent / "dcn_course" / "widgets"
SHARED = {"lattice", "logo", "measurement", "palette", "readme", "show", "social_card"}
# Drawn from records, on several pages.
SHARED |= {path.stem for path in (BOOK / "figures").glob("result_*.py")}
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


@pytest.mark.parametrize("style", ["common.css", "sampling.css"])
def test_the_live_figures_have_the_colours_of_the_palette(style):
    """They show in JupyterLab too, where the page's variables are not."""
    palette, text = load("palette"), (WIDGETS / style).read_text("utf-8")
    names = {"surface": "paper", "ink": "ink", "soft": "quiet", "line": "line"}
    if style == "common.css":
        names |= {"c0": "blue", "c1": "orange", "c2": "green", "c3": "purple"}
    for variable, name in names.items():
        assert f"--{variable}: light-dark({palette.LIGHT[name]}, {palette.DARK[name]});" in text, variable


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


@pytest.mark.parametrize("rule", ["zeros", "project", "cut"])
def test_the_drawn_slope_is_the_slope_of_the_drawn_value_to_the_right(rule):
    script = load("border_lines")
    for p in np.arange(-2, script.H + 1, 0.25):
        value, slope = script.value_and_slope(p, rule)
        to_the_right, _ = script.value_and_slope(p + 0.125, rule)
        assert (to_the_right - value) / 0.125 == pytest.approx(slope, abs=1e-12)


@pytest.mark.equation("im2col")
def test_the_marked_column_holds_the_marked_windows_of_both_maps_row_by_row():
    script = load("im2col")
    (kH, kW), Wo = script.KERNEL_SIZE, script.NAMES.shape[2] - script.KERNEL_SIZE[1] + 1
    oy, ox = divmod(script.COLUMN, Wo)
    window = script.NAMES[:, oy : oy + kH, ox : ox + kW]
    assert "".join(script.columns_of_names()[:, script.COLUMN]) == "".join(window.ravel())
    (figure,) = script.draw()
    drawn = {patch.get_xy() for patch in figure.axes[0].patches if patch.get_width() == kW == 2}
    assert {(2.3 + ox, oy), (2.3 + ox, oy + 4.4)} <= drawn


@pytest.mark.parametrize("geometry", [(1, 0, 1), (2, 2, 2)])
def test_the_drawn_taps_are_where_im2col_reads(geometry):
    script = load("taps")
    row = np.arange(1.0, 1 + script.SIZE).reshape(1, 1, 1, -1)  # pixel q holds q + 1; the padding 0
    stride, padding, dilation = (1, geometry[0]), (0, geometry[1]), (1, geometry[2])
    read = im2col(row, (1, script.TAPS), stride, padding, dilation)[0].T
    for o, values in enumerate(read):
        places = np.array(script.places(o, *geometry))
        inside = (places >= 0) & (places < script.SIZE)
        np.testing.assert_array_equal(values, np.where(inside, places + 1, 0))


def test_the_small_numbers_count_the_copies_in_the_column_matrix():
    script = load("collect")
    names, counts = np.unique(script.columns_of_names()[:4], return_counts=True)
    assert dict(zip(names, counts, strict=True)) == dict(
        zip(script.NAMES[0].ravel(), script.copies().ravel(), strict=True)
    )


@pytest.mark.equation("central-difference")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_drawn_errors_keep_to_the_drawn_bound_and_the_cross_is_at_its_lowest_point(dtype):
    script = load("step_size")
    assert (script.error(dtype) < 2 * script.bound(dtype)).all()
    best = np.cbrt(3 * script.unit_roundoff(dtype))
    assert script.bound(dtype).min() == pytest.approx(best**2 / 2, rel=0.2)
    assert script.STEPS[script.bound(dtype).argmin()] == pytest.approx(best, rel=0.5)


def test_the_drawn_central_difference_is_the_mean_of_the_slopes_at_the_kink_and_right_outside_one_step():
    script = load("kink")
    left, right = script.SLOPES
    assert script.central(0) == pytest.approx((left + right) / 2)
    assert script.central(-script.STEP) == pytest.approx(left)
    assert script.central(script.STEP) == pytest.approx(right)


@pytest.mark.equation("scatter")
def test_of_the_scattered_taps_two_share_two_pixels_and_the_third_loses_what_lies_outside():
    script = load("scatter")
    received = script.received()
    ours = [
        {(y, x) for y, x, _ in script.neighbours(locate(*tap, script.HEIGHT, script.WIDTH))}
        for tap in script.TAPS
    ]
    pixels = set(np.ndindex(received.shape))
    assert len(ours[0] & ours[1]) == 2
    assert (ours[0] | ours[1]) <= pixels
    assert len(ours[2] - pixels) == 2
    by_hand = np.zeros_like(received)
    for tap in script.TAPS:
        for y, x in np.ndindex(received.shape):
            by_hand[y, x] += max(0, 1 - abs(y - tap[0])) * max(0, 1 - abs(x - tap[1]))
    np.testing.assert_allclose(received, by_hand, atol=1e-15)


@pytest.mark.equation("gradient-offset")
def test_the_arrows_of_the_offsets_lead_uphill_three_taps_have_none_and_the_held_one_only_goes_along():
    script = load("offset_arrows")
    slopes = script.slopes()
    moved = np.array(script.TAPS) + 0.1 * slopes
    image = script.image()
    before = [bilinear_sample(image, *tap, "project")[0] for tap in script.TAPS]
    after = [bilinear_sample(image, *tap, "project")[0] for tap in moved]
    flat = ~slopes.any(axis=1)
    assert len(script.TAPS) == 10
    assert flat.sum() == 3
    assert (np.greater(after, before) == ~flat).all()
    (held,) = [slope for slope, (y, _) in zip(slopes, script.TAPS, strict=True) if y < 0]
    assert held[0] == 0 < held[1]


def test_only_the_tap_that_starts_near_descends_to_the_value_that_it_looks_for():
    script = load("descent")
    image = script.image()
    ends = {name: script.follow(start)[-1] for name, start in script.STARTS.items()}
    value = {name: bilinear_sample(image, *end, "project")[0] for name, end in ends.items()}
    assert [name for name, found in value.items() if found > 0.99] == ["near"]
    assert tuple(ends["flat"]) == script.STARTS["flat"]
    assert ends["outside"][0] == script.STARTS["outside"][0] < 0


def test_the_rule_cut_is_drawn_zero_outside_and_with_its_last_value_repeated_once():
    script = load("border_lines")
    drawn = [script.value_and_slope(p, "cut")[0] for p in (-1, -1e-9, 0, 3, 3.5, 4 - 1e-9, 4, 9)]
    assert drawn == [0, 0, 2, 3, 3, 3, 0, 0]


def test_the_projected_points_are_held_as_the_picture_says():
    script = load("projection")
    assert script.projected(script.POINTS["p"]) == (0, script.POINTS["p"][1])
    assert script.projected(script.POINTS["p'"]) == (script.H - 1, script.W - 1)


def test_the_strips_show_the_channels_in_the_order_that_each_layout_has():
    names = load("offset_layouts").names
    assert names("yx-interleaved") == ["y0", "x0", "y1", "x1", "y2", "x2", "y3", "x3", "y4", "x4", "y5", "x5"]
    assert names("xy-interleaved") == ["x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "x5", "y5"]
    assert names("y-then-x") == [*(f"y{k}" for k in range(6)), *(f"x{k}" for k in range(6))]
    assert names("x-then-y") == [*(f"x{k}" for k in range(6)), *(f"y{k}" for k in range(6))]
    assert names("dcnv3") == ["x0", "y0", "x3", "y3", "x1", "y1", "x4", "y4", "x2", "y2", "x5", "y5"]


def test_the_taps_read_in_a_wrong_layout_are_the_same_numbers_at_other_places():
    script = load("wrong_layout")
    right, *wrong = (script.taps(layout) for layout in script.READINGS)
    grid = script.CENTRE + np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    np.testing.assert_allclose(right - grid, script.OFFSETS)
    for taps in wrong:
        np.testing.assert_allclose(np.sort((taps - grid).ravel()), np.sort(script.OFFSETS.ravel()))
        assert (np.abs(taps - right).max(axis=1) > 0.5).sum() >= 5
        assert ((taps > -0.5) & (taps < 7.5)).all()


def test_the_places_of_the_deformed_taps_are_their_offsets_away_and_inside():
    script = load("deformed_im2col")
    plain, moved = script.places()
    np.testing.assert_allclose(moved - plain, script.OFFSETS)
    assert ((moved >= 0) & (moved <= np.array(script.SIZE) - 1)).all()


def test_the_seven_numbers_of_the_buffers_are_those_of_the_drawn_point():
    script = load("buffers")
    cell, records = script.draw()
    lengths = {}
    for line, text in zip(
        [line for line in cell.axes[0].lines if line.get_linewidth() == 2.5],
        [text for text in cell.axes[0].texts if text.get_text().startswith("w")],
        strict=True,
    ):
        lengths[text.get_text()] = np.hypot(np.ptp(line.get_xdata()), np.ptp(line.get_ydata()))
    assert list(lengths.values()) == pytest.approx([0.3, 0.7, 0.6, 0.4])
    written = [text.get_text() for text in records.axes[0].texts]
    for name, length in lengths.items():
        assert written[written.index(name) + 1] == f"{length:.1f}"
    places = [int(written[written.index(name) + 1]) for name in ("aʸ", "aˣ")]
    assert places == [np.floor(script.Y), np.floor(script.X)]


def test_the_maps_of_the_drawn_lenet_are_those_of_the_network():
    torch = pytest.importorskip("torch")
    from dcn_course.lenet import LeNet5

    network, shapes = LeNet5(), [(1, 32)]
    for convolution in (network.conv1, network.conv2):
        convolution.register_forward_hook(lambda m, a, maps: shapes.append((maps.shape[1], maps.shape[2])))
    network(torch.zeros(1, 1, 32, 32))
    pooled = [(maps, size // 2) for maps, size in shapes[1:]]
    drawn = load("lenet").STAGES
    assert drawn == (shapes[0], shapes[1], pooled[0], shapes[2], pooled[1])


def test_the_edge_of_the_sampling_area_goes_around_the_support():
    script = load("sampling_area")
    inside = np.zeros((5, 6), bool)
    inside[1:3, 2:5] = inside[4, 0] = True
    _, ax = plt.subplots()
    script.edge(ax, inside, script.BLUE)
    lines = {tuple(map(tuple, line)) for line in ax.collections[0].get_segments()}
    assert len(lines) == 2 * (2 + 3) + 4
    assert ((1.5, 0.5), (2.5, 0.5)) in lines  # above the pixel (1, 2)
    assert ((1.5, 0.5), (1.5, 1.5)) in lines  # left of it
    assert ((4.5, 1.5), (4.5, 2.5)) in lines  # right of (2, 4)
    assert ((-0.5, 4.5), (0.5, 4.5)) in lines  # below (4, 0)


def test_the_picture_of_the_readme_is_the_one_that_its_script_draws():
    readme = load("readme")
    assert readme.FILE.read_text(encoding="utf-8") == readme.picture(), "run python book/figures/readme.py"
