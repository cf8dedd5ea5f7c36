"""The check as a student meets it: the verdict, and what the report says."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from unusual_solutions import UNUSUAL

from dcn_course.checking import build, layout
from dcn_course.checking import check as check_functions
from dcn_course.checking.catalogue import NoSuchExerciseError, exercise, numbers
from dcn_course.checking.check import check_file
from dcn_course.checking.compare import Trial, differ, fault_of, trials
from dcn_course.checking.ladder import ladder
from dcn_course.checking.ladder.model import FIXED_SEEDS
from dcn_course.checking.mutants.model import namespace
from dcn_course.checking.runner import Outcome

MEMORY = 2**30
LINUX = sys.platform == "linux"


@pytest.fixture
def student(tmp_path):
    """Check the solution of an exercise with some text in it changed, or with code after it."""

    def run(number, *changes, after="", **options):
        text = layout.solved(number)
        for old, new in changes:
            assert text.count(old) == 1, (old, text.count(old))
            text = text.replace(old, new)
        path = tmp_path / f"{exercise(number).stem}.py"
        path.write_text(text + after, encoding="utf-8")
        return check_file(number, path, seed=7, **options)

    return run


# The verdict


@pytest.mark.parametrize("number", numbers())
def test_the_solution_passes_and_the_untouched_exercise_does_not(number, tmp_path):
    path = tmp_path / f"{exercise(number).stem}.py"
    path.write_text(layout.solved(number), encoding="utf-8")
    report = check_file(number, path)
    assert report.passed, str(report)
    assert {step.state for step in report.steps} == {"right"}
    path.write_text(build.percent(number), encoding="utf-8")
    report = check_file(number, path)
    assert not report.passed
    assert report.steps[0].state == "to do"


@pytest.mark.parametrize("number", numbers())
def test_with_the_question_answered_the_first_function_is_to_be_written(number, tmp_path):
    path = tmp_path / f"{exercise(number).stem}.py"
    text = build.percent(number).replace("prediction = ...", f"prediction = {exercise(number).prediction}")
    path.write_text(text, encoding="utf-8")
    report = check_file(number, path)
    assert not report.passed
    assert [step.state for step in report.steps][:2] == ["right", "to do"]
    assert "is to be written: about" in report.headline


@pytest.mark.parametrize(("number", "name", "code"), UNUSUAL, ids=[f"{n}: {name}" for n, name, _ in UNUSUAL])
def test_a_right_solution_passes_however_it_is_written(student, number, name, code):
    if "import torch" in code:
        pytest.importorskip("torch")
    report = student(number, after=code, seconds=60)
    assert report.passed, str(report)


def test_there_are_twenty_unusual_solutions_and_some_of_each_exercise():
    assert len(UNUSUAL) >= 20
    assert {number for number, _, _ in UNUSUAL} == set(numbers())


def test_a_single_precision_result_is_held_to_single_precision():
    want = np.array([1000.0, -3.0])
    assert not differ(want.astype(np.float32) * np.float32(1 + 1e-6), want).any()
    assert differ((want * 1.001).astype(np.float32), want).tolist() == [True, False]
    assert differ(want * (1 + 1e-6), want)[0]
    assert differ(np.array([np.nan, -3.0]), want).tolist() == [True, False]
    assert not differ(np.array([np.nan, np.inf]), np.array([np.nan, np.inf])).any()


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ((np.zeros((2, 2), int), np.zeros((2, 4)), 1), "count", "expected 2 (indices, weights), got 3"),
        ((np.zeros((2, 3), int), np.zeros((2, 4))), "shape", "indices: expected shape (2, 2), got (2, 3)"),
        ((np.zeros((2, 2)), np.zeros((2, 4))), "dtype", "expected whole numbers"),
        ((np.zeros((2, 2), int), np.zeros((2, 4), int)), "dtype", "the fractions are lost"),
        ((np.zeros((2, 2), int), None), "nothing", "returned None for weights"),
        ((None,), "nothing", "is its return there?"),
    ],
)
def test_shapes_and_dtypes_come_before_the_values(value, kind, words):
    rung = ladder(4).rung("locate")
    trial = Trial(rung, ladder(4).families[0], 0, {"points": np.full((2, 2), 0.25)})
    fault = fault_of(trial, Outcome(value, (), None))
    assert (fault.kind, words in fault.text) == (kind, True), fault.text


def test_a_function_that_changes_its_arguments_is_told_so(student):
    report = student(4, ("    t = points - indices", "    t = points - indices\n    points *= 1.5"))
    assert "changes its argument points in place" in report.headline


def test_inputs_are_the_same_for_a_seed_and_others_for_another():
    def arrays(seeds):
        return [
            v for t in trials(ladder(5), seeds) for v in t.arguments.values() if isinstance(v, np.ndarray)
        ]

    assert all(np.array_equal(a, b) for a, b in zip(arrays([3]), arrays([3]), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(arrays([3]), arrays([4]), strict=True))


@pytest.mark.parametrize("number", [4, 5])
def test_no_point_lies_at_a_kink_unless_its_kind_of_input_says_so(number):
    for trial in trials(ladder(number), range(40)):
        if trial.family.name == "lattice" or trial.rung.function == "pixel":
            continue
        a = trial.arguments
        places = a["points"] if "points" in a else a["indices"] + a["weights"][:, 2:]
        assert (abs(places - np.round(places)) > 1e-4).all(), (trial.family.name, trial.seed)


def test_the_kinds_of_input_hold_what_their_names_say():
    cases = {f.name: f for f in ladder(4).families}

    def points(name):
        return np.concatenate(
            [ladder(4).arguments(ladder(4).rung("locate"), cases[name], s)["points"] for s in FIXED_SEEDS]
        )

    assert (points("negative") < 0).any(axis=1).all()
    on_a_line = points("lattice") == np.floor(points("lattice"))
    assert on_a_line.any(axis=1).all()
    y, x = points("border").T
    assert (((y < 0) & (y > -1)) | ((y > 3) & (y < 4)) | ((x < 0) & (x > -1)) | ((x > 5) & (x < 6))).all()
    assert len(np.unique(points("repeated"), axis=0)) < len(points("repeated"))


# What the report says


def test_trunc_for_floor_is_found_located_explained_and_named(student):
    report = student(4, ("np.floor(points).astype(np.int64)", "points.astype(np.int64)"))
    said = str(report)
    assert [step.state for step in report.steps] == [
        "right",
        "wrong",
        "not looked at yet",
        "not looked at yet",
    ]
    assert re.match(r"locate: indices: \d+ of 16 entries are wrong", report.headline)
    assert "got 0, expected -1" in report.where[0]
    assert (
        report.where[1]
        == "Right on: interior, channels. Wrong on: border, negative, outside, repeated, lattice."
    )
    assert "belong to a negative coordinate" in report.common[0]
    assert "You cut towards zero" in report.mistake
    assert "points = np.array([[0.25, -0.25]])" in report.example
    assert "██" in said
    assert report.hint == exercise(4).gap("locate").hints[0]
    assert "bilinear-weights" in report.link[0]


def test_a_missing_term_is_named_by_its_coefficient(student):
    report = student(5, (" - w3 * X_right", ""))
    assert "your slopes has 0 · [∂/∂y: −w3·X(right of a)] (it is missing)" in report.terms
    assert "not one of the mistakes that are known" in report.mistake
    report = student(5, (" - w3 * X_right", " - 0.5 * w3 * X_right"))
    assert "0.5 · [∂/∂y: −w3·X(right of a)]" in report.terms
    report = student(5, (" - w3 * X_right", " + w3 * X_right"))
    assert "−1 · [∂/∂y: −w3·X(right of a)] (the sign is wrong)" in report.terms


def test_nothing_is_said_of_terms_where_the_result_is_not_made_of_them(student):
    report = student(5, (" - w3 * X_right", " - w3 * X_right ** 2"))
    assert not report.passed
    assert report.terms == ""


def test_equals_for_plus_equals_is_where_points_share_pixels(student):
    report = student(5, ("qx] += share", "qx] = share"))
    assert "are pixels that more than one point reads; no right one does" in report.common[0]
    assert "Where several points read the same pixel" in report.mistake


def test_an_unknown_mistake_is_called_unknown(student):
    report = student(4, ("w0 * w1 * pixel(image, ay, ax)", "w0 * w1 ** 3 * pixel(image, ay, ax)"))
    assert "not one of the mistakes that are known" in report.mistake


def test_a_mistake_on_one_input_alone_is_not_named(student):
    report = student(
        4,
        (
            "    t = points - indices",
            "    if points[0, 0] < -2:\n        return indices * 0, points\n    t = points - indices",
        ),
    )
    assert not report.passed
    assert report.mistake in ("", "it is not one of the mistakes that are known here.")


def test_the_hints_come_one_after_the_other_and_the_last_stays(student):
    hints = exercise(4).gap("locate").hints
    wrong = ("np.floor(points).astype(np.int64)", "points.astype(np.int64)")
    given = [student(4, wrong, hints={"locate": n}).hint for n in range(len(hints) + 1)]
    assert given == [*hints, hints[-1]]


@pytest.mark.parametrize("number", numbers())
def test_the_question_is_checked_first_and_known_wrong_answers_are_explained(student, number):
    right = f"prediction = {exercise(number).prediction}"
    report = student(number, (right, "prediction = 0.123"))
    assert [step.state for step in report.steps][:2] == ["wrong", "not looked at yet"]
    for mistake in exercise(number).mistakes:
        assert mistake.because in student(number, (right, f"prediction = {mistake.prediction}")).headline
    assert "no number" in student(number, (right, 'prediction = "ten"')).headline
    as_array = f"prediction = __import__('numpy').array({exercise(number).prediction})"
    assert student(number, (right, as_array)).passed


def test_the_answers_to_the_questions_are_those_of_the_specification():
    from dcn_course.reference import bilinear_derivative, bilinear_sample, conv2d

    image = np.array([[1.0, 2], [3, 4]])[None, None]
    assert conv2d(image, image, padding=1)[0, 0, 1:, 1:].tolist() == exercise(1).prediction
    image = np.array([[10.0, 20], [40, 80]])
    value, sample = bilinear_sample(image, 0.25, 0.5)
    assert value == exercise(4).prediction
    assert list(bilinear_derivative(image, sample)) == exercise(5).prediction


def test_the_answers_to_the_questions_of_the_whole_layer_are_those_of_the_specification():
    from dcn_course.reference import deform_conv2d_backward, deform_im2col, deformable_conv2d_grad_input

    def array(*numbers):
        return np.array(numbers, float)

    image = array(2, 5, 1, 3).reshape(1, 1, 2, 2)
    one = array(1).reshape(1, 1, 1, 1)
    predictor, bias = array(0, 0.2).reshape(2, 1, 1, 1), array(0, 0.1)
    δ = array(1, 0, 0, 0).reshape(1, 1, 2, 2)
    found = deformable_conv2d_grad_input(δ, image, predictor, bias, one)
    assert np.allclose(found.total[0, 0], exercise(11).prediction)
    firsts = exercise(11).mistakes
    assert np.allclose(found.through_dc[0, 0], firsts[0].prediction)
    assert np.allclose(found.through_op[0, 0], firsts[1].prediction)

    image, offset = array(10, 20, 40, 80).reshape(1, 1, 2, 2), array(0.25, 0.5).reshape(1, 2, 1, 1)
    back = deform_conv2d_backward(2 * one, image, offset, 3 * one, array(1), 2)
    assert [back.weight.item(), back.bias.item(), *back.offset.ravel()] == exercise(12).prediction

    kernels = array(1, -2, 0, -3, -1, 2, 4, 0).reshape(2, 2, 2)
    assert abs(kernels).sum(axis=0).tolist() == exercise(14).prediction
    A = deform_im2col(np.zeros((1, 2, 2, 2)), np.zeros((1, 8, 3, 3)), 2, padding=1)
    assert [A.indices[..., 0].size, A.columns.size, 4 * A.columns.size] == exercise(15).prediction


def test_what_the_file_prints_is_shown(student):
    report = student(4, after="\nprint('here I am')\n")
    assert report.printed == "here I am\n"
    assert "here I am" in str(report)


def test_the_html_report_is_well_formed_and_shows_nothing_as_markup(student):
    report = student(
        4, ("np.floor(points).astype(np.int64)", "points.astype(np.int64)"), after="\nprint('<b>&')\n"
    )
    html = report._repr_html_()
    tree = ElementTree.fromstring(html)
    assert len(tree.findall(".//{http://www.w3.org/2000/svg}svg")) == len(report.heats) == 1
    assert "&lt;b&gt;&amp;" in html
    for words in (report.headline, report.mistake, report.common[0], report.example.split("\n")[2]):
        assert words in "".join(tree.itertext())


# Limits


def test_an_endless_loop_ends_and_the_function_is_named(student):
    began = time.monotonic()
    report = student(
        4, ("    t = points - indices", "    while True: pass\n    t = points - indices"), seconds=2
    )
    assert time.monotonic() - began < 60
    assert report.headline.startswith("locate on points between the pixels: it did not end within 2 s.")
    report = student(4, after="\nwhile True: pass\n", seconds=1)
    assert "before any function was called: it did not end within 1 s" in report.headline


def test_what_the_file_left_running_is_ended_too(student, tmp_path):
    code = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3); open({str(tmp_path / "alive")!r}, 'w')"])
"""
    assert student(4, after=code).passed
    time.sleep(4)
    assert not (tmp_path / "alive").exists() or os.name == "nt"


def test_endless_printing_fills_neither_memory_nor_disk(student):
    report = student(4, after="\nwhile True: print('x' * 1000)\n", seconds=2)
    assert "did not end" in report.headline
    assert len(report.printed) <= 20_000


@pytest.mark.skipif(not LINUX, reason="needs a limit on memory, which only Linux keeps")
def test_too_much_memory_is_an_error_and_not_a_swapping_machine(student):
    report = student(
        4, ("    t = points - indices", "    x = np.ones(2**28)\n    t = points - indices"), memory=MEMORY
    )
    assert not report.passed
    assert "MemoryError" in report.headline


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("x = = 1", "SyntaxError: invalid syntax"),
        ("import os\nos._exit(5)", "the process ended by itself, with exit code 5"),
        ("1 / 0", "ZeroDivisionError"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_a_file_that_does_not_run_is_said_so(student, code, words):
    if "SIGSEGV" in code and os.name == "nt":
        pytest.skip("needs POSIX signals")
    report = student(4, after=f"\n{code}\n")
    assert not report.passed
    assert words in report.headline


def test_the_line_of_an_error_is_named(student, tmp_path):
    report = student(4, ("    t = points - indices", "    t = points - indice"))
    line = (tmp_path / "04_bilinear_sampling.py").read_text().split("\n").index("    t = points - indice") + 1
    assert f"NameError: name 'indice' is not defined (line {line})" in report.headline
    report = student(4, ("    t = points - indices", "    t = = 1"))
    assert f"in line {line}: SyntaxError" in report.headline


def test_an_exit_inside_a_function_is_said_so(student):
    report = student(4, ("    t = points - indices", "    import sys; sys.exit()\n    t = 0"))
    assert "locate: SystemExit" in report.headline


def test_a_renamed_function_is_missing_and_the_new_name_is_guessed(student):
    report = student(4, ("def locate(points):", "def localte(points):"))
    assert "there is no function locate; localte has another name" in report.headline


def test_a_function_that_returns_nothing_is_told_so(student):
    report = student(4, ("    return indices, weights", "    return None"))
    assert "locate returned None: is its return there?" in report.headline


def test_the_memory_of_an_earlier_file_is_gone_and_its_folder_too(student, tmp_path):
    before = set(Path(os.environ.get("TMPDIR", "/tmp")).glob("dcn-check-*"))
    student(4)
    assert set(Path(os.environ.get("TMPDIR", "/tmp")).glob("dcn-check-*")) <= before
    assert not list(tmp_path.glob("__pycache__"))


# In a notebook


def functions(number):
    names = namespace(layout.solved(number))
    return {name: names[name] for name in exercise(number).objects}


@pytest.mark.parametrize("number", numbers())
def test_in_a_notebook_the_functions_are_checked_where_they_are(number):
    own = functions(number)
    report = check_functions(number, *own.values(), prediction=exercise(number).prediction)
    assert report.passed, str(report)
    *some, _ = own.values()
    report = check_functions(number, *some, prediction=exercise(number).prediction)
    assert "there is no function" in report.headline
    assert "Answer the question first" in check_functions(number, *own.values()).headline


def test_in_a_notebook_a_wrong_function_gets_the_same_report_as_in_a_file(student):
    names = namespace(
        layout.solved(4).replace("np.floor(points).astype(np.int64)", "points.astype(np.int64)")
    )
    own = [names[gap.function] for gap in exercise(4).gaps]
    here = check_functions(4, *own, prediction=26.25, seed=7)
    there = student(4, ("np.floor(points).astype(np.int64)", "points.astype(np.int64)"))
    assert str(here) == str(there)


@pytest.mark.skipif(os.name == "nt", reason="needs the alarm of POSIX systems")
def test_in_a_notebook_an_endless_loop_ends(student):
    def locate(points):
        while True:
            pass

    report = check_functions(4, locate, prediction=26.25, seconds=1)
    assert "locate on points between the pixels: it did not end within 1 s" in report.headline


def test_what_is_given_must_be_functions_of_an_exercise_that_is_there():
    with pytest.raises(TypeError, match="functions: expected functions, got 3"):
        check_functions(4, 3)
    with pytest.raises(NoSuchExerciseError, match="there is no exercise 99; there are 01"):
        check_functions(99)


# What it costs


@pytest.mark.parametrize("number", [number for number in numbers() if not exercise(number).needs])
def test_a_check_imports_neither_torch_nor_what_only_the_generator_needs(number, tmp_path):
    path = tmp_path / f"{exercise(number).stem}.py"
    for text in (layout.solved(number), build.percent(number)):
        path.write_text(text, encoding="utf-8")
        code = (
            "import sys\nfrom dcn_course.cli import main\n"
            f"try:\n    main(['check', {str(path)!r}])\nexcept SystemExit: pass\n"
            "print({'torch', 'libcst', 'jupytext', 'yaml', 'matplotlib', 'watchfiles'} & set(sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=120
        )
        assert done.stdout.splitlines()[-1] == "set()", done.stdout + done.stderr
