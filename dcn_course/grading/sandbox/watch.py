"""Wait for the student's processes to end, and see to it that they do: by the clock, and by their memory."""

from __future__ import annotations

import os
import resource
import select
import signal
import time
from collections.abc import Iterator

_EVERY = 0.1  # seconds between two looks at the memory
_PAGE = resource.getpagesize()
_PARENT, _RESIDENT, _QUEUED = 1, 1, 1  # places in stat, after the name, in statm, and in schedstat
LONGEST = 3  # times the limit, until the clock goes on whatever the machine does


def wait(process: int, seconds: float, memory: int, proc: int) -> tuple[str, int]:
    """Wait for a process to end, and kill it when a limit is reached.

    The clock stands still while the process waits for a processor that others have: neither a busy machine
    nor the program beside it costs anybody a grade. It stands still for twice the limit at most.

    Args:
        process: a child of this one.
        seconds: that it may take.
        memory: bytes that it and its descendants may fill, each beyond what this process fills.
        proc: descriptor of the folder /proc in which they can be seen.

    Returns:
        Which limit was reached, "time" or "memory" or "", and the status with which it ended.
    """
    handle = os.pidfd_open(process)
    ours = _resident(proc, str(os.getpid()))
    until, latest = time.monotonic() + seconds, time.monotonic() + LONGEST * seconds
    reached = ""
    while not select.select([handle], [], [], _EVERY)[0]:
        family = list(_family(proc, process))
        queued = max(_queued(proc, name) for name in family)
        if time.monotonic() > min(until + queued, latest):
            reached = "time"
            break
        if sum(max(0, _resident(proc, name) - ours) for name in family) > memory:
            reached = "memory"
            break
    os.close(handle)
    if reached:
        os.kill(process, signal.SIGKILL)
    return reached, os.waitpid(process, 0)[1]


def _family(proc: int, oldest: int) -> Iterator[str]:
    """Yield a process and its descendants, as names in /proc."""
    children: dict[str, list[str]] = {}
    for name in os.listdir(proc):
        if name.isdigit() and (text := _text(proc, f"{name}/stat")):
            parent = text.rpartition(b")")[2].split()[_PARENT].decode()
            children.setdefault(parent, []).append(name)
    found = [str(oldest)]
    while found:
        name = found.pop()
        yield name
        found += children.get(name, [])


def _queued(proc: int, name: str) -> float:
    """Return the seconds for which a process was ready and had no processor; 0 where nobody counts them."""
    text = _text(proc, f"{name}/schedstat")
    return int(text.split()[_QUEUED]) / 1e9 if text else 0.0


def _resident(proc: int, name: str) -> int:
    text = _text(proc, f"{name}/statm")
    return int(text.split()[_RESIDENT]) * _PAGE if text else 0


def _text(proc: int, name: str) -> bytes:
    try:
        file = os.open(name, os.O_RDONLY, dir_fd=proc)
    except OSError:  # it has ended
        return b""
    try:
        return os.read(file, 4096)
    except ProcessLookupError:
        return b""
    finally:
        os.close(file)
