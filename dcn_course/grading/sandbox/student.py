"""The process in which the student's program runs: give up everything, run it, write arrays, end."""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
import traceback
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import NoReturn

from dcn_course.checking.child import carry_out, decoded, probes_of

from .arrays import packed
from .doors import close_doors
from .plan import PROBES, Job, Limits
from .system import drop_rights

_PRINTED, _RESULTS, _PLACE = 1, 3, 4
_TOO_LARGE = "it returns {size} MB in all; at most {most} MB may come"


def become_student(
    job: Job,
    isolated: bool,
    uid: int | None,
    home: str,
    given: str,
    base_memory: int,
    streams: dict[str, int],
) -> NoReturn:
    """Turn this process, which was just forked, into the student's, and end it.

    Args:
        job: what to do.
        isolated: nothing may be left open; else what this kernel cannot close stays so.
        uid: to become; None to stay the same user.
        home: the working folder, empty and the student's own.
        given: the folder of what the student may read and not change.
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
        with nullcontext() if isolated else suppress(OSError):
            close_doors()
        os.umask(0o077)
        os.chdir(home)
        for name, content in job.files.items():
            Path(name).write_bytes(content)
        _forget_the_course(home, given if job.given else "")
        _work(job, f"{home}/{job.main}", f"{given}/{PROBES}" if PROBES in job.given else "")
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
        (resource.RLIMIT_RTPRIO, 0),
        (resource.RLIMIT_NICE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _forget_the_course(home: str, given: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "dcn_course"]:
        del sys.modules[name]
    sys.argv, sys.orig_argv = [""], [""]
    if given:
        sys.path.append(given)
    os.environ.clear()
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    os.environ.update({"HOME": home, "TMPDIR": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
    os.environ.update(dict.fromkeys(threads, "1"), MPLBACKEND="agg", MPLCONFIGDIR=home)


def _work(job: Job, path: str, probes: str) -> None:
    def started(place: int) -> None:
        os.pwrite(_PLACE, b"%8d" % place, 0)

    mine = os.getpid()
    if probes:
        probes_of(probes)  # while nothing of the student's has run; it is kept
    report, values = carry_out(path, decoded(job.calls, job.arrays), started, probes)
    if os.getpid() != mine:  # a child that the student's program made, and that came all the way back
        os._exit(0)
    size = sum(value.nbytes for value in values.values())
    most = job.limits.output - (1 << 22)
    if size > most:
        words = _TOO_LARGE.format(size=size >> 20, most=most >> 20)
        place = int(max(values, key=lambda name: values[name].nbytes).partition(".")[0])
        report = {"load": None, "results": [], "prediction": None, "too_large": words, "place": place}
        values = {}
    os.ftruncate(_RESULTS, 0)
    os.lseek(_RESULTS, 0, os.SEEK_SET)
    left = memoryview(packed(report, values))
    while left:
        left = left[os.write(_RESULTS, left) :]


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # the student may have put anything there
            continue
