"""Training a network in phases, with a checkpoint after each epoch, so that a kill costs one epoch at most.

Names are loaded on first use: the recipe (`TrainingConfig`, `Phase`) needs no torch, `train` does.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "checkpoint": ["Checkpoint", "load_checkpoint"],
        "config": ["Phase", "TrainingConfig"],
        "data": ["TrainingData", "load_data"],
        "errors": [
            "CheckpointDamagedError",
            "LossNotFiniteError",
            "RunBusyError",
            "RunExistsError",
            "RunMismatchError",
            "TrainingError",
            "TrainingInterrupted",
        ],
        "evaluation": ["evaluate", "predict"],
        "loop": ["TrainingRun", "train"],
        "networks": ["build_network"],
        "offsets": ["offset_statistics"],
        "reporters": ["Bar", "Lines", "Reporter"],
    },
)
