"""``dcn grade``: grade a folder of submissions; ``dcn regrade``: do it again and compare."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcn_course.cli.messages import INTERRUPTED, fail

if TYPE_CHECKING:
    from dcn_course.grading.cluster import Cluster
    from dcn_course.grading.isolation import Isolation

Submissions = Annotated[
    Path,
    typer.Argument(
        help="Folder or zip file: one folder, file or zip a student, or as Moodle, Canvas, Gradescope "
        "or nbgrader give it."
    ),
]
Jobs = Annotated[int | None, typer.Option(min=1, help="Programs at a time. [default: one a core]")]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="Grade even where the programs cannot be shut in: they are trusted."),
]
_DIFFERENT = 1  # exit code: graded again, and not all is the same


def grade(
    submissions: Submissions,
    out: Annotated[
        Path, typer.Option(help="Folder for grades and reports; an earlier run in it is taken up.")
    ],
    exercise: Annotated[
        list[int] | None, typer.Option(help="Number; may be repeated. [default: all]")
    ] = None,
    jobs: Jobs = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="Time for a run of a program; 9 times as long with torch or numba.")
    ] = 10.0,
    seed: Annotated[
        str | None,
        typer.Option(help="Of the hidden inputs. [default: that of an earlier run in --out, or new]"),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            help="Address of a Dask scheduler, like tcp://10.0.0.1:8786: its workers grade, not this machine."
        ),
    ] = None,
    trust: Trust = False,
) -> None:
    """Grade submissions that nobody trusts: each program runs shut in, and the verdict is made outside of it.

    Writes grades.csv, class.html, junit.xml, and for each student report.txt, report.html, results.json.
    """
    from dcn_course.grading import isolation, run
    from dcn_course.grading.sandbox.plan import Limits

    with _clear_errors():
        isolation.require_linux()
        cluster = _join(dask) if dask else None
        try:
            if cluster is None:
                found = isolation.probe()
                isolated, words = found.whole, _words(found, trust)
            else:
                isolated, words = True, _words_of_all(cluster, trust)
            with _Progress() as progress:
                done = run.grade(
                    submissions,
                    out,
                    isolated=isolated,
                    isolation=words,
                    at_a_time=_lanes(jobs),
                    exercises=exercise or (),
                    limits=Limits(seconds=seconds),
                    secret=seed,
                    tell=progress.tell,
                    cluster=cluster,
                )
        finally:
            if cluster is not None:
                cluster.close()
    right = sum(record.points for record in done.records)
    total = sum(len(record.results) for record in done.records)
    print(f"{len(done.records)} students, {done.graded} graded now; {right} of {total} exercises pass.")
    print(f"Look at {out / 'class.html'}; the grades are in {out / 'grades.csv'}.")


def regrade(
    grades: Annotated[Path, typer.Argument(help="Folder that dcn grade has written.")],
    submissions: Submissions,
    out: Annotated[Path, typer.Option(help="Another folder, for the new grades and reports.")],
    student: Annotated[
        list[str] | None,
        typer.Option(help="As grades.csv names the student; may be repeated. [default: all]"),
    ] = None,
    jobs: Jobs = None,
    trust: Trust = False,
) -> None:
    """Grade again with the same hidden inputs, exercises and limits, here or on another machine, and compare.

    Exits with 0 if every verdict and its reason are the same, else with 1.
    """
    from dcn_course.grading import appeal, isolation

    with _clear_errors():
        isolation.require_linux()
        found = isolation.probe()
        words = _words(found, trust)
        with _Progress() as progress:
            done = appeal.regrade(
                grades,
                submissions,
                out,
                isolated=found.whole,
                isolation=words,
                at_a_time=_lanes(jobs),
                only=student or (),
                tell=progress.tell,
            )
    for line in done.changes:
        print(f"Note: {line}.")
    for line in done.differences:
        print(line)
    if done.differences:
        print(f"{len(done.differences)} differences in {done.compared} verdicts.")
        raise typer.Exit(_DIFFERENT)
    print(f"All {done.compared} verdicts are the same.")


@contextmanager
def _clear_errors() -> Iterator[None]:
    from dcn_course.checking.catalogue import NoSuchExerciseError
    from dcn_course.grading.appeal import NothingToCompareError
    from dcn_course.grading.cluster import ClusterError
    from dcn_course.grading.isolation import WrongSystemError
    from dcn_course.grading.kept import OtherGradingError
    from dcn_course.grading.submissions import NoSubmissionsError, UnreadableError
    from dcn_course.grading.worker import NoIsolationError

    try:
        yield
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    except (
        WrongSystemError,
        NoIsolationError,
        NoSuchExerciseError,
        NoSubmissionsError,
        NothingToCompareError,
        UnreadableError,
        OtherGradingError,
        ClusterError,
        OSError,
    ) as error:
        fail(str(error))


def _lanes(jobs: int | None) -> int:
    return jobs or len(os.sched_getaffinity(0))


def _join(address: str) -> "Cluster":
    from dcn_course.grading.cluster import Cluster

    return Cluster(address)


def _words_of_all(cluster: "Cluster", trust: bool) -> str:
    """Say what keeps the programs in on a cluster; refuse where one machine does not, unless trusted."""
    each = cluster.isolation()
    if trust:
        cluster.trust()
    open_ones = [found for found in each.values() if not found.whole]
    return _words(open_ones[0] if open_ones else next(iter(each.values())), trust)


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
