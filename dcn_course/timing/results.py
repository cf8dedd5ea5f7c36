"""A measurement: times, memory and the machine, as a JSON file. Imports no torch."""

import dataclasses
import json
import math
import os
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dcn_course import provenance
from dcn_course._files import write_atomically
from dcn_course.provenance import Commit
from dcn_course.timing.names import BOTH, OURS
from dcn_course.timing.workloads import Workload

FORMAT = 1


@dataclass(frozen=True)
class Timing:
    """The runs of one phase of one peer on one workload, in seconds.

    Attributes:
        workload: its name.
        peer: its name.
        threads: so many were allowed.
        phase: one of `names.PHASES`.
        lower: a quarter of the runs took at most this.
        median: of the runs.
        upper: a quarter of the runs took at least this.
        runs: their number.
    """

    workload: str
    peer: str
    threads: int
    phase: str
    lower: float
    median: float
    upper: float
    runs: int


@dataclass(frozen=True)
class Memory:
    """What one forward and backward pass adds to the memory of a process, in bytes.

    Attributes:
        workload: its name.
        peer: its name.
        images: N, which may be a multiple of the workload's.
        peak: the most that the process held during the call, less what it held before.
        results: size of the output and of the gradients, which are part of the peak.
    """

    workload: str
    peer: str
    images: int
    peak: int
    results: int

    @property
    def extra(self) -> int:
        """The peak beyond the results, in bytes, at least 0."""
        return max(0, self.peak - self.results)


@dataclass(frozen=True)
class Roof:
    """What the machine can do at best.

    Attributes:
        threads: so many were allowed.
        bandwidth: of the main memory, in bytes a second, read and written together.
        flops: of products of large float32 matrices, in operations a second.
    """

    threads: int
    bandwidth: float
    flops: float


@dataclass(frozen=True)
class Machine:
    """Where and when.

    Attributes:
        date: UTC, ISO 8601.
        commit: of the code; None outside a git checkout.
        versions: of Python and the libraries.
        processor: its name.
        cores: logical cores that the process may use.
        system: name and release of the operating system.
    """

    date: str
    commit: Commit | None
    versions: dict[str, str]
    processor: str
    cores: int
    system: str


@dataclass(frozen=True)
class Measurement:
    """All that one run of ``dcn timing`` found.

    Attributes:
        machine: where and when.
        load_before: the system's load averages over 1, 5 and 15 minutes; empty where there are none.
        load_after: the same at the end.
        quick: whether the workloads were shrunk, so that the figures say nothing of the real ones.
        seed: of the tensors and of the order of the turns.
        workloads: what was timed.
        peers: who was timed, ours first.
        absent: who was not, and why.
        timings: the times.
        memory: the memory; empty if it was not measured.
        memory_note: how it was measured, or why not.
        flips: for each peer, by the size of an image in pixels, the lattice points at which it takes the
            slope of the wrong cell.
        roofs: what the machine can do, for each number of threads; empty if it was not measured.
    """

    machine: Machine
    load_before: tuple[float, ...]
    load_after: tuple[float, ...]
    quick: bool
    seed: int
    workloads: tuple[Workload, ...]
    peers: tuple[str, ...]
    absent: dict[str, str]
    timings: tuple[Timing, ...]
    memory: tuple[Memory, ...]
    memory_note: str
    flips: dict[str, dict[str, list[int]]]
    roofs: tuple[Roof, ...] = ()

    @property
    def ours(self) -> tuple[str, ...]:
        """The names of our backends among the peers."""
        return tuple(name for name in self.peers if name.startswith(OURS))

    @property
    def threads(self) -> tuple[int, ...]:
        """The numbers of threads, in the order of the measurement."""
        return tuple(dict.fromkeys(timing.threads for timing in self.timings))

    def timing(self, workload: str, peer: str, threads: int, phase: str = BOTH) -> Timing | None:
        """Return one entry, or None if the peer has no such phase."""
        for entry in self.timings:
            if (entry.workload, entry.peer, entry.threads, entry.phase) == (workload, peer, threads, phase):
                return entry
        return None

    def ratio(self, workload: str, ours: str, peer: str, threads: int, phase: str = BOTH) -> float | None:
        """Return the median of `ours` over the median of `peer`: None: there is no such phase."""
        a, b = (self.timing(workload, name, threads, phase) for name in (ours, peer))
        return None if a is None or b is None else a.median / b.median

    def mean_ratio(
        self, ours: str, peer: str, threads: int, phase: str = BOTH, family: str | None = None
    ) -> float | None:
        """Return the geometric mean of the ratios over the workloads, of one family or (None) all."""
        ratios = [
            self.ratio(workload.name, ours, peer, threads, phase)
            for workload in self.workloads
            if family in (None, workload.family)
        ]
        known = [ratio for ratio in ratios if ratio is not None]
        return statistics.geometric_mean(known) if known else None


class MeasurementDamagedError(Exception):
    """A file is no measurement, or one of another format."""


def machine() -> Machine:
    """Describe this machine now."""
    return Machine(
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        commit=provenance.commit(),
        versions=provenance.versions("onnx", "onnxruntime"),
        processor=provenance.cpu_name(),
        cores=provenance.cores(),
        system=provenance.system(),
    )


def load_average() -> tuple[float, ...]:
    """Return the load averages over 1, 5 and 15 minutes; nothing on a system without them."""
    return tuple(round(value, 2) for value in os.getloadavg()) if hasattr(os, "getloadavg") else ()


def write(measurement: Measurement, path: Path) -> None:
    """Write a measurement as JSON, atomically; an older file of that name is replaced.

    Raises:
        OSError: the file cannot be written.
    """
    content = {"format": FORMAT} | dataclasses.asdict(measurement)
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, lambda file: file.write(text.encode() + b"\n"))


def load(path: Path) -> Measurement:
    """Read a measurement.

    Raises:
        OSError: there is no such file, or it cannot be read.
        MeasurementDamagedError: it is no measurement, or one of another format.
    """
    try:
        content = json.loads(path.read_bytes())
        if (number := content.pop("format")) != FORMAT:
            raise MeasurementDamagedError(
                f"{path} has measurement format {number!r}; this version reads format {FORMAT}"
            )
        return _measurement(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MeasurementDamagedError(f"{path} is not a measurement of 'dcn timing': {error!r}") from error


def read(path: Path, expected: int) -> dict[str, Any]:
    """Read a measurement of another kind; ``machine`` and ``load_before`` are as `Measurement` has them.

    Args:
        path: JSON with a field ``format``.
        expected: the format.

    Raises:
        OSError: there is no such file, or it cannot be read.
        ValueError: it has another format.
    """
    content: dict[str, Any] = json.loads(path.read_bytes())
    if (number := content.pop("format", None)) != expected:
        raise ValueError(f"{path}: expected format {expected}, got {number!r}")
    return content | {
        "machine": _machine(content["machine"]),
        "load_before": tuple(content["load_before"]),
    }


def _machine(where: dict[str, Any]) -> Machine:
    return Machine(**where | {"commit": None if where["commit"] is None else Commit(**where["commit"])})


def _measurement(content: dict[str, Any]) -> Measurement:
    timings = tuple(Timing(**entry) for entry in content["timings"])
    if not all(math.isfinite(entry.median) and entry.median > 0 for entry in timings):
        raise ValueError("a median is not a positive number")
    return Measurement(
        **content
        | {
            "machine": _machine(content["machine"]),
            "load_before": tuple(content["load_before"]),
            "load_after": tuple(content["load_after"]),
            "workloads": tuple(Workload(**entry) for entry in content["workloads"]),
            "peers": tuple(content["peers"]),
            "timings": timings,
            "memory": tuple(Memory(**entry) for entry in content["memory"]),
            "roofs": tuple(Roof(**entry) for entry in content["roofs"]),
        }
    )
