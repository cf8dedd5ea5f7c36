"""A measurement as tables and sentences. Imports no torch."""

from collections.abc import Iterable

from rich import box
from rich.table import Table

from dcn_course.report import TIMING_PROCESSOR, TIMINGS
from dcn_course.timing.names import BOTH, FORWARD, GRAD_INPUT, GRAD_PARAMETERS, PHASES
from dcn_course.timing.results import Measurement, Roof
from dcn_course.timing.work import bound, work

NOTHING = "-"
# Short enough for a window of 80 columns.
_PHASE_HEADS = {
    FORWARD: "forward",
    GRAD_INPUT: "update\nGradInput",
    GRAD_PARAMETERS: "accGrad\nParameters",
    BOTH: "forward +\nbackward",
}


def everything(measurement: Measurement, *, report: bool) -> Iterable[Table | str]:
    """Yield the tables and notes of a measurement, with the report's timing table if wanted."""
    for threads in measurement.threads:
        yield times(measurement, threads)
        for ours in measurement.ours:
            yield ratios(measurement, ours, threads)
            if report:
                yield beside_report(measurement, ours, threads)
    for roof in measurement.roofs:
        for ours in measurement.ours:
            yield roofline(measurement, ours, roof)
    if measurement.memory:
        yield memory(measurement)
    yield from notes(measurement)


def times(measurement: Measurement, threads: int) -> Table:
    """Medians in milliseconds: for each workload a line for each peer, a column for each phase."""
    runs = [entry.runs for entry in measurement.timings if entry.threads == threads]
    count = f"{min(runs)}" if min(runs) == max(runs) else f"{min(runs)} to {max(runs)}"
    table = _table(
        f"Milliseconds, {_threads(threads)}: medians of {count} interleaved runs",
        ("workload", "peer"),
        [_PHASE_HEADS[phase] for phase in PHASES],
    )
    for workload in measurement.workloads:
        columns = []
        for phase in PHASES:
            found = [measurement.timing(workload.name, peer, threads, phase) for peer in measurement.peers]
            cells = [NOTHING if entry is None else _ms(entry.median) for entry in found]
            columns.append("\n".join(cells))
        table.add_row(f"{workload.title}\n{workload.shape}", "\n".join(measurement.peers), *columns)
        table.add_section()
    return table


def ratios(measurement: Measurement, ours: str, threads: int) -> Table:
    """Our median over each peer's, forward + backward, or forward alone where a peer has no more."""
    phases = {peer: _longest(measurement, peer) for peer in measurement.peers if peer != ours}
    table = _table(
        f"{ours} / peer, {BOTH}, {_threads(threads)}",
        ("workload",),
        [peer if phase == BOTH else f"{peer}\n({phase})" for peer, phase in phases.items()],
        caption="below 1: ours is faster; the means are geometric",
    )

    def row(label: str, values: Iterable[float | None]) -> None:
        table.add_row(label, *(NOTHING if value is None else f"{value:.3g}" for value in values))

    for workload in measurement.workloads:
        row(
            workload.title,
            [measurement.ratio(workload.name, ours, peer, threads, phase) for peer, phase in phases.items()],
        )
    table.add_section()
    families = [workload.family for workload in measurement.workloads]
    means = {f"mean, {f}": f for f in dict.fromkeys(families) if families.count(f) > 1}
    for label, family in (means | {"mean, all": None}).items():
        row(
            label,
            [measurement.mean_ratio(ours, peer, threads, phase, family) for peer, phase in phases.items()],
        )
    return table


def beside_report(measurement: Measurement, ours: str, threads: int) -> Table:
    """The report's timing table, deformable over plain convolution, and ours on each workload below it."""
    table = _table(
        f"Deformable / plain convolution, ms: {ours}, {_threads(threads)}",
        ("layer",),
        [_PHASE_HEADS[phase] for phase in PHASES],
        caption=f"the report's: on an {TIMING_PROCESSOR}",
    )

    def cell(deformable: float, plain: float) -> str:
        return f"{_ms(deformable)} / {_ms(plain)}\n= {deformable / plain:.1f}"

    # The report's three phases together stand beside our forward + backward, whose gradients share work.
    total = (sum(row.deformable for row in TIMINGS), sum(row.torch for row in TIMINGS))
    printed = {row.phase: (row.deformable, row.torch) for row in TIMINGS} | {BOTH: total}
    table.add_row("the report\n(layer not stated)", *(cell(*printed[phase]) for phase in PHASES))
    for workload in measurement.workloads:
        cells = []
        for phase in PHASES:
            a, b = (measurement.timing(workload.name, peer, threads, phase) for peer in (ours, "conv2d"))
            cells.append(NOTHING if a is None or b is None else cell(a.median, b.median))
        table.add_row(workload.title, *cells)
    return table


def roofline(measurement: Measurement, ours: str, roof: Roof) -> Table:
    """What memory and products take at least, what we take, and what is left for each sample."""
    table = _table(
        f"{ours} beside its roofs, {BOTH}, {_threads(roof.threads)}",
        ("workload",),
        ("MB", "memory,\nms", "Gflop", "products,\nms", "ours,\nms", "bound /\nours", "left, ns\na sample"),
        caption=f"{roof.bandwidth / 1e9:.3g} GB/s (copying), {roof.flops / 1e9:.3g} Gflop/s (products); "
        "a sample is one channel at one tap and point",
    )
    for workload in measurement.workloads:
        entry = measurement.timing(workload.name, ours, roof.threads)
        if entry is None:
            continue
        least, shortest = work(workload), bound(workload, roof)
        table.add_row(
            workload.title,
            f"{least.bytes / 1e6:.3g}",
            _ms(least.bytes / roof.bandwidth),
            f"{least.flops / 1e9:.3g}",
            _ms(least.flops / roof.flops),
            _ms(entry.median),
            f"{shortest / entry.median:.2f}",
            f"{1e9 * (entry.median - shortest) / least.samples:.2f}",
        )
    return table


def memory(measurement: Measurement) -> Table:
    """The memory beyond the results, in MB (10⁶ bytes), at N images and at multiples of N."""
    sizes = {workload.name: workload.images for workload in measurement.workloads}
    multiples = sorted({entry.images // sizes[entry.workload] for entry in measurement.memory})
    found = {
        (entry.workload, entry.peer, entry.images // sizes[entry.workload]): f"{entry.extra / 1e6:.1f}"
        for entry in measurement.memory
    }
    table = _table(
        "Extra memory at its peak, MB",
        ("workload", "peer"),
        ["N images" if multiple == 1 else f"{multiple} N images" for multiple in multiples],
    )
    for workload in measurement.workloads:
        columns = [
            "\n".join(found.get((workload.name, peer, multiple), NOTHING) for peer in measurement.peers)
            for multiple in multiples
        ]
        table.add_row(f"{workload.title}\n{workload.shape}", "\n".join(measurement.peers), *columns)
        table.add_section()
    return table


def notes(measurement: Measurement) -> Iterable[str]:
    """Sentences: what is missing, what the peers cannot do, where and when."""
    if measurement.quick:
        yield "Quick: the workloads are shrunk, so that the figures say nothing about the real ones."
    for peer, reason in measurement.absent.items():
        yield f"{peer}: {reason}"
    if "torchvision" in measurement.peers:
        yield "torchvision: its backward pass computes all gradients at once, so it has no separate phases."
    for peer, by_size in measurement.flips.items():
        if sum(map(len, by_size.values())):
            counts = ", ".join(f"{len(points)} of {size}" for size, points in by_size.items())
            yield (
                f"{peer}: not exact; it takes the slope of the wrong cell at {counts} lattice points of a "
                "column of that height."
            )
        else:
            yield f"{peer}: takes the slope of the right cell at all lattice points of {', '.join(by_size)}."
    yield f"Memory: {measurement.memory_note}."
    where = measurement.machine
    yield f"Machine: {where.processor}, {where.cores} cores, {where.system}, {where.date}"
    yield "Versions: " + ", ".join(f"{name} {version}" for name, version in where.versions.items())
    if measurement.load_before:
        load = measurement.load_before[0]
        yield f"Load average: {load:.2f} before, {measurement.load_after[0]:.2f} after"
        if load > 0.5:
            yield "Other processes were running: the figures may say more about them than about the layers."


def _longest(measurement: Measurement, peer: str) -> str:
    """Forward + backward, or forward where the peer has no more."""
    phases = {entry.phase for entry in measurement.timings if entry.peer == peer}
    return BOTH if BOTH in phases else FORWARD


def _threads(number: int) -> str:
    return "1 thread" if number == 1 else f"{number} threads"


def _ms(seconds: float) -> str:
    """Milliseconds with three digits."""
    return f"{1e3 * seconds:.3g}" if seconds < 0.9995 else f"{1e3 * seconds:.0f}"


def _table(title: str, left: Iterable[str], right: Iterable[str], caption: str | None = None) -> Table:
    table = Table(
        title=title,
        caption=caption,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        collapse_padding=True,
    )
    for name in left:
        table.add_column(name)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table
