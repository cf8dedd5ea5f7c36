"""One whole measurement."""

from collections.abc import Callable, Sequence

from dcn_course.provenance import cores
from dcn_course.timing import grid
from dcn_course.timing.measure import time_workload
from dcn_course.timing.memory import NOTE, MemoryNotMeasuredError, measure_memory
from dcn_course.timing.peers import Peer
from dcn_course.timing.problem import make_problem
from dcn_course.timing.results import Measurement, Memory, load_average, machine
from dcn_course.timing.roofline import measure_roof
from dcn_course.timing.workloads import Workload


def run(
    workloads: Sequence[Workload],
    peers: Sequence[Peer],
    *,
    absent: dict[str, str] | None = None,
    threads: Sequence[int] = (1,),
    rounds: int = 15,
    budget: float = 30.0,
    memory: bool = True,
    roofline: bool = False,
    quick: bool = False,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> Measurement:
    """Measure and return everything.

    Args:
        workloads: the layers.
        peers: who is measured.
        absent: why others are not, by name; kept in the measurement.
        threads: numbers of threads, one after the other.
        rounds: turns of each peer on each workload.
        budget: seconds for a workload at one number of threads; at least three rounds are made.
        memory: whether to measure the memory too, with the last of `threads`.
        roofline: whether to measure what the machine can do at best.
        quick: shrink the workloads.
        seed: of the tensors and of the order of the turns.
        say: is told, in one line, what is measured next.
    """
    if quick:
        workloads = [workload.small() for workload in workloads]
    where, load_before = machine(), load_average()
    timings = []
    for number in threads:
        for workload in workloads:
            say(f"{workload.title} ({workload.shape}), {number} {'thread' if number == 1 else 'threads'}")
            timings += time_workload(workload, peers, threads=number, rounds=rounds, budget=budget, seed=seed)
    roofs = []
    for number in threads if roofline else ():
        say(f"roofs, {number} {'thread' if number == 1 else 'threads'}")
        roofs.append(measure_roof(number, numbers=2**16, size=64) if quick else measure_roof(number))
    entries: tuple[Memory, ...] = ()
    note = "not measured: not asked for"
    if memory:
        say("memory")
        try:
            entries = measure_memory(workloads, [peer.name for peer in peers], threads=threads[-1], seed=seed)
            note = NOTE
        except MemoryNotMeasuredError as error:
            note = str(error)
    return Measurement(
        machine=where,
        load_before=load_before,
        load_after=load_average(),
        quick=quick,
        seed=seed,
        workloads=tuple(workloads),
        peers=tuple(peer.name for peer in peers),
        absent=absent or {},
        timings=tuple(timings),
        memory=entries,
        memory_note=note,
        flips=_flips(peers, workloads),
        roofs=tuple(roofs),
    )


def thread_numbers(text: str) -> tuple[int, ...]:
    """Read "1,all" and the like: numbers separated by commas, "all" for the cores of this process.

    Raises:
        ValueError: something else stands there.
    """
    numbers = []
    for word in text.split(","):
        number = str(cores()) if word.strip() == "all" else word.strip()
        if not number.isdecimal() or int(number) < 1:
            raise ValueError(f"threads: expected numbers from 1 or 'all', separated by commas, got {text!r}")
        numbers.append(int(number))
    return tuple(dict.fromkeys(numbers))


def _flips(peers: Sequence[Peer], workloads: Sequence[Workload]) -> dict[str, dict[str, list[int]]]:
    """See `Measurement.flips`; of the peers that have the gradient, at the heights and widths that occur."""
    sizes = sorted({size for workload in workloads for size in (workload.height, workload.width)})
    column = make_problem(workloads[0].small(), 0)._replace(padding=0)
    flips = {}
    for peer in peers:
        if peer.gradients != "none" and peer.name != "conv2d":  # it has no offsets
            forward = peer.prepare(column, 1)
            flips[peer.name] = {str(size): list(grid.flipped_lattice_points(forward, size)) for size in sizes}
    return flips
