"""Running an experiment, unless there is a record of it."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcn_course import records
from dcn_course._files import copy_atomically, sha256_of
from dcn_course.experiments.catalogue import Experiment, Group
from dcn_course.records import Record, RecordDamagedError, Weights
from dcn_course.training.config import LARGEST, TrainingConfig

if TYPE_CHECKING:
    from dcn_course.training.data import TrainingData
    from dcn_course.training.loop import TrainingRun
    from dcn_course.training.reporters import Reporter


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


def states(group: Group, seeds: Sequence[int] | None, results: Path, runs: Path) -> list[State]:
    """Say for each experiment and seed whether it has a record, seed by seed.

    Args:
        group: the experiments.
        seeds: of their runs; None takes each experiment's own.
        results: the folder of the records; the group has its own folder in it.
        runs: the folder of the working folders.

    Raises:
        RecordDamagedError: a record or its weights are not what was written, or the record belongs to another
            recipe than the experiment has now.
        FileNotFoundError: a record's weights are missing.
        ValueError: no seed, one twice, one below 0, or one from 2**63 on.
    """
    if seeds is not None and (
        not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0 or max(seeds) > LARGEST
    ):
        raise ValueError(f"seeds must be distinct whole numbers from 0 to {LARGEST}, got {list(seeds)}")
    found = []
    own = sorted({seed for experiment in group.experiments for seed in experiment.seeds})
    for seed in own if seeds is None else seeds:
        for experiment in group.experiments:
            if seeds is None and seed not in experiment.seeds:
                continue
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
    device: str = "cpu",
    threads: int | None = None,
    progress: "bool | Reporter | None" = None,
    data: "TrainingData | None" = None,
) -> Record:
    """Return the record of an experiment with one seed; run it, or go on with it, only if there is none.

    Args:
        group: of the experiment.
        experiment: what to run.
        seed: of this run.
        results: gets ``<group>/<experiment>-seed<seed>.json``; and if the experiment keeps the weights, the
            final ones ``….pt`` beside it, and for each earlier phase ``…-after-<phase>.pt``.
        runs: gets the working folder with the checkpoint.
        device: as PyTorch names it.
        threads: that torch may use for one operation; None leaves torch's own choice.
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
    others = [_working_folder(group, other, seed, runs) for other in group.experiments if other != experiment]
    config = dataclasses.replace(experiment.config(seed), device=device, threads=threads)
    finished = train(config, working, resume=resume, relatives=others, progress=progress, data=data)
    # Another process may have finished it meanwhile: its weights belong to its record, so leave them alone.
    if (existing := _existing(group, experiment, seed, folder)) is not None:
        return existing
    from dcn_course.training.data import load_data

    if data is None:
        data = load_data(config.dataset, config.scaling, config.validation)
    record = _record(group, experiment, seed, finished, data, folder)
    records.write(record, folder)  # after the weights: a record promises that they are there
    return record


def _existing(group: Group, experiment: Experiment, seed: int, folder: Path) -> Record | None:
    path = folder / f"{experiment.name}-seed{seed}.json"
    if not path.exists():
        return None
    record = records.load(path)
    if (record.group, record.experiment, record.seed) != (group.name, experiment.name, seed):
        raise RecordDamagedError(f"{path} holds the record of another run; move it away")
    if TrainingConfig.from_dict(record.config).recipe() != experiment.config(seed).recipe():
        raise RecordDamagedError(
            f"{path} was made with another recipe; move it away to run {experiment.name} anew"
        )
    for entry in record.weights:
        records.weights_file(record, folder, entry.phase)
    return record


def _working_folder(group: Group, experiment: Experiment, seed: int, runs: Path) -> Path:
    return runs / "reproduce" / group.name / f"{experiment.name}-seed{seed}"


def _record(
    group: Group,
    experiment: Experiment,
    seed: int,
    finished: "TrainingRun",
    data: "TrainingData",
    folder: Path,
) -> Record:
    from dcn_course.training.evaluation import predict

    weights = []
    epoch = 0
    for phase in finished.config.phases if seed in experiment.keeps_weights_of else ():
        epoch += phase.epochs
        suffix = "" if epoch == finished.config.epochs else f"-after-{phase.name}"
        path = folder / f"{experiment.name}-seed{seed}{suffix}.pt"
        copy_atomically(finished.weights[phase.name], path)
        weights.append(Weights(phase.name, epoch, path.name, sha256_of(path)))
    device = next(finished.network.parameters()).device
    predictions = predict(finished.network, data.test_images.to(device)).tolist()
    confusion = [[0] * len(data.classes) for _ in data.classes]
    for label, answer in zip(data.test_labels.tolist(), predictions, strict=True):
        confusion[label][answer] += 1
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
        predictions="".join(map(str, predictions)),
        confusion=tuple(map(tuple, confusion)),
        starts=finished.starts,
        seconds={
            "total": train_seconds + evaluation_seconds,
            "train": train_seconds,
            "evaluation": evaluation_seconds,
            "train_cpu": sum(entry.train_cpu_seconds for entry in finished.history),
        },
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
