"""Files of the package that a script computed from trained networks: whole, with their own SHA-256."""

import json
from pathlib import Path
from typing import Any

from dcn_course._files import sha256_of_json, write_atomically

FOLDER = Path(__file__).parent / "kept"


class KeptDamagedError(Exception):
    """A kept file is not what the script wrote."""


def write(name: str, content: dict[str, Any], folder: Path = FOLDER) -> Path:
    """Write JSON values with their SHA-256 as ``<name>.json``, over an older file, and return the path.

    Raises:
        OSError: the file cannot be written.
    """
    path = folder / f"{name}.json"
    plain = json.loads(json.dumps(content, allow_nan=False))
    text = json.dumps(plain | {"sha256": sha256_of_json(plain)}, indent=1, ensure_ascii=False)
    write_atomically(path, lambda file: file.write(text.encode() + b"\n"))
    return path


def read(name: str, folder: Path = FOLDER) -> dict[str, Any] | None:
    """Return what was written, or None if there is no such file.

    Raises:
        KeptDamagedError: the file was changed after it was written.
    """
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        claimed = content.pop("sha256")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeptDamagedError(f"{path} is no kept file: {error!r}") from error
    if claimed != sha256_of_json(content):
        raise KeptDamagedError(
            f"{path} was changed after it was written; write it anew: python -m dcn_course.findings"
        )
    return content
