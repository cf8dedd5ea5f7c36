"""Programs that nobody should trust: stopped, told why, and the next student is graded right."""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from grading_attacks import ATTACKS, NAME, NUMBER, PASSES, RIGHT, WHOLE_FILES, WRONG, Attack
from unusual_solutions import UNUSUAL

from dcn_course.checking import layout
from dcn_course.checking.catalogue import exercise, numbers
from dcn_course.checking.check import _SECONDS as HEAVY_SECONDS
from dcn_course.checking.compare import trials
from dcn_course.checking.ladder import ladder
from dcn_course.checking.mutants import named
from dcn_course.checking.mutants.model import program
from dcn_course.checking.runner import SECONDS

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


def run(worker, content, limits=None, name=NAME, others=True, **files):
    """Grade a file of exercise 04; then the right solution in the same worker must still pass."""
    content = content.encode() if isinstance(content, str) else content
    seeds = hidden_seeds("secret", "digest", NUMBER)
    began = time.monotonic()
    graded = grade_exercise(NUMBER, worker, {name: content, **files}, name, seeds, limits or PATIENT)
    assert time.monotonic() - began < BOUND
    assert nobody_left(worker.uid)
    if others:
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
    limits = replace(LIMITS if attack.slow else PATIENT, memory=attack.memory)
    graded = run(worker, f"{RIGHT}\n{attack.code}\n", limits, **attack.files)
    assert attack.reason in graded.report.headline
    assert graded.report.passed == (attack.reason == PASSES)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_no_trick_raises_the_score_of_a_wrong_solution(worker, attack: Attack):
    limits = replace(replace(LIMITS, seconds=0.5) if attack.slow else PATIENT, memory=attack.memory)
    graded = run(worker, f"{WRONG}\n{attack.code}\n", limits, others=False, **attack.files)
    assert not graded.report.passed
    if attack.reason == PASSES:
        assert graded.report.mistake.startswith("You round to the nearest pixel"), graded.report.headline


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + WRONG.encode(),
        f"# coding: latin-1\n{WRONG}# \xfc".encode("latin-1", "replace"),
        WRONG.replace("\n", "\r\n").encode(),
    ],
    ids=["byte order mark", "Latin-1", "Windows"],
)
def test_no_way_to_write_a_file_raises_the_score_of_a_wrong_solution(worker, content):
    assert run(worker, content, others=False).report.mistake.startswith("You round to the nearest pixel")


def test_nothing_is_left_for_the_next_program(worker):
    (attack,) = (a for a in ATTACKS if a.name.startswith("leaves what the next"))
    for _ in range(2):
        assert run(worker, f"{RIGHT}\n{attack.code}", others=False).report.headline == PASSES


def test_what_the_graders_own_mask_of_new_files_forbids_is_there_for_the_programs(isolation):
    before = os.umask(0o077)
    try:
        with Worker() as careful:
            assert run(careful, RIGHT, others=False).report.headline == PASSES
    finally:
        os.umask(before)


def test_a_fork_bomb_ends_at_the_limit_of_processes(isolation, worker):
    if not isolation.processes_limited:
        pytest.skip("the limit on processes does not bind here: a fork bomb would take the machine down")
    graded = run(worker, f"{RIGHT}\nimport os\nwhile True: os.fork()\n")
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


def test_what_only_a_notebook_understands_costs_nothing(worker):
    magics = "%matplotlib inline\nspeed = %timeit -o 1\nfiles = !ls\n  \nnp.dot?\n?np.dot\n!ls"
    operator = "seven = (27\n         % 10)\nassert seven == 7\nassert True"
    graded = run(worker, notebook(f"{magics}\n{RIGHT}", f"%%time\n{operator}", operator), name="04.ipynb")
    assert graded.report.headline == PASSES
    assert graded.report.printed == ""


@pytest.mark.parametrize("line", ["\n", " ", "\t\n ", "a", "a?", "= %", "%\n"])
def test_a_notebook_that_takes_long_to_read_is_read_quickly(worker, line):
    graded = run(
        worker, notebook(RIGHT, f"x = 1{line * (2**18 // len(line))}x"), name="04.ipynb", others=False
    )
    assert graded.report.headline


def test_a_notebook_with_large_outputs_is_graded_as_any_other(worker):
    book = json.loads(notebook(RIGHT, "1 + 1"))
    output = {"output_type": "display_data", "data": {"image/png": "A" * 9 * 10**6}, "metadata": {}}
    book["cells"][1]["outputs"] = [output]
    assert run(worker, json.dumps(book), name="04.ipynb").report.headline == PASSES


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


@pytest.fixture(scope="module")
def worker_for(isolation, worker):
    workers = {(): worker}

    def chosen(number):
        needs = exercise(number).needs
        for module in needs:
            pytest.importorskip(module)
        if needs not in workers:
            workers[needs] = Worker(True, needs)
        return workers[needs]

    yield chosen
    for there in workers.values():
        there.close()


def solved(worker_for, number, code, name, **files):
    main = f"program{name[-6:] if name.endswith('.ipynb') else '.py'}"
    given = {main: code.encode(), **files}
    seeds = hidden_seeds("secret", name, number)
    return grade_exercise(number, worker_for(number), given, main, seeds, Limits())


@pytest.mark.parametrize("number", numbers())
def test_the_solution_passes_as_a_notebook_too(worker_for, number):
    book = notebook(*layout.solved(number, notebook=True).split("# %%\n"))
    graded = solved(worker_for, number, book, "a.ipynb")
    assert graded.report.passed, str(graded.report)
    assert graded.notice == ()


# The others load torch, or compile, and take long; the check's own tests run them all.
QUICK = [
    (number, name, code)
    for number, name, code in UNUSUAL
    if number <= 8 and ("import torch" not in code or "operator" in name)
]


@pytest.mark.parametrize(("number", "name", "code"), QUICK, ids=[f"{n}: {name}" for n, name, _ in QUICK])
def test_a_right_solution_passes_however_it_is_written(worker_for, number, name, code):
    if "import torch" in code:
        pytest.importorskip("torch")
    graded = solved(worker_for, number, f"{layout.solved(number)}\n{code}", name)
    assert graded.report.passed, str(graded.report)


def test_the_probes_of_an_exercise_are_not_the_students_to_write(worker_for):
    wrong = next(mutant for mutant in named(12) if mutant.function == "DeformConv2d.backward")
    trick = (
        "import os, sys\nopen('dcn_probes.py', 'w').write('PROBES = {}')\n"
        "try: open('/given/dcn_probes.py', 'w')\nexcept OSError as error: assert error.errno == 30\n"
        "else: raise SystemExit('the probes can be written to')\n"
    )
    files = {"dcn_probes.py": b"PROBES = {}"}
    right = solved(worker_for, 12, f"{layout.solved(12)}\n{trick}", "right", **files)
    assert right.report.passed, str(right.report)
    assert solved(worker_for, 12, f"{program(12, wrong)}\n{trick}", "wrong", **files).report.mistake


def test_a_program_with_torch_gets_the_time_that_the_check_gives_it(worker_for):
    assert (Limits().seconds, Limits().heavy().seconds) == (SECONDS, HEAVY_SECONDS)
    loop = f"{layout.solved(12)}\nwhile True: pass\n".encode()
    limits = Limits(seconds=0.5)
    graded = grade_exercise(12, worker_for(12), {"a.py": loop}, "a.py", [1], limits)
    assert "it did not end within 4.5 s" in graded.report.headline


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
