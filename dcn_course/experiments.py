"""The report's experiments by name, and running those that have no record yet. Needs torch only to run."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcn_course import records, report
from dcn_course._files import sha256_of, write_atomically
from dcn_course.records import Record, RecordDamagedError, Weights
from dcn_course.report import Printed
from dcn_course.training.config import LARGEST, Phase, TrainingConfig

if TYPE_CHECKING:
    from dcn_course.training.data import TrainingData
    from dcn_course.training.loop import TrainingRun
    from dcn_course.training.reporters import Reporter


@dataclass(frozen=True)
class Experiment:
    """A recipe with a name.

    Attributes:
        name: names the files of its records.
        title: what it is, in words.
        recipe: with any seed; each run replaces it by its own.
    """

    name: str
    title: str
    recipe: TrainingConfig

    def config(self, seed: int) -> TrainingConfig:
        """Return the recipe with a seed."""
        return dataclasses.replace(self.recipe, seed=seed)


@dataclass(frozen=True)
class Group:
    """The experiments of one part of the report.

    Attributes:
        name: as ``dcn reproduce`` takes it; names the folder of the records.
        experiments: in the order in which they run.
        printed: the report's numbers for this part.
    """

    name: str
    experiments: tuple[Experiment, ...]
    printed: tuple[Printed, ...]


GROUPS = {
    "mnist": Group(
        "mnist",
        (
            Experiment(
                "lenet5",
                "LeNet-5, 5 epochs",
                TrainingConfig("lenet5", "mnist", (Phase("all", 5),)),
            ),
            Experiment(
                "lenet5-dc",
                "LeNet-5-DC, 3 epochs of all parameters, then 2 of the offset predictors alone",
                TrainingConfig(
                    "lenet5-dc",
                    "mnist",
                    (Phase("joint", 3), Phase("offsets", 2, "offsets")),
                    border="project",
                ),
            ),
        ),
        report.MNIST,
    )
}


@dataclass(frozen=True)
class State:
    """Where an experiment with one seed stands.

    Attributes:
        experiment: which.
        seed: which.
        record: of the finished run; None if there is none.
        started: whether a run that can be resumed lies in the working folder.
    """

    experiment: Experiment
    seed: int
    record: Record | None
    started: bool


def states(group: Group, seeds: Sequence[int], results: Path, runs: Path) -> list[State]:
    """Say for each experiment and seed whether it has a record.

    Args:
        group: the experiments.
        seeds: of their runs.
        results: the folder of the records; the group has its own folder in it.
        runs: the folder of the working folders.

    Raises:
        RecordDamagedError: a record or its weights are not what was written, or the record belongs to another
            recipe than the experiment has now.
        FileNotFoundError: a record's weights are missing.
        ValueError: no seed, one twice, one below 0, or one from 2**63 on.
    """
    if not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0 or max(seeds) > LARGEST:
        raise ValueError(f"seeds must be distinct whole numbers from 0 to {LARGEST}, got {list(seeds)}")
    found = []
    for seed in seeds:
        for experiment in group.experiments:
            record = _existing(group, experiment, seed, results / group.name)
            started = (_working_folder(group, experiment, seed, runs) / "checkpoint.pt").exists()
            found.append(State(experiment, seed, record, started))
    return found


def run(
    group: Group,
    experiment: Experiment,
    seed: int,
    results: Path,
    runs: Path,
    *,
    progress: "bool | Reporter | None" = None,
    data: "TrainingData | None" = None,
) -> Record:
    """Return the record of an experiment with one seed; run it, or go on with it, only if there is none.

    Args:
        group: of the experiment.
        experiment: what to run.
        seed: of this run.
        results: gets ``<group>/<experiment>-seed<seed>.json``, the final weights ``….pt`` beside it, and for
            each earlier phase ``…-after-<phase>.pt``.
        runs: gets the working folder with the checkpoint.
        progress: as in `training.train`.
        data: None loads the experiment's data set.

    Raises:
        RecordDamagedError, FileNotFoundError: as in `states`.
        TrainingError, TrainingInterrupted, DataNotFoundError, DataDamagedError: as in `training.train`.
    """
    folder = results / group.name
    if (existing := _existing(group, experiment, seed, folder)) is not None:
        return existing
    from dcn_course.training.loop import train

    working = _working_folder(group, experiment, seed, runs)
    resume = (working / "checkpoint.pt").exists()
    finished = train(experiment.config(seed), working, resume=resume, progress=progress, data=data)
    # Another process may have finished it meanwhile: its weights belong to its record, so leave them alone.
    if (existing := _existing(group, experiment, seed, folder)) is not None:
        return existing
    record = _record(group, experiment, seed, finished, folder)
    records.write(record, folder)  # after the weights: a record promises that they are there
    return record


def typical_run(group: Group, experiment: Experiment) -> Record | None:
    """Return the shipped run of median duration (of two, the shorter); None if none is shipped."""
    shipped = [each for each in records.load_all(group=group.name) if each.experiment == experiment.name]
    shipped.sort(key=lambda record: record.seconds["total"])
    return shipped[(len(shipped) - 1) // 2] if shipped else None


def _existing(group: Group, experiment: Experiment, seed: int, folder: Path) -> Record | None:
    path = folder / f"{experiment.name}-seed{seed}.json"
    if not path.exists():
        return None
    record = records.load(path)
    if (record.group, record.experiment, record.seed) != (group.name, experiment.name, seed):
        raise RecordDamagedError(f"{path} holds the record of another run; move it away")
    if record.config != experiment.config(seed).to_dict():
        raise RecordDamagedError(
            f"{path} was made with another recipe; move it away to run {experiment.name} anew"
        )
    for entry in record.weights:
        records.weights_file(record, folder, entry.phase)
    return record


def _working_folder(group: Group, experiment: Experiment, seed: int, runs: Path) -> Path:
    return runs / "reproduce" / group.name / f"{experiment.name}-seed{seed}"


def _record(group: Group, experiment: Experiment, seed: int, finished: "TrainingRun", folder: Path) -> Record:
    weights = []
    epoch = 0
    for phase in finished.config.phases:
        epoch += phase.epochs
        suffix = "" if epoch == finished.config.epochs else f"-after-{phase.name}"
        path = folder / f"{experiment.name}-seed{seed}{suffix}.pt"
        _copy(finished.weights[phase.name], path)
        weights.append(Weights(phase.name, epoch, path.name, sha256_of(path)))
    train_seconds = sum(entry.train_seconds for entry in finished.history)
    evaluation_seconds = sum(entry.evaluation_seconds for entry in finished.history)
    return Record(
        group=group.name,
        experiment=experiment.name,
        seed=seed,
        config=finished.config.to_dict(),
        parameters=sum(parameter.numel() for parameter in finished.network.parameters()),
        data=finished.data,
        epochs=finished.history,
        weights=tuple(weights),
        starts=finished.starts,
        seconds={
            "total": train_seconds + evaluation_seconds,
            "train": train_seconds,
            "evaluation": evaluation_seconds,
        },
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _copy(source: Path, target: Path) -> None:
    content = source.read_bytes()
    write_atomically(target, lambda file: file.write(content))
