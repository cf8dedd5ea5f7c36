"""What isolation this system gives: not what it promises, but what a probe in the worker could not do."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from dcn_course.checking.runner import Call, Run

from .sandbox.plan import Limits
from .worker import NoIsolationError, Worker

_PROCESSES = 8
_LIMITS = Limits(seconds=20.0, processes=_PROCESSES)
# Runs as a student's program would. It forks a bounded number of times, whatever the limit is.
_PROBE = b"""
import mmap, os, signal, socket


def processes(most):
    children = []
    try:
        while len(children) < most:
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
    except OSError:
        pass
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return float(len(children))


def network():
    try:
        socket.create_connection(("192.0.2.1", 9), timeout=0.2)
    except TimeoutError:
        return 1.0
    except OSError as error:
        return float("unreachable" not in str(error))
    return 1.0


def folders_to_write():
    return float(sum(os.access(path, os.W_OK) for path in ("/", "/tmp/..", "/usr", "/etc", "/var/tmp")))


def uncounted():
    for take in (lambda: os.close(os.memfd_create("probe")), lambda: mmap.mmap(-1, 4096).close()):
        try:
            take()
        except OSError:
            continue
        return 1.0
    return float(os.path.exists("/dev/zero"))


def root():
    return float(os.getuid() == 0)


def others():
    return float(sum(name.isdigit() for name in os.listdir("/proc")) if os.path.isdir("/proc") else 0)
"""


@dataclass(frozen=True)
class Isolation:
    """What keeps a student's program from the rest of the machine.

    Attributes:
        refused: why the system makes no namespaces; "" where it does.
        holes: what the probe could do and should not, in words.
        processes_limited: the limit on processes binds; a fork bomb ends at it.
    """

    refused: str
    holes: tuple[str, ...]
    processes_limited: bool

    @property
    def whole(self) -> bool:
        """Whether programs that nobody trusts may run."""
        return not self.refused and not self.holes and self.processes_limited


class WrongSystemError(RuntimeError):
    """Grading needs Linux."""


def require_linux() -> None:
    """Raise WrongSystemError elsewhere."""
    if sys.platform != "linux":
        raise WrongSystemError(
            "dcn grade needs Linux, whose kernel it uses to shut in programs that nobody trusts; on macOS "
            "and Windows run it in a container or a virtual machine. dcn check works everywhere."
        )


def probe(isolated: bool = True) -> Isolation:
    """Start a worker and have a program in it try what a student's should not be able to do.

    Args:
        isolated: probe a worker in namespaces; else one with limits alone.

    Raises:
        NoIsolationError: not even a worker with limits alone can be started.
    """
    refused = ""
    if isolated:
        try:
            with Worker() as worker:
                return _probe(worker, "")
        except NoIsolationError as error:
            refused = str(error)
    with Worker(isolated=False) as worker:
        return _probe(worker, refused or "namespaces were not asked for")


def _probe(worker: Worker, refused: str) -> Isolation:
    asked = ["network", "folders_to_write", "others", "uncounted", "root"]
    calls: list[Call] = [(name, {}) for name in asked] + [("processes", {"most": 2 * _PROCESSES})]
    run = worker.run({"probe.py": _PROBE}, "probe.py", calls, _LIMITS)
    found = {name: _answer(run, place) for place, name in enumerate([*asked, "processes"])}
    words = {
        "network": "the network can be reached",
        "folders_to_write": "folders of the system can be written to",
        "others": "other processes can be seen",
        "uncounted": "memory can be taken that no limit counts",
        "root": "they run as root",
    }
    holes = tuple(words[name] for name in asked if found[name] != 0)
    return Isolation(refused, holes, found["processes"] is not None and 0 < found["processes"] < _PROCESSES)


def _answer(run: Run, place: int) -> float | None:
    values = run.outcomes[place].values if place < len(run.outcomes) else None
    return float(values[0]) if values is not None and values[0] is not None else None
