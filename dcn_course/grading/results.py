"""Read what a student's process sent back: bytes that anyone may have written. Only plain arrays pass."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from dcn_course.checking.runner import Call, Outcome, Run, outcome_of

from .sandbox.arrays import LENGTH

_LONGEST_HEAD = 4 * 2**20  # bytes of JSON; as objects of Python they are many times as large
_NUMBERS = re.compile(r"[<>|=](b1|[iu][1248]|f(2|4|8|16))")
_MOST_AXES, _LONGEST_AXIS = 32, 2**31
_LARGEST_LINE = 10**6
_MOST_PARTS = 16
_MOST_NUMBERS = 10_000  # in the answer to the question
_NAME, _TEXT = 80, 500  # characters
# With the two that join and part letters: Persian and Indic names are written with them.
_BETWEEN_LETTERS = "\n\t\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


class BadResultsError(ValueError):
    """The bytes are not what the student's process should have written."""


def read(data: bytes, calls: Sequence[Call], printed: str) -> Run:
    """Read the results of a job.

    Args:
        data: as `dcn_course.grading.sandbox.arrays.packed` writes them: a report in the head, and an array
            for each result.
        calls: that were asked for; there must be an outcome of each.
        printed: what the program wrote.

    Returns:
        What came of it.

    Raises:
        BadResultsError: anything is missing, too much, or of another kind.
    """
    report, arrays = _unpacked(data)
    try:
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
    return "".join(c if _is_plain(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def _is_plain(character: str) -> bool:
    if character.isprintable() or character in _BETWEEN_LETTERS:
        return True
    return unicodedata.category(character) == "Zs"  # the spaces of all scripts


def _unpacked(data: bytes) -> tuple[Any, dict[str, Any]]:
    """Read head and arrays without believing a word of how large they say they are."""
    if len(data) < LENGTH.size:
        raise BadResultsError("it is too short")
    (length,) = LENGTH.unpack_from(data)
    place = LENGTH.size + length
    if place > len(data) or length > _LONGEST_HEAD:
        raise BadResultsError(f"a head of {length} bytes")
    try:
        given = json.loads(data[LENGTH.size : place].decode())
        head, listed = given["head"], given["arrays"]
        arrays: dict[str, Any] = {}
        for name, kind, shape in listed:
            if name in arrays:
                raise BadResultsError(f"two arrays of the name {_text(name)[:_NAME]!r}")
            arrays[name], place = _array(data, place, kind, shape)
    except BadResultsError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadResultsError(f"the head cannot be read: {type(error).__name__}") from None
    if place != len(data):
        raise BadResultsError(f"{len(data) - place} bytes that belong to no array")
    return head, arrays


def _array(data: bytes, place: int, kind: Any, shape: Any) -> tuple[Any, int]:
    if not isinstance(kind, str) or not _NUMBERS.fullmatch(kind):
        raise BadResultsError(f"an array of {_text(kind)[:_NAME]}")
    if len(shape) > _MOST_AXES or any(type(n) is not int or not 0 <= n < _LONGEST_AXIS for n in shape):
        raise BadResultsError("an array of a shape that there is not")
    dtype, count = np.dtype(kind), math.prod(shape)
    end = place + count * dtype.itemsize
    if end > len(data):
        raise BadResultsError("arrays that are larger than what came")
    found = np.frombuffer(data[place:end], dtype) if count else np.zeros(0, dtype)
    return found.reshape(shape), end


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
    if line is not None and (type(line) is not int or not 0 <= line <= _LARGEST_LINE):
        raise BadResultsError("the line of an error is no line")
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
    except (TypeError, ValueError, OverflowError):
        return "?"
    return numbers.tolist() if numbers.size <= _MOST_NUMBERS else "?"
