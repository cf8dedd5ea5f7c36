"""How the commands say that something is wrong: one line on stderr and an exit code, no traceback."""

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import typer

from dcn_course.datasets import DataDamagedError, DataNotFoundError
from dcn_course.records import RecordDamagedError
from dcn_course.training.errors import TrainingError, TrainingInterrupted

WRONG = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

# What the optional part "torch" of the package brings.
_TORCH_PART = ("torch", "torchvision", "sklearn", "matplotlib")


def fail(message: str) -> NoReturn:
    """Write the message to stderr and exit with 2."""
    typer.secho(f"Error: {message}", err=True, fg=typer.colors.RED)
    raise typer.Exit(WRONG)


@contextmanager
def clear_errors(arguments: Sequence[str]) -> Iterator[None]:
    """Turn the errors that a user can mend, and Ctrl-C, into a message and an exit code.

    Args:
        arguments: those of the command, to say how it is resumed.
    """
    try:
        yield
    except TrainingInterrupted as interruption:
        saved = f"{interruption.saved} of {interruption.epochs} epochs are saved in {interruption.folder}."
        again = [argument for argument in arguments if argument != "--no-resume"]
        resumable = (interruption.folder / "checkpoint.pt").exists()  # not before the run has begun
        if again[:1] == ["train"] and resumable and "--resume" not in again:
            again.append("--resume")
        print(f"\nInterrupted. {saved} Go on with: {shlex.join(['dcn', *again])}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    except (TrainingError, DataNotFoundError, DataDamagedError, RecordDamagedError) as error:
        fail(str(error))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _TORCH_PART:
            raise
        fail(f'{error.name} is not installed; install it with: pip install "dcn-course[torch]"')
    except OSError as error:  # no right to write, a full disk
        fail(str(error))
