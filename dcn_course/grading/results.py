"""Read what a student's process sent back: bytes that anyone may have written. Only plain arrays pass."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from dcn_course.checking.runner import Call, Outcome, Run, outcome_of

_MOST_PARTS = 16
_MOST_NUMBERS = 10_000  # in the answer to the question
_NAME, _TEXT = 80, 500  # characters


class BadResultsError(ValueError):
    """The bytes are not what the student's process should have written."""


def read(data: bytes, calls: Sequence[Call], printed: str) -> Run:
    """Read the results of a job.

    Args:
        data: an npz archive with an array for each result, and ``report`` with JSON in it.
        calls: that were asked for; there must be an outcome of each.
        printed: what the program wrote.

    Returns:
        What came of it.

    Raises:
        BadResultsError: anything is missing, too much, or of another kind.
    """
    arrays = _arrays(data)
    try:
        report = json.loads(arrays.pop("report").tobytes())
        if report.get("too_large"):
            place = report["place"]
            if not isinstance(place, int) or not 0 <= place < len(calls):
                raise BadResultsError("a place that no call has")
            return Run(("memory", _text(report["too_large"])), place=place, printed=printed)
        if report["load"] is not None:
            error = _error(report["load"])
            return Run(("load", f"{error['kind']}: {error['text']}"), line=error["line"], printed=printed)
        results = report["results"]
        if not isinstance(results, list) or len(results) != len(calls):
            raise BadResultsError(f"expected the results of {len(calls)} calls")
        outcomes = [
            _outcome(place, result, arrays, call)
            for place, (result, call) in enumerate(zip(results, calls, strict=True))
        ]
        return Run(prediction=_prediction(report["prediction"]), outcomes=outcomes, printed=printed)
    except BadResultsError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadResultsError(f"the report cannot be read: {type(error).__name__}") from None


def plain(text: str) -> str:
    """Replace characters that steer a terminal, or that no file takes, by a mark."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _arrays(data: bytes) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > len(data):
                raise BadResultsError("the archive claims more than it holds")
            if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise BadResultsError("the archive is compressed")
            found = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                if name in found:
                    raise BadResultsError(f"two arrays of the name {name[:_NAME]!r}")
                found[name] = _array(archive.read(member))
            return found
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        if isinstance(error, BadResultsError):
            raise
        raise BadResultsError(f"no archive of arrays: {type(error).__name__}") from None


def _array(data: bytes) -> Any:
    """Read one .npy without unpickling, and without believing how large it says it is."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise BadResultsError(f"an array of version {version}")
    shape, fortran, dtype = readers[version](stream)
    if dtype.kind not in "biuf" or dtype.hasobject:
        raise BadResultsError(f"an array of {dtype}")
    rest = data[stream.tell() :]
    if any(n < 0 for n in shape) or math.prod(shape) * dtype.itemsize != len(rest):
        raise BadResultsError(f"an array said to have the shape {shape}, with {len(rest)} bytes")
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if fortran else "C")


def _outcome(place: int, result: dict[str, Any], arrays: dict[str, Any], call: Call) -> Outcome:
    parts, values = result["parts"], None
    if parts is not None:
        if not isinstance(parts, list) or len(parts) > _MOST_PARTS:
            raise BadResultsError("a result of too many parts")
        values = [arrays[f"{place}.{i}"] if there is True else None for i, there in enumerate(parts)]
    error = None if result["error"] is None else _error(result["error"])
    if values is None and error is None:
        raise BadResultsError("a call with neither a result nor an error")
    damaged = [name for name in call[1] if name in result["damaged"]]
    return outcome_of({**result, "values": values, "damaged": damaged, "error": error})


def _error(given: dict[str, Any]) -> dict[str, Any]:
    line = given["line"]
    if not isinstance(line, int | None) or isinstance(line, bool):
        raise BadResultsError("the line of an error is no number")
    return {"kind": _text(given["kind"])[:_NAME], "text": _text(given["text"])[:_TEXT], "line": line}


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise BadResultsError("a text is none")
    return plain(given[: 2 * _TEXT])


def _prediction(given: Any) -> Any:
    if given is None:
        return None
    try:
        numbers = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        return "?"
    return numbers.tolist() if numbers.size <= _MOST_NUMBERS else "?"
