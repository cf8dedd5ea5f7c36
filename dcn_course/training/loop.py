"""The training loop: phases of epochs, a checkpoint after each, the same bits whether interrupted or not."""

import dataclasses
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import torch
from torch import nn

from dcn_course import provenance
from dcn_course._files import write_atomically
from dcn_course.ops import backends
from dcn_course.provenance import Start
from dcn_course.records import Epoch
from dcn_course.training.beginnings import begin
from dcn_course.training.checkpoint import (
    FILE,
    Checkpoint,
    checkpoint_name,
    load_checkpoint,
    save_checkpoint,
    weights_name,
)
from dcn_course.training.config import TrainingConfig
from dcn_course.training.data import TrainingData, load_data
from dcn_course.training.epoch import run_epoch
from dcn_course.training.errors import (
    RunBusyError,
    RunExistsError,
    RunMismatchError,
    TrainingError,
    TrainingInterrupted,
)
from dcn_course.training.networks import build_network, prepare_phase
from dcn_course.training.reporters import Reporter, choose_reporter


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """A finished run.

    Attributes:
        config: the recipe.
        folder: holds the checkpoint and the files of weights.
        network: the trained network, on the recipe's device, in evaluation mode.
        history: one entry an epoch.
        weights: for each phase, the file with the network's ``state_dict`` after its last epoch.
        starts: code and machine at the start and at each resumption.
        data: the summary of the data.
    """

    config: TrainingConfig
    folder: Path
    network: nn.Module
    history: tuple[Epoch, ...]
    weights: dict[str, Path]
    starts: tuple[Start, ...]
    data: dict[str, Any]

    @property
    def checkpoint(self) -> Path:
        """The file from which the run was, or could be, resumed."""
        return self.folder / FILE


def train(
    config: TrainingConfig,
    folder: Path,
    *,
    resume: bool = False,
    relatives: Sequence[Path] = (),
    progress: bool | Reporter | None = None,
    data: TrainingData | None = None,
) -> TrainingRun:
    """Train a network as the recipe says.

    A checkpoint is saved at the start and after each epoch. After a kill, ``resume=True`` goes on from the
    last one; on the CPU of the same machine the result is the same bit for bit as without the kill.

    Args:
        config: the recipe.
        folder: of this run; made if missing.
        resume: go on with the run in the folder (also if it is finished). False starts a new one.
        relatives: folders of other runs. Where one of them has done the same first phases with the same
            recipe on the same data, a new run begins where that one was at their end, which is where it would
            have come itself.
        progress: True shows bars, False a line an epoch, both on stderr; None shows bars where stderr is a
            terminal and lines elsewhere. A `Reporter` of your own is told everything instead; ``Reporter()``
            shows nothing.
        data: None loads the recipe's data set.

    Raises:
        RunExistsError: the folder holds a run, and ``resume`` is False. Nothing is ever overwritten.
        RunBusyError: another process trains in the folder.
        RunMismatchError: there is no run to resume, or it had another recipe or other data.
        CheckpointDamagedError: the checkpoint cannot be read.
        LossNotFiniteError: training diverged.
        TrainingError: the device is not there.
        TrainingInterrupted: Ctrl-C; says how many epochs are saved.
        DataNotFoundError, DataDamagedError: from loading the data.
    """
    device = _device(config.device)
    # The interruption counts from here on, so that Ctrl-C while the data are loaded is as tidy as later.
    try:
        with _alone_in(folder):
            saved = _saved_run(config, folder) if resume else None
            if saved is None and (folder / FILE).exists():
                raise RunExistsError(f"{folder} holds a run already; resume it, or choose another folder")
            if data is None:
                data = load_data(config.dataset, config.scaling, config.validation)
            if not resume:
                saved = begin(config, folder, relatives, data)
            threads = saved.threads if resume and saved else config.threads or torch.get_num_threads()
            with _settings(threads, device):
                return _train(config, folder, resume, saved, data, device, choose_reporter(progress))
    except KeyboardInterrupt:
        done = load_checkpoint(folder).epoch if (folder / FILE).exists() else 0
        raise TrainingInterrupted(folder, done, config.epochs) from None


def _train(
    config: TrainingConfig,
    folder: Path,
    resume: bool,
    saved: Checkpoint | None,
    data: TrainingData,
    device: torch.device,
    reporter: Reporter,
) -> TrainingRun:
    network = build_network(config, data.train_images.shape[1], len(data.classes))
    start = provenance.start(
        epoch=saved.epoch if saved else 0,
        device=config.device,
        threads=torch.get_num_threads(),
        backend=_backend(config, data.train_images.new_empty(1, 1, 1, 1, device=device)),
        processor=torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        torch=str(torch.__version__),
    )
    summary = data.summary()
    if saved is None:
        state = Checkpoint(
            config, network.state_dict(), None, (), (start,), summary, threads=torch.get_num_threads()
        )
    else:
        if saved.data != summary:
            raise RunMismatchError(f"{folder} was trained on other data ({saved.data}) than now ({summary})")
        network.load_state_dict(saved.model)
        finished = saved.epoch == config.epochs
        state = saved if finished else dataclasses.replace(saved, starts=(*saved.starts, start))
    if not resume:
        save_checkpoint(dataclasses.replace(state, threads=torch.get_num_threads()), folder)
    network.to(device)
    data = data.to(device)

    optimizer: torch.optim.Optimizer | None = None
    with reporter:
        reporter.run_started(config, state.epoch, len(data.train_images), len(data.test_images))
        for epoch in range(state.epoch + 1, config.epochs + 1):
            phase, first, last = config.phase_of(epoch)
            parameters = prepare_phase(network, phase)
            fresh = first and not (epoch > 1 and config.phase_of(epoch - 1)[0].trains == phase.trains)
            if fresh or optimizer is None:
                optimizer = _optimizer(config, parameters)
                if not fresh:  # resumed between two epochs that train the same parameters
                    assert state.optimizer is not None, "an epoch with it was done"
                    optimizer.load_state_dict(state.optimizer)
            reporter.epoch_started(epoch)
            result = run_epoch(config, epoch, phase.name, network, optimizer, data, reporter)
            if last:
                # Before the checkpoint: a kill between the two repeats the epoch and writes the same again.
                _save_weights(network, folder / weights_name(phase.name))
            state = dataclasses.replace(
                state,
                model=network.state_dict(),
                optimizer=optimizer.state_dict(),
                history=(*state.history, result),
            )
            if last and epoch < config.epochs:
                save_checkpoint(state, folder, file=checkpoint_name(phase.name))
            save_checkpoint(state, folder)
            reporter.epoch_ended(result)
    return TrainingRun(
        config,
        folder,
        network.eval(),
        state.history,
        {phase.name: folder / weights_name(phase.name) for phase in config.phases},
        state.starts,
        state.data,
    )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes out of the folder of a run; a killed one's lock falls with it."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder / ".lock", timeout=0):
            yield
    except filelock.Timeout as error:
        raise RunBusyError(f"another process is training in {folder}; wait for it, or stop it") from error


def _backend(config: TrainingConfig, like: torch.Tensor) -> str | None:
    if config.network != "lenet5-dc":
        return None
    return backends.chosen_name(config.backend, like)


def _save_weights(network: nn.Module, path: Path) -> None:
    weights = {name: value.cpu() for name, value in network.state_dict().items()}
    write_atomically(path, lambda file: torch.save(weights, file))


def _optimizer(config: TrainingConfig, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        parameters, lr=config.learning_rate, momentum=config.momentum, weight_decay=config.weight_decay
    )


def _saved_run(config: TrainingConfig, folder: Path) -> Checkpoint:
    try:
        saved = load_checkpoint(folder)
    except FileNotFoundError as error:
        raise RunMismatchError(f"{folder} holds no run to resume; start it without resuming") from error
    before, now = saved.config.recipe(), config.recipe()
    changed = [f"{name} was {before[name]!r}, now {now[name]!r}" for name in now if now[name] != before[name]]
    if changed:
        raise RunMismatchError(
            f"{folder} was started with another recipe: {'; '.join(changed)}; resume it with its own recipe"
        )
    return dataclasses.replace(saved, config=config)


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()  # "meta" holds no numbers
    except (RuntimeError, AssertionError, ImportError) as error:  # torch knows many names that it lacks
        reason = textwrap.shorten(str(error), 100, placeholder=" ...")
        raise TrainingError(f"device {name!r} cannot be used on this machine: {reason}") from error
    return device


@contextmanager
def _settings(threads: int, device: torch.device) -> Iterator[None]:
    """Set torch's threads and, on the CPU, its deterministic algorithms; put both back afterwards."""
    threads_before = torch.get_num_threads()
    deterministic_before = torch.are_deterministic_algorithms_enabled()
    warn_before = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_num_threads(threads)
    if device.type == "cpu":  # CUDA has no deterministic form of some operations
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads_before)
        torch.use_deterministic_algorithms(deterministic_before, warn_only=warn_before)
