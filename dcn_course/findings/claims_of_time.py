"""Claims about time, from a measurement of `dcn timing`, from the records and from the report's own table."""

from functools import partial

from dcn_course.comparisons import summarise
from dcn_course.findings.evidence import Evidence
from dcn_course.findings.judging import NOT_YET, files_of
from dcn_course.findings.model import Claim, Outcome, Verdict
from dcn_course.report import TIMINGS, PrintedTiming
from dcn_course.timing.names import BOTH, FORWARD, GRAD_INPUT, GRAD_PARAMETERS, OURS
from dcn_course.timing.results import Measurement

NUMBA = f"{OURS}numba"
MEASUREMENT = "timings/2-cores.json"
REPORT = "the report's timing table"
COMMAND = "dcn timing --roofline --repeats 11 --budget 4 --json timings/2-cores.json"
LITTLE = 1.5  # times as long is where 'little overhead' ends, for us
READ = {FORWARD: 40, GRAD_INPUT: 10, GRAD_PARAMETERS: 40}  # what the report reads from its table
CLOSE = 0.1  # relative: 39.3 may be called 'approximately 40'
SPEEDUP = 1.25
THREADS = 8  # logical cores of the report's processor: 4 cores with two threads each


def _ratios(measured: Measurement, phase: str, threads: int) -> list[float]:
    """Ours over plain convolution, for the layers of LeNet-5."""
    ratios = [
        measured.ratio(workload.name, NUMBA, "conv2d", threads, phase)
        for workload in measured.workloads
        if workload.family == "lenet"
    ]
    return [ratio for ratio in ratios if ratio is not None]


def _span(values: list[float]) -> str:
    return f"{min(values):.1f} to {max(values):.1f}"


def _overhead(evidence: Evidence) -> Outcome:
    parts: list[str] = []
    factors: list[float] = []
    sources: list[str] = []
    for runs in evidence.runs.values():
        both = [runs.records.get(name, {}) for name in ("lenet5-dc-joint", "lenet5")]
        seeds = sorted(set(both[0]) & set(both[1]))
        if not seeds:
            continue
        ratios = [both[0][seed].seconds["train_cpu"] / both[1][seed].seconds["train_cpu"] for seed in seeds]
        factors.append(summarise(ratios).mean)
        words = f"an epoch takes {factors[-1]:.1f} times the processor time, n = {len(seeds)}"
        parts.append(f"{runs.group.name}: {words}")
        sources += files_of(each[seed] for each in both for seed in seeds)
    if evidence.timing is not None:
        ratios = _ratios(evidence.timing, BOTH, evidence.timing.threads[-1])
        # Without their predictors. They decide only where there is no whole network.
        factors = factors or ratios
        parts.append(f"the layers without their predictors {_span(ratios)} times as long as plain ones")
        sources.append(MEASUREMENT)
    if not factors:
        return NOT_YET
    own = [row.ratio for row in TIMINGS]
    numbers = "; ".join(parts) + f". The report's own table: {_span(own)} times."
    if max(factors) < LITTLE:
        return Outcome(
            Verdict.HELD, numbers, f"Epochs take less than {LITTLE:g} times as long.", tuple(sources)
        )
    if min(factors) >= LITTLE:
        return Outcome(
            Verdict.FAILED, numbers, f"Epochs take {LITTLE:g} times as long or more.", tuple(sources)
        )
    return Outcome(
        Verdict.OPEN,
        numbers,
        f"On some data {LITTLE:g} times as long or more, on others not.",
        tuple(sources),
    )


def _row(row: PrintedTiming, evidence: Evidence) -> Outcome:
    read = READ[row.phase]
    right = abs(row.ratio - read) <= CLOSE * read
    numbers = f"{row.deformable:.5f} s / {row.torch:.6f} s = {row.ratio:.1f}."
    sources = [REPORT]
    if evidence.timing is not None:
        ratios = _ratios(evidence.timing, row.phase, evidence.timing.threads[-1])
        numbers += f" Ours, with LeNet-5's layers: {_span(ratios)}."
        sources.append(MEASUREMENT)
    reason = "Its own table " + ("gives about that" if right else f"gives {row.ratio:.1f}, not {read}")
    reason += ". That is their program; ours, in other code on another machine, is not a test of it."
    return Outcome(Verdict.HELD if right else Verdict.FAILED, numbers, reason, tuple(sources))


def _threads_explain(evidence: Evidence) -> Outcome:
    largest = max(row.ratio for row in TIMINGS)
    numbers = f"The ratios are up to {largest:.1f}; the processor runs {THREADS} threads at once."
    sources = [REPORT]
    if evidence.timing is not None and len(evidence.timing.threads) > 1:
        one, many = (max(_ratios(evidence.timing, BOTH, evidence.timing.threads[place])) for place in (0, -1))
        numbers += (
            f" Ours, both with 1 thread: at most {one:.1f} times; both with {evidence.timing.threads[-1]}: "
            f"{many:.1f}."
        )
        sources.append(MEASUREMENT)
    if largest > THREADS:
        reason = "Threads can explain a factor of as many as there are. More than that is left unexplained."
        return Outcome(Verdict.FAILED, numbers, reason, tuple(sources))
    return Outcome(Verdict.OPEN, numbers, "Threads might explain it.", tuple(sources))


def _loses_time(evidence: Evidence) -> Outcome:
    seconds = {row.phase: row.deformable for row in TIMINGS}
    order = sorted(seconds, key=lambda phase: -seconds[phase])
    numbers = "In seconds: " + ", ".join(f"{phase} {1e4 * seconds[phase]:.1f}·10⁻⁴" for phase in order) + "."
    held = set(order[:2]) == {FORWARD, GRAD_PARAMETERS}
    reason = (
        "These two take most of the time."
        if held
        else f"After {order[0]} it is {order[1]} that takes most. Only as a ratio to Torch is it as they say."
    )
    return Outcome(Verdict.HELD if held else Verdict.FAILED, numbers, reason, (REPORT,))


def _multithreading(evidence: Evidence) -> Outcome:
    measured = evidence.timing
    if measured is None or len(measured.threads) < 2:
        return NOT_YET
    one, many = measured.threads[0], measured.threads[-1]
    gains = []
    for workload in measured.workloads:
        times = [measured.timing(workload.name, NUMBA, threads) for threads in (one, many)]
        gains += [times[0].median / times[1].median] if times[0] and times[1] else []
    numbers = (
        f"With {many} threads in place of {one}, forward and backward are {min(gains):.2f} to "
        f"{max(gains):.2f} times as fast."
    )
    held = min(gains) >= SPEEDUP
    failed = max(gains) < SPEEDUP
    verdict = Verdict.HELD if held else Verdict.FAILED if failed else Verdict.OPEN
    which = "All" if held else "None" if failed else "Some"
    reason = f"{which} of the layers gain a factor of {SPEEDUP:g} or more."
    return Outcome(verdict, numbers, reason + " Our program, not theirs.", (MEASUREMENT,))


def _large_images(evidence: Evidence) -> Outcome:
    measured = evidence.timing
    if measured is None:
        return NOT_YET
    threads = measured.threads[-1]
    parts = []
    for workload in measured.workloads:
        entry = measured.timing(workload.name, NUMBA, threads)
        if entry is not None and workload.family != "lenet":
            parts.append(f"{workload.title} {1e3 * entry.median / workload.images:.1f} ms an image")
    numbers = f"Ours, forward and backward: {', '.join(parts)}."
    reason = "What is too slow is not said, and their program is not here. Ours says only what is possible."
    return Outcome(Verdict.OPEN, numbers, reason, (MEASUREMENT,))


TIME_CLAIMS = (
    Claim(
        "abstract",
        "Deformable layers 'add little computational overhead'.",
        "Processor time of whole epochs with the same seed, and time of the layers without their offset "
        "predictors, against plain convolutions of the framework.",
        f"'Little' is not defined: we let it end at {LITTLE:g} times as long, for whole epochs.",
        _overhead,
        ("dcn reproduce mnist", COMMAND),
    ),
    *(
        Claim(
            "section 3, timing table",
            f"{row.phase}: Torch's convolution is 'approximately {READ[row.phase]}' times faster.",
            "We divided the two numbers of the report's row, and measured ours on the same layers.",
            f"Held if the quotient is within {CLOSE:.0%} of that.",
            partial(_row, row),
            (COMMAND,),
        )
        for row in TIMINGS
    ),
    Claim(
        "section 3",
        "'Taking into account that the Torch code multithreads', that is 'not too bad'.",
        "We compared the ratios with the number of threads that could explain them, and measured ours with "
        "the same number of threads on both sides.",
        "Did not hold if a ratio is larger than the number of threads that the processor can run.",
        _threads_explain,
        (COMMAND,),
    ),
    Claim(
        "outlook",
        "The module 'loses a lot of time in the Forward and AccGradParameters functions'.",
        "We sorted the routines by the seconds in the report's table.",
        "Held if these two take most seconds.",
        _loses_time,
        ("the report's table",),
    ),
    Claim(
        "outlook",
        "Multithreading would speed the module up significantly.",
        "Forward and backward with one thread and with all, for each layer of `dcn timing`.",
        f"Held if each layer gains a factor of {SPEEDUP:g} or more on two cores.",
        _multithreading,
        (COMMAND,),
    ),
    Claim(
        "outlook",
        "It is 'still too slow for larger images'.",
        "Forward and backward on layers for larger images.",
        "None: it is about a program that we do not have.",
        _large_images,
        (COMMAND,),
    ),
)
