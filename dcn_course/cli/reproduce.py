"""``dcn reproduce`` and ``dcn tune``."""

import dataclasses
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from dcn_course import experiments, report, tables
from dcn_course.cli.messages import clear_errors, fail
from dcn_course.experiments import Group, State

Part = Literal["mnist", "cifar10"]
Recipe = Literal["period", "tuned"]
Out = Annotated[Path, typer.Option(help="Folder of the records.")]
Runs = Annotated[Path, typer.Option(help="Folder of the unfinished runs.")]
List = Annotated[bool, typer.Option("--list", help="Say what there is and what is missing, and run nothing.")]
Budget = Annotated[
    str | None,
    typer.Option(help="Time to spend, e.g. 45m or 2h30m: starts only runs that still fit. [default: all]"),
]
Device = Annotated[str, typer.Option(help="As PyTorch names it: cpu, cuda, mps.")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Threads for one operation. [default: torch's choice]")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress, only the result.")]
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def reproduce(
    context: typer.Context,
    part: Annotated[
        Part | None, typer.Argument(help="The part of the report; needed except with --list.")
    ] = None,
    recipe: Annotated[
        Recipe | None,
        typer.Option(help="How to train: as one did in 2017, or tuned. [default: period; with --list both]"),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(help="Seeds, separated by commas; a run for each. [default: 5 or 3, see --list]"),
    ] = None,
    only: Annotated[
        str | None, typer.Option(help="Names of experiments, separated by commas. [default: all]")
    ] = None,
    budget: Budget = None,
    out: Out = Path("results"),
    runs: Runs = Path("runs"),
    list_: List = False,
    device: Device = "cpu",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Run the report's experiments that have no record yet, and show the report's table beside ours.

    Each run writes a record and its weights. What has a record is not run again, wherever it was made; after
    a kill the same command goes on at the last whole epoch, and two at once (best with --threads 1) share the
    runs between them. --list says how long each takes; on MNIST expect accuracies near the report's.
    """
    if part is None and not list_:
        fail("PART is missing: mnist or cifar10 (or --list, which shows both)")
    kinds = (recipe,) if recipe else experiments.RECIPES if list_ else ("period",)
    groups = [
        _only(experiments.GROUPS[experiments.group_name(dataset, kind)], only)
        for dataset in ((part,) if part else experiments.DATASETS)
        for kind in kinds
    ]
    console = Console(highlight=False, markup=False)
    with clear_errors(context.obj or []):
        for group in groups:
            found = _states(group, _seeds(seeds), out, runs)
            console.print(_overview(group, found, out))
            if not list_:
                _run_missing(console, group, found, out, runs, _seconds(budget), device, threads, quiet)
                _beside_report(console, group, _states(group, _seeds(seeds), out, runs), out)


def tune(
    context: typer.Context,
    part: Annotated[Part, typer.Argument(help="The part of the report.")],
    recipe: Annotated[Recipe, typer.Option(help="The recipe whose settings are searched.")] = "period",
    budget: Budget = None,
    out: Out = Path("results"),
    runs: Runs = Path("runs"),
    list_: List = False,
    device: Device = "cpu",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Run the grid of settings of a recipe on validation images, and say which settings it chooses.

    The validation images are 10,000 of the training images; the test set is not looked at. `period` takes the
    setting whose LeNet-5 lands nearest the report's, `tuned` the best one of each network.
    """
    group = experiments.GROUPS[experiments.tuning_name(part, recipe)]
    console = Console(highlight=False, markup=False)
    with clear_errors(context.obj or []):
        found = _states(group, None, out, runs)
        console.print(_overview(group, found, out))
        if list_:
            return
        _run_missing(console, group, found, out, runs, _seconds(budget), device, threads, quiet)
        records = [state.record for state in _states(group, None, out, runs) if state.record is not None]
        for network, record in experiments.choose_settings(part, recipe, records).items():
            console.print(
                f"{network}: {record.experiment.removeprefix(network + '-')}, "
                f"{100 * record.final.test_accuracy:.2f} % of the validation images"
            )


def _only(group: Group, names: str | None) -> Group:
    if names is None:
        return group
    wanted = names.split(",")
    known = [experiment.name for experiment in group.experiments]
    if unknown := [name for name in wanted if name not in known]:
        fail(f"--only must be names among {', '.join(known)}; got {unknown[0]!r}")
    kept = tuple(experiment for experiment in group.experiments if experiment.name in wanted)
    return dataclasses.replace(group, experiments=kept)


def _seeds(text: str | None) -> list[int] | None:
    try:
        return None if text is None else [int(part) for part in text.split(",")]
    except ValueError:
        fail(f"--seeds must be whole numbers separated by commas, got {text!r}")


def _seconds(budget: str | None) -> float | None:
    if budget is None:
        return None
    if not re.fullmatch(r"(\d+h)?(\d+m)?(\d+s)?", budget) or not budget:
        fail(f"--budget must be hours, minutes, seconds such as 150m, 2h30m or 90s, got {budget!r}")
    return sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+)([hms])", budget))


def _states(group: Group, seeds: list[int] | None, out: Path, runs: Path) -> list[State]:
    try:
        return experiments.states(group, seeds, out, runs)
    except ValueError as error:
        fail(str(error))


def _run_missing(
    console: Console,
    group: Group,
    found: Iterable[State],
    out: Path,
    runs: Path,
    budget: float | None,
    device: str,
    threads: int | None,
    quiet: bool,
) -> None:
    missing = [state for state in found if state.record is None]
    if not missing:
        return
    from dcn_course.training.data import load_data
    from dcn_course.training.errors import RunBusyError
    from dcn_course.training.reporters import Reporter

    began = time.monotonic()
    recipe = missing[0].experiment.recipe  # the data are prepared in the same way for the whole group
    data = load_data(recipe.dataset, recipe.scaling, recipe.validation)
    for number, state in enumerate(missing, 1):
        kind = device.partition(":")[0]
        seconds = experiments.duration(group, state.experiment, out, kind)
        if budget is not None and not experiments.fits(seconds, budget - (time.monotonic() - began)):
            console.print(f"{state.experiment.name}, seed {state.seed}: does not fit into the budget")
            continue
        title = f"{state.experiment.title}, seed {state.seed} ({number} of {len(missing)})"
        console.print(title if seconds is None else f"{title}, about {_time(seconds)}")
        try:
            experiments.run(
                group,
                state.experiment,
                state.seed,
                out,
                runs,
                device=device,
                threads=threads,
                progress=Reporter() if quiet else None,
                data=data,
            )
        except RunBusyError as error:
            console.print(f"{error}", soft_wrap=True)


def _beside_report(console: Console, group: Group, found: Iterable[State], out: Path) -> None:
    rows = tables.to_rows(state.record for state in found if state.record is not None)
    table = Table(title=f"The report's {group.dataset} table beside ours", title_justify="left")
    table.caption, table.caption_justify = f"The report: {report.SOURCE}", "left"
    for name in tables.HEADER:
        words = name in ("experiment", "epochs")
        table.add_column(name, justify="left" if words else "right", no_wrap=words, overflow="fold")
    for cells in tables.beside_report(rows, group.printed):
        table.add_row(*cells)
    console.print(table)
    console.print(f"Records: {out / group.name}", soft_wrap=True)


def _overview(group: Group, found: Iterable[State], out: Path) -> Table:
    table = Table(title=f"Experiments {group.name}", title_justify="left")
    for name in ("name", "experiment", "seed", "state", "on a CPU about", "on a GPU about"):
        table.add_column(name)
    for state in found:
        where = "started, will go on" if state.started else "missing"
        if state.record is not None:
            where = f"done, {100 * state.record.final.test_accuracy:.2f} %"
        times = [_duration(group, state, out, device) for device in ("cpu", "cuda")]
        table.add_row(state.experiment.name, state.experiment.title, str(state.seed), where, *times)
    return table


def _duration(group: Group, state: State, out: Path, device: str) -> str:
    """What an earlier run took; another machine differs."""
    run = experiments.typical_run(group, state.experiment, device)
    if run is None:
        return "not measured"
    start = run.starts[0]
    return f"{_time(run.seconds['total'])}, {start.threads} thread{'' if start.threads == 1 else 's'}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
