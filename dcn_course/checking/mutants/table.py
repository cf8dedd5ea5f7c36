"""The kill matrix of all exercises as a file: ``python -m dcn_course.checking.mutants.table FILE``.

It needs libcst, as the automatic mutants do.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..._files import write_atomically
from ..catalogue import numbers
from . import named
from .matrix import Row, named_row, row


def rows(number: int) -> list[Row]:
    """Run every mutant of an exercise, named ones first; automatic ones that are no mistake are left out."""
    from .automatic import automatic

    automatic_rows = (row(number, m.name, m.function, m.source) for m in automatic(number))
    return [named_row(number, m) for m in named(number)] + [r for r in automatic_rows if r.families]


def text(matrix: Mapping[int, Sequence[Row]]) -> str:
    """Write rows as JSON, one a line, in an order that does not change by itself."""
    lines = [
        json.dumps(
            [number, r.function, r.name, sorted(r.families), sorted(r.usual), r.diagnosed], ensure_ascii=False
        )
        for number, mine in matrix.items()
        for r in mine
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def read(path: Path) -> dict[int, list[Row]]:
    """Read what `main` wrote; OSError or ValueError where it cannot be read."""
    matrix: dict[int, list[Row]] = {}
    for number, function, name, families, usual, diagnosed in json.loads(path.read_text(encoding="utf-8")):
        found = Row(name, function, frozenset(families), frozenset(usual), diagnosed)
        matrix.setdefault(number, []).append(found)
    return matrix


def main(arguments: Sequence[str] | None = None) -> None:
    """Run every mutant of every exercise, some minutes, and write the table."""
    parser = argparse.ArgumentParser(description="Write the kill matrix of all exercises.")
    parser.add_argument("file", type=Path)
    path = parser.parse_args(arguments).file
    made = text({number: rows(number) for number in numbers()})
    write_atomically(path, lambda file: file.write(made.encode()))


if __name__ == "__main__":
    main()
