"""``dcn train``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from dcn_course.cli.messages import clear_errors, fail
from dcn_course.training.config import Phase, TrainingConfig

if TYPE_CHECKING:
    from dcn_course.training.loop import TrainingRun

# Epochs of all parameters, then of the offset predictors alone; the report's for MNIST and CIFAR-10.
EPOCHS = {"digits": (8, 2), "mnist": (3, 2), "cifar10": (29, 2)}


def train(
    context: typer.Context,
    network: Annotated[Literal["lenet5", "lenet5-dc"], typer.Argument(help="The network.")],
    dataset: Annotated[
        Literal["digits", "mnist", "cifar10"],
        typer.Option(help="digits needs no network; the others are downloaded where they are missing."),
    ] = "digits",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs that train all parameters. [default: see above]")
    ] = None,
    offset_epochs: Annotated[
        int | None,
        typer.Option(
            min=0, help="Epochs after that, which train the offset predictors alone. [default: see above]"
        ),
    ] = None,
    border: Annotated[
        Literal["project", "zeros"] | None,
        typer.Option(
            help="lenet5-dc: what a sample outside the image reads. [default: project, the report's]"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the initial weights and the order of the images.")] = 0,
    batch_size: Annotated[int, typer.Option(min=1, help="Images a step.")] = TrainingConfig.batch_size,
    learning_rate: Annotated[
        float, typer.Option(help="Of stochastic gradient descent.")
    ] = TrainingConfig.learning_rate,
    momentum: Annotated[float, typer.Option(help="0 for none.")] = TrainingConfig.momentum,
    weight_decay: Annotated[float, typer.Option(help="0 for none.")] = TrainingConfig.weight_decay,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Threads for one operation, 1024 at most. [default: torch's choice]"),
    ] = None,
    device: Annotated[str, typer.Option(help="As PyTorch names it: cpu, cuda, mps.")] = TrainingConfig.device,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run. [default: runs/NETWORK-DATASET-seedSEED]")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume/--no-resume", help="Go on with the run in the folder after a kill or Ctrl-C."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress, only the result.")] = False,
) -> None:
    """Train a network and save a checkpoint after each epoch.

    lenet5-dc trains all parameters first, then its offset predictors alone: 8+2 epochs on digits, 3+2 on
    mnist, 29+2 on cifar10; lenet5 trains as many epochs in all, every time all parameters.

    On digits, expect about 96 % on the test set in half a minute on 2 cores. What full runs on mnist and
    cifar10 reached, and how long they took, says 'dcn reproduce --list'.
    """
    joint, offsets = _epochs(network, dataset, epochs, offset_epochs)
    phases = [Phase("joint" if offsets else "all", joint)]
    if offsets:
        phases.append(Phase("offsets", offsets, "offsets"))
    try:
        config = TrainingConfig(
            network=network,
            dataset=dataset,
            phases=tuple(phases),
            border=border or "project" if network == "lenet5-dc" else border,
            seed=seed,
            batch_size=batch_size,
            learning_rate=learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            device=device,
            threads=threads,
        )
    except ValueError as error:
        fail(str(error))
    folder = out or Path("runs") / f"{network}-{dataset}-seed{seed}"
    with clear_errors(context.obj or []):
        from dcn_course.training import loop
        from dcn_course.training.reporters import Reporter

        finished = loop.train(config, folder, resume=resume, progress=Reporter() if quiet else None)
    _show(finished)


def _epochs(network: str, dataset: str, epochs: int | None, offset_epochs: int | None) -> tuple[int, int]:
    joint, offsets = EPOCHS[dataset]
    if network == "lenet5":
        if offset_epochs:
            fail("--offset-epochs needs lenet5-dc: lenet5 has no offset predictors")
        return (joint + offsets if epochs is None else epochs), 0
    return (joint if epochs is None else epochs), (offsets if offset_epochs is None else offset_epochs)


def _show(finished: "TrainingRun") -> None:
    config = finished.config
    seconds = sum(entry.train_seconds + entry.evaluation_seconds for entry in finished.history)
    title = f"{config.network} on {config.dataset}, seed {config.seed}, {seconds:.0f} s"
    table = Table(title=title, title_justify="left")
    table.add_column("epochs")
    table.add_column("trained")
    for name in ("train\naccuracy", "train\ncross-entropy", "test\naccuracy", "test\ncross-entropy"):
        table.add_column(name, justify="right")
    done = 0
    for phase in config.phases:
        end = finished.history[done + phase.epochs - 1]
        table.add_row(
            f"{done + 1}-{done + phase.epochs}",
            phase.trains,
            f"{100 * end.train_accuracy:.2f} %",
            f"{end.train_cross_entropy:.4f}",
            f"{100 * end.test_accuracy:.2f} %",
            f"{end.test_cross_entropy:.4f}",
        )
        done += phase.epochs
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print(f"Checkpoint: {finished.checkpoint}", soft_wrap=True)
    console.print(f"Weights:    {', '.join(map(str, finished.weights.values()))}", soft_wrap=True)
    console.print(f"Next:       {_next(config)}", soft_wrap=True)


def _next(config: TrainingConfig) -> str:
    if config.network == "lenet5-dc" and config.dataset == "digits":
        return "compare with 'dcn train lenet5 --dataset digits', or on MNIST: 'dcn reproduce mnist --list'"
    if config.network == "lenet5":
        return f"compare with 'dcn train lenet5-dc --dataset {config.dataset}'"
    return "the report's experiments with records: 'dcn reproduce mnist --list'"
