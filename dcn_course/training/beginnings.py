"""Epochs that another run has done already need not be done again."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from dcn_course._files import copy_atomically
from dcn_course.training.checkpoint import Checkpoint, checkpoint_name, load_checkpoint, weights_name
from dcn_course.training.config import TrainingConfig
from dcn_course.training.data import TrainingData


def begin(
    config: TrainingConfig, folder: Path, relatives: Sequence[Path], data: TrainingData
) -> Checkpoint | None:
    """Return the state of another run after the longest beginning that it shares with a new one.

    The weights after the shared phases are copied.

    Args:
        config: the recipe of the new run.
        folder: of the new run.
        relatives: folders of other runs; those without such a state are passed over.
        data: of the new run.

    Returns:
        The state, with the new recipe; None if there is none.

    Raises:
        CheckpointDamagedError: a state cannot be read.
    """
    for count in range(len(config.phases) - 1, 0, -1):
        shared = config.prefix(count)
        name = checkpoint_name(shared.phases[-1].name)
        for relative in relatives:
            if not (relative / name).exists():
                continue
            done = load_checkpoint(relative, name)
            if done.config.prefix(count).recipe() != shared.recipe() or done.data != data.summary():
                continue
            for phase in shared.phases:
                file = weights_name(phase.name)
                copy_atomically(relative / file, folder / file)
            return dataclasses.replace(done, config=config)
    return None
