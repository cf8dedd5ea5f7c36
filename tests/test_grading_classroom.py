"""The template for GitHub Classroom: its workflow is what Actions reads, its commands say who is right."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.checking.catalogue import exercise, numbers
    from dcn_course.checking.layout import solved
    from dcn_course.grading import classroom
    from dcn_course.grading.classroom import WORKFLOW, NoAddressError, template, workflow

ROOT = Path(__file__).resolve().parents[1]
COURSE = "dcn-course[torch] @ git+https://example.org/it's a course"


def steps(text):
    return yaml.safe_load(text)["jobs"]["check"]["steps"]


def test_each_exercise_has_a_step_and_the_points_of_all_are_told():
    whole = yaml.safe_load(workflow(course=COURSE))
    assert whole[True] == ["push", "workflow_dispatch", "repository_dispatch"]  # YAML reads `on` as true
    assert whole["permissions"] == {"actions": "read", "checks": "write", "contents": "read"}
    *before, told = whole["jobs"]["check"]["steps"]
    checks = [step for step in before if "command-grader" in step.get("uses", "")]
    assert [step["with"]["command"] for step in checks] == [f"dcn check {number:02d}" for number in numbers()]
    assert [step["name"] for step in checks] == [f"{n:02d} {exercise(n).title}" for n in numbers()]
    assert {step["with"]["max-score"] for step in checks} == {1}
    ids = [step["id"] for step in checks]
    assert len(set(ids)) == len(ids)
    assert told["with"]["runners"].split(",") == ids
    assert told["env"] == {
        f"{name.upper()}_RESULTS": f"${{{{ steps.{name}.outputs.result }}}}" for name in ids
    }


def test_what_is_installed_reaches_the_shell_as_it_was_given():
    (install,) = (step["run"] for step in steps(workflow([4], COURSE)) if "run" in step)
    assert shlex.split(install) == ["pip", "install", COURSE]


def test_the_course_itself_is_installed_once_it_has_an_address(monkeypatch):
    with pytest.raises(NoAddressError, match="--course"):
        workflow()
    monkeypatch.setattr(classroom, "repository", lambda: "https://example.org/c")
    assert "'dcn-course @ git+https://example.org/c'" in workflow([4])
    assert "'dcn-course[torch] @ git+https://example.org/c'" in workflow([4, 12])


def test_the_commands_of_the_workflow_tell_right_from_wrong_in_the_template(tmp_path):
    template(tmp_path, [1, 4], COURSE)
    (tmp_path / f"{exercise(4).stem}.py").write_text(solved(4), encoding="utf-8")
    given = (tmp_path / WORKFLOW).read_text(encoding="utf-8")
    codes = {}
    for step in steps(given):
        if command := step.get("with", {}).get("command"):
            name, *arguments = shlex.split(command)
            assert name == "dcn"
            done = subprocess.run(
                [sys.executable, "-m", "dcn_course", *arguments],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                timeout=120,
            )
            codes[step["id"]] = done.returncode, done.stdout
    assert codes["exercise01"][0] == 1, codes
    assert codes["exercise04"][0] == 0, codes
    assert "All right" in codes["exercise04"][1]


def test_the_command_makes_the_template_and_keeps_what_was_changed(tmp_path, capsys):
    from dcn_course.cli import main

    arguments = ["classroom", str(tmp_path / "t"), "--course", COURSE, "--exercise", "4"]
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert "classroom.yml" in capsys.readouterr().out
        mine = tmp_path / "t" / f"{exercise(4).stem}.py"
        mine.write_text("# mine", encoding="utf-8")
    assert mine.read_text(encoding="utf-8") == "# mine"
    assert re.findall("dcn check [0-9]+", (tmp_path / "t" / WORKFLOW).read_text(encoding="utf-8")) == [
        "dcn check 04"
    ]
    for wrong, words in (
        (["classroom", str(tmp_path / "u")], "--course"),
        (["classroom", str(tmp_path / "u"), "--course", "c", "--exercise", "99"], "no exercise 99"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert ended.value.code == 2
        assert words in capsys.readouterr().err
        assert not (tmp_path / "u").exists()
