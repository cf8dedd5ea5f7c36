"""What of the course the students' programs may import: enough for every solution, and no answer."""

import ast
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.checking.catalogue import exercise, numbers
    from dcn_course.checking.mutants.model import program
    from dcn_course.grading.exercise import grade_exercise, hidden_seeds
    from dcn_course.grading.given import given
    from dcn_course.grading.sandbox.plan import Limits
    from dcn_course.grading.worker import NoIsolationError, Worker

    NUMPY_ALONE = [number for number in numbers() if not exercise(number).needs]
    GIVING = [number for number in NUMPY_ALONE if given(number) and exercise(number).forbidden]
else:
    NUMPY_ALONE = GIVING = []


@pytest.fixture(scope="module")
def worker():
    try:
        with Worker() as there:
            yield there
    except NoIsolationError as error:
        pytest.skip(f"this system cannot shut programs in: {error}")


def graded(number, source, worker):
    files = {"answer.py": source.encode()}
    return grade_exercise(number, worker, files, "answer.py", hidden_seeds("s", "d", number), Limits()).report


@pytest.mark.parametrize("number", NUMPY_ALONE)
def test_the_solution_of_each_numpy_exercise_passes_in_the_isolated_worker(number, worker):
    report = graded(number, program(number), worker)
    assert (report.passed, report.headline) == (True, "All right: every entry, on every input.")


def test_some_exercises_give_parts_of_the_course_and_those_that_forbid_it_give_nothing():
    assert GIVING
    assert given(4) == {}


@pytest.mark.parametrize("number", GIVING)
def test_the_given_files_hold_no_forbidden_name(number):
    names = {name.rpartition(".")[2] for name in exercise(number).forbidden}
    for name, content in given(number).items():
        for node in ast.walk(ast.parse(content)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                assert node.name not in names, name
            elif isinstance(node, ast.ImportFrom):
                assert names.isdisjoint(alias.name for alias in node.names), name
        assert content == b"" or b"import" in content or b"def " in content


@pytest.mark.parametrize("number", GIVING)
def test_a_program_that_asks_for_the_answer_by_another_way_does_not_find_it(number, worker):
    name = exercise(number).forbidden[0].rpartition(".")[2]
    sly = (
        f"{program(number)}\nimport importlib\n"
        f"module = importlib.import_module('dcn_course.' + 'reference.deformable')\n"
        f"getattr(module, {name[:6]!r} + {name[6:]!r})\n"
    )
    report = graded(number, sly, worker)
    assert not report.passed
    assert "AttributeError" in report.headline
