"""What calls the student's functions where plain arrays do not suffice: tensors, networks, a clock.

Each file runs beside the student's, in the same process, and imports nothing of the course. PROBES has, by
the name of a student's function, what calls it: from the student's names and the arguments to the results.
"""

from pathlib import Path


def path(name: str) -> str:
    """Return the file of an exercise's probes."""
    return str(Path(__file__).with_name(f"{name}.py"))
