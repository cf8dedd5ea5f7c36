"""The same grades come from a Dask cluster, and a worker that is lost costs nobody a grade."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from grading_attacks import NAME, NUMBER, RIGHT, WRONG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
distributed = pytest.importorskip("distributed")
if sys.platform == "linux":
    from dcn_course.grading import isolation
    from dcn_course.grading.cluster import Cluster, ClusterError
    from dcn_course.grading.kept import load
    from dcn_course.grading.run import grade
    from dcn_course.grading.sandbox.plan import Limits

ROOT = Path(__file__).resolve().parents[1]
SLOW = "import time\ntime.sleep(0.5)\n"


def started(*arguments):
    """Start a part of a cluster that a test may kill."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture
def cluster(tmp_path):
    """A scheduler's address and the processes of two workers."""
    if not isolation.probe().whole:
        pytest.skip("this system cannot shut programs in")
    told = tmp_path / "scheduler.json"
    with ExitStack() as stack:

        def start(*arguments):
            process = started(*arguments)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        plain = ("--no-dashboard", "--host", "127.0.0.1")
        start("distributed.cli.dask_scheduler", "--scheduler-file", told, "--port", 0, *plain)
        workers = [
            start(
                *("distributed.cli.dask_worker", "--scheduler-file", told, "--nthreads", 1, "--no-nanny"),
                *("--local-directory", tmp_path / name, "--name", name, *plain),
            )
            for name in ("one", "other")
        ]
        until = time.monotonic() + 60
        while not told.exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        with distributed.Client(scheduler_file=str(told), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield address, workers


def handed_in(place, count):
    programs = {f"s{i:02d}": WRONG if i % 3 == 0 else SLOW + RIGHT for i in range(count)}
    programs["looping"] = "while True: pass"
    for name, program in programs.items():
        (place / name).mkdir(parents=True)
        (place / name / NAME).write_text(program, encoding="utf-8")
    return place


def test_a_worker_that_is_killed_midway_costs_nobody_a_grade(cluster, tmp_path):
    address, workers = cluster
    place, out = handed_in(tmp_path / "class", 16), tmp_path / "out"
    command = [sys.executable, "-m", "dcn_course", "grade", place, "--out", out, "--exercise", NUMBER]
    command += ["--seconds", 3, "--dask", address]
    run = subprocess.Popen(
        [*map(str, command)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while len(list(out.glob("students/*/record.json"))) < 3:
            assert run.poll() is None, run.communicate()
            time.sleep(0.02)
        os.kill(workers[0].pid, signal.SIGKILL)
        there = len(list(out.glob("students/*/record.json")))
        said, wrong = run.communicate(timeout=200)
    finally:
        run.kill()
    assert run.returncode == 0, wrong
    assert there < 12  # it was midway
    assert "17 students, 17 graded now; 10 of 17 exercises pass." in said
    assert workers[1].poll() is None
    settings = load(out).settings
    again = grade(place, tmp_path / "here", True, "", 2, settings.exercises, settings.limits, settings.secret)
    for record in again.records:
        (kept,) = out.glob(f"students/{record.student}-*/report.txt")
        (mine,) = (tmp_path / "here").glob(f"students/{record.student}-*/report.txt")
        assert kept.read_bytes() == mine.read_bytes()


def test_a_worker_with_another_course_grades_nothing_and_says_why(cluster, tmp_path, monkeypatch):
    address, _ = cluster
    place = handed_in(tmp_path / "class", 2)
    monkeypatch.setattr("dcn_course.grading.run.course", lambda: "another")
    there = Cluster(address)
    try:
        with pytest.raises(ClusterError, match=r"3 of 3 .*another version of the course") as told:
            grade(place, tmp_path / "out", True, "", 2, [NUMBER], Limits(3.0), cluster=there)
    finally:
        there.close()
    assert re.search("'(s00|s01|looping)' because of WrongCourseError", str(told.value))


def test_when_no_worker_is_left_it_ends_and_keeps_what_is_graded(cluster, tmp_path, monkeypatch):
    address, workers = cluster
    monkeypatch.setattr("dcn_course.grading.cluster._LOOK_SECONDS", 2.0)
    place, out = handed_in(tmp_path / "class", 16), tmp_path / "out"

    def kill_all_after_two(done, total):
        if done == 2:
            for worker in workers:
                worker.kill()

    there = Cluster(address)
    try:
        with pytest.raises(ClusterError, match="lost its last worker"):
            grade(
                place,
                out,
                True,
                "",
                2,
                [NUMBER],
                Limits(3.0),
                tell=kill_all_after_two,
                cluster=there,
            )
    finally:
        there.close()
    kept = len(list(out.glob("students/*/record.json")))
    assert 2 <= kept < 17
    assert grade(place, out, True, "", 2, [NUMBER], Limits(3.0)).graded == 17 - kept


def test_where_nobody_answers_the_command_says_so(tmp_path, capsys):
    from dcn_course.cli import main

    handed_in(tmp_path / "class", 1)
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        Cluster("tcp://127.0.0.1:9", seconds=1)
    with pytest.raises(SystemExit) as ended:
        main(["grade", str(tmp_path / "class"), "--out", str(tmp_path / "o"), "--dask", "no address"])
    assert ended.value.code == 2
    assert "no Dask scheduler answers at no address" in capsys.readouterr().err


def test_without_dask_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"dcn-course\[cluster\]"):
        Cluster("tcp://127.0.0.1:9")


class Open:
    """A cluster of which one worker's machine cannot shut programs in."""

    def __init__(self):
        self.trusted = self.closed = False

    def isolation(self):
        whole = isolation.Isolation("", (), True)
        return {
            "one": whole,
            "other": isolation.Isolation("not permitted", ("the network can be reached",), True),
        }

    def trust(self):
        self.trusted = True

    def close(self):
        self.closed = True

    def graded(self, to_grade, settings, students, version):
        assert self.trusted
        return iter(())


def test_one_worker_without_isolation_is_enough_to_refuse_unless_trusted(tmp_path, monkeypatch, capsys):
    from dcn_course.cli import main

    handed_in(tmp_path / "class", 1)
    monkeypatch.setattr("dcn_course.grading.run.find", lambda place: [])
    arguments = ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--dask", "there"]
    for more, code in (([], 2), (["--trust"], 0)):
        there = Open()
        monkeypatch.setattr("dcn_course.cli.grade._join", lambda address, there=there: there)
        with pytest.raises(SystemExit) as ended:
            main([*arguments, *more])
        said = capsys.readouterr().err
        assert (ended.value.code, there.trusted, there.closed) == (code, bool(more), True), said
        assert "cannot shut programs in (not permitted): the network can be reached" in said
