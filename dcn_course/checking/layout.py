"""An exercise as the student gets it: its cells in order, as a file in the percent format."""

from __future__ import annotations

from collections.abc import Callable

from .book import repository
from .catalogue import Exercise, exercise, folder
from .master import cells, code


def percent(student_cells: list[tuple[str, str]]) -> str:
    """Join cells, (kind, text), to a file in the percent format."""
    pieces = []
    for kind, text in student_cells:
        if kind == "markdown":
            text = "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
            pieces.append(f"# %% [markdown]\n{text}\n")
        else:
            pieces.append(f"# %%\n{text}\n")
    return "\n".join(pieces)


def solved(number: int, notebook: bool = False) -> str:
    """Return an exercise in the percent format with its solutions, as its file or its notebook has it."""
    return percent(student_cells(exercise(number), code, notebook))


def student_cells(about: Exercise, convert: Callable[[str], str], notebook: bool) -> list[tuple[str, str]]:
    """List the cells as the student gets them.

    Args:
        about: the exercise.
        convert: makes the student's code from that of the master: cuts the solutions out, or leaves them in.
        notebook: for a notebook, which checks and draws in cells of its own.

    Returns:
        (kind, text) of each cell; kind is "markdown" or "code".
    """
    text = (folder("solutions") / f"{about.stem}.py").read_text(encoding="utf-8")
    made: list[tuple[str, str]] = [("markdown", _heading(about))]
    if notebook and repository():
        made.append(("code", _install(about, repository())))
    for cell in cells(text)[1:]:
        if cell.kind == "":
            made.append(("code", convert(cell.text)))
        elif cell.kind == "question":
            made.append(("markdown", f"**First, by hand.** {cell.text}"))
        elif cell.kind == "picture":
            where = "" if notebook else f" The picture is in `{about.stem}.svg`."
            made.append(("markdown", f"## What you should see\n\n{cell.text}{where}"))
            if notebook:
                made.append(("code", f"from dcn_course.checking import picture\n\npicture({about.number})"))
        else:
            made.append((cell.kind, cell.text))
    if notebook:
        names = ", ".join(about.objects)
        made.append(
            (
                "code",
                "from dcn_course.checking import check\n\n"
                f"check({about.number}, {names}, prediction=prediction)",
            )
        )
    else:
        made.append(("markdown", f"Check it with `dcn check {about.number:02d}`."))
    made.append(("markdown", _hints(about)))
    return made


def _heading(about: Exercise) -> str:
    after = ", ".join(f"{n:02d}" for n in about.after)
    facts = [
        f"{about.minutes} minutes",
        about.difficulty,
        f"after {after}" if after else "no exercise before it",
    ]
    if about.needs:
        facts.append(f"needs {' and '.join(about.needs)}")
    return f"# {about.number:02d} · {about.title}\n\n{' · '.join(facts)} · chapter `{about.chapter}`"


def _install(about: Exercise, address: str) -> str:
    extras = "[torch]" if about.needs else ""
    return (
        "# Where the course is missing, in Colab for example, it is installed first.\n"
        "import importlib.util\n\n"
        'if importlib.util.find_spec("dcn_course") is None:\n'
        f'    get_ipython().run_line_magic("pip", "install --quiet \'dcn-course{extras} @ git+{address}\'")'
    )


def _hints(about: Exercise) -> str:
    lines = ["## Hints", "", "Open one at a time, and try again before the next."]
    for gap in about.gaps:
        for place, hint in enumerate(gap.hints, 1):
            lines += [
                "",
                f"<details><summary>{gap.function}, hint {place}</summary>",
                "",
                hint,
                "",
                "</details>",
            ]
    return "\n".join(lines)
