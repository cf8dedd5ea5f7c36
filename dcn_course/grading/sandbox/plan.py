"""What a job is: the limits, the files, and the calls; from the grader, which is trusted, to the nursery."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

PROBES = "dcn_probes.py"  # a file of the grader's beside the student's, see `checking.child.perform`


@dataclass(frozen=True)
class Limits:
    """What the student's process may use.

    Attributes:
        seconds: of wall time for the whole job, and of processor time for each process.
        memory: bytes of address space beyond what Python and NumPy take.
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


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes:
        files: name and content of each file of the student's; plain names without a folder.
        main: the file to run.
        calls: as `dcn_course.checking.runner.plan_of` gives them.
        arrays: that the calls refer to.
        limits: of the student's process.
    """

    files: dict[str, bytes]
    main: str
    calls: list[Any]
    arrays: dict[str, Any]
    limits: Limits


def packed(job: Job) -> bytes:
    """Write a job as npz."""
    names = list(job.files)
    text = json.dumps({"names": names, "main": job.main, "calls": job.calls, "limits": asdict(job.limits)})
    contents: dict[str, Any] = {
        f"file{i}": np.frombuffer(job.files[name], np.uint8) for i, name in enumerate(names)
    }
    stream = io.BytesIO()
    np.savez(stream, plan=np.frombuffer(text.encode(), np.uint8), **contents, **job.arrays)
    return stream.getvalue()


def unpacked(data: bytes) -> Job:
    """Read what `packed` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        arrays = dict(archive)
    plan = json.loads(arrays.pop("plan").tobytes())
    files = {name: arrays.pop(f"file{i}").tobytes() for i, name in enumerate(plan["names"])}
    return Job(files, plan["main"], plan["calls"], arrays, Limits(**plan["limits"]))
