"""``dcn start``, ``next``, ``check``, ``watch``, ``progress``, ``solution``: the exercises."""

import difflib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from dcn_course.cli.messages import INTERRUPTED, fail

_NOT_YET = 1  # exit code: checked, and not right yet
Seconds = Annotated[
    float | None,
    typer.Option(min=0.1, help="Time limit for a run of your file. [default: 10, or 90 if it needs torch]"),
]
Number = Annotated[str, typer.Argument(help="Number of the exercise, like 4 or 04.", metavar="NN")]


def start(
    folder: Annotated[Path, typer.Argument(help="The work folder; made if missing.")] = Path("dcn-exercises"),
    notebooks: Annotated[
        bool, typer.Option("--notebooks", help="Notebooks in place of Python files.")
    ] = False,
) -> None:
    """Make a folder with the exercises, or add what is new to it; what you wrote stays as it is."""
    from dcn_course.checking.workfolder import start as start_folder

    with _clear_errors():
        done = start_folder(folder, notebooks)
    for words, names in (("new", done.added), ("brought up to date", done.updated)):
        for name in names:
            if not name.endswith(".svg"):
                print(f"{words}: {folder / name}")
    for name in done.kept:
        print(f"yours, left as it is (the course has a newer version): {folder / name}")
    print(f"Go on with: cd {folder} && dcn next")


def next_(
    open_it: Annotated[bool, typer.Option("--open/--no-open", help="Open the file.")] = True,
) -> None:
    """Open the first exercise that is not finished."""
    from dcn_course.checking import progress
    from dcn_course.checking.catalogue import exercise, numbers
    from dcn_course.checking.workfolder import file_of

    with _clear_errors():
        place = _place()
        entries = progress.load(place)
        left = [n for n in numbers() if not _finished(entries.get(n))]
        if not left:
            print("All exercises are done.")
            return
        about, path = exercise(left[0]), file_of(left[0], place)
    print(f"{about.number:02d} · {about.title} ({about.minutes} min, {about.difficulty})")
    print(path)
    print(f"Check it with: dcn check {about.number:02d}")
    if open_it and sys.stdout.isatty():
        typer.launch(str(path))


def check(
    which: Annotated[
        list[str] | None, typer.Argument(help="Numbers or files. [default: all]", metavar="[NN]...")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the inputs drawn anew in each run. [default: random]")
    ] = None,
    seconds: Seconds = None,
    html: Annotated[Path | None, typer.Option(help="Write the report to this file too.")] = None,
) -> None:
    """Check exercises: whether they are right, and if not, why. Exits with 0 if all pass, else with 1."""
    from dcn_course.checking.catalogue import numbers

    with _clear_errors():
        if which:
            wanted = [_number_and_file(name) for name in which]
        else:
            wanted = [_number_and_file(f"{number}") for number in numbers()]
        passed = [_check_one(number, path, seed, seconds, html, len(wanted) == 1) for number, path in wanted]
    if len(passed) > 1:
        print(f"{sum(passed)} of {len(passed)} pass.")
    raise typer.Exit(0 if all(passed) else _NOT_YET)


def watch(
    seconds: Seconds = None,
) -> None:
    """Check an exercise each time you save it; Ctrl-C ends it."""
    import watchfiles

    with _clear_errors():
        place = _place()
        print(f"Watching {place}. Save an exercise to check it; Ctrl-C ends.", flush=True)
        for changes in watchfiles.watch(place, raise_interrupt=False, recursive=False):
            for name in sorted({name for kind, name in changes if kind != watchfiles.Change.deleted}):
                if (found := _exercise_of(Path(name))) is not None:
                    _check_one(found, Path(name), None, seconds, None, True)
                    sys.stdout.flush()


def progress_() -> None:
    """Show which exercises are done."""
    from dcn_course.checking import progress
    from dcn_course.checking.catalogue import exercise, numbers

    with _clear_errors():
        entries = progress.load(_place())
    minutes = 0
    for number in numbers():
        about, entry = exercise(number), entries.get(number, progress.Entry())
        if entry.passed is not None:
            mark, state = "✓", f"passed on {entry.passed.isoformat()}"
        elif entry.gave_up:
            mark, state = "=", "solution shown"
        else:
            mark, state = ("…", "begun") if entry.checks else (" ", f"about {about.minutes} min")
            minutes += about.minutes
        times = f", checked {entry.checks}×" if entry.checks else ""
        after = f", after {', '.join(f'{n:02d}' for n in about.after)}" if about.after else ""
        print(f"{mark} {number:02d} {about.title:<40} {about.difficulty:<7} {state}{times}{after}")
    done = sum(_finished(entries.get(number)) for number in numbers())
    print(f"{done} of {len(numbers())} done" + (f", about {minutes} min left" if minutes else ""))


def solution(
    number: Number,
    give_up: Annotated[bool, typer.Option("--give-up", help="Show it although yours does not pass.")] = False,
) -> None:
    """Show the solution as a difference to your file, once yours passes."""
    from dcn_course.checking import layout, progress
    from dcn_course.checking.child import source

    with _clear_errors():
        chosen, path = _number_and_file(number)
        place = _place()
        entries = progress.load(place)
        entry = entries.get(chosen, progress.Entry())
        if not _finished(entry) and not give_up:
            fail(
                f"exercise {chosen:02d} has not passed yet; dcn check {chosen:02d} gives a hint each time,"
                " --give-up shows the solution"
            )
        if not _finished(entry):
            entries[chosen] = replace(entry, gave_up=True)
            progress.save(place, entries)
        mine, right = source(str(path)), layout.solved(chosen)
        if path.suffix == ".ipynb":  # its text cells are not in the program
            right = _code_alone(right)
    lines = difflib.unified_diff(
        mine.splitlines(), right.splitlines(), str(path.name), "solution", lineterm=""
    )
    print("\n".join(lines) or "Yours is the solution, to the letter.")


def _check_one(
    number: int, path: Path, seed: int | None, seconds: float | None, html: Path | None, whole: bool
) -> bool:
    """Check a file, print the report and note it; give the verdict."""
    from dcn_course.checking import progress
    from dcn_course.checking.check import check_file
    from dcn_course.checking.workfolder import find

    place = find(path.resolve().parent)
    entries = progress.load(place) if place else {}
    entry = entries.get(number, progress.Entry())
    report = check_file(number, path, seed, seconds, hints=entry.hints)
    if place is not None:
        entries[number] = progress.checked(entry, report.passed, report.hint_of, date.today())
        progress.save(place, entries)
    if whole:
        print(report, end="")
        if report.passed:
            print("\nSee another way to write it with: dcn solution " + f"{number:02d}")
        else:
            print(f"\nThe same inputs again: dcn check {number:02d} --seed {report.seed}")
    else:
        mark = "✓" if report.passed else "✗"
        print(f"{mark} {number:02d} {report.title}: {report.headline}")
    if html is not None:
        html.write_text(f"<!doctype html><meta charset='utf-8'>{report._repr_html_()}\n", encoding="utf-8")
    return report.passed


def _number_and_file(name: str) -> tuple[int, Path]:
    """Read what names an exercise: a number, or the path of a file that begins with one."""
    from dcn_course.checking.catalogue import NoSuchExerciseError, exercise
    from dcn_course.checking.workfolder import file_of, find

    if name.isdecimal():
        number = exercise(int(name)).number
        here = Path.cwd()
        try:
            return number, file_of(number, here)
        except FileNotFoundError:
            return number, file_of(number, find(here) or here)
    path = Path(name)
    found = _exercise_of(path)
    if found is None:
        raise NoSuchExerciseError(f"{name} is neither a number nor a file named like an exercise")
    return found, path


def _exercise_of(path: Path) -> int | None:
    """The exercise that a file belongs to by its name; None if to none."""
    from dcn_course.checking.catalogue import numbers
    from dcn_course.checking.workfolder import SUFFIXES

    head = path.name[:2]
    known = path.suffix in SUFFIXES and head.isdecimal() and path.name[2:3] == "_"
    return int(head) if known and int(head) in numbers() else None


def _place() -> Path:
    """The work folder that holds the current one; FileNotFoundError if there is none."""
    from dcn_course.checking.workfolder import find

    found = find(Path.cwd())
    if found is None:
        raise FileNotFoundError("this is no work folder: dcn start makes one")
    return found


def _finished(entry: object) -> bool:
    return getattr(entry, "passed", None) is not None or getattr(entry, "gave_up", False)


def _code_alone(text: str) -> str:
    pieces = text.split("# %%")
    return "\n\n".join(piece.strip("\n") for piece in pieces if not piece.startswith(" [markdown]") and piece)


@contextmanager
def _clear_errors() -> Iterator[None]:
    from dcn_course.checking.catalogue import NoSuchExerciseError
    from dcn_course.checking.progress import ProgressDamagedError

    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except (NoSuchExerciseError, ProgressDamagedError, OSError) as error:
        fail(str(error))
