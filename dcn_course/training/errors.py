"""What can go wrong with a run, each with one clear sentence."""

from pathlib import Path


class TrainingError(Exception):
    """A run cannot start or go on; the message says why and what to do."""


class RunExistsError(TrainingError):
    """The folder holds a run already, and nobody asked to resume it."""


class RunBusyError(TrainingError):
    """Another process trains in the folder at this moment."""


class RunMismatchError(TrainingError):
    """The run to resume is missing, or was started with another recipe or other data."""


class CheckpointDamagedError(TrainingError):
    """The checkpoint cannot be read or is not what was written."""


class LossNotFiniteError(TrainingError):
    """The loss became infinite or not a number: training has diverged."""


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C during training; everything up to the last whole epoch is saved.

    Attributes:
        folder: the folder of the run.
        saved: the number of epochs that the checkpoint holds.
        epochs: the number of epochs of the whole run.
    """

    def __init__(self, folder: Path, saved: int, epochs: int) -> None:
        super().__init__(f"interrupted; {saved} of {epochs} epochs are saved in {folder}")
        self.folder = folder
        self.saved = saved
        self.epochs = epochs
