"""Call the student's functions. Runs as a script in a process of its own, and imports nothing of the course.

    python child.py FOLDER

FOLDER holds ``calls.json`` and ``arguments.npz``; the script writes ``results.json`` and ``results.npz``
there, and
the place of the call that is under way to ``place``. A notebook uses `perform` in its own process.
"""

from __future__ import annotations

import ast
import io
import json
import re
import runpy
import sys
import tokenize
import traceback
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Namespace = dict[str, Any]
# Each looks at a line once, however long it is.
_MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\?+[ \t]*)$", re.MULTILINE)
_WHOLE_CELL = re.compile(r"\A([ \t\n]*)%%.*")
_ASSIGNED = re.compile(r"^([^=\n%!]*=[ \t]*)[%!].*$", re.MULTILINE)
_LONGEST_CELL = 2**19  # characters, to be parsed
_copied, _equal = np.array, np.array_equal  # before the student's program can put others in their place


def perform(
    namespace: Namespace,
    calls: list[tuple[str, dict[str, Any]]],
    path: str = "",
    started: Callable[[int], None] = lambda place: None,
    probes: str = "",
    stops: tuple[type[BaseException], ...] = (),
) -> list[dict[str, Any]]:
    """Make the calls one after the other; one that fails does not keep the others from being made.

    Args:
        namespace: the student's names.
        calls: the function's name and its keyword arguments.
        path: the student's file, to find the line of an error; "" for the file of the function.
        started: told the place of each call before it is made.
        probes: file of the functions that call the student's where plain arrays do not suffice; "" for none.
        stops: exceptions that are no student's, and end all.

    Returns:
        For each call made: ``values`` (a list of arrays, or None), ``damaged`` (arguments that it changed),
        and ``error`` (None, or its kind, text and line).
    """
    through = probes_of(probes) if probes else {}
    results: list[dict[str, Any]] = []
    for place, (name, arguments) in enumerate(calls):
        started(place)
        before = {key: _copied(a) for key, a in arguments.items() if isinstance(a, np.ndarray)}
        given = {key: a.copy() if isinstance(a, np.ndarray) else a for key, a in arguments.items()}
        result: dict[str, Any] = {"values": None, "damaged": [], "error": None}
        results.append(result)
        function = named(name, namespace)
        if function is None:
            result["error"] = {"kind": "Missing", "text": near(name, namespace), "line": None}
            continue
        if not callable(function):
            text = f"{name} is no function but {type(function).__name__}"
            result["error"] = {"kind": "Missing", "text": text, "line": None}
            continue
        try:
            with np.errstate(all="ignore"):
                value = through[name](namespace, **given) if name in through else function(**given)
        except stops:
            raise
        except BaseException as error:
            result["error"] = describe(error, path)
            continue
        result["damaged"] = [key for key, a in before.items() if not _same(a, given[key])]
        try:
            parts = list(value) if isinstance(value, tuple) else [value]
            result["values"] = [None if part is None else _array(part) for part in parts]
        except (TypeError, ValueError) as error:
            result["error"] = {"kind": "NoArray", "text": str(error), "line": None}
        except stops:
            raise
        except BaseException as error:  # what the result itself does when it is made an array
            result["error"] = describe(error, path)
    return results


@cache
def probes_of(path: str) -> dict[str, Callable[..., Any]]:
    """Run a file of probes and give them by the name of the student's function that each calls."""
    found: dict[str, Callable[..., Any]] = runpy.run_path(path)["PROBES"]
    return found


def named(name: str, namespace: Namespace) -> Any:
    """Return what a name means, "Name.method" included; None if it means nothing."""
    first, *rest = name.split(".")
    found = namespace.get(first)
    for part in rest:
        found = getattr(found, part, None)
    return found


def describe(error: BaseException, path: str) -> dict[str, Any]:
    """Say what an exception was, and in which line of the student's file it came."""
    line = None
    for frame in traceback.extract_tb(error.__traceback__):
        if path and frame.filename == path:
            line = frame.lineno
    if isinstance(error, SyntaxError) and error.filename == path:
        line = error.lineno
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)
    except Exception as other:
        text = f"its text cannot be read: {type(other).__name__}"
    return {"kind": type(error).__name__, "text": text[:500], "line": line}


def near(name: str, namespace: Namespace) -> str:
    """Say that a function is missing, and which one might be meant."""
    import difflib

    own = [key for key, value in namespace.items() if callable(value) and not key.startswith("_")]
    owner = namespace.get(name.partition(".")[0])
    own += [f"{owner.__name__}.{key}" for key in vars(owner)] if isinstance(owner, type) else []
    close = difflib.get_close_matches(name, own, 1, 0.6)
    return f"there is no function {name}" + (f"; {close[0]} has another name" if close else "")


def load(path: str, wanted: Collection[str] = ()) -> tuple[Namespace, dict[str, Any] | None]:
    """Run the student's file, a Python file or a notebook.

    Args:
        path: of the file.
        wanted: the names that are needed. A broken cell of a notebook is only noted, on its output, where
            all of them are there in the end: its student may have run the cells one by one.

    Returns:
        Its names, and the error, if there was one.
    """
    namespace: Namespace = {"__name__": "__exercise__", "__file__": path}
    sys.path.append(str(Path(path).parent))
    errors = []
    try:
        for program in _programs(path):
            try:
                exec(compile(program, path, "exec"), namespace)
            except BaseException as error:
                errors.append(describe(error, path))
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        SyntaxError,
        RecursionError,
    ) as error:
        errors.append(describe(error, path))
    if path.endswith(".ipynb") and wanted and all(name in namespace for name in wanted):
        for found in errors:
            print(f"A cell does not run: {found['kind']}: {found['text']}")
        return namespace, None
    return namespace, errors[0] if errors else None


def source(path: str) -> str:
    """Return the program in a file; of a notebook, its code cells without magics and the check itself.

    Raises:
        ValueError: the text is not in the encoding that it should be in (UTF-8 where it names none).
        SyntaxError: it names an encoding that there is not.
    """
    return source_of(Path(path).read_bytes(), path.endswith(".ipynb"))


def source_of(content: bytes, notebook: bool) -> str:
    """Return the program in the bytes of a file; as `source`."""
    if notebook:
        return "\n\n".join(_cells(content))
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    # As Python reads it: a byte order mark, a line that names the encoding, the line ends of other systems.
    return io.TextIOWrapper(io.BytesIO(content), encoding).read()


def _cells(content: bytes) -> list[str]:
    cells = []
    for cell in json.loads(content.decode("utf-8-sig"))["cells"]:
        code = "".join(cell["source"])
        if cell["cell_type"] != "code" or re.search(r"^(check|picture)\(", code, flags=re.MULTILINE):
            continue
        cells.append(_without_magics(code))
    return cells


def _without_magics(code: str) -> str:
    """Replace the lines that IPython alone understands; in Python a line may begin with the operator %."""
    code = _WHOLE_CELL.sub(r"\1pass", code)
    plain = _ASSIGNED.sub(r"\1None", _MAGIC.sub(r"\1pass", code))
    if plain != code and len(code) <= _LONGEST_CELL:
        try:
            ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return plain
        return code
    return plain


def _programs(path: str) -> Iterator[str]:
    """Yield what is run at a time: the file, or each cell at its lines in `source`."""
    if not path.endswith(".ipynb"):
        yield source(path)
        return
    line = 0
    for cell in _cells(Path(path).read_bytes()):
        yield "\n" * line + cell
        line += cell.count("\n") + 2


def _array(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{type(value).__name__} is no array of numbers")
    return array


def _same(one: Any, other: Any) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype and _equal(one, other, equal_nan=True)


def _limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
        if kind == resource.RLIMIT_AS and sys.platform == "linux":
            continue  # there RLIMIT_DATA counts what matters; a torch maps more than it uses
        try:
            _, hard = resource.getrlimit(kind)
            resource.setrlimit(kind, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))
        except (ValueError, OSError):
            continue


def carry_out(
    path: str, calls: list[tuple[str, dict[str, Any]]], started: Callable[[int], None], probes: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the student's file and make the calls.

    Args:
        path: of the file.
        calls: as in `perform`.
        started: as in `perform`.
        probes: as in `perform`.

    Returns:
        A report for JSON (``load``, ``prediction``, ``results``), and the arrays, each by its place and part.
    """
    report: dict[str, Any] = {"load": None, "results": [], "prediction": None}
    values: dict[str, Any] = {}
    namespace, report["load"] = load(path, {name.partition(".")[0] for name, _ in calls})
    if report["load"] is None:
        report["prediction"] = answer(namespace)
        for place, result in enumerate(perform(namespace, calls, path, started, probes)):
            parts = result.pop("values")
            result["parts"] = None if parts is None else [part is not None for part in parts]
            for part, value in enumerate(parts or []):
                if value is not None:
                    values[f"{place}.{part}"] = value
            report["results"].append(result)
    return report, values


def decoded(plan: list[Any], arrays: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Read calls that `dcn_course.checking.runner.plan_of` wrote."""
    return [(name, _decode(arguments, arrays)) for name, arguments in plan]


def _main(folder: Path) -> None:
    plan = json.loads((folder / "calls.json").read_text(encoding="utf-8"))
    with np.load(folder / "arguments.npz", allow_pickle=False) as archive:
        arrays = dict(archive)
    calls = decoded(plan["calls"], arrays)
    _limit_memory(plan["memory"])
    progress = (folder / "place").open("w", encoding="utf-8")

    def started(place: int) -> None:
        progress.seek(0)
        progress.write(f"{place:8d}")
        progress.flush()

    report, values = carry_out(plan["path"], calls, started, plan["probes"])
    np.savez(folder / "results.npz", **values)
    (folder / "results.json").write_text(json.dumps(report), encoding="utf-8")


def answer(namespace: Namespace) -> Any:
    """Return the answer to the question as plain lists; None where there is none, "?" if no number."""
    given = namespace.get("prediction")
    if given is None or given is Ellipsis:
        return None
    try:
        return np.asarray(given, np.float64).tolist()
    except Exception:  # it may be any object
        return "?"


def _decode(arguments: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    def one(value: Any) -> Any:
        if isinstance(value, dict):
            return arrays[value["array"]] if "array" in value else eval(value["formula"], {"np": np})
        return tuple(one(v) for v in value) if isinstance(value, list) else value

    return {key: one(value) for key, value in arguments.items()}


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
