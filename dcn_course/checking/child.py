"""Call the student's functions. Runs as a script in a process of its own, and imports nothing of the course.

    python child.py FOLDER

FOLDER holds ``calls.json`` and ``arguments.npz``; the script writes ``results.json`` and ``results.npz``
there, and
the place of the call that is under way to ``place``. A notebook uses `perform` in its own process.
"""

from __future__ import annotations

import json
import re
import runpy
import sys
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Namespace = dict[str, Any]


def perform(
    namespace: Namespace,
    calls: list[tuple[str, dict[str, Any]]],
    path: str = "",
    started: Callable[[int], None] = lambda place: None,
    probes: str = "",
) -> list[dict[str, Any]]:
    """Make the calls one after the other; one that fails does not keep the others from being made.

    Args:
        namespace: the student's names.
        calls: the function's name and its keyword arguments.
        path: the student's file, to find the line of an error; "" for the file of the function.
        started: told the place of each call before it is made.
        probes: file of the functions that call the student's where plain arrays do not suffice; "" for none.

    Returns:
        For each call made: ``values`` (a list of arrays, or None), ``damaged`` (arguments that it changed),
        and ``error`` (None, or its kind, text and line).
    """
    through = probes_of(probes) if probes else {}
    results: list[dict[str, Any]] = []
    for place, (name, arguments) in enumerate(calls):
        started(place)
        before = {key: np.array(a) for key, a in arguments.items() if isinstance(a, np.ndarray)}
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
        except BaseException as error:
            if isinstance(error, TimeoutError | KeyboardInterrupt):
                raise
            result["error"] = describe(error, path)
            continue
        result["damaged"] = [key for key, a in before.items() if not _same(a, given[key])]
        parts = list(value) if isinstance(value, tuple) else [value]
        try:
            result["values"] = [None if part is None else _array(part) for part in parts]
        except (TypeError, ValueError) as error:
            result["error"] = {"kind": "NoArray", "text": str(error), "line": None}
            continue
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
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return {"kind": type(error).__name__, "text": str(text)[:500], "line": line}


def near(name: str, namespace: Namespace) -> str:
    """Say that a function is missing, and which one might be meant."""
    import difflib

    own = [key for key, value in namespace.items() if callable(value) and not key.startswith("_")]
    owner = namespace.get(name.partition(".")[0])
    own += [f"{owner.__name__}.{key}" for key in vars(owner)] if isinstance(owner, type) else []
    close = difflib.get_close_matches(name, own, 1, 0.6)
    return f"there is no function {name}" + (f"; {close[0]} has another name" if close else "")


def load(path: str) -> tuple[Namespace, dict[str, Any] | None]:
    """Run the student's file, a Python file or a notebook; give its names and the error, if there was one."""
    namespace: Namespace = {"__name__": "__exercise__", "__file__": path}
    sys.path.append(str(Path(path).parent))
    try:
        exec(compile(source(path), path, "exec"), namespace)
    except BaseException as error:
        return namespace, describe(error, path)
    return namespace, None


def source(path: str) -> str:
    """Return the program in a file; of a notebook, its code cells without magics and the check itself."""
    text = Path(path).read_text(encoding="utf-8")
    if not path.endswith(".ipynb"):
        return text
    cells = []
    for cell in json.loads(text)["cells"]:
        code = "".join(cell["source"])
        if cell["cell_type"] != "code" or re.search(r"^(check|picture)\(", code, flags=re.MULTILINE):
            continue
        cells.append(re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.MULTILINE))
    return "\n\n".join(cells)


def _array(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{type(value).__name__} is no array of numbers")
    return array


def _same(one: Any, other: Any) -> bool:
    return (
        one.shape == other.shape and one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
    )


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


def _main(folder: Path) -> None:
    plan = json.loads((folder / "calls.json").read_text(encoding="utf-8"))
    with np.load(folder / "arguments.npz", allow_pickle=False) as archive:
        arrays = dict(archive)
    calls = [(name, _decode(arguments, arrays)) for name, arguments in plan["calls"]]
    _limit_memory(plan["memory"])
    path = plan["path"]
    report: dict[str, Any] = {"load": None, "results": [], "prediction": None}
    values: dict[str, Any] = {}
    progress = (folder / "place").open("w", encoding="utf-8")

    def started(place: int) -> None:
        progress.seek(0)
        progress.write(f"{place:8d}")
        progress.flush()

    namespace, report["load"] = load(path)
    if report["load"] is None:
        report["prediction"] = answer(namespace)
        for place, result in enumerate(perform(namespace, calls, path, started, plan["probes"])):
            parts = result.pop("values")
            result["parts"] = None if parts is None else [part is not None for part in parts]
            for part, value in enumerate(parts or []):
                if value is not None:
                    values[f"{place}.{part}"] = value
            report["results"].append(result)
    np.savez(folder / "results.npz", **values)
    (folder / "results.json").write_text(json.dumps(report), encoding="utf-8")


def answer(namespace: Namespace) -> Any:
    """Return the answer to the question as plain lists; None where there is none, "?" if no number."""
    given = namespace.get("prediction")
    if given is None or given is Ellipsis:
        return None
    try:
        return np.asarray(given, np.float64).tolist()
    except (TypeError, ValueError):
        return "?"


def _decode(arguments: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    def one(value: Any) -> Any:
        if isinstance(value, dict):
            return arrays[value["array"]] if "array" in value else eval(value["formula"], {"np": np})
        return tuple(one(v) for v in value) if isinstance(value, list) else value

    return {key: one(value) for key, value in arguments.items()}


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
