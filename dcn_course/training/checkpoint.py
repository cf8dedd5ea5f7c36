"""The state of a run after an epoch, in one file from which it goes on to the same result."""

import dataclasses
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dcn_course._files import write_atomically
from dcn_course.provenance import Start
from dcn_course.records import Epoch, epoch_from_dict, start_from_dict
from dcn_course.training.config import TrainingConfig
from dcn_course.training.errors import CheckpointDamagedError

FILE = "checkpoint.pt"
FORMAT = 2


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A run between two epochs. The order of the images needs no state: seed and epoch decide it.

    Attributes:
        config: the recipe.
        model: the network's ``state_dict``.
        optimizer: the optimiser's ``state_dict``; None before the first epoch.
        history: one entry for each epoch done.
        starts: code and machine at the start and at each resumption.
        data: the summary of the data.
        threads: torch's number of threads.
    """

    config: TrainingConfig
    model: dict[str, Tensor]
    optimizer: dict[str, Any] | None
    history: tuple[Epoch, ...]
    starts: tuple[Start, ...]
    data: dict[str, Any]
    threads: int

    @property
    def epoch(self) -> int:
        """The number of epochs done."""
        return len(self.history)


def checkpoint_name(phase: str) -> str:
    """Return the name of the file that keeps the checkpoint at the end of a phase."""
    return f"checkpoint-after-{phase}.pt"


def weights_name(phase: str) -> str:
    """Return the name of the file that holds the weights after a phase."""
    return f"weights-{phase}.pt"


def save_checkpoint(checkpoint: Checkpoint, folder: Path, file: str = FILE) -> None:
    """Write the checkpoint of a run atomically into its folder.

    Args:
        checkpoint: the state of the run.
        folder: of the run; made if missing.
        file: the file's name.

    Raises:
        OSError: the file cannot be written.
    """
    content = {
        "format": FORMAT,
        "config": checkpoint.config.to_dict(),
        "model": checkpoint.model,
        "optimizer": checkpoint.optimizer,
        "history": [dataclasses.asdict(entry) for entry in checkpoint.history],
        "starts": [dataclasses.asdict(entry) for entry in checkpoint.starts],
        "data": checkpoint.data,
        "threads": checkpoint.threads,
    }
    write_atomically(folder / file, lambda opened: torch.save(content, opened))


def load_checkpoint(folder: Path, file: str = FILE) -> Checkpoint:
    """Read the checkpoint of a run, its tensors to the CPU; no code in the file is run.

    Args:
        folder: of the run.
        file: the file's name.

    Raises:
        FileNotFoundError: the folder holds no checkpoint.
        CheckpointDamagedError: the file is cut off, changed or no checkpoint of ours.
    """
    path = folder / file
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        # torch does not check the sums that it writes for each part of the file.
        with zipfile.ZipFile(path) as archive:
            if (part := archive.testzip()) is not None:
                raise CheckpointDamagedError(f"{path} is damaged: the checksum of {part} is wrong")
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["format"] != FORMAT:
            raise CheckpointDamagedError(
                f"{path} has checkpoint format {content['format']!r}; this version reads format {FORMAT}"
            )
        return Checkpoint(
            config=TrainingConfig.from_dict(content["config"]),
            model=content["model"],
            optimizer=content["optimizer"],
            history=tuple(epoch_from_dict(entry) for entry in content["history"]),
            starts=tuple(start_from_dict(entry) for entry in content["starts"]),
            data=content["data"],
            threads=content["threads"],
        )
    except CheckpointDamagedError:
        raise
    except Exception as error:  # zipfile, pickle and torch have many words for a broken file
        reason = (str(error).splitlines() or [""])[0]
        raise CheckpointDamagedError(
            f"{path} is damaged ({type(error).__name__}: {reason}); delete its folder and train again"
        ) from error
