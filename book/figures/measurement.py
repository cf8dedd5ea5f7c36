"""The measurement of `dcn timing` that the pages show."""

import json
from functools import cache
from itertools import chain

from dcn_course.provenance import cores
from dcn_course.records import results_folder
from dcn_course.timing.results import Measurement, load


@cache
def shown() -> Measurement:
    """Return the newest measurement among the shipped results; where there is none, make a small one now."""
    shipped = [
        load(path)
        for path in results_folder().rglob("*.json")
        if "timings" in json.loads(path.read_bytes())  # the other files are records of training
    ]
    if shipped:
        return max(shipped, key=lambda measurement: measurement.machine.date)
    from dcn_course.timing.peers import find
    from dcn_course.timing.run import run
    from dcn_course.timing.workloads import WORKLOADS

    layers = [workload for workload in WORKLOADS if workload.family == "lenet"]
    peers, absent = find("ours-numba,conv2d")
    return run(layers, peers, absent=absent, threads=(cores(),), rounds=3, memory=False)


def machine(measurement: Measurement) -> str:
    """Where and when, in one line."""
    where = measurement.machine
    versions = ", ".join(
        f"{name} {where.versions[name]}" for name in ("torch", "numba") if name in where.versions
    )
    return f"{where.processor}, {where.cores} cores, {versions}, {where.date[:10]}"


def small(measurement: Measurement) -> tuple[str, ...]:
    """The peers that a small table shows: ours and plain convolution, and torchvision if it was timed."""
    return tuple(chain(measurement.ours, (p for p in measurement.peers if p in ("conv2d", "torchvision"))))
