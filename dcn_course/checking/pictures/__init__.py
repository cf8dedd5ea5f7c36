"""What one should see at the end of each exercise, drawn with the specification: a module for each."""

from importlib import import_module

from ..catalogue import module_name
from ..svg import Drawing


def picture(number: int) -> Drawing:
    """Draw what one should see at the end of an exercise.

    Args:
        number: of the exercise.

    Returns:
        An SVG; in a notebook it shows itself.

    Raises:
        NoSuchExerciseError: there is no exercise of that number.
    """
    drawn: Drawing = import_module(f".{module_name(number)}", __name__).draw()
    return drawn
