"""What is compared, in which order, on which inputs: a module for each exercise, named as its master."""

from importlib import import_module

from ..catalogue import module_name
from .model import Ladder


def ladder(number: int) -> Ladder:
    """Return the ladder of an exercise; NoSuchExerciseError if there is none of that number."""
    found: Ladder = import_module(f".{module_name(number)}", __name__).LADDER
    return found
