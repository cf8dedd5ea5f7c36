"""``dcn grade``: grade a folder of submissions."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcn_course.cli.messages import INTERRUPTED, fail

if TYPE_CHECKING:
    from dcn_course.grading.isolation import Isolation


def grade(
    submissions: Annotated[
        Path,
        typer.Argument(
            help="Folder or zip file: one folder, file or zip a student, or as Moodle, Canvas, Gradescope "
            "or nbgrader give it."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for grades and reports; an earlier run in it is taken up.")
    ],
    exercise: Annotated[
        list[int] | None, typer.Option(help="Number; may be repeated. [default: all]")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Programs at a time. [default: one a core]")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time limit for a run of a program.")] = 10.0,
    seed: Annotated[
        str | None, typer.Option(help="Regrade: the seed in the grading.json of the first run.")
    ] = None,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Grade even where the programs cannot be shut in: they are trusted."),
    ] = False,
) -> None:
    """Grade submissions that nobody trusts: each program runs shut in, and the verdict is made outside of it.

    Writes grades.csv, class.html, junit.xml, and for each student report.txt, report.html, results.json.
    """
    from dcn_course.checking.catalogue import NoSuchExerciseError
    from dcn_course.grading import isolation, run
    from dcn_course.grading.sandbox.plan import Limits
    from dcn_course.grading.submissions import NoSubmissionsError, UnreadableError
    from dcn_course.grading.worker import NoIsolationError

    try:
        isolation.require_linux()
        found = isolation.probe()
        words = _words(found, trust)
        with _Progress() as progress:
            done = run.grade(
                submissions,
                out,
                isolated=found.whole,
                isolation=words,
                lanes=jobs or len(os.sched_getaffinity(0)),
                exercises=exercise or (),
                limits=Limits(seconds=seconds),
                secret=seed,
                tell=progress.tell,
            )
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    except (
        isolation.WrongSystemError,
        NoIsolationError,
        NoSuchExerciseError,
        NoSubmissionsError,
        UnreadableError,
        run.OtherGradingError,
        OSError,
    ) as error:
        fail(str(error))
    right = sum(record.points for record in done.records)
    total = sum(len(record.results) for record in done.records)
    print(f"{len(done.records)} students, {done.graded} graded now; {right} of {total} exercises pass.")
    print(f"Look at {out / 'class.html'}; the grades are in {out / 'grades.csv'}.")


def _words(found: "Isolation", trust: bool) -> str:
    """Say what keeps the programs in; refuse where nothing does, unless they are trusted."""
    if found.whole:
        return (
            "Each program ran shut in: namespaces of its own, no rights, no network, limits on what it uses."
        )
    unlimited = [] if found.processes_limited else ["the number of processes has no limit"]
    holes = "; ".join([*found.holes, *unlimited])
    why = f"This system cannot shut programs in ({found.refused or 'namespaces'}): {holes}."
    if not trust:
        fail(
            f"{why} Grade in a container or on another machine, or, if you trust every program, with --trust."
        )
    warning = f"WARNING: {why} The programs run with limits alone, because you trust them (--trust)."
    typer.secho(warning, err=True, fg=typer.colors.RED, bold=True)
    return warning


class _Progress:
    """A bar with the time left, where there is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("Grading", total=None)

    def __enter__(self) -> "_Progress":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def tell(self, done: int, total: int) -> None:
        """Note how many students are done."""
        self._progress.update(self._task, completed=done, total=total)
