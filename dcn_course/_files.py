"""Files that are either whole or not there: atomic writes and checksums."""

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that a reader, or a kill at any moment, sees the old content or the new, never a part.

    The content goes to a temporary file beside ``path``, is forced to the disk and then renamed.
    A process killed while it writes can leave that temporary file (``.<name>.*.tmp``) behind.

    Args:
        path: the file to write; its folder is made if missing.
        write: writes the content to the binary file that it is given.

    Raises:
        OSError: the folder cannot be made or the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:  # Ctrl-C too
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_once(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file as `write_atomically` does, but never over another, not even one that appears meanwhile.

    Args:
        path: the file to write; its folder is made if missing.
        write: writes the content to the binary file that it is given.

    Raises:
        FileExistsError: the file is there already; it stays as it is.
        OSError: the folder cannot be made or the file cannot be written.
    """
    whole = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    write_atomically(whole, write)
    try:
        if os.name == "nt":
            whole.rename(path)  # replaces nothing there, unlike on POSIX
        else:
            _link(whole, path)
    finally:
        whole.unlink(missing_ok=True)
    _sync_folder(path.parent)


def copy_atomically(source: Path, target: Path) -> None:
    """Write the bytes of one file to another as `write_atomically` does.

    Raises:
        OSError: the source cannot be read or the target cannot be written.
    """
    content = source.read_bytes()
    write_atomically(target, lambda file: file.write(content))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_json(content: dict[str, Any]) -> str:
    """Return the SHA-256 of JSON values in one canonical form: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Force the rename itself to the disk; Windows neither offers nor needs it."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _link(whole: Path, path: Path) -> None:
    try:
        os.link(whole, path)
    except FileExistsError:
        raise
    except OSError:
        # No hard links there (exFAT, some network folders): a kill between the two leaves an empty file.
        path.open("xb").close()
        whole.replace(path)
