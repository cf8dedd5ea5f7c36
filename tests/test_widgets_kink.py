import numpy as np
import pytest

pytest.importorskip("anywidget", reason="the live figures need the extra dcn-course[lab]")

from figure_pages import number, swipe, touch

from dcn_course.reference import bilinear_derivative, bilinear_sample, numerical_jacobian
from dcn_course.widgets import KinkFigure

ROW = [2.0, 3.0, 7.0, 4.0, 5.0, 1.0]


def expected(row, p, eps):
    """The central difference and the slope, from the reference."""
    image = np.array([row])
    difference = numerical_jacobian(lambda x: bilinear_sample(image, 0.0, x[0])[0], np.array([float(p)]), eps)
    return difference[0, 0], bilinear_derivative(image, bilinear_sample(image, 0.0, p)[1])[1]


def printed(page):
    """What the table says: both values, the central difference, the slope, and what it is off by."""
    return [number(text) for text in page.locator("tbody td").all_text_contents()]


def state(page):
    """(p, ε) as the figure prints them."""
    return tuple(map(number, page.locator(".dcn-slider output").all_text_contents()))


@pytest.mark.browser
@pytest.mark.equation("central-difference")
def test_the_browser_takes_the_difference_that_the_reference_takes(open_page):
    page = open_page(KinkFigure())
    rng = np.random.default_rng(11)
    cases, wanted = [], []
    for i in range(300):
        row = rng.normal(size=int(rng.integers(4, 9)))
        p = float(rng.uniform(1, len(row) - 2))
        if i % 4 == 0:
            p = float(round(p))  # on a kink
        eps = float(10 ** rng.uniform(-3, 0))
        cases.append([row.tolist(), p, eps])
        # Left of p the slope is that of half a pixel before it, if p is a pixel.
        left = expected(row, p - 0.5 if p.is_integer() else p, 0.1)[1]
        wanted.append([*expected(row, p, eps), left])
    got = page.evaluate(
        """cases => cases.map(c => { const r = dcnFigures.kink.compute(...c);
             return [r.difference, r.right, r.left]; })""",
        cases,
    )
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-12)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("p", "eps", "words"),
    [
        (1.8, 0.5, "crosses the kink at 2: a mixture"),
        (2.3, 0.3, "nothing is off"),  # begins on the kink
        (1.7, 0.3, "nothing is off"),  # ends on it
        (2.5, 0.9, "crosses the kinks at 2 and 3"),
        (3.0, 0.125, "on the kink at 3: with any step the mean of \N{MINUS SIGN}3 and 1"),
    ],
)
def test_table_and_words_say_what_the_step_does(open_page, p, eps, words):
    page = open_page(KinkFigure(row=ROW, p=p, eps=eps))
    difference, slope = expected(ROW, p, eps)
    plus, minus, *slopes = printed(page)
    assert slopes == pytest.approx([difference, slope, difference - slope], abs=5.1e-5)
    assert (plus - minus) / (2 * eps) == pytest.approx(difference, abs=2e-4 / eps)
    assert words in page.locator(".dcn-note").text_content()


@pytest.mark.browser
@pytest.mark.parametrize(("p", "eps"), [(1.8, 0.5), (3.0, 0.05), (2.4, 0.75)])
def test_the_curves_pass_through_what_the_reference_gives(open_page, p, eps):
    page = open_page(KinkFigure(row=ROW, p=p, eps=eps))
    points = page.evaluate(
        """() => [...document.querySelectorAll('.dcn-even .dcn-plot')].map(svg =>
             svg.querySelectorAll('.dcn-curve')[1].getAttribute('d').slice(1).split('L')
               .map(pair => pair.split(' ').map(Number)))"""
    )
    # The plots' own scale, from their marks on the axes: 340 by 190 units with margins 38, 10, 10, 34.
    for curve, (low, high), of in zip(
        points,
        [(1, 4), (-3, 0)],
        [lambda x: expected(ROW, x, eps)[0], lambda v: expected(ROW, p, 10**v)[0]],
        strict=True,
    ):
        assert len(curve) > 2
        for X, Y in curve:
            value = 4 - (Y - 10) / 146 * 8
            place = low + (X - 38) / 292 * (high - low)
            assert value == pytest.approx(of(place), abs=0.05)


def handle(page, name):
    node = page.get_by_role("slider", name=name)
    box = node.locator(".dcn-dot").bounding_box()
    return node, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pixel(page):
    """Screen pixels from one pixel of the row to the next."""
    return page.locator(".dcn-plot").first.bounding_box()["width"] * (352 / 400) / (len(ROW) - 1)


@pytest.mark.browser
def test_a_mouse_drags_the_point_and_the_end_of_the_step(open_page):
    page = open_page(KinkFigure(row=ROW, p=2, eps=0.5))
    for name, by, after in [
        ("Point p", 0.5, (2.5, 0.5)),
        ("End of the step", 0.25, (2.5, 0.75)),
        ("Point p", 9, (4, 0.75)),
        ("End of the step", -9, (4, 0.001)),
    ]:
        _, left, top = handle(page, name)
        page.mouse.move(left, top)
        page.mouse.down()
        page.mouse.move(left + by * pixel(page), top, steps=4)
        page.mouse.up()
        assert state(page) == pytest.approx(after, abs=0.02)


@pytest.mark.browser
def test_a_finger_drags_the_point_and_beside_it_the_page_scrolls(open_page):
    page = open_page(KinkFigure(row=ROW, p=2, eps=0.5), width=360, has_touch=True, is_mobile=True)
    (_, left, top), send = handle(page, "Point p"), touch(page)
    swipe(send, left, top, pixel(page), 5)
    assert state(page) == pytest.approx((3, 0.5), abs=0.03)
    assert page.evaluate("scrollY") == 0
    swipe(send, left - pixel(page), top + 60, 0, -150)
    page.wait_for_function("scrollY > 50")
    assert state(page) == pytest.approx((3, 0.5), abs=0.03)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "key", "after"),
    [
        ("Point p", "ArrowRight", (2.05, 0.5)),
        ("Point p", "Shift+ArrowLeft", (1.75, 0.5)),
        ("Point p", "PageDown", (3, 0.5)),
        ("Point p", "End", (4, 0.5)),
        ("End of the step", "ArrowUp", (2, 0.45)),
        ("End of the step", "Shift+ArrowRight", (2, 0.75)),
        ("End of the step", "Home", (2, 0.001)),
    ],
)
def test_keys_move_the_point_and_the_end_of_the_step(open_page, name, key, after):
    page = open_page(KinkFigure(row=ROW, p=2, eps=0.5))
    node, _, _ = handle(page, name)
    node.focus()
    page.keyboard.press(key)
    assert state(page) == after
    difference, slope = (f"{v:.4f}".replace("-", "\N{MINUS SIGN}") for v in expected(ROW, *after))
    assert f"central difference {difference}, slope {slope}" in node.get_attribute("aria-valuetext")


@pytest.mark.browser
def test_the_slider_of_the_step_runs_through_its_decades(open_page):
    page = open_page(KinkFigure(row=ROW, p=2, eps=0.1))
    slider = page.get_by_role("slider", name="step", exact=False).last
    slider.focus()
    page.keyboard.press("Home")
    assert state(page)[1] == 0.001
    page.keyboard.press("End")
    assert state(page)[1] == 1
    page.get_by_role("button", name="Reset").click()
    assert state(page) == (2, 0.1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"p": 0.9}, ValueError, r"^p must lie in \[1.0, 4.0\] as the row has 6 pixels, got 0.9"),
        ({"p": "left"}, TypeError, r"^p must be a number, got 'left'"),
        ({"eps": 0}, ValueError, r"^eps must lie in \[0.001, 1.0\], got 0"),
        ({"eps": float("nan")}, ValueError, r"^eps must lie in .*nan"),
        ({"row": [1, 2, 3]}, ValueError, r"^row must have at least 4 pixels, got 3"),
        ({"row": [[1, 2], [3, 4]]}, ValueError, r"^row must have one dimension of 1 to 12 .*\(2, 2\)"),
        ({"row": [1, 2, 3, float("inf")]}, ValueError, r"^row must hold finite numbers.*inf"),
    ],
)
def test_a_bad_argument_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        KinkFigure(**arguments)


def test_a_shorter_row_brings_the_point_back_into_view():
    figure = KinkFigure(p=4)
    figure.row = [1, 2, 3, 4]
    assert figure.p == 2


def test_the_text_equivalent_says_difference_and_slope():
    difference, slope = expected(ROW, 2.25, 0.5)
    text = KinkFigure(row=ROW, p=2.25, eps=0.5).describe()
    assert f"it gives {difference:.4f}, the slope is {slope:.4f}" in text
