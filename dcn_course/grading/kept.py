"""What is kept beside the grades, so that they can be made again: the seed, what was asked, and with what."""

from __future__ import annotations

import json
import platform
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from dcn_course._files import write_atomically

from .sandbox.plan import Limits
from .student import Settings

GRADING = "grading.json"


class OtherGradingError(ValueError):
    """The folder cannot take these grades: it holds those of another grading, say."""


@dataclass(frozen=True)
class Grading:
    """How grades were made.

    Attributes:
        settings: with the secret.
        course: hash of the course's checks, see `student.course`.
        made_with: versions and system, in words.
    """

    settings: Settings
    course: str
    made_with: str


def load(out: Path) -> Grading:
    """Read what `save` wrote.

    Raises:
        OtherGradingError: it is not there, or cannot be read.
    """
    path = out / GRADING
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        limits = Limits(**given["limits"])
        settings = Settings(str(given["seed"]), tuple(map(int, given["exercises"])), limits)
        return Grading(settings, str(given["course"]), str(given["made_with"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OtherGradingError(f"{path} cannot be read ({type(error).__name__})") from None


def save(out: Path, settings: Settings, course: str) -> None:
    """Write how the grades in a folder are made; nobody but the owner may read it."""
    whole = {
        "seed": settings.secret,
        "exercises": settings.exercises,
        "limits": asdict(settings.limits),
        "course": course,
        "made_with": made_with(),
    }
    data = (json.dumps(whole, indent=1) + "\n").encode()
    path = out / GRADING
    write_atomically(path, lambda file: file.write(data))
    path.chmod(0o600)


def secret(out: Path, given: str | None) -> str:
    """Return the secret of an earlier run in a folder; else the given one; else draw one.

    Raises:
        OtherGradingError: the folder has another secret than the given one, or it cannot be read.
    """
    if not (out / GRADING).exists():
        return given or secrets.token_hex(16)
    there = load(out).settings.secret
    if given not in (None, there):
        raise OtherGradingError(f"{out} holds grades made with another seed; choose another folder")
    return there


def made_with() -> str:
    """Say what this machine grades with."""
    return (
        f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.system()}"
        f" {platform.release()}, {platform.machine()}"
    )
