"""The clock of a student's process: it stands still while the machine is busy, and not for ever."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.grading.sandbox.watch import LONGEST, _queued, wait

LIMIT = 1.0  # seconds


@pytest.fixture
def slept():
    """Start processes that sleep for some seconds and end with code 7."""
    started = []

    def start(seconds):
        process = os.fork()
        if process == 0:
            time.sleep(seconds)
            os._exit(7)
        started.append(process)
        return process

    yield start
    for process in started:
        with pytest.raises(ChildProcessError):  # `wait` has taken each
            os.waitpid(process, os.WNOHANG)


def seen(folder, process, queued):
    """A folder like /proc in which the process has waited so many seconds for a processor."""
    (folder / str(process)).mkdir()
    (folder / str(process) / "schedstat").write_text(f"5 {int(queued * 1e9)} 7\n")
    return os.open(folder, os.O_RDONLY)


@pytest.mark.parametrize("queued", [0.0, 100.0])
def test_a_process_that_never_ends_is_killed_however_long_it_waited_for_a_processor(tmp_path, slept, queued):
    process = slept(1000)
    began = time.monotonic()
    reached, status = wait(process, LIMIT, 2**30, seen(tmp_path, process, queued))
    assert (reached, os.waitstatus_to_exitcode(status)) == ("time", -signal.SIGKILL)
    assert time.monotonic() - began >= (LONGEST if queued else 1) * LIMIT


def test_a_process_that_waited_for_a_processor_has_as_much_longer(tmp_path, slept):
    process = slept(1.2 * LIMIT)
    reached, status = wait(process, LIMIT, 2**30, seen(tmp_path, process, 100.0))
    assert (reached, os.waitstatus_to_exitcode(status)) == ("", 7)


def test_the_system_counts_how_long_a_process_waited_for_a_processor():
    counted = Path("/proc/self/schedstat")
    if not counted.exists() or counted.read_text().split() == ["0", "0", "0"]:
        pytest.skip("this kernel does not count it")
    loop = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nwhile True: pass"
    crowd = [subprocess.Popen([sys.executable, "-c", loop]) for _ in range(3)]
    proc = os.open("/proc", os.O_RDONLY)
    try:
        until = time.monotonic() + 60
        while not any(_queued(proc, str(process.pid)) > 0.1 for process in crowd):
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        for process in crowd:
            process.kill()
            process.wait()
        os.close(proc)
