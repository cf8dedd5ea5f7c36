"""Generate the exercises from their masters: ``python -m dcn_course.checking.build [--check]``.

It needs libcst and jupytext, which the check of an exercise does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import jupytext
import libcst as cst
import nbformat

from . import layout
from .catalogue import exercise, folder, numbers
from .master import ANSWER, CLOSE, OPEN, MasterError, code
from .pictures import picture


def cut(text: str) -> str:
    """Cut the solutions out of a cell's code.

    Args:
        text: Python code; a gap stands between the two marker lines, in one block.

    Returns:
        The code with a ``raise NotImplementedError("about 4 lines")`` for each gap; all else is kept.

    Raises:
        MasterError: a marker has no partner in the same block.
    """
    module = cst.parse_module(text)
    done = module.visit(_Cutter()).code
    for mark in (OPEN, CLOSE):
        if mark in done:
            raise MasterError(f"a {mark} has no partner in its block")
    return "\n".join("prediction = ..." if line.endswith(ANSWER) else line for line in done.split("\n"))


def percent(number: int) -> str:
    """Return an exercise as a Python file in the percent format."""
    return layout.percent(layout.student_cells(exercise(number), cut, notebook=False))


def notebook(number: int, solved: bool = False) -> str:
    """Return an exercise as a notebook without outputs.

    Args:
        number: of the exercise.
        solved: leave the solutions in.
    """
    about = exercise(number)
    text = layout.percent(layout.student_cells(about, code if solved else cut, notebook=True))
    book = jupytext.reads(text, fmt="py:percent")
    for place, cell in enumerate(book.cells):
        cell["id"] = f"{about.stem[:2]}-{place:02d}"  # the same at every build
        cell["metadata"] = {}
    book.metadata.update(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    nbformat.validate(book)
    return json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def files() -> dict[str, str]:
    """Return the name and the text of each file that belongs into ``exercises/``."""
    made = {}
    for number in numbers():
        stem = exercise(number).stem
        made[f"{stem}.py"] = percent(number)
        made[f"{stem}.ipynb"] = notebook(number)
        made[f"{stem}.svg"] = picture(number).svg
    return made


def stale(target: Path) -> list[str]:
    """Return the names in the folder that are missing, differ, or do not belong there."""
    wanted = files()
    found = {path.name: path for path in target.iterdir()} if target.is_dir() else {}
    differ = [
        name
        for name, text in wanted.items()
        if name not in found or found[name].read_text(encoding="utf-8") != text
    ]
    return sorted(differ + [name for name in found if name not in wanted])


def main(arguments: Sequence[str] | None = None) -> None:
    """Write ``exercises/``, or say what is stale there and exit with 1."""
    parser = argparse.ArgumentParser(description="Generate the exercises from their masters.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is stale")
    target = folder("solutions").parent / "exercises"
    names = stale(target)
    if parser.parse_args(arguments).check:
        if names:
            sys.exit(f"stale in {target}: {', '.join(names)}; run: make exercises")
        return
    target.mkdir(exist_ok=True)
    made = files()
    for name in names:
        if name in made:
            (target / name).write_text(made[name], encoding="utf-8", newline="\n")
        else:
            (target / name).unlink()
        print(f"{target.name}/{name}")


class _Cutter(cst.CSTTransformer):
    """Replaces the statements of each gap."""

    def leave_IndentedBlock(  # noqa: N802
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        kept: list[cst.BaseStatement] = []
        inside: list[cst.BaseStatement] | None = None
        for statement in updated_node.body:
            leading = list(getattr(statement, "leading_lines", ()))
            if inside is not None and _has(leading, CLOSE):
                kept.append(_gap(inside))
                inside, leading = None, _after(leading, CLOSE)
                statement = statement.with_changes(leading_lines=leading)
            if inside is None and _has(leading, OPEN):
                inside = [statement]
            elif inside is None:
                kept.append(statement)
            else:
                inside.append(statement)
        footer = list(updated_node.footer)
        if inside is not None and _has(footer, CLOSE):
            kept.append(_gap(inside))
            inside, footer = None, _after(footer, CLOSE)
        if inside is not None:
            raise MasterError(f"a {OPEN} has no partner in its block")
        return updated_node.with_changes(body=kept, footer=footer)


def _has(lines: list[cst.EmptyLine], mark: str) -> bool:
    return any(line.comment is not None and line.comment.value == mark for line in lines)


def _after(lines: list[cst.EmptyLine], mark: str) -> list[cst.EmptyLine]:
    place = next(i for i, line in enumerate(lines) if line.comment is not None and line.comment.value == mark)
    return lines[place + 1 :]


def _gap(statements: list[cst.BaseStatement]) -> cst.BaseStatement:
    source = cst.Module([]).code_for_node(cst.IndentedBlock(body=statements)).split("\n")
    lines = sum(bool(line.strip()) and not line.strip().startswith("#") for line in source)
    size = "about 1 line" if lines == 1 else f"about {lines} lines"
    return cst.parse_statement(f'raise NotImplementedError("{size}")')


if __name__ == "__main__":
    main()
