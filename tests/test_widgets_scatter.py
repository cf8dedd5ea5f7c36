import numpy as np
import pytest

pytest.importorskip("anywidget", reason="the live figures need the extra dcn-course[lab]")

from figure_pages import number, swipe, touch

from dcn_course.reference import deform_conv2d_backward
from dcn_course.widgets import ScatterFigure

TAPS = [[0.4, 0.7], [0.5, 1.25], [1.3, 1.6], [1.6, 3.25]]


def expected(size, weight, delta, taps, border):
    """∂E/∂X by the reference, if the taps of the first output point read at `taps` and only it has a δ."""
    offset = np.zeros((1, 8, size[0] - 1, size[1] - 1))
    offset[0, :, 0, 0] = np.ravel(np.array(taps) - [divmod(k, 2) for k in range(4)])
    grad_output = np.zeros((1, 1, *offset.shape[2:]))
    grad_output[0, 0, 0, 0] = delta
    weight = np.array(weight, dtype=float)[None, None]
    return deform_conv2d_backward(grad_output, np.zeros((1, 1, *size)), offset, weight, border=border).input[
        0, 0
    ]


def chips(page, shape):
    """The numbers that stand on the pixels of the picture."""
    texts = page.locator(".dcn-chip:not(.dcn-outside) text").all_text_contents()
    return np.array([number(text) for text in texts]).reshape(shape)


@pytest.mark.browser
@pytest.mark.equation("gradient-columns")
@pytest.mark.equation("scatter")
def test_the_browser_scatters_as_the_reference_does(open_page):
    page = open_page(ScatterFigure())
    rng = np.random.default_rng(7)
    cases, wanted = [], []
    for i in range(200):
        size = rng.integers(2, 7, 2)
        taps = rng.uniform(-2, size + 1, (4, 2))
        if i % 3 == 0:
            taps = taps.round()  # on pixels, and beyond the edges
        if i % 4 == 0:
            taps[2] = taps[0]  # repeated
        weight, delta, sent = rng.normal(size=(2, 2)), float(rng.normal()), int(rng.integers(0, 5))
        those = np.where(np.arange(4).reshape(2, 2) < sent, weight, 0)
        for border in ("zeros", "project"):
            cases.append([size.tolist(), weight.tolist(), delta, taps.tolist(), border, sent])
            wanted.append(np.ravel(expected(size, those, delta, taps, border)))
    got = page.evaluate("cases => cases.map(c => dcnFigures.scatter.compute(...c).grad.flat())", cases)
    for numbers, correct in zip(got, wanted, strict=True):
        np.testing.assert_allclose(numbers, correct, rtol=0, atol=1e-12)


@pytest.mark.browser
@pytest.mark.parametrize("border", ["zeros", "project"])
def test_picture_and_tables_say_what_the_pixels_receive(open_page, border):
    figure = ScatterFigure(taps=TAPS, delta=1.5, border=border)
    page = open_page(figure)
    grad = expected(figure.size, figure.weight, 1.5, TAPS, border)
    np.testing.assert_allclose(chips(page, grad.shape), grad, atol=0.0051)
    assert number(page.locator("tfoot td").text_content()) == pytest.approx(grad.sum(), abs=5.1e-4)
    for row in page.locator(".dcn-pixels tbody tr").all():
        place, shares, total = row.locator("th, td").all_text_contents()
        y, x = (int(word) for word in place.strip("()").split(", "))
        terms = [number(share.split(": ")[1]) for share in shares.split(" + ")]
        assert sum(terms) == pytest.approx(number(total), abs=2.1e-3)
        assert number(total) == pytest.approx(grad[y, x], abs=5.1e-4)
        assert (row.get_attribute("class") == "dcn-many") == (len(terms) > 1)
    gone = sum(
        number(text) for text in page.locator("table").first.locator("td:last-child").all_text_contents()
    )
    assert gone == pytest.approx(1.5 * np.sum(figure.weight) - grad.sum(), abs=0.02)
    assert (gone != 0) == (border == "zeros")


@pytest.mark.browser
def test_the_taps_come_in_one_after_the_other(open_page):
    figure = ScatterFigure(taps=TAPS, sent=0)
    page = open_page(figure)
    slider = page.get_by_role("slider", name="taps sent back")
    slider.focus()
    for sent in range(5):
        weight = np.where(np.arange(4).reshape(2, 2) < sent, figure.weight, 0)
        grad = expected(figure.size, weight, 1, TAPS, "zeros")
        np.testing.assert_allclose(chips(page, grad.shape), grad, atol=0.0051)
        assert page.locator(".dcn-waiting").count() == 4 - sent
        page.keyboard.press("ArrowRight")


@pytest.mark.browser
def test_a_change_of_the_error_scales_all_shares(open_page):
    page = open_page(ScatterFigure(taps=TAPS))
    before = chips(page, (3, 4))
    slider = page.get_by_role("slider", name="at the output")
    slider.focus()
    page.keyboard.press("Home")
    assert slider.input_value() == "-2"
    np.testing.assert_allclose(chips(page, (3, 4)), -2 * before, atol=0.016)


def middle(page, k):
    box = page.get_by_role("slider", name=f"Tap {k}", exact=True).locator(".dcn-dot").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.browser
@pytest.mark.parametrize("finger", [False, True])
def test_a_tap_is_dragged_by_mouse_and_by_finger(open_page, finger):
    page = open_page(ScatterFigure(taps=TAPS), width=360, has_touch=finger, is_mobile=finger)
    unit = page.locator(".dcn-extent").bounding_box()["width"] / 3
    left, top = middle(page, 2)
    if finger:
        swipe(touch(page), left, top, 0.5 * unit, -unit)
        assert page.evaluate("scrollY") == 0
    else:
        page.mouse.move(left, top)
        page.mouse.down()
        page.mouse.move(left + 0.5 * unit, top - unit, steps=4)
        page.mouse.up()
    says = page.get_by_role("slider", name="Tap 2", exact=True).get_attribute("aria-valuetext")
    y, x = (number(part.split(" ")[1]) for part in says.split(", ")[:2])
    assert (y, x) == pytest.approx((0.3, 2.1), abs=0.04)
    taps = [*TAPS[:2], [y, x], TAPS[3]]
    grad = expected((3, 4), ScatterFigure().weight, 1, taps, "zeros")
    np.testing.assert_allclose(chips(page, grad.shape), grad, atol=0.0051)


@pytest.mark.browser
def test_a_finger_beside_the_taps_scrolls_the_page(open_page):
    page = open_page(ScatterFigure(taps=TAPS), width=360, has_touch=True, is_mobile=True)
    unit = page.locator(".dcn-extent").bounding_box()["width"] / 3
    before, (left, top) = chips(page, (3, 4)), middle(page, 3)
    swipe(touch(page), left - unit, top + unit, 0, -150)
    page.wait_for_function("scrollY > 50")
    assert (chips(page, (3, 4)) == before).all()


@pytest.mark.browser
def test_keys_move_a_tap_and_where_shares_meet_is_said(open_page):
    page = open_page(ScatterFigure(taps=[[0.5, 0.5], [0.5, 2.0], [1.5, 3.0], [1.5, 3.0]]))
    page.get_by_role("slider", name="Tap 1", exact=True).focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function("document.querySelector('[aria-live=polite]').textContent.includes('x 1.75')")
    said = page.locator("[aria-live=polite]").text_content()
    # Tap 1 sends 2 to (0, 1) by 0.5 · 0.25, and meets tap 0's 0.25 there.
    assert "pixel (0, 1) 0.25 plus 0.25 is 0.50" in said
    assert "pixel (1, 3) \N{MINUS SIGN}0.50 plus 0.50 is 0.00" in said


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"taps": TAPS[:3]}, ValueError, r"^taps must have two dimensions of 4 by 2 .*\(3, 2\)"),
        ({"taps": [*TAPS[:3], [0, 4.5]]}, ValueError, r"^taps: x of tap 3 must lie in \[-1.4, 4.4\].*4.5"),
        ({"delta": 2.5}, ValueError, r"^delta must lie in \[-2.0, 2.0\], got 2.5"),
        ({"delta": None}, TypeError, r"^delta must be a number, got None"),
        ({"sent": 5}, ValueError, r"^sent must lie in \[0, 4\], got 5"),
        ({"sent": 1.5}, TypeError, r"^sent must be an integer, got 1.5"),
        ({"border": "cut"}, ValueError, r"^border must be 'zeros' or 'project', got 'cut'"),
        ({"weight": [1, 2]}, ValueError, r"^weight must have two dimensions of 2 by 2 .*\(2,\)"),
        ({"size": (0, 3)}, ValueError, r"^size must be at least 1 by 1 pixels, got \(0, 3\)"),
        ({"size": (13, 3)}, ValueError, r"^size in y must lie in \[0, 12\], got 13"),
    ],
)
def test_a_bad_argument_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        ScatterFigure(**arguments)


def test_a_smaller_size_brings_the_taps_back_into_view():
    figure = ScatterFigure(taps=TAPS)
    figure.size = (2, 2)
    assert np.max(figure.taps, axis=0).tolist() == [1.6, 2.4]


@pytest.mark.parametrize("border", ["zeros", "project"])
def test_the_text_equivalent_says_what_the_pixels_receive(border):
    figure = ScatterFigure(taps=TAPS, delta=-0.5, border=border)
    grad = expected(figure.size, figure.weight, -0.5, TAPS, border)
    rows = "; ".join(", ".join(f"{value:.3f}" for value in row) for row in grad)
    assert rows.replace("-0.000", "0.000") in figure.describe().replace("-0.000", "0.000")
