"""The nursery: a clean process with NumPy loaded that forks one for each job. It runs no student's code."""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path

from .doors import require_filter
from .frames import send
from .job import do
from .root import leave_the_system
from .system import die_with_parent

_FIRST_UIDS = (1_900_000_000, 200_000, 20_000)  # where nobody's accounts are, as far as the system has them
_MOST_PIDS = 40_000


def main(arguments: list[str]) -> None:
    """Serve jobs until the grader closes the stream.

    Args:
        arguments: the descriptor of the stream, "isolated" or "trusting", and the modules to load beforehand.
    """
    stream = socket.socket(fileno=int(arguments[0]))
    isolated, modules = arguments[1] == "isolated", arguments[2:]
    die_with_parent()
    os.umask(0o022)  # what is made for the students' processes, they may read, whoever they are
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    try:
        uid, _claim = _own_uid() if os.getuid() == 0 else (None, None)
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        _volunteer_for_the_oom_killer()
        package = Path(__file__).resolve().parents[2]
        around = {package.parent, *(Path(path) for path in sys.path if (Path(path) / package.name).is_dir())}
        hidden = [folder / name for folder in around for name in (package.name, "solutions", "exercises")]
        # A checkout leaves the path as a whole; of site-packages only the course is hidden.
        sys.path[:] = [path for path in sys.path if not _checkout(Path(path))]
        for name in modules:  # while the folders are there that they look for
            importlib.import_module(name)
        if isolated:
            require_filter()
            leave_the_system(hidden)
        memory = os.open(f"{os.getpid()}/statm", os.O_RDONLY, dir_fd=proc)
        base_memory = int(os.pread(memory, 64, 0).split()[0]) * resource.getpagesize()
        os.close(memory)
    except (OSError, ImportError) as error:
        send(stream, json.dumps({"refused": str(error)}).encode())
        return
    send(stream, json.dumps({"refused": None, "uid": uid}).encode())
    while stream.recv(1, socket.MSG_PEEK):  # the job itself is read by its own process
        process = os.fork()
        if process == 0:
            code = 1
            try:
                do(stream, isolated, uid, base_memory, proc)
                code = 0
            finally:
                os._exit(code)
        if os.waitpid(process, 0)[1] != 0:
            raise SystemExit("a job broke down")


def _checkout(path: Path) -> bool:
    return (path / "dcn_course").is_dir() and (path / "pyproject.toml").is_file()


def _own_uid() -> tuple[int, socket.socket]:
    """Choose a user for this nursery's students, and claim it; OSError where root has none to give."""
    ranges = [list(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    for first in _FIRST_UIDS:
        last = first + _MOST_PIDS
        if any(inside <= first and last < inside + count for inside, _, count in ranges):
            for place in range(os.getpid(), os.getpid() + _MOST_PIDS):
                uid = first + place % _MOST_PIDS
                claim = socket.socket(socket.AF_UNIX)
                try:
                    claim.bind(f"\0dcn-grade-{uid}")  # the system knows it until this process ends
                except OSError:
                    claim.close()
                    continue
                return uid, claim
    raise OSError("there are no further users here to run a student's program as")


def _volunteer_for_the_oom_killer() -> None:
    """Where the machine's memory ends, let the system take a student's process and no other."""
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
