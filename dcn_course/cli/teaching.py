"""``dcn classroom`` and ``dcn lessons``: what a teacher needs before there is anything to grade."""

from pathlib import Path
from typing import Annotated

import typer

from dcn_course.cli.messages import fail

Exercises = Annotated[list[int] | None, typer.Option(help="Number; may be repeated. [default: all]")]


def classroom(
    folder: Annotated[Path, typer.Argument(help="The template repository; made if missing.")],
    exercise: Exercises = None,
    course: Annotated[
        str, typer.Option(help="What pip installs in the workflow. [default: the course's repository]")
    ] = "",
    notebooks: Annotated[
        bool, typer.Option("--notebooks", help="Notebooks in place of Python files.")
    ] = False,
) -> None:
    """Make a template repository for GitHub Classroom: the exercises, and a workflow that checks them."""
    from dcn_course.checking.catalogue import NoSuchExerciseError
    from dcn_course.checking.progress import ProgressDamagedError
    from dcn_course.grading.classroom import NoAddressError, template

    try:
        path = template(folder, exercise or (), course, notebooks)
    except (NoAddressError, NoSuchExerciseError, ProgressDamagedError, OSError) as error:
        fail(str(error))
    print(f"The workflow is {path}. Push {folder} to GitHub and choose it as the assignment's template.")


def lessons(
    minutes: Annotated[int, typer.Option(min=1, help="Of a lesson, for exercises.")] = 90,
    exercise: Exercises = None,
) -> None:
    """Share the exercises out among lessons."""
    from dcn_course.checking.catalogue import NoSuchExerciseError
    from dcn_course.grading.lessons import lessons as planned
    from dcn_course.grading.lessons import table

    try:
        plan = planned(minutes, exercise or ())
    except NoSuchExerciseError as error:
        fail(str(error))
    print(table(plan))
    print(f"\n{len(plan)} lessons, {sum(lesson.minutes for lesson in plan)} minutes of exercises.")
