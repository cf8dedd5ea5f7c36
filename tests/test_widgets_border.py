import numpy as np
import pytest

pytest.importorskip("anywidget", reason="the live figures need the extra dcn-course[lab]")

from figure_pages import number, swipe, touch

from dcn_course.reference import bilinear_derivative, bilinear_sample
from dcn_course.widgets import BorderFigure

IMAGE = [[1.0, 3.0, 7.0, 2.0], [0.0, 5.0, 9.0, 4.0], [6.0, 8.0, 2.0, 1.0]]


def expected(image, y, x, border):
    """Value and both slopes, from the reference."""
    image = np.array(image)
    value, sample = bilinear_sample(image, y, x, border)
    return [value, *bilinear_derivative(image, sample)]


def printed(page):
    """The readings that the figure shows: one row a rule."""
    return [
        [number(text) for text in page.locator(f"tbody td:nth-child({column})").all_text_contents()]
        for column in (2, 3)
    ]


def point(page):
    return tuple(map(number, page.locator(".dcn-slider output").all_text_contents()))


@pytest.mark.browser
@pytest.mark.equation("border-zeros")
@pytest.mark.equation("projection")
@pytest.mark.equation("projection-derivative")
def test_the_browser_computes_the_readings_of_the_reference_also_along_the_curves(open_page):
    page = open_page(BorderFigure())
    rng = np.random.default_rng(5)
    cases, wanted, wanted_curves = [], [], []
    for _ in range(150):
        shape = rng.integers(1, 6, 2)
        image = rng.normal(size=shape)
        place = rng.uniform(-3, shape + 2)
        place = np.where(rng.random(2) < 0.3, place.round(), place)
        axis, t = int(rng.integers(2)), float(rng.random())
        for border in ("zeros", "project"):
            cases.append([[image.tolist(), *place.tolist(), border], "yx"[axis], t])
            wanted.append(expected(image, *place, border))
            along = []
            for start in range(-2, shape[axis] + 1):
                there = place.copy()
                there[axis] = start + t
                along.append(expected(image, *there, border))
            wanted_curves.append(along)
    got, got_curves = page.evaluate(
        """cases => { const { compute, curves } = dcnFigures.border, names = ['value', 'dy', 'dx'];
             return [cases.map(([c]) => { const r = compute(...c); return names.map(n => r[n]); }),
               cases.map(([[image, y, x, border], axis, t]) => curves(image, y, x, axis, border)
                 .map(piece => names.map(n => piece[n][0] * (1 - t) + piece[n][1] * t)))]; }""",
        cases,
    )
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-12)
    for curve, along in zip(got_curves, wanted_curves, strict=True):
        np.testing.assert_allclose(curve, along, rtol=0, atol=1e-12)


@pytest.mark.browser
@pytest.mark.parametrize(("y", "x"), [(1.25, 2.5), (-0.75, 3.25), (2.0, 3.0), (4.0, -2.0)])
def test_the_printed_readings_are_the_computed_ones(open_page, y, x):
    page = open_page(BorderFigure(image=IMAGE, y=y, x=x))
    for shown, border in zip(printed(page), ("zeros", "project"), strict=True):
        assert shown == pytest.approx(expected(IMAGE, y, x, border), abs=5.1e-5)
    held = page.locator(".dcn-note").text_content()
    assert ("y" in held.split("holds p in")[-1].split(":")[0]) == (not 0 <= y < 2)


@pytest.mark.browser
def test_the_marks_stand_on_their_curves_at_p(open_page):
    page = open_page(BorderFigure(image=IMAGE, y=0.5, x=3.5))
    offs = page.evaluate(
        """() => [...document.querySelectorAll('.dcn-plot')].flatMap(svg =>
             [...svg.querySelectorAll('.dcn-mark')].map((mark, i) => {
               const { e, f } = mark.transform.baseVal[0].matrix;
               const path = svg.querySelectorAll('.dcn-curve')[i];
               const n = 4000, length = path.getTotalLength();
               let nearest = Infinity;
               for (let j = 0; j <= n; j++) {
                 const q = path.getPointAtLength(length * j / n);
                 nearest = Math.min(nearest, Math.hypot(q.x - e, q.y - f));
               }
               return nearest; }))"""
    )
    assert len(offs) == 6
    assert max(offs) < 0.3  # units of the plot, about a screen pixel each


@pytest.mark.browser
@pytest.mark.parametrize("stage", [0, 1])
def test_a_mouse_drags_the_point_out_in_either_picture(open_page, stage):
    page = open_page(BorderFigure(image=IMAGE, y=1, x=1))
    unit = page.locator(".dcn-extent").first.bounding_box()["width"] / 3
    box = page.locator(".dcn-dot").nth(stage).bounding_box()
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left - 1.5 * unit, top + 0.25 * unit, steps=4)
    assert point(page) == pytest.approx((1.25, -0.5), abs=0.02)
    page.mouse.move(left - 9 * unit, top, steps=2)
    page.mouse.up()
    assert point(page)[1] == -2
    page.mouse.click(left + unit, top)
    assert point(page) == pytest.approx((1, 2), abs=0.02)
    assert {point(page)} == {
        tuple(number(part.split(" ")[1]) for part in text.split(", ")[:2])
        for text in (node.get_attribute("aria-valuetext") for node in page.locator(".dcn-handle").all())
    }


@pytest.mark.browser
def test_a_finger_drags_the_point_and_beside_it_the_page_scrolls(open_page):
    page = open_page(BorderFigure(image=IMAGE, y=1, x=1), width=360, has_touch=True, is_mobile=True)
    unit = page.locator(".dcn-extent").first.bounding_box()["width"] / 3
    box = page.locator(".dcn-dot").first.bounding_box()
    left, top, send = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, touch(page)
    swipe(send, left, top, 2.5 * unit, 0)
    assert point(page) == pytest.approx((1, 3.5), abs=0.03)
    assert page.evaluate("scrollY") == 0
    swipe(send, left - unit, top + unit, 0, -150)
    page.wait_for_function("scrollY > 50")
    assert point(page) == pytest.approx((1, 3.5), abs=0.03)


@pytest.mark.browser
def test_sliders_keys_and_the_choice_of_the_axis(open_page):
    page = open_page(BorderFigure(image=IMAGE, y=1, x=1, along="x"))
    page.get_by_role("slider", name="right").focus()
    page.keyboard.press("End")
    page.get_by_role("slider", name="Point p, project").focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("Shift+ArrowUp")
    assert point(page) == (-0.25, 3)
    label = page.locator(".dcn-plot").first
    assert label.get_attribute("aria-label").startswith("Value along x; at p, zeros has 1.50, project 2.00")
    page.get_by_role("radio", name="y").click()
    assert label.get_attribute("aria-label").startswith("Value along y; at p, zeros has 1.50, project 2.00")
    assert page.locator(".dcn-plot").first.locator(".dcn-marks text").last.text_content().startswith("pʸ")
    page.get_by_role("button", name="Reset").click()
    assert point(page) == (1, 1)
    assert page.get_by_role("radio", name="x").is_checked()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"y": -2.01}, ValueError, r"^y must lie in \[-2, 4\].*-2.01"),
        ({"x": "right"}, TypeError, r"^x must be a number, got 'right'"),
        ({"along": "z"}, ValueError, r"^along must be 'y' or 'x', got 'z'"),
        ({"image": [1.0]}, ValueError, r"^image must have two dimensions.*\(1,\)"),
    ],
)
def test_a_bad_argument_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        BorderFigure(**arguments)


def test_a_smaller_image_brings_the_point_back_into_view():
    figure = BorderFigure(y=4, x=-2)
    figure.image = [[1.0]]
    assert (figure.y, figure.x) == (2, -2)


def test_the_text_equivalent_says_both_readings():
    text = BorderFigure(image=IMAGE, y=1.5, x=3.25).describe()
    for border in ("zeros", "project"):
        value, down, right = expected(IMAGE, 1.5, 3.25, border)
        assert f"with {border} X(p) = {value:.4f}, ∂X/∂y = {down:.4f}, ∂X/∂x = {right:.4f}" in text
