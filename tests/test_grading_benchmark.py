"""The benchmark of grading: its classes are what they say, it sees memory, and its records are read back."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.checking.catalogue import exercise, numbers
    from dcn_course.grading import benchmark, isolation
    from dcn_course.grading.benchmark import Class, Classes, hand_in, load
    from dcn_course.grading.sandbox.plan import Limits
    from dcn_course.grading.submissions import find

TIMINGS = Path(__file__).parents[1] / "timings"
SHOWN = sorted(TIMINGS.glob("*-grading.json"))


def test_a_class_is_mostly_right_some_wrong_and_two_percent_loop(tmp_path):
    truth = hand_in(tmp_path, 100, seed=1)
    wanted = [number for number in numbers() if not exercise(number).needs]
    submissions = find(tmp_path)
    assert len(submissions) == 100
    assert all(sorted(submission.exercises()) == wanted for submission in submissions)
    kinds = list(truth.values())
    assert len(kinds) == 100 * len(wanted)
    assert kinds.count("looping") == 2
    assert 0.15 < kinds.count("wrong") / len(kinds) < 0.25
    contents = {path.read_bytes() for path in tmp_path.rglob("*.py")}
    assert len(contents) == len(kinds)  # no two students share hidden inputs


def test_a_class_is_measured_and_every_verdict_is_as_it_should_be(monkeypatch, tmp_path, capsys):
    if not isolation.probe().whole:
        pytest.skip("this system cannot shut programs in")
    monkeypatch.setattr(benchmark, "LOOPING", 0.5)
    monkeypatch.setattr(benchmark, "numbers", lambda: [1, 4])
    path = tmp_path / "found.json"
    arguments = [
        *("--students", "4", "--students", "2", "--jobs", "2"),
        *("--seconds", "2", "--json", str(path)),
    ]
    benchmark.main(arguments)
    found = load(path)
    assert [one.students for one in found.classes] == [2, 4]
    assert [one.looping for one in found.classes] == [1, 2]
    assert [one.loop_seconds for one in found.classes] == [1.0, 2.0]
    assert [one.mistaken for one in found.classes] == [0, 0]
    assert all(0.1 < one.processor_seconds < 2 * one.seconds for one in found.classes)  # two lanes
    assert all(one.peak_all > one.peak_grader > 2**20 for one in found.classes)
    assert found.exercises == (1, 4)
    assert "0 mistaken verdicts" in capsys.readouterr().out


def test_a_wrong_verdict_is_counted():
    from dcn_course.grading.student import Record, Result

    results = tuple(Result(number, passed, True, "") for number, passed in ((1, True), (2, True), (3, False)))
    records = [Record("a", "", results, ())]
    truth = {("a", 1): "right", ("a", 2): "wrong", ("a", 3): "looping"}
    assert benchmark._mistaken(records, truth) == 1


def test_the_memory_of_processes_below_counts():
    child = "import time; kept = bytearray(b'x') * (60 << 20); print('there', flush=True); time.sleep(60)"
    with benchmark._Watch() as without:
        time.sleep(0.1)
    process = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        assert process.pid in benchmark._family(os.getpid())
        with benchmark._Watch() as found:
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    assert found.all - without.all > 55 << 20
    assert abs(found.grader - without.grader) < 20 << 20


def test_growth_compares_a_student_of_the_largest_class_with_one_of_the_smallest():
    small = Class(10, 0, 1, 25.0, 40.0, 5.0, 1, 1, 0)
    large = Class(100, 0, 2, 310.0, 420.0, 10.0, 1, 1, 0)
    assert (small.processor_each, large.processor_each) == (4.0, 4.2)
    assert Classes(None, (), 2, 10.0, (), (small, large)).growth == 1.5
    assert (
        "10 students: 25.0 s, 0.40 a second, 40 s of processor time, 2.00 s each but for 5 s of 1 loops"
        in benchmark.words(small)
    )
    assert "3 mistaken" in benchmark.words(replace(small, mistaken=3))


def test_another_format_is_refused(tmp_path):
    (tmp_path / "a.json").write_text('{"format": 9}')
    with pytest.raises(ValueError, match="expected format 1, got 9"):
        load(tmp_path / "a.json")


def test_the_measurement_that_is_shown_says_which_code_it_measured():
    assert SHOWN
    for path in SHOWN:
        found = load(path)
        assert [one.students for one in found.classes][:2] == [10, 100]
        assert found.machine.commit is not None
        assert not found.machine.commit.dirty
        assert sum(one.mistaken for one in found.classes) == 0
        assert json.loads(path.read_text())["limit"] == Limits().seconds
