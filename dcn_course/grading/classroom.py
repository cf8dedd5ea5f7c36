"""A template repository for GitHub Classroom: the exercises, and a workflow that checks them at each push.

The workflow is the student's own, who may change it: its points are for the student. The grades come from
``dcn grade`` on the cloned repositories.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from dcn_course._files import write_atomically
from dcn_course.checking.book import repository
from dcn_course.checking.catalogue import exercise, numbers
from dcn_course.checking.workfolder import start

WORKFLOW = ".github/workflows/classroom.yml"
_MINUTES = 5  # for one check, which loads PyTorch for some
_HEAD = """\
# Checks the exercises at each push and tells GitHub Classroom the points.
name: Check the exercises
on: [push, workflow_dispatch, repository_dispatch]
permissions: {{ actions: read, checks: write, contents: read }}
jobs:
  check:
    runs-on: ubuntu-latest
    if: github.actor != 'github-classroom[bot]'
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {{ python-version: "3.12" }}
      - name: Install the course
        run: {install}
"""
_STEP = """\
      - id: {id}
        name: {title}
        uses: classroom-resources/autograding-command-grader@v1
        with: {{ test-name: {title}, command: dcn check {number:02d}, timeout: {minutes}, max-score: 1 }}
"""
_END = """\
      - name: Tell the points
        uses: classroom-resources/autograding-grading-reporter@v1
        env:
{results}
        with: {{ runners: "{ids}" }}
"""


class NoAddressError(ValueError):
    """Nobody has said from where the course is installed."""


def template(folder: Path, exercises: Sequence[int] = (), course: str = "", notebooks: bool = False) -> Path:
    """Make a template repository, or bring one up to date.

    Args:
        folder: made if missing; exercises in it that were changed stay as they are.
        exercises: numbers of those that count; none for all.
        course: what pip installs; "" for the course's own repository.
        notebooks: the exercises as notebooks.

    Returns:
        The path of the workflow.

    Raises:
        NoAddressError: `course` is "", and the course has no public repository.
        NoSuchExerciseError: there is no exercise of a number.
        OSError: the folder cannot be written to.
    """
    text = workflow(exercises, course)
    start(folder, notebooks)
    path = folder / WORKFLOW
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda file: file.write(text.encode()))
    return path


def workflow(exercises: Sequence[int] = (), course: str = "") -> str:
    """Write the workflow; as `template`, which puts it in its place."""
    chosen = [exercise(number) for number in exercises or numbers()]
    if not course and not repository():
        raise NoAddressError(
            "the course has no public repository yet; say with --course what pip is to install, like"
            ' "dcn-course @ git+https://example.org/course"'
        )
    extra = "[torch]" if any(about.needs for about in chosen) else ""
    course = course or f"dcn-course{extra} @ git+{repository()}"
    steps = {
        f"exercise{about.number:02d}": _STEP.format(
            id=f"exercise{about.number:02d}",
            title=json.dumps(f"{about.number:02d} {about.title}", ensure_ascii=False),
            number=about.number,
            minutes=_MINUTES,
        )
        for about in chosen
    }
    results = "\n".join(
        f"          {name.upper()}_RESULTS: ${{{{ steps.{name}.outputs.result }}}}" for name in steps
    )
    install = json.dumps(f"pip install {shlex.quote(course)}")
    end = _END.format(results=results, ids=",".join(steps))
    return _HEAD.format(install=install) + "".join(steps.values()) + end
