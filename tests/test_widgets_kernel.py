import numpy as np
import pytest

pytest.importorskip("anywidget", reason="the live figures need the extra dcn-course[lab]")

from figure_pages import number, swipe, touch

from dcn_course.reference import deform_conv2d, deform_im2col
from dcn_course.widgets import KernelFigure

RAMP = np.arange(20.0).reshape(4, 5)
STILL = [[0.0, 0.0]] * 9


def expected(image, weight, offset, point, border):
    """The column and the output at one point, from the reference."""
    image, weight = np.array(image)[None, None], np.array(weight)[None, None]
    offsets = np.zeros((1, 18, image.shape[2] - 2, image.shape[3] - 2))
    offsets[0, :, point[0], point[1]] = np.ravel(offset)
    columns = deform_im2col(image, offsets, 3, border=border).columns.reshape(9, *offsets.shape[2:])
    output = deform_conv2d(image, offsets, weight, border=border)
    return columns[:, point[0], point[1]], output[0, 0, point[0], point[1]]


def printed(page):
    """The column and the output that the figure shows."""
    column = [number(text) for text in page.locator("tbody td:nth-child(3)").all_text_contents()]
    return column, number(page.locator("tfoot td").text_content())


@pytest.mark.browser
@pytest.mark.equation("sampling-position")
@pytest.mark.equation("deformable-columns")
@pytest.mark.equation("deformable-convolution")
def test_the_browser_computes_the_column_and_the_output_of_the_reference(open_page):
    page = open_page(KernelFigure())
    rng = np.random.default_rng(3)
    cases, wanted = [], []
    for i in range(200):
        shape = rng.integers(3, 8, 2)
        image, weight = rng.normal(size=shape), rng.normal(size=(3, 3))
        offset = rng.normal(scale=2, size=(9, 2))
        if i % 3 == 0:
            offset = offset.round()  # on the lattice, and beyond its edges
        point = [int(rng.integers(0, size - 2)) for size in shape]
        for border in ("zeros", "project"):
            cases.append([image.tolist(), weight.tolist(), offset.tolist(), point, border])
            column, output = expected(image, weight, offset, point, border)
            wanted.append([*column, output])
    got = page.evaluate(
        """cases => cases.map(c => { const r = dcnFigures.kernel.compute(...c);
             return [...r.column, r.output]; })""",
        cases,
    )
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-12)


@pytest.mark.browser
@pytest.mark.parametrize("border", ["zeros", "project"])
def test_the_printed_column_and_output_are_the_computed_ones(open_page, border):
    offset = np.random.default_rng(1).uniform(-1, 1, (9, 2)).round(2)
    figure = KernelFigure(image=RAMP, offset=offset, point=(1, 2), border=border)
    column, output = expected(RAMP, figure.weight, offset, (1, 2), border)
    shown, total = printed(open_page(figure))
    assert shown == pytest.approx(list(column), abs=5.1e-4)
    assert total == pytest.approx(output, abs=5.1e-4)


def tap(page, k):
    box = page.get_by_role("slider", name=f"Tap {k}", exact=True).locator(".dcn-dot").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def unit(page):
    return page.locator(".dcn-extent").bounding_box()["width"] / 4


@pytest.mark.browser
def test_a_mouse_drags_one_tap_and_the_output_follows(open_page):
    page = open_page(KernelFigure(image=RAMP, offset=STILL, point=(0, 1)))
    left, top = tap(page, 2)
    page.mouse.move(left + 2, top - 2)
    page.mouse.down()
    page.mouse.move(left + 2 + unit(page) / 2, top - 2 - 30 * unit(page), steps=4)
    page.mouse.up()
    places = page.locator("tbody td:nth-child(2)").all_text_contents()
    y, x = (number(text) for text in places[2].strip("()").split(", "))
    assert (y, x) == (-1.5, pytest.approx(3.5, abs=0.02))  # held where the figure ends
    offset = [[y, x - 3] if k == 2 else pair for k, pair in enumerate(STILL)]
    column, output = expected(RAMP, KernelFigure().weight, offset, (0, 1), "zeros")
    assert printed(page) == (pytest.approx(list(column), abs=5.1e-4), pytest.approx(output, abs=5.1e-4))


@pytest.mark.browser
def test_a_finger_drags_a_tap_and_beside_the_taps_it_scrolls(open_page):
    figure = KernelFigure(image=RAMP, offset=STILL, point=(1, 1))
    page = open_page(figure, width=360, has_touch=True, is_mobile=True)
    (left, top), send = tap(page, 8), touch(page)
    swipe(send, left, top, unit(page), 0)
    place = page.locator("tbody td:nth-child(2)").nth(8)
    assert place.text_content() == "(3.00, 4.00)"
    assert page.evaluate("scrollY") == 0
    swipe(send, left - 4 * unit(page), top + unit(page), 0, -150)
    page.wait_for_function("scrollY > 50")
    assert place.text_content() == "(3.00, 4.00)"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("key", "place"),
    [("ArrowDown", "(2.05, 2.00)"), ("Shift+ArrowLeft", "(2.00, 1.75)"), ("PageUp", "(1.00, 2.00)")],
)
def test_keys_move_the_tap_that_has_the_focus(open_page, key, place):
    page = open_page(KernelFigure(image=RAMP, offset=STILL, point=(1, 1)))
    handle = page.get_by_role("slider", name="Tap 4", exact=True)
    handle.focus()
    page.keyboard.press(key)
    places = page.locator("tbody td:nth-child(2)").all_text_contents()
    assert places[4] == place
    assert [text for k, text in enumerate(places) if k != 4] == [
        f"({1 + k // 3}.00, {1 + k % 3}.00)" for k in range(9) if k != 4
    ]
    column, output = printed(page)
    assert f"reads {column[4]:.3f}, output {output:.3f}" in handle.get_attribute("aria-valuetext").replace(
        "\N{MINUS SIGN}", "-"
    )
    assert page.locator("tbody tr.dcn-on").text_content().startswith("4")


@pytest.mark.browser
def test_the_buttons_set_the_offsets_by_their_formulas(open_page):
    page = open_page(KernelFigure(point=(1, 1)))
    middle = np.array([divmod(k, 3) for k in range(9)]) - 1.0
    turn = np.array([[np.cos(np.pi / 6), np.sin(np.pi / 6)], [-np.sin(np.pi / 6), np.cos(np.pi / 6)]])
    for name, places in (
        ("zero", middle),
        ("shifted", middle + 0.5),
        ("spread", 1.5 * middle),
        ("turned", middle @ turn.T),
    ):
        page.get_by_role("button", name=name).click()
        texts = page.locator("tbody td:nth-child(2)").all_text_contents()
        got = [[number(word) for word in text.strip("()").split(", ")] for text in texts]
        np.testing.assert_allclose(got, places + 2, atol=0.0051)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"offset": np.zeros((3, 2))}, ValueError, r"^offset must have two dimensions of 9 by 2 .*\(3, 2\)"),
        ({"offset": "left"}, TypeError, r"^offset must be a two-dimensional array of numbers, got 'left'"),
        ({"offset": [[0, 9]] * 9}, ValueError, r"^offset: place x of tap 0 must lie in \[-1.5, 6.5\].*10"),
        ({"weight": np.zeros((2, 2))}, ValueError, r"^weight must have two dimensions of 3 by 3 .*\(2, 2\)"),
        ({"border": "wrap"}, ValueError, r"^border must be 'zeros' or 'project', got 'wrap'"),
        ({"point": (3, 0)}, ValueError, r"^point in y must lie in \[0, 2\], got 3"),
        ({"point": (0.5, 0)}, TypeError, r"^point in y must be an integer, got 0.5"),
        ({"point": 1}, TypeError, r"^point must be a pair of integers, got 1"),
        ({"image": np.ones((2, 5))}, ValueError, r"^image must have at least 3 rows and columns.*\(2, 5\)"),
    ],
)
def test_a_bad_argument_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        KernelFigure(**arguments)


def test_a_smaller_image_brings_point_and_taps_back_into_view():
    figure = KernelFigure(point=(2, 3), offset=[[1.5, 1.5]] * 9)
    figure.image = np.ones((3, 3))
    assert figure.point == [0, 0]
    places = np.add([divmod(k, 3) for k in range(9)], figure.offset)
    assert places.max() == 3.5
    assert places.min() == 1.5


def test_the_text_equivalent_says_column_and_output():
    figure = KernelFigure(image=RAMP, offset=[[0.25, -0.5]] * 9, point=(1, 0), border="project")
    column, output = expected(RAMP, figure.weight, figure.offset, (1, 0), "project")
    assert ", ".join(f"{value:.3f}" for value in column) in figure.describe()
    assert f"the output is {output:.3f}" in figure.describe()
