"""Run the student's file in a process of its own, with limits on time and memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from .formula import Formula

SECONDS = 10.0
MEMORY = 4 * 2**30  # bytes
_PRINTED = 20_000  # characters of the student's own output that are kept

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """What became of one call.

    Attributes:
        values: the arrays that the function returned, one for each element of a tuple; None if it returned
            none.
        damaged: names of the arguments that it changed.
        error: None, or kind, text and line of what went wrong.
    """

    values: tuple[Any, ...] | None
    damaged: tuple[str, ...]
    error: dict[str, Any] | None


@dataclass(frozen=True)
class Run:
    """What became of the student's file.

    Attributes:
        failed: None, or the kind ("load", "time", "memory", "died") and a text: nothing more is known then.
        line: of the error, where `failed` is "load" and it is known.
        place: which call was under way when the time was up or the process died; None before the first.
        prediction: the answer to the question: lists of numbers, None where there is none, "?" if it is no
            number.
        outcomes: of the calls, in their order.
        printed: what the file wrote, its beginning.
    """

    failed: tuple[str, str] | None = None
    line: int | None = None
    place: int | None = None
    prediction: Any = None
    outcomes: list[Outcome] = field(default_factory=list)
    printed: str = ""


def run(
    path: Path, calls: Sequence[Call], seconds: float = SECONDS, memory: int = MEMORY, probes: str = ""
) -> Run:
    """Run a file and call its functions.

    Args:
        path: the student's file, .py or .ipynb.
        calls: function name and keyword arguments of each call; arrays, numbers, None, strings, formulas and
            tuples of them.
        seconds: for the whole process; when they are over, it is killed, and its own processes with it.
        memory: bytes that the process may use, where the system can limit it (Linux; not Windows).
        probes: as in `dcn_course.checking.child.perform`.

    Returns:
        What came of it; a student's mistake is no exception here.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    with tempfile.TemporaryDirectory(prefix="dcn-check-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _write(folder, path.resolve(), calls, memory, probes)
        code, printed, in_time = _spawn(folder, path.resolve().parent, seconds)
        place = _place(folder)
        if not in_time:
            return Run(("time", f"it did not end within {seconds:g} s"), place=place, printed=printed)
        done = folder / "results.json"
        if not done.is_file():
            return Run(death(code, printed), place=place, printed=printed)
        return _read(folder, printed)


def outcome_of(result: dict[str, Any]) -> Outcome:
    """Read a result of `dcn_course.checking.child.perform`."""
    values = None if result["values"] is None else tuple(result["values"])
    return Outcome(values, tuple(result["damaged"]), result["error"])


def plan_of(calls: Sequence[Call]) -> tuple[list[Any], dict[str, Any]]:
    """Write calls as what JSON can hold, and the arrays that it names."""
    arrays: dict[str, Any] = {}

    def encode(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            key = f"a{len(arrays)}"
            arrays[key] = value
            return {"array": key}
        if isinstance(value, Formula):
            return {"formula": value.source}
        return [encode(v) for v in value] if isinstance(value, tuple) else value

    plan = [(name, {key: encode(value) for key, value in given.items()}) for name, given in calls]
    return plan, arrays


def _write(folder: Path, path: Path, calls: Sequence[Call], memory: int, probes: str) -> None:
    plan, arrays = plan_of(calls)
    text = json.dumps({"path": str(path), "calls": plan, "memory": memory, "probes": probes})
    (folder / "calls.json").write_text(text, encoding="utf-8")
    np.savez(folder / "arguments.npz", **arrays)


def _spawn(folder: Path, cwd: Path, seconds: float) -> tuple[int, str, bool]:
    """Run the child; give its exit code, what it printed, and whether it ended in time."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    env = {**os.environ, **dict.fromkeys(threads, "1"), "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "agg"}
    # -P: the folder of child.py stays off the path, or its neighbours would hide modules of the student's.
    command = [sys.executable, "-P", "-B", str(Path(__file__).with_name("child.py")), str(folder)]
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    kept = bytearray()
    assert process.stdout is not None
    reader = threading.Thread(target=_drain, args=(process.stdout, kept), daemon=True)
    reader.start()
    in_time = True
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        in_time = False
    finally:
        _kill(process)  # also what it started and left running
        process.wait()
    reader.join(1)
    return process.returncode, kept.decode("utf-8", "replace")[:_PRINTED], in_time


def _drain(stream: IO[bytes], kept: bytearray) -> None:
    """Read to the end, so that the writer never waits, and keep the beginning."""
    while piece := stream.read1(65536) if hasattr(stream, "read1") else stream.read(65536):
        if len(kept) < 4 * _PRINTED:
            kept += piece


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # all of them have ended
        os.killpg(process.pid, signal.SIGKILL)


def _place(folder: Path) -> int | None:
    try:
        text = (folder / "place").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return int(text) if text else None


def death(code: int, printed: str) -> tuple[str, str]:
    """Say how a process ended that left no results: the kind, as in `Run.failed`, and a text."""
    if "MemoryError" in printed:
        return "memory", "it ran out of memory"
    if code < 0:
        known = {number.value: number.name for number in signal.Signals}
        return "died", f"the process was ended by {known.get(-code, f'signal {-code}')}"
    return "died", f"the process ended by itself, with exit code {code}"


def _read(folder: Path, printed: str) -> Run:
    report = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    if report["load"] is not None:
        error = report["load"]
        return Run(("load", f"{error['kind']}: {error['text']}"), line=error["line"], printed=printed)
    outcomes = []
    with np.load(folder / "results.npz", allow_pickle=False) as arrays:
        for place, result in enumerate(report["results"]):
            parts = result["parts"]
            values = None
            if parts is not None:
                values = tuple(arrays[f"{place}.{i}"] if there else None for i, there in enumerate(parts))
            outcomes.append(Outcome(values, tuple(result["damaged"]), result["error"]))
    return Run(prediction=report["prediction"], outcomes=outcomes, printed=printed)
