import html
import importlib
import json
import re
import sys

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="the live figures need the extra dcn-course[lab]")

from dcn_course.reference import bilinear_derivative, bilinear_sample
from dcn_course.widgets import BilinearFigure

IMAGE = [[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]]


def state_in(page: str) -> dict:
    """What a browser reads from the data-state attribute."""
    (attribute,) = re.findall(r'data-state="([^"]*)"', page)
    return json.loads(html.unescape(attribute))


def test_a_figure_keeps_the_state_that_it_is_given():
    figure = BilinearFigure(y=-1.25, x=3.5, border="project", image=np.array(IMAGE, dtype=np.float32))
    assert figure.figure_state() == {"y": -1.25, "x": 3.5, "border": "project", "image": IMAGE}


def test_the_state_goes_to_the_browser_as_plain_json():
    figure = BilinearFigure(y=np.float32(0.5), x=1, image=np.array(IMAGE))
    sent = figure.get_state()
    assert json.loads(json.dumps({key: sent[key] for key in figure.figure_state()})) == figure.figure_state()


@pytest.mark.parametrize(
    ("argument", "error", "message"),
    [
        ({"y": -1.51}, ValueError, r"^y must lie in \[-1.5, 3.5\].*-1.51"),
        ({"x": 4.51}, ValueError, r"^x must lie in \[-1.5, 4.5\].*4.51"),
        ({"x": float("nan")}, ValueError, r"^x must lie in .*nan"),
        ({"y": float("inf")}, ValueError, r"^y must lie in .*inf"),
        ({"y": "1"}, TypeError, r"^y must be a number, got '1'"),
        ({"x": True}, TypeError, r"^x must be a number, got True"),
        ({"border": "reflect"}, ValueError, r"^border must be 'zeros' or 'project', got 'reflect'"),
        ({"image": [1, 2]}, ValueError, r"^image must have two dimensions.*\(2,\)"),
        ({"image": [[]]}, ValueError, r"^image must have two dimensions.*\(1, 0\)"),
        ({"image": np.zeros((13, 2))}, ValueError, r"^image must have two dimensions of 1 to 12.*\(13, 2\)"),
        ({"image": [[1, 2], [3]]}, TypeError, r"^image must be a two-dimensional array of numbers"),
        ({"image": "grey"}, TypeError, r"^image must be a two-dimensional array of numbers, got 'grey'"),
        ({"image": [[0.0, float("inf")]]}, ValueError, r"^image must hold finite numbers.*inf"),
    ],
)
def test_a_bad_argument_is_named_at_construction_and_later(argument, error, message):
    with pytest.raises(error, match=message):
        BilinearFigure(**argument)
    figure = BilinearFigure()
    before = figure.figure_state()
    ((name, value),) = argument.items()
    with pytest.raises(error, match=message):
        setattr(figure, name, value)
    assert figure.figure_state() == before


def test_the_point_is_checked_against_the_image_that_comes_with_it():
    assert BilinearFigure(y=6.5, image=np.zeros((6, 1)), x=0).y == 6.5
    with pytest.raises(ValueError, match=r"^y must lie in \[-1.5, 2.5\]"):
        BilinearFigure(y=3, x=0, image=IMAGE)


def test_a_smaller_image_brings_the_point_back_into_view():
    figure = BilinearFigure(y=3.5, x=-1.5)
    figure.image = IMAGE
    assert (figure.y, figure.x) == (2.5, -1.5)


def test_the_static_figure_carries_the_state():
    figure = BilinearFigure(y=0.1 + 0.2, x=-0.75, border="project", image=IMAGE)
    page = figure.to_html()
    assert page.startswith('<div class="dcn-figure" data-figure="bilinear"')
    assert state_in(page) == figure.figure_state()


def test_nothing_in_the_state_can_leave_its_attribute():
    class Hostile(BilinearFigure):
        figure = 'a"><script>'

        def figure_state(self):
            return {"border": "\"'><script>alert(1)</script>&quot;"}

        def describe(self):
            return "<script>alert(2)</script>"

    page = Hostile().to_html()
    assert "<script" not in page
    assert page.count('"') == 6  # three attributes, and no quote of the state's
    assert state_in(page) == Hostile().figure_state()


@pytest.mark.parametrize("border", ["zeros", "project"])
def test_the_text_equivalent_says_value_and_slopes(border):
    figure = BilinearFigure(y=1.4, x=-0.3, border=border, image=IMAGE)
    value, sample = bilinear_sample(np.array(IMAGE), 1.4, -0.3, border)
    down, right = bilinear_derivative(np.array(IMAGE), sample)
    for number in (value, down, right):
        assert f"= {number:.4f}" in figure.describe()
    assert html.escape(figure.describe()) in figure.to_html()


def test_a_notebook_gets_the_live_widget_and_the_static_figure():
    figure = BilinearFigure()
    bundle, _ = figure._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
    assert bundle["text/html"] == figure.to_html()


def test_the_printed_form_is_the_same_in_every_run():
    text = repr(BilinearFigure(y=0.5, x=1, image=IMAGE))
    assert text == f"BilinearFigure(border='zeros', image={IMAGE}, x=1.0, y=0.5)"


def test_without_anywidget_the_error_names_the_extra(monkeypatch):
    for name in ("dcn_course.widgets.figure", "dcn_course.widgets.bilinear"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    widgets = importlib.import_module("dcn_course.widgets")
    monkeypatch.delitem(vars(widgets), "BilinearFigure", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'dcn-course\[lab\]'"):
        widgets.BilinearFigure  # noqa: B018
