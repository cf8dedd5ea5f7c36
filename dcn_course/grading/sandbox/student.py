"""The process in which the student's program runs: give up everything, run it, write arrays, end."""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from dcn_course.checking.child import carry_out, decoded

from .plan import PROBES, Job, Limits
from .system import drop_rights

_PRINTED, _RESULTS, _PLACE = 1, 3, 4
_TOO_LARGE = "it returns {size} MB in all; at most {most} MB may come"


def become_student(
    job: Job, uid: int | None, home: str, base_memory: int, streams: dict[str, int]
) -> NoReturn:
    """Turn this process, which was just forked, into the student's, and end it.

    Args:
        job: what to do.
        uid: to become; None to stay the same user.
        home: the working folder, empty and the student's own.
        base_memory: bytes of address space that the process takes already.
        streams: file descriptors for "printed", "results" and "place".
    """
    try:
        _settle(streams)
        _limit(job.limits, base_memory)
        if uid is not None:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        drop_rights()
        os.umask(0o077)
        os.chdir(home)
        for name, content in job.files.items():
            Path(name).write_bytes(content)
        _forget_the_course(home)
        _work(job, f"{home}/{job.main}")
        code = 0
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        _flush()
        os._exit(code)


def _settle(streams: dict[str, int]) -> None:
    os.setsid()
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) not in (signal.SIG_DFL, signal.SIG_IGN, None):
            signal.signal(number, signal.SIG_DFL)
    high = [os.dup2(streams[name], 100 + place) for place, name in enumerate(("printed", "results", "place"))]
    nothing = os.open("/dev/null", os.O_RDONLY)
    for source, target in ((nothing, 0), (high[0], 1), (high[0], 2), (high[1], _RESULTS), (high[2], _PLACE)):
        os.dup2(source, target, inheritable=True)
    os.closerange(_PLACE + 1, max(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 4096))


def _limit(limits: Limits, base_memory: int) -> None:
    seconds = math.ceil(limits.seconds)
    for kind, most in (
        (resource.RLIMIT_CPU, seconds + 1),
        (resource.RLIMIT_AS, base_memory + limits.memory),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_FSIZE, limits.output),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _forget_the_course(home: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "dcn_course"]:
        del sys.modules[name]
    sys.argv = [""]
    os.environ.clear()
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    os.environ.update({"HOME": home, "TMPDIR": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
    os.environ.update(dict.fromkeys(threads, "1"), MPLBACKEND="agg", MPLCONFIGDIR=home)


def _work(job: Job, path: str) -> None:
    save, dumps, array = np.savez, json.dumps, np.frombuffer  # before the student can change them

    def started(place: int) -> None:
        os.pwrite(_PLACE, b"%8d" % place, 0)

    mine = os.getpid()
    probes = PROBES if PROBES in job.files else ""
    report, values = carry_out(path, decoded(job.calls, job.arrays), started, probes)
    if os.getpid() != mine:  # a child that the student's program made, and that came all the way back
        os._exit(0)
    size = sum(value.nbytes for value in values.values())
    most = job.limits.output - (1 << 20)
    if size > most:
        words = _TOO_LARGE.format(size=size >> 20, most=most >> 20)
        place = int(max(values, key=lambda name: values[name].nbytes).partition(".")[0])
        report = {"load": None, "results": [], "prediction": None, "too_large": words, "place": place}
        values = {}
    given: dict[str, Any] = {"report": array(dumps(report).encode(), np.uint8), **values}
    with os.fdopen(_RESULTS, "wb") as file:
        save(file, **given)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # the student may have put anything there
            continue
