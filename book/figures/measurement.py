"""The measurement of `dcn timing` that the pages show: the repository's own."""

from functools import cache
from pathlib import Path

from dcn_course.timing.names import BOTH, OURS
from dcn_course.timing.results import Measurement, load

FILE = Path(__file__).resolve().parents[2] / "timings" / "2-cores.json"
NUMBA = f"{OURS}numba"


@cache
def shown() -> Measurement:
    return load(FILE)


def machine() -> str:
    """Where and when, in one line."""
    where = shown().machine
    versions = ", ".join(
        f"{name} {where.versions[name]}" for name in ("torch", "torchvision", "numba", "onnxruntime")
    )
    return f"{where.processor}, {where.cores} cores, {versions}, {where.date[:10]}"


def times_ours(peer: str, phase: str = BOTH) -> list[float]:
    """How many times as long as ours a peer takes, for each workload, on all threads."""
    measured = shown()
    threads = measured.threads[-1]
    return [
        measured.timing(workload.name, peer, threads, phase).median
        / measured.timing(workload.name, NUMBA, threads, phase).median
        for workload in measured.workloads
    ]
