"""``dcn timing``."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dcn_course.cli.messages import INTERRUPTED, clear_errors, fail
from dcn_course.timing.names import PEERS
from dcn_course.timing.results import MeasurementDamagedError, load, write
from dcn_course.timing.show import everything
from dcn_course.timing.workloads import WORKLOADS, select

_WORKLOADS = ", ".join(workload.name for workload in WORKLOADS)


def timing(
    context: typer.Context,
    workloads: Annotated[
        str | None, typer.Option(help=f"Separated by commas: {_WORKLOADS}. [default: all]")
    ] = None,
    peers: Annotated[
        str | None,
        typer.Option(
            help=f"Separated by commas: ours (all our backends), {', '.join(PEERS)}. [default: all]"
        ),
    ] = None,
    threads: Annotated[
        str, typer.Option(help="Numbers separated by commas; 'all' is every core of the process.")
    ] = "1,all",
    repeats: Annotated[int, typer.Option(min=1, help="Timed runs of each peer on each workload.")] = 15,
    budget: Annotated[
        float,
        typer.Option(
            min=0, help="Seconds for a workload at one number of threads; three runs are made in any case."
        ),
    ] = 30.0,
    seed: Annotated[int, typer.Option(min=0, help="Of the tensors and of the order of the runs.")] = 0,
    memory: Annotated[
        bool | None,
        typer.Option("--memory/--no-memory", help="Measure the memory too. [default: unless --quick]"),
    ] = None,
    roofline: Annotated[
        bool, typer.Option("--roofline", help="Measure what the machine can do at best, and compare.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Show the timing table of the 2017 report beside ours.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the measurement to this file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw it to this file: .png, .svg or .pdf.")] = None,
    show: Annotated[
        Path | None, typer.Option(help="Measure nothing; show a measurement that --json wrote.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Shrunk workloads, two runs: to see that it works, not how fast.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress, only the result.")] = False,
) -> None:
    """Time deformable convolution, ours and its peers side by side.

    On 2 cores it takes six to eight minutes, in which the machine should do nothing else; --quick takes some
    ten seconds. Each round gives every peer one turn, in random order; the medians are shown, and our ratio
    to each peer's, at one thread and at all. Expect ratios near 1 to plain convolution for a fast backend,
    and well above for the portable one.
    """
    with clear_errors(context.obj or []):
        try:
            chosen = select(workloads)
            if plot is not None:
                from dcn_course.timing.plot import file_format

                file_format(plot)  # before the minutes that the measurement takes
            if show is not None:
                measurement = load(show)
            else:
                from dcn_course.timing.peers import find
                from dcn_course.timing.run import run, thread_numbers

                numbers = thread_numbers(threads)
                found, absent = find(peers)
        except (ValueError, MeasurementDamagedError) as error:
            fail(str(error))
        if show is None:
            try:
                measurement = run(
                    chosen,
                    found,
                    absent=absent,
                    threads=numbers,
                    rounds=min(repeats, 2) if quick else repeats,
                    budget=budget,
                    memory=not quick if memory is None else memory,
                    roofline=roofline,
                    quick=quick,
                    seed=seed,
                    say=lambda line: None if quiet else print(line, file=sys.stderr, flush=True),
                )
            except KeyboardInterrupt:
                print("\nInterrupted; nothing was kept.", file=sys.stderr)
                raise typer.Exit(INTERRUPTED) from None
        if json is not None:  # before anything else can go wrong
            write(measurement, json)
        console = Console(highlight=False, markup=False)
        for item in everything(measurement, report=report):
            console.print(item, soft_wrap=isinstance(item, str))
        if json is not None:
            console.print(f"Measurement: {json}", soft_wrap=True)
        if plot is not None:
            from dcn_course.timing.plot import save

            save(measurement, plot)
            console.print(f"Plot: {plot}", soft_wrap=True)
