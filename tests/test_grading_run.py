"""A class from its submissions to its grades: in parallel, resumed, and safe to open."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest
from grading_attacks import NAME, NUMBER, RIGHT, WRONG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.grading import isolation, klass, lanes
    from dcn_course.grading.kept import OtherGradingError
    from dcn_course.grading.run import grade
    from dcn_course.grading.sandbox import doors, system
    from dcn_course.grading.sandbox.plan import Limits
    from dcn_course.grading.student import Settings, folder_of, lost
    from dcn_course.grading.submissions import Submission, find

    LIMITS = Limits(seconds=3.0, memory=2**29)

MARK = f"dcn-{os.getpid()}"
NAMED = f"import ctypes\nctypes.CDLL(None).prctl(15, b'{MARK}')"  # a process with this name can be found
FORMULA = '=HYPERLINK("http:,evil")'
CLASS = {
    "ada": RIGHT,
    "bob": WRONG,
    "carl": WRONG,
    "dora": "import sys\nsys.exit(0)",
    "eve": "while True: pass",
    "mallory": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "trudy": f"{WRONG}\nimport os\nos.kill(os.getpid(), 40)",
    "victor": f"{RIGHT}\nimport os\nfor i in range(9):\n    if os.fork() == 0:\n        while True: pass",
    FORMULA: RIGHT + "\nimport torchvision",
    "<script>alert(1)": f"{RIGHT}\nraise ValueError('<img src=x onerror=alert(1)>')",
    "山田 太郎": RIGHT,
    "nobody": None,
}
PASS = {"ada", "victor", "山田 太郎"}


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    place = tmp_path_factory.mktemp("class")
    for name, program in CLASS.items():
        (place / name).mkdir()
        if program is not None:
            (place / name / NAME).write_text(program, encoding="utf-8")
    return place


def run(submissions, out, **options):
    if not isolation.probe().whole:
        pytest.skip("this system cannot shut programs in")
    given = {"at_a_time": 2, "exercises": [NUMBER], "limits": LIMITS, **options}
    return grade(submissions, out, True, "Shut in.", **given)


@pytest.fixture(scope="module")
def graded(submissions, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    return out, run(submissions, out)


def test_everyone_gets_the_grade_that_is_theirs(graded):
    _, done = graded
    right = {record.student for record in done.records if record.points}
    assert right - {FORMULA} == PASS  # whether torchvision is installed decides about that one
    said = {record.student: record.results[0].headline for record in done.records}
    assert "SystemExit: 0" in said["dora"]
    assert "did not end within 3 s" in said["eve"]
    assert "did not end within 3 s" in said["mallory"]
    assert "was ended by signal 40" in said["trudy"]
    assert "ValueError: <img" in said["<script>alert(1)"]
    assert said["nobody"] == "It was not handed in."


def test_the_csv_holds_no_formula_and_the_pages_no_script(graded):
    out, _ = graded
    rows = list(csv.DictReader((out / "grades.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["student"] for row in rows] == sorted(
        (f"'{FORMULA}" if n == FORMULA else n for n in CLASS), key=lambda n: n.lstrip("'").casefold()
    )
    assert {row["student"] for row in rows if row["points"] == "1"} - {f"'{FORMULA}"} == PASS
    for page in [out / "class.html", *out.glob("students/*/report.html")]:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<img" not in text
    for cell in ("=1", "+1", "-1", "@x", "\t=1", " =1", "\u00a0=1", "\u200d =1", "\uff1d1"):
        assert klass._harmless(cell).startswith("'")
    assert klass._harmless(1) == 1


def test_the_class_page_counts_its_misconceptions_and_names_the_equation(graded):
    out, done = graded
    (told,) = klass.misconceptions(done.records)
    assert told.startswith("2 of 11 in 04 locate: You round to the nearest pixel.")
    assert "Revisit equation bilinear-weights, page chapters/bilinear" in told
    page = (out / "class.html").read_text(encoding="utf-8")
    assert "2 of 11 in 04 locate: You round to the nearest pixel." in page
    assert "uses torchvision: it has the operators that are to be written" in page


def test_the_other_outputs_say_the_same(graded):
    out, done = graded
    cases = {case.get("classname"): case for case in ElementTree.parse(out / "junit.xml").iter("testcase")}
    for record in done.records:
        whole = json.loads((out / "students" / folder_of(record.student) / "results.json").read_text())
        assert (whole["score"], whole["tests"][0]["score"]) == (record.points, record.points)
        assert whole["tests"][0]["status"] == ("passed" if record.points else "failed")
        assert (cases[record.student].find("failure") is None) == bool(record.points)
        text = (out / "students" / folder_of(record.student) / "report.txt").read_text(encoding="utf-8")
        assert re.sub(r"\s+", " ", record.results[0].headline) in re.sub(r"\s+", " ", text)


def test_no_report_gives_the_seed_or_a_path_of_this_machine(graded):
    out, _ = graded
    secret = json.loads((out / "grading.json").read_text())["seed"]
    assert (out / "grading.json").stat().st_mode & 0o077 == 0
    for page in out.glob("students/*/report.*"):
        text = page.read_text(encoding="utf-8")
        assert secret not in text
        assert "file:" not in text


def test_only_what_changed_is_graded_again(submissions, tmp_path):
    copy = tmp_path / "class"
    for name in ("ada", "bob"):
        (copy / name).mkdir(parents=True)
        (copy / name / NAME).write_text(CLASS[name], encoding="utf-8")
    out = tmp_path / "out"
    assert run(copy, out).graded == 2
    assert run(copy, out).graded == 0
    (copy / "bob" / NAME).write_text(RIGHT, encoding="utf-8")
    done = run(copy, out)
    assert (done.graded, [record.points for record in done.records]) == (1, [1, 1])
    (out / "students" / folder_of("ada") / "record.json").write_text("{")
    assert run(copy, out).graded == 1
    with pytest.raises(OtherGradingError, match="another seed"):
        run(copy, out, secret="other")


def test_a_regrade_with_the_seed_reproduces_every_verdict(submissions, graded, tmp_path):
    out, done = graded
    again = run(submissions, tmp_path, secret=json.loads((out / "grading.json").read_text())["seed"])
    for one, other in zip(done.records, again.records, strict=True):
        assert (one.student, one.results) == (other.student, other.results)


def test_a_killed_run_goes_on_where_it_was(submissions, tmp_path):
    if not isolation.probe().whole:
        pytest.skip("this system cannot shut programs in")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "dcn_course", "grade", str(submissions), "--out", str(out)]
    command += ["--exercise", str(NUMBER), "--seconds", "3", "--jobs", "1"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    while not list(out.glob("students/*/record.json")):
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    there = len(list(out.glob("students/*/record.json")))
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    now = int(re.search(r"(\d+) graded now", done.stdout)[1])
    assert there > 0
    assert now <= len(CLASS) - there + 1  # a last one may have been written after the count


@pytest.mark.parametrize("inside", ["", "grades", "ada/grades"])
def test_the_grades_are_not_written_among_the_submissions(submissions, inside):
    with pytest.raises(OtherGradingError, match="lies within the submissions"):
        grade(submissions, submissions / inside, True, "", 1)
    assert not (submissions / "grades").exists()


def test_on_a_terminal_a_bar_says_how_many_are_done_and_how_long_it_will_take(tmp_path):
    import pty

    for name in ("ada", "bob"):
        (tmp_path / "class" / name).mkdir(parents=True)
        # Longer than the half second for which the bar keeps what it says of the time.
        slow = f"import time\ntime.sleep(1.5)\n{CLASS[name]}"
        (tmp_path / "class" / name / NAME).write_text(slow, encoding="utf-8")
    command = [sys.executable, "-m", "dcn_course", "grade", str(tmp_path / "class"), "--trust"]
    command += ["--out", str(tmp_path / "out"), "--exercise", str(NUMBER)]
    mine, theirs = pty.openpty()
    process = subprocess.Popen(command, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "80"})
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # Linux says so when nobody has the other end open any more
        while piece := os.read(mine, 4096):
            shown += piece
    os.close(mine)
    assert process.wait() == 0
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown).decode()
    assert re.search(r"Grading .*0/2 -:--:--", text)
    assert re.search(r"Grading .*2/2 0:00:00", text)


class Deadly(Submission):
    """Brings the grader's own process down, as a program might that found a way nobody knows."""

    def exercises(self):
        if os.getpid() != PARENT:
            os._exit(3)
        return super().exercises()


PARENT = int(os.environ.setdefault("DCN_TEST_PARENT", str(os.getpid())))


def test_a_submission_that_brings_the_grader_down_costs_no_other_student_a_grade(submissions, tmp_path):
    if not isolation.probe().whole:
        pytest.skip("this system cannot shut programs in")
    ada = next(one for one in find(submissions) if one.student == "ada")
    class_ = [(Deadly("deadly", ada.files), "key"), (ada, "key")]
    done = lanes.graded(class_, Settings("secret", (NUMBER,), LIMITS), tmp_path, True, 1)
    records = {record.student: record for record in done}
    assert {name: record.points for name, record in records.items()} == {"ada": 1, "deadly": 0}
    (result,) = records["deadly"].results
    assert result.headline == "The grader broke down on this submission: its process died."
    assert result.notice == (f"{result.headline} Look at it by eye, and tell those who write the course.",)
    assert records["deadly"].key == ""  # so that it is tried again


class Endless(Submission):
    """Keeps the grader's own process busy for ever, as a file might that takes long to read."""

    def exercises(self):
        while os.getpid() != PARENT:
            pass
        return super().exercises()


def test_a_submission_that_keeps_the_grader_busy_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setattr(lanes, "PROCESSOR_SECONDS", 0.2)
    class_ = [(Endless("endless", {}), "key")]
    (record,) = lanes.graded(class_, Settings("secret", (NUMBER,), LIMITS), tmp_path, True, 1)
    assert record.results[0].headline == "The grader broke down on this submission: its process died."


def test_a_name_of_any_script_and_with_anything_in_it_comes_through_all_that_is_written(tmp_path):
    names = ["山田\u3000太郎", "می\u200cرود", "නි\u200dශා", "ﾔﾏﾀﾞ", 'O\'Neil, "Al" & <Co>', "]]>", "--"]
    odd = ["a\1\x1b[2Jb", "new\nline", "\u202eright", "\ufffe", "\u3000=1+1", "\u200c@x", "\t-1", "\udcff"]
    for name in [*names, *odd]:
        (tmp_path / name).mkdir()
    (tmp_path / "]]>" / NAME).write_text("")
    settings = Settings("secret", (NUMBER,), LIMITS)
    records = [lost(submission, settings, "a test")[0] for submission in find(tmp_path)]
    said = [record.student for record in records]
    assert set(names) <= set(said)
    assert len(set(said)) == len(names) + len(odd)
    assert all(name.count("\n") == 0 and "\x1b" not in name for name in said)
    for text in ("report.txt", "report.html", "results.json"):
        assert [lost(submission, settings, "a test")[1][text] for submission in find(tmp_path)]
    suites = ElementTree.fromstring(klass.junit(records).encode()).iter("testsuite")
    assert [suite.get("name") for suite in suites] == said
    rows = list(csv.DictReader(io.StringIO(klass.grades(records))))
    assert [row["student"].removeprefix("'") for row in rows] == said
    for name in ("=1+1", "@x", "-1", "--"):
        (cell,) = (row["student"] for row in rows if row["student"].endswith(name))
        assert cell.startswith("'")
    assert "<Co>" not in klass.class_page(records, "")


def test_a_python_below_tmp_without_a_home_grades_and_shows_no_more_of_tmp_than_itself(tmp_path):
    if not isolation.probe().whole:
        pytest.skip("this system cannot shut programs in")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        venv.create(f"{folder}/python", with_pip=False, symlinks=True)
        (packages,) = Path(folder).glob("python/lib/python*/site-packages")
        (packages / "here.pth").write_text(sysconfig.get_path("purelib"))
        look = f"import os\nif os.listdir('{folder}') != ['python']: raise SystemExit(os.listdir('{folder}'))"
        put = Path(folder, "class", "ada", NAME)
        put.parent.mkdir(parents=True)
        put.write_text(f"{RIGHT}\n{look}\nopen(os.path.expanduser('~/mine'), 'w').close()", encoding="utf-8")
        command = [f"{folder}/python/bin/python", "-m", "dcn_course", "grade", f"{folder}/class"]
        done = subprocess.run(
            [*command, "--out", tmp_path, "--exercise", str(NUMBER)],
            env={"HOME": "/nowhere", "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert "1 students, 1 graded now; 1 of 1 exercises pass." in done.stdout, done.stderr


def test_an_error_of_the_grader_is_the_record_of_that_submission_alone(monkeypatch, submissions, tmp_path):
    def grade_student(*args):
        raise ZeroDivisionError("nobody expects it")

    monkeypatch.setattr(lanes, "grade_student", grade_student)
    monkeypatch.setattr(lanes, "_lane", lanes.Lane(True))
    record = lanes._grade_one(find(submissions)[0], "key", Settings("secret", (NUMBER,), LIMITS), tmp_path)
    assert record.results[0].headline == (
        "The grader broke down on this submission: ZeroDivisionError: nobody expects it."
    )
    assert (tmp_path / folder_of(record.student) / "report.html").exists()


def test_a_killed_run_leaves_no_process(tmp_path):
    if not isolation.probe().whole:
        pytest.skip("this system cannot shut programs in")
    put = tmp_path / "class" / "eve"
    put.mkdir(parents=True)
    (put / NAME).write_text(f"{NAMED}\nwhile True: pass", encoding="utf-8")
    command = [sys.executable, "-m", "dcn_course", "grade", str(put.parent), "--out", str(tmp_path / "out")]
    command += ["--exercise", str(NUMBER), "--seconds", "600"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    while not left_running():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 60  # far less than the program would run
    while left_running() and time.monotonic() < until:
        time.sleep(0.02)
    assert not left_running()


def left_running():
    """Whether a process runs that has taken the name of `NAMED`."""
    for path in Path("/proc").glob("[0-9]*/comm"):
        with suppress(OSError):
            if path.read_text().strip() == MARK:
                return True
    return False


def test_what_the_grader_cannot_judge_fails_and_is_noticed(monkeypatch):
    from dcn_course.grading import exercise

    def judge(*args, **kwargs):
        raise ZeroDivisionError("nobody expects it")

    monkeypatch.setattr(exercise, "judge", judge)
    graded = exercise.grade_exercise(NUMBER, None, {NAME: RIGHT.encode()}, NAME, [1], LIMITS)
    assert not graded.report.passed
    assert graded.report.headline == "The grader broke down on it (ZeroDivisionError: nobody expects it)."
    assert len(graded.notice) == 1


def without_namespaces():
    """Have the system refuse namespaces to this process and all below it, as a container's rules do."""
    doors._CLOSED = {"unshare": doors._CLOSED["unshare"]}
    system.prctl(38, 1)
    doors.close_doors()


def grade_refused(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "dcn_course", "grade", *map(str, arguments), "--exercise", str(NUMBER)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=without_namespaces,
    )


def test_where_the_system_refuses_isolation_the_command_does_too_unless_all_are_trusted(
    submissions, tmp_path
):
    out = tmp_path / "out"
    done = grade_refused(submissions, "--out", out, "--seconds", "3")
    assert done.returncode == 2, done.stdout
    said = re.sub(r"\s+", " ", done.stderr)
    assert "cannot shut programs in ([Errno 1] unshare: Operation not permitted)" in said
    assert "--trust" in said
    assert not out.exists()

    small = tmp_path / "class"
    daemon = f"{RIGHT}\n{NAMED}\nimport os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\n"
    for name in ("ada", "bob", "dora", "eve"):
        (small / name).mkdir(parents=True)
        (small / name / NAME).write_text(CLASS[name], encoding="utf-8")
    (small / "carl").mkdir()
    (small / "carl" / NAME).write_text(daemon, encoding="utf-8")
    done = grade_refused(small, "--out", out, "--seconds", "3", "--trust")
    assert done.returncode == 0, done.stderr
    assert "WARNING: This system cannot shut programs in" in re.sub(r"\s+", " ", done.stderr)
    assert "WARNING" in (out / "class.html").read_text(encoding="utf-8")
    rows = list(csv.DictReader((out / "grades.csv").read_text(encoding="utf-8-sig").splitlines()))
    marks = {row["student"]: row["points"] for row in rows}
    assert marks == {"ada": "1", "bob": "0", "carl": "1", "dora": "0", "eve": "0"}
    assert not left_running()


def test_elsewhere_than_on_linux_the_command_says_so(monkeypatch, tmp_path, capsys):
    from dcn_course.cli import main

    monkeypatch.setattr(isolation.sys, "platform", "darwin")
    with pytest.raises(SystemExit) as ended:
        main(["grade", str(tmp_path), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert "needs Linux" in capsys.readouterr().err
