"""The folder in which a student works: made, brought up to date, and nothing of theirs overwritten."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from dcn_course._files import write_atomically, write_once

from . import progress
from .catalogue import exercise, folder, numbers

SUFFIXES = (".py", ".ipynb")


@dataclass(frozen=True)
class Started:
    """What `start` did, by file name.

    Attributes:
        added: files that were not there.
        updated: files of an older course that the student had not touched.
        kept: files that the student has touched, of which the course has another version now.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    kept: tuple[str, ...]


def start(target: Path, notebooks: bool = False) -> Started:
    """Put the exercises into a folder, new or in use.

    Args:
        target: the folder; made if missing.
        notebooks: write notebooks in place of Python files.

    Returns:
        What was done. A file that the student has changed is never written to.

    Raises:
        OSError: it cannot be written.
        ProgressDamagedError: the folder's progress cannot be read.
    """
    target.mkdir(parents=True, exist_ok=True)
    entries = progress.load(target)
    added, updated, kept = [], [], []
    for number in numbers():
        stem = exercise(number).stem
        entry = entries.get(number, progress.Entry())
        given = dict(entry.given)
        for suffix in (".ipynb" if notebooks else ".py", ".svg"):
            name = f"{stem}{suffix}"
            fresh = (folder("exercises") / name).read_bytes()
            path = target / name
            if not path.exists():
                write_once(path, partial(_put, fresh))
                added.append(name)
                given[name] = _sha(fresh)
            elif _sha(path.read_bytes()) == _sha(fresh):
                given[name] = _sha(fresh)
            elif _sha(path.read_bytes()) == given.get(name):
                write_atomically(path, partial(_put, fresh))
                updated.append(name)
                given[name] = _sha(fresh)
            elif given.get(name) != _sha(fresh):
                kept.append(name)
        entries[number] = replace(entry, given=given)
    progress.save(target, entries)
    return Started(tuple(added), tuple(updated), tuple(kept))


def find(start_at: Path) -> Path | None:
    """Return the work folder that holds a place: itself or one above it; None if there is none."""
    for place in (start_at, *start_at.parents):
        if (place / progress.NAME).is_file():
            return place
    return None


def file_of(number: int, place: Path) -> Path:
    """Return the student's file of an exercise; of a Python file and a notebook, the one changed last.

    Raises:
        FileNotFoundError: there is none in the folder.
    """
    stem = exercise(number).stem
    found = [path for suffix in SUFFIXES if (path := place / f"{stem}{suffix}").is_file()]
    if not found:
        raise FileNotFoundError(f"no {stem}.py and no {stem}.ipynb in {place}; dcn start puts them there")
    return max(found, key=lambda path: path.stat().st_mtime)


def _put(content: bytes, file: BinaryIO) -> None:
    file.write(content)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
