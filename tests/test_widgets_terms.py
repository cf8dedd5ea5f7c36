import inspect

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="the live figures need the extra dcn-course[lab]")

from figure_pages import number, swipe, touch

from dcn_course.reference import (
    bilinear,
    convolution,
    deform_conv2d_backward,
    deform_im2col,
    deformable,
)
from dcn_course.widgets import TermsFigure
from dcn_course.widgets.terms import CODE, EQUATIONS, TAPS

RAMP = np.arange(12.0).reshape(3, 4) ** 1.5


def as_offset(pairs, shape):
    """The figure's list of pairs in the layout of the reference."""
    rows, columns = shape[0] - 1, shape[1] - 1
    return np.reshape(pairs, (rows, columns, 2 * TAPS)).transpose(2, 0, 1)[None]


def expected(image, weight, delta, pairs, border):
    """The columns and the gradients of the reference."""
    X, K, δ = (np.array(value, float)[None, None] for value in (image, weight, delta))
    offset = as_offset(pairs, X.shape[2:])
    columns = deform_im2col(X, offset, 2, border=border).columns[0]
    return columns, deform_conv2d_backward(δ, X, offset, K, border=border)


@pytest.mark.browser
@pytest.mark.equation("bilinear-value")
@pytest.mark.equation("gradient-weight")
@pytest.mark.equation("gradient-columns")
@pytest.mark.equation("scatter")
@pytest.mark.equation("gradient-offset")
def test_the_terms_in_the_browser_sum_to_what_the_reference_computes(open_page):
    page = open_page(TermsFigure())
    rng = np.random.default_rng(7)
    for i in range(40):
        H, W = (int(size) for size in rng.integers(2, 6, 2))
        Ho, Wo = H - 1, W - 1
        image, weight, delta = rng.normal(size=(H, W)), rng.normal(size=(2, 2)), rng.normal(size=(Ho, Wo))
        pairs = rng.normal(scale=1.5, size=(TAPS * Ho * Wo, 2))
        if i % 3 == 0:
            pairs = pairs.round()  # on the lattice, where only the right-hand derivative is right
        cases = [(k, y, x) for k in range(TAPS) for y in range(Ho) for x in range(Wo)]
        for border in ("zeros", "project"):
            got = page.evaluate(
                """([image, weight, delta, offset, border, cases]) => cases.map(([k, y, x]) => {
                     const r = dcnFigures.terms.compute(image, weight, delta, offset, k, [y, x], border);
                     return { ...r.terms, corners: r.here.corners.map(c => [...c.q, c.inside]) }; })""",
                [image.tolist(), weight.tolist(), delta.tolist(), pairs.tolist(), border, cases],
            )
            columns, gradients = expected(image, weight, delta, pairs, border)
            grad_image = np.zeros((H, W))
            for (k, y, x), terms in zip(cases, got, strict=True):
                close = {"rtol": 0, "atol": 1e-12}
                np.testing.assert_allclose(sum(terms["value"]), columns[k, y * Wo + x], **close)
                np.testing.assert_allclose(sum(terms["kernel"]), gradients.weight.ravel()[k], **close)
                slopes = [sum(terms["offset"][:4]), sum(terms["offset"][4:])]
                np.testing.assert_allclose(slopes, gradients.offset[0, 2 * k : 2 * k + 2, y, x], **close)
                for (qy, qx, inside), share in zip(terms["corners"], terms["input"], strict=True):
                    assert inside or share == 0
                    if inside:
                        grad_image[qy, qx] += share
            np.testing.assert_allclose(grad_image, gradients.input[0, 0], rtol=0, atol=1e-12)


def buttons(page):
    return page.locator(".dcn-term")


def lit(page):
    """What is lit: (pixels with a ring, pieces of code, cells of K and δ)."""
    ring = ".dcn-chip.dcn-at text"
    return tuple(page.locator(place).all_text_contents() for place in (ring, "mark", "td.dcn-lit"))


@pytest.mark.browser
@pytest.mark.parametrize("equation", EQUATIONS)
def test_each_term_lights_its_own_pixels_and_its_own_code(open_page, equation):
    figure = TermsFigure(image=RAMP, equation=equation, tap=0, point=(0, 1))
    page = open_page(figure)
    assert lit(page) == ([], [], [])
    (y, x), K, δ = np.add((0, 1), figure.offset[TAPS]), figure.weight, figure.delta
    sample = bilinear.locate(y, x, *RAMP.shape)
    ay, ax = sample.a
    corners = [(ay, ax), (ay + 1, ax), (ay + 1, ax + 1), (ay, ax + 1)]
    count = buttons(page).count()
    assert count == {"value": 4, "kernel": 6, "input": 4, "offset": 8}[equation]
    for i in range(count):
        buttons(page).nth(i).focus()
        pixels, code, cells = lit(page)
        pieces = CODE[equation][1]
        assert code == list(pieces[min(i, len(pieces) - 1)])
        if equation == "kernel":
            assert cells == [f"{np.ravel(δ)[i]:g}".replace("-", "\N{MINUS SIGN}")]
            assert 1 <= len(pixels) <= 4
            continue
        qy, qx = corners[i % 4]
        inside = 0 <= qy < 3 and 0 <= qx < 4
        value = RAMP[qy, qx] if inside else 0
        assert pixels == [f"{float(f'{value:.3g}'):g}"]
        assert len(cells) == (0 if equation == "value" else 2)
        if equation != "value":
            assert [number(cell) for cell in cells] == [K[0][0], δ[0][1]]


@pytest.mark.browser
def test_the_printed_numbers_are_the_terms_and_their_sums(open_page):
    figure = TermsFigure(image=RAMP, equation="offset", tap=3, point=(1, 0), border="project")
    page = open_page(figure)
    _, gradients = expected(RAMP, figure.weight, figure.delta, figure.offset, "project")
    sums = [number(text) for text in page.locator(".dcn-result").all_text_contents()]
    assert sums == pytest.approx(list(gradients.offset[0, 6:8, 1, 0]), abs=5.1e-4)
    terms = [number(text) for text in page.locator(".dcn-number").all_text_contents()]
    assert [sum(terms[:4]), sum(terms[4:])] == pytest.approx(sums, abs=2.6e-3)


@pytest.mark.browser
def test_a_mouse_that_rests_on_a_term_lights_it_and_one_that_leaves_takes_the_light_along(open_page):
    page = open_page(TermsFigure())
    buttons(page).nth(2).hover()
    assert lit(page)[1] == list(CODE["value"][1][2])
    page.mouse.move(0, 0)
    assert lit(page) == ([], [], [])


@pytest.mark.browser
def test_a_term_that_was_tapped_stays_lit(open_page):
    page = open_page(TermsFigure(), width=360, has_touch=True, is_mobile=True)
    buttons(page).nth(1).tap()
    assert lit(page)[1] == list(CODE["value"][1][1])
    assert buttons(page).nth(1).get_attribute("aria-pressed") == "true"
    assert all(button.bounding_box()["height"] >= 24 for button in buttons(page).all())


@pytest.mark.browser
def test_the_tap_is_dragged_by_mouse_and_by_finger(open_page):
    figure = TermsFigure(image=RAMP, point=(1, 1))
    for options in ({}, {"width": 360, "has_touch": True, "is_mobile": True}):
        page = open_page(figure, **options)
        handle = page.get_by_role("slider", name="Tap p")
        before = handle.get_attribute("aria-valuetext")
        box = handle.locator(".dcn-dot").bounding_box()
        left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        if options:
            swipe(touch(page), left, top, -30, 0)
            assert page.evaluate("scrollY") == 0
        else:
            page.mouse.move(left, top)
            page.mouse.down()
            page.mouse.move(left - 40, top, steps=4)
            page.mouse.up()
        assert handle.get_attribute("aria-valuetext") != before


@pytest.mark.browser
def test_the_other_equations_and_the_other_taps_are_a_key_away(open_page):
    page = open_page(TermsFigure(image=RAMP))
    page.locator("input[value=value]").focus()
    page.keyboard.press("ArrowRight")
    assert buttons(page).count() == 6
    assert page.evaluate("document.activeElement.value") == "kernel"
    page.get_by_role("slider", name="output point").focus()
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.getAttribute('aria-valuetext')") == "(1, 2)"
    page.get_by_role("slider", name="tap k").focus()
    page.keyboard.press("Home")
    figure = TermsFigure(image=RAMP)
    _, gradients = expected(RAMP, figure.weight, figure.delta, figure.offset, "zeros")
    shown = number(page.locator(".dcn-result").text_content())
    assert shown == pytest.approx(gradients.weight.ravel()[0], abs=5.1e-4)


def test_the_code_shown_stands_in_the_package_and_each_term_has_a_piece_of_its_own():
    figure = TermsFigure()
    package = "".join(inspect.getsource(module) for module in (bilinear, convolution, deformable))
    for name, (_, terms) in CODE.items():
        code = figure.code[name]
        for line in code["text"].splitlines():
            assert line in package
        shown = [[code["text"][start:end] for start, end in spans] for spans in code["spans"]]
        assert shown == [list(pieces) for pieces in terms]
        assert len({tuple(map(tuple, spans)) for spans in code["spans"]}) == len(terms)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"equation": "bias"}, ValueError, r"^equation must be 'value' or .*got 'bias'"),
        ({"term": 4}, ValueError, r"^term must lie in \[0, 3\], got 4"),
        ({"term": -2}, ValueError, r"^term must lie in \[0, 3\], got -2"),
        ({"tap": 4}, ValueError, r"^tap must lie in \[0, 3\], got 4"),
        ({"tap": 0.5}, TypeError, r"^tap must be an integer, got 0.5"),
        ({"point": (2, 0)}, ValueError, r"^point in y must lie in \[0, 1\], got 2"),
        ({"offset": np.zeros((4, 2))}, ValueError, r"^offset must have two dimensions of 24 by 2 .*\(4, 2\)"),
        ({"offset": [[9, 0]] * 24}, ValueError, r"^offset: place y of tap 0 at output point \(0, 0\)"),
        ({"weight": np.zeros((3, 3))}, ValueError, r"^weight must have two dimensions of 2 by 2"),
        ({"delta": np.zeros((3, 3))}, ValueError, r"^delta must have two dimensions of 2 by 3"),
        ({"border": "wrap"}, ValueError, r"^border must be 'zeros' or 'project', got 'wrap'"),
        ({"image": np.ones((1, 4)), "point": (0, 0)}, ValueError, r"^image must have 2 to 5 rows.*\(1, 4\)"),
        ({"image": np.ones((3, 6)), "point": (0, 0)}, ValueError, r"^image must have 2 to 5 rows.*\(3, 6\)"),
    ],
)
def test_a_bad_argument_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        TermsFigure(**arguments)


def test_another_equation_keeps_a_term_that_it_has():
    figure = TermsFigure(equation="offset", term=6)
    figure.equation = "value"
    assert figure.term == 3


def test_the_text_equivalent_says_what_the_four_equations_give():
    figure = TermsFigure(image=RAMP, tap=2, point=(1, 2), border="project")
    columns, gradients = expected(RAMP, figure.weight, figure.delta, figure.offset, "project")
    text = figure.describe()
    assert f"reads {columns[2, 5]:.3f}." in text
    assert f"kernel entry is {gradients.weight.ravel()[2]:.3f}," in text
    assert f"sends {figure.weight[1][0] * figure.delta[1][2]:.3f} back" in text
    dy, dx = gradients.offset[0, 4:6, 1, 2]
    assert f"({dy:.3f}, {dx:.3f})" in text
