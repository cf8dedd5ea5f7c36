"""Exercises 02, 03, 06 and 07: their questions, and what the report says of typical mistakes."""

import numpy as np
import pytest

from dcn_course import reference
from dcn_course.checking import layout
from dcn_course.checking.catalogue import exercise
from dcn_course.checking.check import check_file
from dcn_course.checking.compare import trials
from dcn_course.checking.formula import Formula
from dcn_course.checking.ladder import ladder
from dcn_course.checking.master import span
from dcn_course.checking.mutants import named

SQUARE = np.array([[10.0, 20], [40, 80]])


@pytest.fixture
def report_of(tmp_path):
    """Check the solution with a named mutant's mistake in it, or with a text changed in one function."""

    def run(number, function, mistake):
        text = layout.solved(number)
        if isinstance(mistake, str):
            (mutant,) = [m for m in named(number) if (m.function, m.name) == (function, mistake)]
            changes = mutant.changes
        else:
            changes = [mistake]
        start, end = span(text, function)
        body = text[start:end]
        for old, new in changes:
            assert body.count(old) == 1
            body = body.replace(old, new)
        path = tmp_path / f"{exercise(number).stem}.py"
        path.write_text(text[:start] + body + text[end:], encoding="utf-8")
        return check_file(number, path, seed=7)

    return run


# The questions


def wrong(number):
    """The wrong answers that are known, by a word of their explanation."""
    return {mistake.because: mistake.prediction for mistake in exercise(number).mistakes}


def of(number, word):
    (found,) = [prediction for because, prediction in wrong(number).items() if word in because]
    return found


def test_the_answer_and_the_wrong_ones_of_the_convolution_gradients():
    K, δ = np.array([[[[1.0, 2]]]]), np.array([[[[1.0, 4, 2], [0, 3, 5]]]])
    grad = reference.conv2d_grad_input(δ, K, (1, 1, 2, 2), padding=(0, 1))
    assert grad[0, 0].tolist() == exercise(2).prediction
    assert reference.conv2d(δ, K)[0, 0].tolist() == of(2, "turned round")
    for word, kernel in (("second tap alone", [0, 2]), ("first tap alone", [1, 0]), ("forgotten", [1, 1])):
        part = np.array([[[kernel]]], float)
        grad = reference.conv2d_grad_input(δ, part, (1, 1, 2, 2), padding=(0, 1))
        assert grad[0, 0].tolist() == of(2, word)


def test_the_answer_and_the_wrong_ones_of_the_numerical_jacobian():
    def f(x):
        return np.array([x[0] * x[1], x[0] ** 3])

    x = np.array([1.0, 2.0])
    J = reference.numerical_jacobian(f, x, 1.0)
    assert J.tolist() == exercise(3).prediction
    assert (2 * J).tolist() == of(3, "2ε apart")
    assert J.T.tolist() == of(3, "transposed")
    assert reference.numerical_jacobian(f, x).round(6).tolist() == of(3, "derivatives themselves")
    one_sided = np.stack([f(x + e) - f(x) for e in np.eye(2)], axis=1)
    assert one_sided.tolist() == of(3, "one side alone")


def read(y, x, border):
    value, sample = reference.bilinear_sample(SQUARE, y, x, border)
    return [value, *reference.bilinear_derivative(SQUARE, sample)]


def test_the_answer_and_the_wrong_ones_of_the_projection():
    assert read(-0.5, 0.25, "project") == exercise(6).prediction
    assert read(-0.5, 0.25, "zeros") == of(6, "rule zeros")
    assert read(0, 0.25, "zeros") == of(6, "slope in y")
    assert [read(0, 0.25, "zeros")[0], 0, 0] == of(6, "held in y alone")
    assert [SQUARE[0, 0], 0, 0] == of(6, "nearest pixel")


def test_the_answer_and_the_wrong_ones_of_the_deformable_convolution():
    def values(*offset):
        given = np.array(offset, float)[None, :, None, None] * np.ones((1, 1, 2, 1))
        return reference.deform_im2col(SQUARE[None, None], given, (1, 2)).columns[0, :, 0].tolist()

    a, b, c, d = 0.5, 0, 0.25, -0.5
    assert values(a, b, c, d) == exercise(7).prediction
    assert values(a, c, b, d) == of(7, "y, y, x, x")
    assert values(b, a, d, c) == of(7, "(x, y)")
    assert values(a, b, c, d - 1) == of(7, "does not replace")
    assert values(0, 0, 0, 0) == of(7, "without their offsets")


# The report


def test_the_layout_of_the_offsets_is_named(report_of):
    report = report_of(7, "sampling_positions", "offsets as all y, then all x")
    assert "They stand tap by tap" in report.mistake
    assert "positions:" in report.headline
    assert "offset group 0" in report.where[0]


def test_a_missing_term_of_a_position_is_named(report_of):
    report = report_of(7, "sampling_positions", (" - py", ""))
    assert "0 · [−py] (it is missing)" in report.terms
    assert report.common == () or "padding" not in report.common[0]
    report = report_of(7, "sampling_positions", ("dx * j", "2 * dx * j"))
    assert "2 · [dx·j]" in report.terms


def test_a_forgotten_border_shows_where_it_holds_the_samples(report_of):
    report = report_of(7, "deform_im2col", "always zeros outside")
    assert "are held by the border; no right one does" in report.common[0]
    assert "Right on: inside, channels, edges, outside, repeated, groups." in report.where[1]
    assert "border = 'project'" in report.example
    assert report.heats[0].title == "the samples, by the cell that they lie in"


def test_equals_for_plus_equals_is_where_several_taps_read(report_of):
    report = report_of(2, "col2im", "= for +=")
    assert "are pixels that several taps read; no right one does" in report.common[0]
    assert "only the last one remains" in report.mistake


def test_a_forgotten_sum_over_the_images_is_a_missing_term(report_of):
    report = report_of(2, "conv2d_grad_weight", "first image's kernel")
    assert "0 · [δAᵀ of the other images] (it is missing)" in report.terms
    assert "belong to a batch of several images; no right one does" in report.common[0]
    report = report_of(2, "conv2d_grad_bias", "first image's bias")
    assert "0 · [δ of the other images] (it is missing)" in report.terms


def test_holding_both_axes_is_where_one_is_free(report_of):
    report = report_of(6, "projection_slopes", "held in both axes")
    assert "are free while the other axis is held; no right one does" in report.common[0]
    report = report_of(6, "projected_grad_points", ("+ w3 * (X_diagonal - X_right)", ""))
    assert "0 · [∂/∂y: w3·X(diagonal)] (it is missing)" in report.terms


def test_a_view_that_changes_is_found_and_shown_with_its_function(report_of):
    report = report_of(3, "numerical_jacobian", "the copy moved while f's result is a view of it")
    assert "Right on: cubes, linear, mixed, arrays, number, kink. Wrong on: views, writes." in report.where[1]
    assert "f = lambda x: x\n" in report.example
    report = report_of(3, "numerical_jacobian", "divided by ε")
    assert "2 · [f(x + εe)/(2ε)], 2 · [−f(x − εe)/(2ε)]" in report.terms


def test_an_array_without_axes_stays_one_in_the_example(report_of):
    report = report_of(3, "numerical_gradient", "J times δ")
    assert "grad_output = np.array(2.0)" in report.example


# The inputs


def test_the_points_of_the_projection_lie_where_their_kind_says():
    found = ladder(6)
    for trial in trials(found, range(20)):
        if trial.rung.function != "projected_values":
            continue
        points, last = trial.arguments["points"], np.array(trial.arguments["image"].shape[1:]) - 1
        name = trial.family.name
        outside = (points < 0) | (points > last)
        assert (abs(points - np.round(points)) > 5e-4).all() == (name != "rim")
        assert (name not in ("interior", "rim")) or not outside.any()
        assert (name not in ("edges", "before", "behind")) or outside.any(axis=1).all()
        assert name != "corners" or outside.all()
        assert name != "before" or (points < 0).any(axis=1).all()
        assert name != "behind" or (points > last).any(axis=1).all()
        assert name != "line" or last.min() == 0


# Functions as arguments


def test_a_formula_is_a_function_that_shows_as_its_source():
    f = Formula("lambda x: np.abs(x) + 1")
    assert f(np.array([-2.0])).tolist() == [3]
    assert repr(f) == "lambda x: np.abs(x) + 1"
    assert eval(repr(f), {"np": np})(-2) == 3


def test_a_formula_reaches_the_students_process(report_of):
    report = report_of(
        3, "numerical_jacobian", ("    columns = []", "    print(f(x), type(f))\n    columns = []")
    )
    assert "<class 'function'>" in report.printed


def test_the_best_step_has_the_smallest_bound():
    F, M, u = 0.7, 3.0, 2.0**-24
    step, bound = ladder(3).rung("best_step").reference(F, M, u)
    around = step * np.array([0.5, 0.9, 1.1, 2])
    assert (M / 6 * around**2 + u * F / around > bound).all()
    assert abs(M / 3 * step - u * F / step**2) < 1e-12
