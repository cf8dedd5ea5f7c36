"""The exercises on the gradients of the deformable convolution: what their checks know and say."""

import re

import numpy as np
import pytest

from dcn_course.checking.catalogue import exercise, numbers
from dcn_course.checking.check import check
from dcn_course.checking.compare import trials
from dcn_course.checking.ladder import ladder
from dcn_course.checking.ladder.model import FIXED_SEEDS
from dcn_course.checking.mutants.model import Mutant, namespace, program
from dcn_course.reference import deform_conv2d_backward

WAY_BACK = [number for number in (8, 9, 10, 16) if number in numbers()]


def report(number, function, *changes):
    """Check a solution with some text of a function changed."""
    names = namespace(program(number, Mutant("changed", function, changes, "")))
    functions = [names[gap.function] for gap in exercise(number).gaps]
    return check(number, *functions, prediction=exercise(number).prediction, seed=7, seconds=60)


def gradients(image, grad_output, offset, weight, mask=None, border="zeros"):
    arrays = [np.array(a, float) for a in (grad_output, image, offset, weight)]
    return deform_conv2d_backward(*arrays, np.zeros(1), mask=mask, border=border)


def test_the_answer_of_exercise_08_is_that_of_the_specification():
    offset = np.array([[[0.5, 0.25], [0, 0]], [[0, 0], [0, 0]]])[None]
    found = gradients([[[[1, 3], [5, 11]]]], [[[[2, 4], [0, 0]]]], offset, [[[[1]]]])
    assert [found.weight.item(), found.bias.item()] == exercise(8).prediction


def test_the_answer_of_exercise_09_is_that_of_the_specification():
    # One output point, a kernel of 1x2 taps; the second tap stands at x = 1 without its offset.
    offset = np.array([0.5, 0.5, -0.5, -0.25]).reshape(1, 4, 1, 1)
    grad_output = np.array([2.0, 0]).reshape(1, 1, 2, 1)
    found = gradients([[[[1, 2], [3, 4]]]], grad_output, np.tile(offset, (1, 1, 2, 1)), [[[[4, 8]]]])
    assert found.input[0, 0].tolist() == exercise(9).prediction


def test_the_answer_of_exercise_10_is_that_of_the_specification():
    offset = np.array([[[0.25, -0.25], [0, 0]], [[0.5, -0.5], [0, 0]]])[None]
    grad_output = np.array([[[[2.0, 2], [0, 0]]]])
    found = gradients([[[[1, 3], [5, 11]]]], grad_output, offset, [[[[5]]]], border="project").offset
    assert [found[0, :, 0, 0].tolist(), found[0, :, 0, 1].tolist()] == exercise(10).prediction


def test_the_answer_of_exercise_16_is_that_of_the_specification():
    offset, mask = np.array([0.25, 0.5]).reshape(1, 2, 1, 1), np.array([[[[0.5]]]])
    offset, mask = (np.tile(a, (1, 1, 2, 2)) for a in (offset, mask))
    found = gradients([[[[1, 3], [5, 11]]]], [[[[4, 0], [0, 0]]]], offset, [[[[2]]]], mask)
    assert [found.mask[0, 0, 0, 0], *found.offset[0, :, 0, 0]] == exercise(16).prediction


@pytest.mark.parametrize("number", WAY_BACK)
def test_no_position_lies_at_a_kink(number):
    seen = 0
    for trial in trials(ladder(number), range(20)):
        a = trial.arguments
        if "offset" in a:  # whole numbers are added to it
            assert (abs(a["offset"] - np.round(a["offset"])) > 1e-4).all(), (trial.family.name, trial.seed)
            seen += 1
    assert seen


@pytest.mark.parametrize("number", WAY_BACK)
def test_both_borders_are_asked_for_and_samples_lie_inside_outside_and_on_negative_coordinates(number):
    borders = {t.arguments["border"] for t in trials(ladder(number), [0]) if "border" in t.arguments}
    assert borders == {"zeros", "project"}
    shapes = [t.arguments for t in trials(ladder(number), FIXED_SEEDS) if "border" in t.arguments]
    assert any(len(a["input"]) > 1 for a in shapes)
    assert any(a["input"].shape[1] > 1 for a in shapes)
    assert all(a["input"].shape[2] != a["input"].shape[3] for a in shapes)
    assert any(
        a["stride"][0] != a["stride"][1] and min(a["padding"]) and max(a["dilation"]) > 1 for a in shapes
    )


def test_a_missing_term_of_a_slope_is_named_with_its_equation():
    y = "-w1 * X_a + w1 * X_down + w3 * X_diagonal - w3 * X_right"
    found = report(10, "sampling_slopes", (y, "w1 * X_down + w3 * X_diagonal"))
    assert found.terms == (
        "your ∂/∂y has 1·bottom [w1·X(below a) + w3·X(diagonal)] + 0·top [−w1·X(a) − w3·X(right of a)]: "
        "the second of these terms of bilinear-derivative-y is missing."
    )
    assert "the lower row alone" in found.mistake
    found = report(10, "sampling_slopes", (y, y.replace("- w3", "+ w3")))
    assert "−1·[−w3·X(right of a)]" in found.terms
    assert "the fourth of these terms of bilinear-derivative-y has the wrong sign" in found.terms
    found = report(10, "sampling_slopes", (y, f"0.5 * ({y})"))
    assert "the first of these terms of bilinear-derivative-y counts 0.5 times" in found.terms


def test_a_term_that_is_missing_in_the_whole_alone_is_named_too():
    collect = "return collect_offsets(g, slopes, buffers.indices.shape[1])"
    found = report(10, "deform_conv2d_grad_offset", (collect, "slopes[..., 1] *= 2\n    " + collect))
    assert found.terms == (
        "your ∂/∂x has 2·right [w2·X(diagonal) + w0·X(right of a)] + 2·left [−w0·X(a) − w2·X(below a)]: the "
        "first of these terms of bilinear-derivative-x counts 2 times, and the second of these terms of "
        "bilinear-derivative-x counts 2 times."
    )
    assert "not one of the mistakes that are known" in found.mistake


@pytest.mark.parametrize(
    ("function", "change"),
    [
        ("sampling_slopes", ("if not projected_y:", "if True:")),
        ("deform_conv2d_grad_offset", ("buffers.projected)", "np.zeros_like(buffers.projected))")),
    ],
)
def test_a_forgotten_clamp_is_a_term_that_does_not_belong_there(function, change):
    found = report(10, function, change)
    assert "1·[slope where the border holds the tap]: the last of them does not belong there." in found.terms
    assert re.search(r"held by the border( in this axis)?; no right one does", found.common[0])
    assert "The clamp is not differentiated" in found.mistake
    right, wrong = found.where[-1].split("Wrong on: ")
    assert wrong == "edges projected, outside projected, geometry."
    assert "edges, outside, repeated" in right
    assert "project" in found.example or "True" in found.example


def test_nothing_is_said_of_terms_where_the_slopes_are_not_made_of_them():
    found = report(10, "sampling_slopes", ("- w3 * X_right", "- w3 * X_right ** 2"))
    assert not found.passed
    assert found.terms == ""


def test_equals_for_plus_equals_in_the_scatter_is_where_samples_share_pixels():
    found = report(9, "scatter", ("grad_input[n, c1, qy, qx] +=", "grad_input[n, c1, qy, qx] ="))
    assert "are pixels that more than one sample reads" in found.common[0]
    assert "You write with =." in found.mistake
    assert found.heats[0].title == "the image"


def test_a_share_that_is_missing_in_the_scatter_is_named():
    found = report(9, "scatter", (", (ay + 1, ax + 1, w2 * w3)", ""))
    assert "0 · [w2·w3·g at the diagonal] (it is missing)" in found.terms


def test_a_bias_summed_over_too_few_axes_is_a_shape_and_its_known_mistake():
    found = report(8, "conv2d_grad_bias", ("axis=(0, 2, 3)", "axis=(2, 3)"))
    assert "expected shape (1,), got (1, 1)" in found.headline
    assert "too few axes: the images are left" in found.mistake


def test_a_last_image_alone_is_a_missing_term_of_the_sum():
    found = report(8, "matmul_grad_weight", ("for n in range(N):", "for n in range(min(N, 1)):"))
    assert "0 · [δ·A of the other images] (it is missing)" in found.terms


def test_a_missing_output_point_is_named_among_the_finer_terms():
    found = report(
        8, "matmul_grad_weight", ("delta[n] @ columns[n].T", "delta[n, :, 1:] @ columns[n, :, 1:].T")
    )
    assert "0 · [δ·A at the first output point of the first image] (it is missing)" in found.terms


def test_a_forgotten_mask_is_a_foreign_term():
    found = report(
        16, "deform_conv2d_backward", ("deform_conv2d_grad_offset(grad_values", "deform_conv2d_grad_offset(g")
    )
    assert found.terms == (
        "your gradient of the offsets has 0 · [m·g·slope] (it is missing), "
        "1 · [g·slope, without m], which is foreign to it."
    )
    assert "gradient of the offsets" in found.headline
    assert "The mask is missing in the gradient of the offsets" in found.mistake


def test_a_mask_in_its_own_gradient_is_a_foreign_term():
    found = report(16, "deform_conv2d_backward", ("grad_mask(g,", "grad_mask(grad_values,"))
    assert "1 · [m·g·X], which is foreign to it" in found.terms


def test_a_mask_that_comes_in_twice_is_a_foreign_term():
    found = report(16, "deform_conv2d_backward", ("buffers, input.shape)", "buffers, input.shape, mask)"))
    assert "1 · [the scatter of m·m·g], which is foreign to it" in found.terms


def test_a_sentence_that_ends_with_a_question_has_no_full_stop_behind_it():
    found = report(8, "deform_conv2d_grad_weight", ("y, x, border)", "y, x)"))
    assert found.common[0].endswith("is the border handed on?")
    found = report(9, "matmul_grad_columns", ("return K.T @ delta", "delta *= 2\n    return K.T @ delta / 2"))
    assert "work on a copy, on positions between the pixels" in found.headline
