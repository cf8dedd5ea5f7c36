"""One job: a home folder, a process for the student in its own world, the limit of time, what came of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from .frames import receive, send
from .plan import Job, unpacked
from .root import GIVEN, HOME
from .student import become_student
from .system import (
    NEW_MOUNTS,
    NEW_PIDS,
    NO_DEVICES,
    NO_SETUID,
    READ_ONLY,
    REMOUNT,
    adopt_orphans,
    die_with_parent,
    mount,
    unshare,
)
from .watch import wait

LARGEST = 1 << 30  # bytes of a message between grader and nursery
_PRINTED = 20_000  # bytes of the student's output that are passed on
_PATIENCE = 5.0  # seconds to end what is left running, where no world of its own ends with it


def do(stream: socket.socket, isolated: bool, uid: int | None, base_memory: int, proc: int) -> None:
    """Receive a job, do it, send what came of it: a head as JSON, what was printed, the results.

    Args:
        stream: to the grader.
        isolated: this process lives in namespaces of its own, and may make further ones.
        uid: that the student's process gets; None for the same as ours.
        base_memory: bytes of address space that a new process takes.
        proc: descriptor of the folder /proc of the processes that this one makes.
    """
    die_with_parent()
    job = unpacked(receive(stream, LARGEST))
    files = {name: os.memfd_create(name) for name in ("printed", "results", "place", "status")}
    with _world(job, uid) if isolated else _folders(job, uid) as (home, given):
        began = os.fork()
        if began == 0:
            stream.close()
            if isolated:
                _first_process(job, uid, home, given, base_memory, files)
            become_student(job, isolated, uid, home, given, base_memory, files)
        together = job.limits.memory + job.limits.memory // 2
        reached, status = wait(began, job.limits.seconds, together, proc)
        if not isolated:
            _end_all(began, uid)
            os.pwrite(files["status"], b"%d" % status, 0)
    head = {
        "reached": reached,
        "status": _number(os.pread(files["status"], 16, 0)),
        "place": _number(os.pread(files["place"], 16, 0)),
    }
    printed = os.pread(files["printed"], _PRINTED, 0)
    send(stream, json.dumps(head).encode(), printed, _read(files["results"], job.limits.output))


@contextmanager
def _world(job: Job, uid: int | None) -> Iterator[tuple[str, str]]:
    unshare(NEW_PIDS | NEW_MOUNTS)
    owner = os.getuid() if uid is None else uid
    group = os.getgid() if uid is None else uid
    options = f"mode=0700,size={job.limits.disk},nr_inodes=2000,uid={owner},gid={group}"
    mount("tmpfs", HOME, "tmpfs", NO_SETUID | NO_DEVICES, options)
    if job.given:
        mount("tmpfs", GIVEN, "tmpfs", NO_SETUID | NO_DEVICES, "mode=0755,size=16m")
        _put(job.given, Path(GIVEN))
        mount("none", GIVEN, flags=REMOUNT | READ_ONLY | NO_SETUID | NO_DEVICES)
    yield HOME, GIVEN  # the mounts go with the last process in them


@contextmanager
def _folders(job: Job, uid: int | None) -> Iterator[tuple[str, str]]:
    adopt_orphans()
    around = Path(tempfile.mkdtemp(prefix="dcn-grade-"))
    around.chmod(0o755)
    home, given = around / "home", around / "given"
    try:
        home.mkdir(mode=0o700)
        if uid is not None:
            os.chown(home, uid, uid)
        _put(job.given, given)
        yield str(home), str(given)
    finally:
        shutil.rmtree(around, ignore_errors=True)


def _put(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _first_process(
    job: Job, uid: int | None, home: str, given: str, base_memory: int, files: dict[str, int]
) -> None:
    """Be process 1 of the student's world: when it ends, the system kills all that are left in it."""
    die_with_parent()
    student = os.fork()
    if student == 0:
        become_student(job, True, uid, home, given, base_memory, files)
    while True:
        ended, status = os.wait()
        if ended == student:
            os.pwrite(files["status"], b"%d" % status, 0)
            os._exit(0)


def _end_all(student: int, uid: int | None) -> None:
    """Kill what the student left running where there is no world of its own that ends."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(student, signal.SIGKILL)
    if uid is not None:
        killer = os.fork()
        if killer == 0:
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)  # all that this user may kill, itself left out
            os._exit(0)
        os.waitpid(killer, 0)
    children = Path(f"/proc/self/task/{os.getpid()}/children")  # orphans are ours, see adopt_orphans
    until = time.monotonic() + _PATIENCE
    while left := children.read_text(encoding="ascii").split():
        if time.monotonic() > until:
            raise TimeoutError("the program starts processes faster than they can be ended")
        for process in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(process), signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(int(process), 0)


def _number(text: bytes) -> int | None:
    text = text.strip(b" \0")
    return int(text) if text.isdigit() else None


def _read(file: int, most: int) -> bytes:
    size = min(os.fstat(file).st_size, most)
    kept = bytearray()
    while len(kept) < size and (piece := os.pread(file, size - len(kept), len(kept))):
        kept += piece
    return bytes(kept)
