"""Mistakes that students really make, as changes of the solution; a module for each exercise.

A module is named as its master. It has MUTANTS, and EQUIVALENT: of the automatic mutants those that are no
mistakes, by name, each with the reason.
"""

from importlib import import_module

from ..catalogue import module_name
from .model import Mutant


def named(number: int) -> tuple[Mutant, ...]:
    """Return the named mutants of an exercise; NoSuchExerciseError if there is none of that number."""
    found: tuple[Mutant, ...] = import_module(f".{module_name(number)}", __name__).MUTANTS
    return found


def equivalent(number: int) -> dict[str, str]:
    """Return the automatic mutants that are no mistakes, by name, with the reason."""
    found: dict[str, str] = import_module(f".{module_name(number)}", __name__).EQUIVALENT
    return found
