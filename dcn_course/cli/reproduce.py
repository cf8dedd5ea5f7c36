"""``dcn reproduce``."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from dcn_course import experiments, report, tables
from dcn_course.cli.messages import clear_errors, fail
from dcn_course.experiments import Group, State


def reproduce(
    context: typer.Context,
    part: Annotated[Literal["mnist"], typer.Argument(help="The part of the report.")],
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas; a run for each.")] = "0",
    out: Annotated[Path, typer.Option(help="Folder of the records.")] = Path("results"),
    runs: Annotated[Path, typer.Option(help="Folder of the unfinished runs.")] = Path("runs"),
    list_: Annotated[
        bool, typer.Option("--list", help="Say what there is and what is missing, and run nothing.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress, only the result.")] = False,
) -> None:
    """Run the report's experiments that have no record yet, and show the report's table beside ours.

    Each run writes a record and its weights. What has a record is not run again; after a kill the same
    command goes on at the last whole epoch. --list says how long a run takes; expect accuracies near the
    report's, about 99 %.
    """
    group = experiments.GROUPS[part]
    try:
        numbers = [int(text) for text in seeds.split(",")]
    except ValueError:
        fail(f"--seeds must be whole numbers separated by commas, got {seeds!r}")
    console = Console(highlight=False, markup=False)
    with clear_errors(context.obj or []):
        try:
            found = experiments.states(group, numbers, out, runs)
        except ValueError as error:
            fail(str(error))
        console.print(_overview(group, found))
        if list_:
            return
        missing = [state for state in found if state.record is None]
        if missing:
            from dcn_course.training.data import load_data
            from dcn_course.training.reporters import Reporter

            data = load_data(missing[0].experiment.recipe.dataset)
            for state in missing:
                console.print(f"{state.experiment.title}, seed {state.seed}")
                experiments.run(
                    group,
                    state.experiment,
                    state.seed,
                    out,
                    runs,
                    progress=Reporter() if quiet else None,
                    data=data,
                )
        kept = [state.record for state in experiments.states(group, numbers, out, runs)]
        rows = tables.to_rows(record for record in kept if record is not None)
    table = Table(title=f"The report's {part} table beside ours", title_justify="left")
    table.caption, table.caption_justify = f"The report: {report.SOURCE}", "left"
    for name in tables.HEADER:
        words = name in ("network", "epochs")
        table.add_column(name, justify="left" if words else "right", no_wrap=words, overflow="fold")
    for cells in tables.beside_report(rows, group.printed):
        table.add_row(*cells)
    console.print(table)
    console.print(f"Records: {out / group.name}", soft_wrap=True)


def _overview(group: Group, found: list[State]) -> Table:
    table = Table(title="Experiments", title_justify="left")
    for name in ("experiment", "seed", "state", "a run takes about"):
        table.add_column(name)
    for state in found:
        where = "started, will go on" if state.started else "missing"
        if state.record is not None:
            where = f"done, {100 * state.record.final.test_accuracy:.2f} %"
        table.add_row(state.experiment.title, str(state.seed), where, _duration(group, state))
    return table


def _duration(group: Group, state: State) -> str:
    """What a shipped run took; another machine differs."""
    run = experiments.typical_run(group, state.experiment)
    if run is None:
        return "not measured yet"
    seconds, cores = run.seconds["total"], run.starts[0].cores
    time = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
    return f"{time} on {cores} core{'' if cores == 1 else 's'}"
