"""How a run shows where it is: a progress bar, a line an epoch, or nothing."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from dcn_course.records import Epoch
from dcn_course.training.config import TrainingConfig

# A step of training on an image takes about three times a forward pass: forward, and two products backward.
TRAINING_COST = 3
_SPEED_SECONDS = 120.0


class Reporter:
    """Shows nothing. Subclasses override what they want to hear of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def run_started(self, config: TrainingConfig, done: int, train_images: int, test_images: int) -> None:
        """A run starts, or is resumed after ``done`` epochs."""

    def epoch_started(self, epoch: int) -> None:
        """Epoch ``epoch``, counted from 1, starts."""

    def batch_trained(self, images: int, loss: float, accuracy: float) -> None:
        """A batch of so many images was trained on; mean loss and accuracy of the epoch so far."""

    def batch_evaluated(self, images: int) -> None:
        """So many images were evaluated."""

    def epoch_ended(self, result: Epoch) -> None:
        """An epoch is done and saved."""


class Lines(Reporter):
    """Writes one line an epoch to stderr."""

    def run_started(self, config: TrainingConfig, done: int, train_images: int, test_images: int) -> None:
        """Remember how long the run is."""
        self._epochs = config.epochs

    def epoch_ended(self, result: Epoch) -> None:
        """Write the epoch's line."""
        print(epoch_line(result, self._epochs), file=sys.stderr, flush=True)


class Bar(Reporter):
    """Shows two bars on stderr, for the run and for the epoch, with loss, accuracy and time left."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=self._console,
            speed_estimate_period=_SPEED_SECONDS,
            transient=True,
        )
        self._run = self._epoch = TaskID(0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def run_started(self, config: TrainingConfig, done: int, train_images: int, test_images: int) -> None:
        """Remember how long the run is."""
        self._config = config
        cost = TRAINING_COST * train_images + train_images + test_images
        self._run = self._progress.add_task(
            config.network, total=config.epochs * cost, completed=done * cost, figures=""
        )
        self._epoch = self._progress.add_task("", total=cost, figures="")

    def epoch_started(self, epoch: int) -> None:
        """Start the epoch's bar anew."""
        phase, _, _ = self._config.phase_of(epoch)
        name = f"epoch {epoch}/{self._config.epochs} {phase.name}"
        self._progress.reset(self._epoch, description=name, figures="")

    def batch_trained(self, images: int, loss: float, accuracy: float) -> None:
        """Move both bars on."""
        figures = f"loss {loss:.4f}, accuracy {100 * accuracy:.1f} %"
        self._progress.update(self._epoch, figures=figures)
        self._advance(TRAINING_COST * images)

    def batch_evaluated(self, images: int) -> None:
        """Move both bars on."""
        self._advance(images)

    def epoch_ended(self, result: Epoch) -> None:
        """Write the epoch's line."""
        figures = f"test accuracy {100 * result.test_accuracy:.2f} %"
        self._progress.update(self._run, figures=figures)
        self._console.print(epoch_line(result, self._config.epochs), highlight=False)

    def _advance(self, cost: int) -> None:
        self._progress.advance(self._run, cost)
        self._progress.advance(self._epoch, cost)


def choose_reporter(progress: bool | Reporter | None) -> Reporter:
    """Return a reporter: True the bars, False the lines, None the bars where stderr is a terminal."""
    if isinstance(progress, Reporter):
        return progress
    return Bar() if progress or (progress is None and sys.stderr.isatty()) else Lines()


def epoch_line(result: Epoch, epochs: int) -> str:
    """Return an epoch's figures in one line; cross-entropies stand in brackets."""
    return (
        f"epoch {result.epoch}/{epochs} {result.phase}: loss {result.loss:.4f}, "
        f"train {100 * result.train_accuracy:.2f} % ({result.train_cross_entropy:.4f}), "
        f"test {100 * result.test_accuracy:.2f} % ({result.test_cross_entropy:.4f}), "
        f"{result.train_seconds + result.evaluation_seconds:.1f} s"
    )
