"""A second grading, elsewhere and later, gives every verdict and reason again; or says where it does not."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from grading_attacks import NAME, NUMBER, RIGHT, WRONG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.grading import isolation, kept
    from dcn_course.grading.student import folder_of

ROOT = Path(__file__).resolve().parents[1]
CLASS = {
    "ada": RIGHT,
    "bob": WRONG,
    "eve": "while True: pass",
    "fay": RIGHT.replace("w0", "w1", 1),
    "山田 太郎": "import sys; sys.exit(0)",
    "zoe": None,
}


def dcn(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "dcn_course", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=300,
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    if not isolation.probe().whole:
        pytest.skip("this system cannot shut programs in")
    place, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("graded") / "grades"
    for name, program in CLASS.items():
        (place / name).mkdir()
        if program is not None:
            (place / name / NAME).write_text(program, encoding="utf-8")
    done = dcn("grade", place, "--out", out, "--exercise", NUMBER, "--seconds", 3)
    assert done.returncode == 0, done.stderr
    return place, out


def elsewhere(tmp_path, place):
    """The same submissions as a zip; another home, language, order of hashes, an old processor's products."""
    moved = tmp_path / "class.zip"
    with zipfile.ZipFile(moved, "w") as archive:
        for path in sorted(place.rglob("*"), reverse=True):
            archive.write(path, path.relative_to(place))
    (tmp_path / "home").mkdir()
    return moved, {
        "HOME": str(tmp_path / "home"),
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "PYTHONUTF8": "1",
        "OPENBLAS_CORETYPE": "Prescott",
    }


def test_the_kept_seed_gives_every_verdict_again_elsewhere(graded, tmp_path):
    place, out = graded
    copy = shutil.copytree(out, tmp_path / "copied grades")
    moved, environment = elsewhere(tmp_path, place)
    done = dcn("regrade", copy, moved, "--out", tmp_path / "again", "--jobs", 1, **environment)
    assert (done.returncode, done.stdout) == (0, f"All {len(CLASS)} verdicts are the same.\n"), done.stderr
    for student in CLASS:
        for name in ("report.txt", "report.html", "results.json"):
            one, other = (f / "students" / folder_of(student) / name for f in (out, tmp_path / "again"))
            assert one.read_bytes() == other.read_bytes(), (student, name)


def test_a_verdict_that_was_changed_by_hand_comes_to_light(graded, tmp_path):
    place, out = graded
    copy = shutil.copytree(out, tmp_path / "grades")
    path = copy / "students" / folder_of("bob") / "record.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["results"][0]["passed"] = True
    path.write_text(json.dumps(record), encoding="utf-8")
    again = tmp_path / "again"
    done = dcn("regrade", copy, place, "--out", again, "--student", "bob", "--student", "ada")
    assert done.returncode == 1
    assert f"bob, {NUMBER:02d}: it was right (locate: " in done.stdout
    assert "1 differences in 2 verdicts." in done.stdout
    assert sorted(p.name for p in (again / "students").iterdir()) == sorted(map(folder_of, ("ada", "bob")))


def test_another_course_or_machine_is_said(graded, tmp_path):
    place, out = graded
    copy = shutil.copytree(out, tmp_path / "grades")
    path = copy / "grading.json"
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({**whole, "course": "other", "made_with": "Python 3.0"}))
    done = dcn("regrade", copy, place, "--out", tmp_path / "again", "--student", "ada")
    assert done.returncode == 0, done.stderr
    assert "the course's checks, or NumPy, are of another version" in done.stdout
    assert f"the grades were made with Python 3.0; this is {kept.made_with()}" in done.stdout


@pytest.mark.parametrize(
    ("change", "arguments", "words"),
    [
        (lambda copy: None, ["--student", "nobody"], "has no grades of 'nobody'"),
        (
            lambda copy: (copy / "grading.json").unlink(),
            [],
            "grading.json cannot be read (FileNotFoundError)",
        ),
        (lambda copy: (copy / "grading.json").write_text('{"seed": 1}'), [], "cannot be read (KeyError)"),
        (lambda copy: shutil.rmtree(copy / "students"), [], "holds no grades"),
        (
            lambda copy: next(copy.glob("students/*/record.json")).write_text("{}"),
            [],
            "record.json cannot be read",
        ),
    ],
)
def test_what_is_missing_for_a_regrade_is_named(graded, tmp_path, change, arguments, words):
    place, out = graded
    copy = shutil.copytree(out, tmp_path / "grades")
    change(copy)
    done = dcn("regrade", copy, place, "--out", tmp_path / "again", *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_the_first_grades_are_not_overwritten(graded):
    place, out = graded
    done = dcn("regrade", out, place, "--out", out)
    assert done.returncode == 2
    assert "choose another folder" in done.stderr
