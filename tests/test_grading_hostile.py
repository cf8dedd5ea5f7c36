"""Programs that nobody should trust: stopped, told why, and the next student is graded right."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from grading_attacks import ATTACKS, NAME, NUMBER, PASSES, RIGHT, WHOLE_FILES, WRONG, Attack
from unusual_solutions import UNUSUAL

from dcn_course.checking.compare import trials
from dcn_course.checking.ladder import ladder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.grading.exercise import grade_exercise, hidden_seeds
    from dcn_course.grading.isolation import probe
    from dcn_course.grading.sandbox.plan import Limits
    from dcn_course.grading.worker import Worker

    LIMITS = Limits(seconds=2.0, memory=2**29)
    PATIENT = Limits(seconds=60.0, memory=2**29)  # where the limit of time is not the subject
BOUND = 60  # seconds that nothing may take here, whatever it does; no measurement


@pytest.fixture(scope="module")
def isolation():
    found = probe()
    if not found.whole:
        pytest.skip(f"this system cannot shut programs in: {found}")
    return found


@pytest.fixture(scope="module")
def worker(isolation):
    with Worker() as worker:
        yield worker


def run(worker, content, limits=None, name=NAME, **files):
    """Grade a file of exercise 04; then the right solution in the same worker must still pass."""
    content = content.encode() if isinstance(content, str) else content
    seeds = hidden_seeds("secret", "digest", NUMBER)
    began = time.monotonic()
    graded = grade_exercise(NUMBER, worker, {name: content, **files}, name, seeds, limits or PATIENT)
    assert time.monotonic() - began < BOUND
    assert nobody_left(worker.uid)
    after = grade_exercise(NUMBER, worker, {NAME: RIGHT.encode()}, NAME, seeds, PATIENT)
    assert after.report.headline == PASSES
    return graded


def nobody_left(uid):
    """Whether no process of the user that root's worker takes for its students runs any more."""
    return uid not in map(owner, Path("/proc").glob("[0-9]*"))  # always so where the grader is no root: None


def owner(process):
    """The user of a process below /proc; -1 where it ended while we looked."""
    try:
        return process.stat().st_uid
    except OSError:
        return -1


@pytest.mark.parametrize(("name", "content", "reason"), WHOLE_FILES, ids=[name for name, *_ in WHOLE_FILES])
def test_a_file_that_is_no_solution_is_told_why(worker, name, content, reason):
    graded = run(worker, content)
    assert reason in graded.report.headline
    assert graded.report.passed == (reason == PASSES)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_the_report_says_exactly_what_was_wrong(worker, attack: Attack):
    graded = run(worker, f"{RIGHT}\n{attack.code}\n", LIMITS if attack.slow else PATIENT, **attack.files)
    assert attack.reason in graded.report.headline
    assert graded.report.passed == (attack.reason == PASSES)


@pytest.mark.parametrize("attack", [a for a in ATTACKS if not a.slow], ids=lambda attack: attack.name)
def test_no_trick_raises_the_score_of_a_wrong_solution(worker, attack: Attack):
    graded = run(worker, f"{WRONG}\n{attack.code}\n", **attack.files)
    assert not graded.report.passed
    if attack.reason == PASSES:
        assert graded.report.mistake.startswith("You round to the nearest pixel"), graded.report.headline


def test_a_fork_bomb_ends_at_the_limit_of_processes(isolation, worker):
    if not isolation.processes_limited:
        pytest.skip("the limit on processes does not bind here: a fork bomb would take the machine down")
    graded = run(worker, f"{RIGHT}\nimport os\nwhile True: os.fork()\n", LIMITS)
    assert "BlockingIOError: [Errno 11] Resource temporarily unavailable" in graded.report.headline


def test_a_fork_bomb_that_swallows_its_errors_ends_at_the_limit_of_time(isolation, worker):
    if not isolation.processes_limited:
        pytest.skip("the limit on processes does not bind here: a fork bomb would take the machine down")
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n"
    assert "it did not end within 2 s" in run(worker, f"{RIGHT}\n{bomb}", LIMITS).report.headline


def test_threads_count_as_processes(worker):
    code = (
        "import threading, time\nfor i in range(100): threading.Thread(target=time.sleep, args=(99,)).start()"
    )
    assert "RuntimeError: can't start new thread" in run(worker, f"{RIGHT}\n{code}\n").report.headline


def test_answers_written_down_for_the_visible_inputs_fail_and_are_noticed(worker):
    rungs = {rung.function: rung for rung in ladder(NUMBER).rungs}
    table = []
    for trial in trials(ladder(NUMBER), ladder(NUMBER).seeds):
        if trial.rung.function == "bilinear_sample":
            arguments = trial.arguments
            table.append((arguments["points"].tolist(), arguments["image"].tolist(), trial.want[0].tolist()))
    assert "bilinear_sample" in rungs
    code = (
        f"import json\ntable = json.loads({json.dumps(table)!r})\n"
        "def bilinear_sample(image, points):\n"
        "    for p, i, values in table:\n"
        "        if p == points.tolist() and i == image.tolist(): return np.array(values)\n"
        "    return np.zeros((len(image), len(points)))\n"
    )
    graded = run(worker, f"{RIGHT}\n{code}")
    assert "bilinear_sample: values: " in graded.report.headline
    assert graded.notice == (
        "right on the inputs that dcn check always takes, wrong on others: are they written down in it?",
    )
    assert run(worker, WRONG).notice == ()  # wrong everywhere: nothing to notice


def notebook(*cells):
    made = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    return json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


def test_a_broken_cell_after_the_answer_costs_nothing_and_is_told(worker):
    for broken in ("1 / 0", "def half(:"):
        graded = run(worker, notebook(RIGHT, broken, "%matplotlib inline"), name="04_bilinear_sampling.ipynb")
        assert graded.report.passed, str(graded.report)
        assert "A cell does not run: " in graded.report.printed


def test_a_broken_cell_that_keeps_the_answer_from_being_there_is_the_reason(worker):
    graded = run(
        worker, notebook("import nowhere", RIGHT.replace("def locate", "def other")), name="04.ipynb"
    )
    assert "ModuleNotFoundError: No module named 'nowhere'" in graded.report.headline


def test_a_notebook_without_the_cell_lacks_the_function(worker):
    graded = run(worker, notebook("prediction = 26.25", "import numpy as np"), name="04.ipynb")
    assert "there is no function locate" in graded.report.headline


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"cells": 3}', '{"cells": [{"cell_type": "code"}]}', "[" * 10**5]
)
def test_what_is_no_notebook_does_not_run(worker, text):
    graded = run(worker, text, name="04.ipynb")
    assert "Your file does not run" in graded.report.headline


NUMPY_ALONE = [
    (number, name, code) for number, name, code in UNUSUAL if "import torch" not in code and number <= 5
]


@pytest.mark.parametrize(
    ("number", "name", "code"), NUMPY_ALONE, ids=[f"{n}: {name}" for n, name, _ in NUMPY_ALONE]
)
def test_a_right_solution_passes_however_it_is_written(worker, number, name, code):
    from dcn_course.checking import layout

    main = "program.py"
    files = {main: f"{layout.solved(number)}\n{code}".encode()}
    graded = grade_exercise(number, worker, files, main, hidden_seeds("secret", name, number), PATIENT)
    assert graded.report.passed, str(graded.report)


def test_the_hidden_inputs_are_others_for_each_file_and_the_same_again():
    seeds = hidden_seeds("secret", "one", 4)
    assert seeds == hidden_seeds("secret", "one", 4)
    assert (
        len(
            {
                *seeds,
                *hidden_seeds("secret", "two", 4),
                *hidden_seeds("other", "one", 4),
                *ladder(NUMBER).seeds,
            }
        )
        == 19
    )
    assert min(seeds) > 2**100  # no search over seeds finds them
    asked = trials(ladder(4), seeds)
    assert all(isinstance(value, int | np.ndarray) for trial in asked for value in trial.arguments.values())
