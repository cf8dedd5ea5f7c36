"""What a job is: the limits, the files, and the calls; from the grader, which is trusted, to the nursery."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import numpy as np

from . import arrays

PROBES = "dcn_probes.py"  # a file of the grader's, see `checking.child.perform`
_HEAVY_SECONDS, _HEAVY_MEMORY = 9, 2  # as many times as much, as dcn check gives


@dataclass(frozen=True)
class Limits:
    """What the student's process may use.

    Attributes:
        seconds: of wall time for the whole job, and of processor time for each process.
        memory: bytes beyond what Python and NumPy take: of address space for each process; all processes
            together may fill half as much again.
        processes: with threads, of the student's own; the first one counts.
        output: bytes that it may print, and of the results.
        disk: bytes in its home folder.
        files: open at a time.
    """

    seconds: float = 10.0
    memory: int = 2 * 2**30
    processes: int = 16
    output: int = 32 * 2**20
    disk: int = 32 * 2**20
    files: int = 64

    def heavy(self) -> Self:
        """Return the limits of a program that loads torch, numba and the like."""
        return replace(self, seconds=_HEAVY_SECONDS * self.seconds, memory=_HEAVY_MEMORY * self.memory)


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes:
        files: name and content of each file of the student's; plain names without a folder.
        main: the file to run.
        calls: as `dcn_course.checking.runner.plan_of` gives them.
        arrays: that the calls refer to.
        limits: of the student's process.
        given: path and content of each file that the student's process may read and not change: `PROBES`,
            and what an exercise lets import of the course.
    """

    files: dict[str, bytes]
    main: str
    calls: list[Any]
    arrays: dict[str, Any]
    limits: Limits
    given: dict[str, bytes] = field(default_factory=dict)


def packed(job: Job) -> bytes:
    """Write a job as bytes."""
    names, given = list(job.files), list(job.given)
    head = {
        "names": names,
        "given": given,
        "main": job.main,
        "calls": job.calls,
        "limits": asdict(job.limits),
    }
    contents = {f"file{i}": job.files[name] for i, name in enumerate(names)}
    contents |= {f"given{i}": job.given[name] for i, name in enumerate(given)}
    as_arrays = {name: np.frombuffer(content, np.uint8) for name, content in contents.items()}
    return arrays.packed(head, {**as_arrays, **job.arrays})


def unpacked(data: bytes) -> Job:
    """Read what `packed` wrote."""
    head, found = arrays.unpacked(data)
    files = {name: found.pop(f"file{i}").tobytes() for i, name in enumerate(head["names"])}
    given = {name: found.pop(f"given{i}").tobytes() for i, name in enumerate(head["given"])}
    return Job(files, head["main"], head["calls"], found, Limits(**head["limits"]), given)
