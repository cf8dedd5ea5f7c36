"""What a student has done: ``progress.toml`` in the work folder, readable by eye."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from dcn_course._files import write_atomically

NAME = "progress.toml"
_HEAD = "# What you have done in this folder. dcn writes it; delete an exercise's lines to begin it anew.\n"


class ProgressDamagedError(ValueError):
    """progress.toml is not as dcn writes it."""


@dataclass(frozen=True)
class Entry:
    """How an exercise stands.

    Attributes:
        checks: how often it was checked.
        passed: the day on which it first passed; None before.
        gave_up: the solution was shown before it passed.
        hints: how many hints were given for each function.
        given: the beginning of the SHA-256 of each file as the course wrote it: has the student touched it?
    """

    checks: int = 0
    passed: date | None = None
    gave_up: bool = False
    hints: dict[str, int] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)


def load(folder: Path) -> dict[int, Entry]:
    """Read the progress; an exercise that is not in it is not begun.

    Raises:
        ProgressDamagedError: the file cannot be read as what it should be.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {int(name.removeprefix("exercise-")): _entry(table) for name, table in tables.items()}
    except (tomllib.TOMLDecodeError, ValueError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ProgressDamagedError(f"{path} is damaged ({error}); mend or delete it") from None


def save(folder: Path, entries: dict[int, Entry]) -> None:
    """Write the progress; OSError if it cannot be written."""
    blocks = [_HEAD, *(_block(number, entries[number]) for number in sorted(entries))]
    text = "\n".join(blocks)
    write_atomically(folder / NAME, lambda file: file.write(text.encode()))


def checked(entry: Entry, passed: bool, function: str, today: date) -> Entry:
    """Note a check.

    Args:
        entry: how it stood.
        passed: the verdict.
        function: for which a hint was given; "" for none.
        today: the day.
    """
    hints = dict(entry.hints)
    if function:
        hints[function] = hints.get(function, 0) + 1
    day = entry.passed or (today if passed else None)
    return replace(entry, checks=entry.checks + 1, passed=day, hints=hints)


def _entry(table: dict[str, Any]) -> Entry:
    entry = Entry(**table)
    for value, kind in ((entry.checks, int), (entry.gave_up, bool), (entry.hints, dict), (entry.given, dict)):
        if not isinstance(value, kind):
            raise TypeError(f"expected {kind.__name__}, got {value!r}")
    if entry.passed is not None and type(entry.passed) is not date:
        raise TypeError(f"passed: expected a day, got {entry.passed!r}")
    return entry


def _block(number: int, entry: Entry) -> str:
    lines = [f"[exercise-{number:02d}]", f"checks = {entry.checks}"]
    if entry.passed is not None:
        lines.append(f"passed = {entry.passed.isoformat()}")
    if entry.gave_up:
        lines.append("gave_up = true")
    for name, table in (("hints", entry.hints), ("given", entry.given)):
        if table:
            inside = ", ".join(f'"{key}" = {_value(value)}' for key, value in sorted(table.items()))
            lines.append(f"{name} = {{ {inside} }}")
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
