"""How fast classes are graded: ``python -m dcn_course.grading.benchmark --students 10 --students 100``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import resource
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dcn_course._files import write_atomically
from dcn_course.checking.catalogue import exercise, numbers
from dcn_course.checking.mutants import named
from dcn_course.checking.mutants.model import program
from dcn_course.timing.results import Machine, load_average, machine, read

from .isolation import probe, require_linux
from .run import grade
from .sandbox.plan import Limits
from .student import Record

FORMAT = 1
WRONG = 0.2  # of the exercises
LOOPING = 0.02  # of the students, in one exercise each
_LOOP = "\n\nwhile True:\n    pass\n"
_EVERY = 0.5  # seconds between looks at the memory


@dataclass(frozen=True)
class Class:
    """What grading one class took.

    Attributes:
        students: how many; each hands in all NumPy exercises.
        wrong: files with one of the known mistakes.
        looping: files that never end.
        seconds: of wall time.
        processor_seconds: of all processes together, on all cores, but for programs that had to be killed.
        loop_seconds: of that, at most so many went into waiting for what never ends: the limit of time for
            each, over the lanes.
        peak_grader: bytes of the process that shares out the work.
        peak_all: bytes of all processes together, the students' too; what they share is counted once.
        mistaken: verdicts that are not as they should be.
    """

    students: int
    wrong: int
    looping: int
    seconds: float
    processor_seconds: float
    loop_seconds: float
    peak_grader: int
    peak_all: int
    mistaken: int

    @property
    def each(self) -> float:
        """Seconds for a student, without the wait for what never ends."""
        return (self.seconds - self.loop_seconds) / self.students

    @property
    def processor_each(self) -> float:
        """Seconds of processor time for a student."""
        return self.processor_seconds / self.students


@dataclass(frozen=True)
class Classes:
    """What one run found.

    Attributes:
        machine: where and when.
        load_before: the system's load averages over 1, 5 and 15 minutes.
        lanes: so many programs ran at a time.
        limit: seconds that a run of a program may take.
        exercises: their numbers.
        classes: from the smallest to the largest.
    """

    machine: Machine
    load_before: tuple[float, ...]
    lanes: int
    limit: float
    exercises: tuple[int, ...]
    classes: tuple[Class, ...]

    @property
    def growth(self) -> float:
        """How many times as long a student takes in the largest class as in the smallest; 1 is linear."""
        return self.classes[-1].each / self.classes[0].each


def hand_in(place: Path, students: int, seed: int) -> dict[tuple[str, int], str]:
    """Write the submissions of a class: mostly right, some wrong, few that never end.

    No two files are the same, as in a class that does not copy: what is drawn for each is drawn anew.

    Args:
        place: an empty folder.
        students: how many.
        seed: of who makes which mistake.

    Returns:
        For each student and exercise "right", "wrong" or "looping".
    """
    drawn = random.Random(seed)
    chosen = [number for number in numbers() if not exercise(number).needs]
    loopers = set(drawn.sample(range(students), round(LOOPING * students)))
    truth = {}
    for place_in_class in range(students):
        student = f"student{place_in_class:04d}"
        (place / student).mkdir()
        looping = drawn.choice(chosen) if place_in_class in loopers else None
        for number in chosen:
            kind = "looping" if number == looping else "wrong" if drawn.random() < WRONG else "right"
            text = program(number, drawn.choice(named(number)) if kind == "wrong" else None)
            text = f"# {student}\n{text}{_LOOP if kind == 'looping' else ''}"
            (place / student / f"{exercise(number).stem}.py").write_text(text, encoding="utf-8")
            truth[student, number] = kind
    return truth


def measure(students: int, lanes: int, limits: Limits, seed: int = 0) -> Class:
    """Grade a class and say what it took.

    Args:
        students: how many.
        lanes: programs at a time.
        limits: of each run.
        seed: of who makes which mistake.
    """
    with tempfile.TemporaryDirectory(prefix="dcn-class-") as folder:
        place, out = Path(folder) / "class", Path(folder) / "out"
        place.mkdir()
        truth = hand_in(place, students, seed)
        chosen = sorted({number for _, number in truth})
        with _Watch() as watch:
            began, used = time.perf_counter(), _processor()
            done = grade(place, out, True, "A benchmark.", lanes, chosen, limits)
            seconds, used = time.perf_counter() - began, _processor() - used
    kinds = list(truth.values())
    looping = kinds.count("looping")
    return Class(
        students,
        kinds.count("wrong"),
        looping,
        seconds,
        used,
        looping * limits.seconds / lanes,
        watch.grader,
        watch.all,
        _mistaken(done.records, truth),
    )


def load(path: Path) -> Classes:
    """Read what ``--json`` wrote.

    Raises:
        OSError: there is no such file, or it cannot be read.
        ValueError: it has another format.
    """
    content = read(path, FORMAT)
    exercises, classes = tuple(content["exercises"]), tuple(Class(**each) for each in content["classes"])
    return Classes(**content | {"exercises": exercises, "classes": classes})


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what each class took."""
    parser = argparse.ArgumentParser(prog="python -m dcn_course.grading.benchmark", description=__doc__)
    parser.add_argument("--students", type=int, action="append", help="of a class; may be repeated")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="programs at a time")
    parser.add_argument(
        "--seconds", type=float, default=Limits().seconds, help="limit for a run of a program"
    )
    parser.add_argument("--json", type=Path, help="write the measurement to this file")
    chosen = parser.parse_args(arguments)
    require_linux()
    if not probe().whole:
        parser.error("this system cannot shut programs in, see dcn grade")
    where, load_before = machine(), load_average()
    limits = Limits(seconds=chosen.seconds)
    classes = []
    for students in sorted(chosen.students or [10]):
        classes.append(measure(students, chosen.jobs, limits))
        print(words(classes[-1]), flush=True)
    exercises = tuple(number for number in numbers() if not exercise(number).needs)
    found = Classes(where, load_before, chosen.jobs, chosen.seconds, exercises, tuple(classes))
    if len(classes) > 1:
        print(f"a student of the largest class takes {found.growth:.2f} times as long as one of the smallest")
    if chosen.json:
        text = json.dumps({"format": FORMAT} | dataclasses.asdict(found), indent=1)
        write_atomically(chosen.json, lambda file: file.write(text.encode() + b"\n"))


def words(found: Class) -> str:
    """Say what grading a class took."""
    return (
        f"{found.students} students: {found.seconds:.1f} s, {found.students / found.seconds:.2f} a second,"
        f" {found.processor_seconds:.0f} s of processor time,"
        f" {found.each:.2f} s each but for {found.loop_seconds:.0f} s of {found.looping} loops;"
        f" peak {found.peak_grader >> 20} MB, with all processes {found.peak_all >> 20} MB;"
        f" {found.mistaken} mistaken verdicts"
    )


def _mistaken(records: Sequence[Record], truth: dict[tuple[str, int], str]) -> int:
    said = {(record.student, result.number): result for record in records for result in record.results}
    return sum(said[key].passed != (kind == "right") for key, kind in truth.items())


class _Watch:
    """Looks now and then at the memory of this process and of all below it.

    Attributes:
        grader: the most that this process had, in bytes.
        all: the most that all had together; a page that several share counts once.
    """

    def __init__(self) -> None:
        self.grader = self.all = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            each = [_proportional(process) for process in _family(os.getpid())]
            self.grader = max(self.grader, each[0])
            self.all = max(self.all, sum(each))
            if self._over.wait(_EVERY):
                return


def _processor() -> float:
    """Return the processor time of this process and of those below it that have ended, in seconds."""
    each = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in each)


def _family(process: int) -> list[int]:
    """List a process and all below it."""
    found = [process]
    for parent in found:
        with suppress(OSError):  # it has ended
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def _proportional(process: int) -> int:
    """Return the bytes of a process, of shared pages its part; 0 for one that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    return 0


if __name__ == "__main__":
    main()
