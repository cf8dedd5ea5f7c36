"""Mistakes that students really make, as changes of the solution; one module for each exercise."""

from importlib import import_module

from .model import Mutant

_MODULES = {1: "im2col", 4: "bilinear_sampling", 5: "bilinear_gradients"}


def named(number: int) -> tuple[Mutant, ...]:
    """Return the named mutants of an exercise; KeyError if there is no such exercise."""
    found: tuple[Mutant, ...] = import_module(f".{_MODULES[number]}", __name__).MUTANTS
    return found
