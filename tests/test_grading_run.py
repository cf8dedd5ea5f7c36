"""A class from its submissions to its grades: in parallel, resumed, and safe to open."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest
from grading_attacks import NAME, NUMBER, RIGHT, WRONG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.grading import isolation, klass
    from dcn_course.grading.flags import flags
    from dcn_course.grading.run import OtherGradingError, grade
    from dcn_course.grading.sandbox.plan import Limits
    from dcn_course.grading.student import folder_of

    LIMITS = Limits(seconds=3.0, memory=2**29)

FORMULA = '=HYPERLINK("http:,evil")'
CLASS = {
    "ada": RIGHT,
    "bob": WRONG,
    "carl": WRONG,
    "dora": "import sys\nsys.exit(0)",
    "eve": "while True: pass",
    FORMULA: RIGHT + "\nimport torchvision",
    "<script>alert(1)": f"{RIGHT}\nraise ValueError('<img src=x onerror=alert(1)>')",
    "山田 太郎": RIGHT,
    "nobody": None,
}
PASS = {"ada", "山田 太郎"}


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
    given = {"lanes": 2, "exercises": [NUMBER], "limits": LIMITS, **options}
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
    for cell in ("=1", "+1", "-1", "@x", "\t=1", " =1", "\uff1d1"):
        assert klass._harmless(cell).startswith("'")
    assert klass._harmless(1) == 1


def test_the_class_page_counts_its_misconceptions_and_names_the_equation(graded):
    out, done = graded
    (told,) = klass.misconceptions(done.records)
    assert told.startswith("2 of 8 in 04 locate: You round to the nearest pixel.")
    assert "Revisit equation bilinear-weights, page chapters/bilinear" in told
    page = (out / "class.html").read_text(encoding="utf-8")
    assert "2 of 8 in 04 locate: You round to the nearest pixel." in page
    assert "imports torchvision: it has the operators that are to be written" in page


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


def test_a_killed_run_goes_on_where_it_was_and_leaves_no_process(submissions, tmp_path):
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


def test_what_a_person_should_look_at_is_listed_with_its_line():
    source = (
        "import numpy as np\nimport torchvision.ops as ops\nfrom torch.autograd import grad\n"
        "np.allclose = lambda *a: True\nloss.backward()\nimport os\nos.environ['X']\nimport gc\ngrad(1)\n"
    )
    found = flags(source)
    for words in (
        "line 2: imports torchvision",
        "line 3: imports torch.autograd.grad: it finds gradients by itself",
        "line 4: changes numpy.allclose for everyone",
        "line 5: uses backward",
        "line 7: uses os.environ",
        "line 8: imports gc",
    ):
        assert any(words in line for line in found), (words, found)
    assert flags(RIGHT) == []
    assert flags("def broken(:") == []


def test_without_isolation_the_command_refuses_loudly_unless_trusted(
    submissions, tmp_path, monkeypatch, capsys
):
    from dcn_course.cli import main

    closed = isolation.Isolation("unshare: not permitted", ("the network can be reached",), True)
    monkeypatch.setattr(isolation, "probe", lambda: closed)
    small = tmp_path / "class"
    (small / "ada").mkdir(parents=True)
    (small / "ada" / NAME).write_text(RIGHT, encoding="utf-8")
    arguments = [
        "grade",
        str(small),
        "--out",
        str(tmp_path / "out"),
        "--exercise",
        str(NUMBER),
        "--jobs",
        "1",
    ]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "cannot shut programs in (unshare: not permitted): the network can be reached" in said
    assert "--trust" in said
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--trust"])
    captured = capsys.readouterr()
    assert ended.value.code == 0, captured.err
    assert "WARNING" in captured.err
    assert "1 of 1 exercises pass" in captured.out
    assert "WARNING" in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")


def test_elsewhere_than_on_linux_the_command_says_so(monkeypatch, tmp_path, capsys):
    from dcn_course.cli import main

    monkeypatch.setattr(isolation.sys, "platform", "darwin")
    with pytest.raises(SystemExit) as ended:
        main(["grade", str(tmp_path), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert "needs Linux" in capsys.readouterr().err
