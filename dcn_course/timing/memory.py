"""How much memory a forward and backward pass adds, at its peak.

The system counts the resident memory of a process and its peak, whoever allocates: torch, numba or
onnxruntime. So each call is made once in a process of its own, forked from one that has loaded all libraries,
after a call on a tiny input that compiles and loads the rest; then the peak is reset, and read after the
call. Freed blocks go back to the system at once (`MALLOC_MMAP_THRESHOLD_`), so that none from before serves
unseen.

Limits: Linux only; exact to about a megabyte; memory that is reserved but never touched does not count.
"""

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from dcn_course.provenance import PACKAGE
from dcn_course.timing.results import Memory
from dcn_course.timing.workloads import Workload

NOTE = (
    "growth of the resident set at its peak during one forward and backward pass (onnxruntime: forward), "
    "less the output and the gradients; each in a process of its own, exact to about 1 MB"
)
# Multiples of the workload's number of images: memory that does not grow with N is the same for both.
MULTIPLES = (1, 2)

_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


class MemoryNotMeasuredError(Exception):
    """The system does not tell, or a process that should measure failed."""


def measure_memory(
    workloads: Sequence[Workload], peers: Sequence[str], *, threads: int, seed: int = 0
) -> tuple[Memory, ...]:
    """Measure each peer on each workload, at its number of images and at twice that.

    Args:
        workloads: the layers.
        peers: names.
        threads: of every library.
        seed: of the tensors.

    Raises:
        MemoryNotMeasuredError: the system is not Linux, or a measuring process failed.
    """
    if not _RESET.exists():
        raise MemoryNotMeasuredError(f"not measured: it needs Linux's {_RESET}")
    task = {
        "workloads": [asdict(workload) for workload in workloads],
        "peers": list(peers),
        "threads": threads,
        "seed": seed,
    }
    paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    answer = subprocess.run(
        [sys.executable, "-c", "from dcn_course.timing.memory import main; main()"],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "MALLOC_MMAP_THRESHOLD_": "65536",
            "MALLOC_TRIM_THRESHOLD_": "65536",
        },
        check=False,
    )
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
        raise MemoryNotMeasuredError(f"not measured: the measuring process failed: {last}")
    return tuple(Memory(**entry) for entry in json.loads(answer.stdout))


def main() -> None:
    """Be the measuring process: the task comes as JSON on stdin, the entries go as JSON to stdout."""
    from dcn_course.timing import peers as loaded  # with all the libraries

    task: dict[str, Any] = json.load(sys.stdin)
    workloads = [Workload(**entry) for entry in task["workloads"]]
    found, _ = loaded.find(",".join(task["peers"]))
    context = multiprocessing.get_context("fork")  # nothing has computed yet, so no thread is lost
    entries = []
    for workload in workloads:
        for peer in found:
            for multiple in MULTIPLES:
                receiver, sender = context.Pipe(duplex=False)
                arguments = (sender, workload, peer.name, multiple, task["threads"], task["seed"])
                process = context.Process(target=_child, args=arguments)
                process.start()
                sender.close()
                try:
                    entries.append(asdict(receiver.recv()))
                except EOFError:
                    sys.exit(f"{peer.name} on {workload.name} ended without an answer")
                process.join()
    json.dump(entries, sys.stdout)


def peak_growth(call: Callable[[], object]) -> int:
    """Return by how many bytes the resident memory of this process grows at most during a call.

    Linux only. The result of the call is kept until the peak has been read.
    """
    _RESET.write_text("5")  # the peak becomes what is resident now
    before = _resident("VmHWM")
    result = call()
    peak = _resident("VmHWM")
    del result
    return peak - before


def _resident(field: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return 1024 * int(line.split()[1])
    raise MemoryNotMeasuredError(f"not measured: {_STATUS} has no {field}")


def _child(sender: Connection, workload: Workload, name: str, multiple: int, threads: int, seed: int) -> None:
    from dataclasses import replace

    import torch

    from dcn_course.timing.peers import find
    from dcn_course.timing.problem import Problem, make_problem

    torch.set_num_threads(threads)
    ((peer,), _) = find(name)

    def call(problem: Problem) -> list[torch.Tensor]:
        leaves = [leaf.requires_grad_(peer.gradients != "none") for leaf in problem.leaves]
        output = forward(*leaves)
        if peer.gradients == "none":
            return [output]
        gradients = torch.autograd.grad(output, leaves, problem.grad_output, allow_unused=True)
        return [output, *(gradient for gradient in gradients if gradient is not None)]

    # The same channels and kernel, as the choice of an algorithm may hang on them.
    few = replace(workload, images=2, height=workload.kernel + 4, width=workload.kernel + 3)
    tiny = make_problem(few, seed)
    forward = peer.prepare(tiny, threads)
    call(tiny)
    problem = make_problem(replace(workload, images=multiple * workload.images), seed)
    forward = peer.prepare(problem, threads)
    results: list[torch.Tensor] = []
    peak = peak_growth(lambda: results.extend(call(problem)))
    size = sum(tensor.numel() * tensor.element_size() for tensor in results)
    sender.send(Memory(workload.name, name, multiple * workload.images, peak, size))
    sender.close()
