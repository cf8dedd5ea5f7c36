"""What is compared, in which order, on which inputs: one module for each exercise."""

from importlib import import_module

from .model import Ladder

_MODULES = {1: "im2col", 4: "bilinear_sampling", 5: "bilinear_gradients"}


def ladder(number: int) -> Ladder:
    """Return the ladder of an exercise; KeyError if there is none."""
    found: Ladder = import_module(f".{_MODULES[number]}", __name__).LADDER
    return found
