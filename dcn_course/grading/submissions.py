"""Find the submissions in a folder or zip file as downloaded. Nothing is unpacked, no link is followed."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from dcn_course.checking.catalogue import exercise, numbers

from .results import plain

LARGEST = 10 * 2**20  # bytes of a file: a notebook with its pictures
LARGEST_ZIP = 50 * 2**20  # of one student's
MOST_FILES = 2000  # in one student's zip
_MOST_OTHERS = 200  # programs of one student that are no exercises
_HELPERS = 20  # modules of the student's own beside an exercise
_HELPER_SIZE = 2**20
_MOST_PROBLEMS = 20  # that are told of one submission
_LINE = 200  # characters of a name that a report shows

_MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.DOTALL
)
_CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d{3,})_\d{3,}_(?P<file>.+)", re.DOTALL)
_GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")
_AROUND = re.compile(r"submitted|submissions?|assignment_\d+_export", re.IGNORECASE)
_IGNORED = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git"}
_PROGRAMS = (".py", ".ipynb")
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # zipfile unpacks the others without a limit of memory
_OTHERWISE_PACKED = "it is packed in an unusual way; expected an ordinary zip file (deflate)"
_LONGEST_NAME = 255  # bytes
_LISTED = b"PK\1\2"  # stands before each entry in the list of a zip file
_METADATA = "submission_metadata.yml"


class NoSubmissionsError(ValueError):
    """There is nothing to grade there."""


class UnreadableError(ValueError):
    """A file of a submission cannot be read, for the reason given."""


@dataclass(frozen=True)
class File:
    """A file of a submission, not read yet.

    Attributes:
        container: the file itself, or the zip file that it is in.
        members: its name in the zip; several where one zip is in another.
        problem: why it must not be read; "" for none.
        content: where it has been read already, to be sent to another machine.
    """

    container: Path
    members: tuple[str, ...] = ()
    problem: str = ""
    content: bytes | None = None

    def read(self, largest: int = LARGEST) -> bytes:
        """Read it.

        Raises:
            UnreadableError: it must not or cannot be read, or has more than `largest` bytes.
        """
        if self.problem:
            raise UnreadableError(self.problem)
        if self.content is not None:
            if len(self.content) > largest:
                raise UnreadableError(f"it has more than {largest >> 20} MB")
            return self.content
        try:
            if not self.members:
                return _read_plain(self.container, largest)
            *around, member = self.members
            inside: Path | io.BytesIO = self.container
            if around:
                is_now = self.container.stat()
                stamp = (is_now.st_mtime_ns, is_now.st_size, is_now.st_ino)
                inside = io.BytesIO(_zip_inside(self.container, stamp, tuple(around)))
            return _member(inside, member, largest)
        except UnreadableError:
            raise
        except Exception as error:  # zipfile, zlib, lzma and bz2 have one each for a damaged file
            raise UnreadableError(f"it cannot be read ({type(error).__name__})") from None

    def carried(self, largest: int) -> File:
        """Return the same with its content, or with the reason why it cannot be read."""
        try:
            return replace(self, content=self.read(largest))
        except UnreadableError as error:
            return replace(self, problem=str(error))


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: who, as the download names them; no two submissions have the same.
        files: by name within the student's folder.
        problems: what was refused, and why.
    """

    student: str
    files: dict[str, File]
    problems: tuple[str, ...] = ()

    def exercises(self) -> dict[int, str]:
        """Return the name of the file of each exercise; of several, the last that was handed in."""
        found: dict[int, tuple[int, str]] = {}
        for name in sorted(self.files):
            fitting = _exercise_of(PurePosixPath(name).name)
            if fitting is not None and (fitting[1:] >= (found.get(fitting[0], (-1, ""))[0],)):
                found[fitting[0]] = fitting[1], name
        return {number: name for number, (_, name) in sorted(found.items())}

    def carried(self) -> Submission:
        """Return the same with the contents of all that grading reads, for another machine."""
        answers = set(self.exercises().values())
        files = {
            name: file.carried(LARGEST if name in answers else _HELPER_SIZE)
            for name, file in self.files.items()
            if name in answers or (name.endswith(".py") and not _is_exercise(name))
        }
        return replace(self, files=files)

    def beside(self, name: str) -> dict[str, bytes]:
        """Read the student's own modules in the folder of a file, those that can be read."""
        found: dict[str, bytes] = {}
        for other in sorted(self.files):
            path = PurePosixPath(other)
            own = path.parent == PurePosixPath(name).parent and path.suffix == ".py" and _can_stand(path.name)
            if own and other != name and not _is_exercise(other) and len(found) < _HELPERS:
                try:
                    found[path.name] = self.files[other].read(_HELPER_SIZE)
                except UnreadableError:
                    continue
        return found


def digest(files: dict[str, bytes]) -> str:
    """Return the SHA-256 of names and contents."""
    parts = (
        hashlib.sha256(f"{name!r} {hashlib.sha256(files[name]).hexdigest()}".encode())
        for name in sorted(files)
    )
    return hashlib.sha256(b"".join(part.digest() for part in parts)).hexdigest()


def find(place: Path) -> list[Submission]:
    """Find the submissions.

    Args:
        place: a folder or a zip file: with a folder, a file or a zip for each student, or as Moodle, Canvas,
            Gradescope or nbgrader give it.

    Returns:
        One for each student, in the order of their names.

    Raises:
        FileNotFoundError: there is no such place.
        NoSubmissionsError: nothing in it looks like a submission.
    """
    if place.is_dir():
        listed = list(_in_folder(place))
    elif zipfile.is_zipfile(place):
        listed = list(_in_zip(place, (), place))
    elif place.exists():
        raise NoSubmissionsError(f"{place} is neither a folder nor a zip file")
    else:
        raise FileNotFoundError(f"no folder or zip file {place}")
    names = _gradescope_names(listed)
    students: dict[str, _Student] = {}
    for path, file in listed:
        parts = _inside(path)
        if not parts or parts[-1] == _METADATA:
            continue
        source, student, name = _whose(parts, place)
        if len(parts) == 1 and not file.problem and not name.lower().endswith((*_PROGRAMS, ".zip")):
            continue  # a list of grades, a note: no student's
        if source in names:
            student = names[source]
        entry = students.setdefault(source, _Student(student))
        entry.add(name, file, plain(str(path)))
    for folder in _folders(place):  # an empty one is a submission too
        if folder not in _IGNORED and _inside(PurePosixPath(folder, "x")) != ["x"]:
            source, student, _ = _whose([folder, "x"], place)
            students.setdefault(source, _Student(names.get(source, student)))
    if not any(entry.files or entry.problems for entry in students.values()):
        raise NoSubmissionsError(
            f"{place} holds no submissions: a folder, file or zip for each student is expected"
        )
    return _distinct(students[source] for source in sorted(students))


@dataclass
class _Student:
    name: str
    files: dict[str, File] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    others: int = 0

    def add(self, name: str, file: File, shown: str) -> None:
        if file.problem:
            self.problems.append(f"{shown[:_LINE]}: {file.problem}")
        elif name.lower().endswith(".zip"):
            self._open(file, shown)
        elif name.lower().endswith(_PROGRAMS):
            self.others += not _is_exercise(name)
            if _is_exercise(name) or self.others <= _MOST_OTHERS:
                self.files[name] = file
            elif self.others == _MOST_OTHERS + 1:
                self.problems.append(
                    f"more than {_MOST_OTHERS} programs beside the exercises: the rest is left out"
                )

    def _open(self, file: File, shown: str) -> None:
        try:
            content = io.BytesIO(file.read(LARGEST_ZIP))
            for path, inner in _in_zip(file.container, file.members, content, MOST_FILES):
                if not path.name.lower().endswith(".zip"):
                    self.add("/".join(_inside(path)), inner, f"{shown}/{plain(str(path))}")
        except UnreadableError as error:
            self.problems.append(f"{shown[:_LINE]}: {error}")


def _folders(place: Path) -> list[str]:
    """List the names of the outermost folders."""
    if place.is_dir():
        return sorted(path.name for path in place.iterdir() if path.is_dir() and not path.is_symlink())
    with zipfile.ZipFile(place) as archive:
        paths = [PurePosixPath(member.filename) for member in archive.infolist() if member.is_dir()]
    return sorted(
        path.parts[0] for path in paths if len(path.parts) == 1 and path.parts[0] not in ("/", "..")
    )


def _in_folder(top: Path) -> Iterator[tuple[PurePosixPath, File]]:
    closed: list[OSError] = []
    for folder, subfolders, files in os.walk(top, onerror=closed.append):
        subfolders[:] = sorted(name for name in subfolders if name not in _IGNORED)
        links = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        for name in sorted([*files, *links]):
            path = Path(folder) / name
            mode = path.lstat().st_mode
            problem = ""
            if stat.S_ISLNK(mode):
                problem = "it is a link; links are not followed"
            elif not stat.S_ISREG(mode):
                problem = "it is no ordinary file"
            yield PurePosixPath(path.relative_to(top).as_posix()), File(path, problem=problem)
    for error in closed:
        path = Path(error.filename)
        problem = f"the folder cannot be read ({type(error).__name__})"
        yield PurePosixPath(path.relative_to(top).as_posix(), "*"), File(path, problem=problem)


def _in_zip(
    container: Path, members: tuple[str, ...], opened: Path | io.BytesIO, most: int | None = None
) -> Iterator[tuple[PurePosixPath, File]]:
    if most is not None and isinstance(opened, io.BytesIO):
        listed = opened.getvalue().count(_LISTED)  # before a long list is read
        if listed > 2 * most:
            raise UnreadableError(f"it holds {listed} files; at most {most} may come")
    try:
        with zipfile.ZipFile(opened) as archive:
            inside = archive.infolist()
    except Exception as error:
        raise UnreadableError(f"it is no zip file that can be read ({type(error).__name__})") from None
    if most is not None and len(inside) > most:
        raise UnreadableError(f"it holds {len(inside)} files; at most {most} may come")
    for member in inside:
        if member.is_dir():
            continue
        path = PurePosixPath(member.filename.replace("\\", "/"))
        problem = ""
        if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", member.filename):
            problem = "its name leads out of the folder"
        elif stat.S_ISLNK(member.external_attr >> 16):
            problem = "it is a link; links are not followed"
        elif member.flag_bits & 1:
            problem = "it is encrypted"
        elif member.compress_type not in _PACKED:
            problem = _OTHERWISE_PACKED
        elif member.file_size > (LARGEST_ZIP if path.suffix.lower() == ".zip" else LARGEST):
            problem = f"unpacked it has {member.file_size >> 20} MB, too many"
        yield path, File(container, (*members, member.filename), problem)


@lru_cache(maxsize=1)
def _zip_inside(container: Path, stamp: tuple[int, ...], members: tuple[str, ...]) -> bytes:
    """Read a zip file in a zip file; the last one is kept, for all its files are read in turn.

    `stamp` changes when the container does.
    """
    content: Path | io.BytesIO = container
    for member in members:
        content = io.BytesIO(_member(content, member, LARGEST_ZIP))
    assert isinstance(content, io.BytesIO)
    return content.getvalue()


def _member(opened: Path | io.BytesIO, name: str, largest: int) -> bytes:
    with zipfile.ZipFile(opened) as archive:
        if archive.getinfo(name).compress_type not in _PACKED:  # the last of several that have the name
            raise UnreadableError(_OTHERWISE_PACKED)
        with archive.open(name) as file:
            content = file.read(largest + 1)
    if len(content) > largest:
        raise UnreadableError(f"it has more than {largest >> 20} MB")
    return content


def _read_plain(path: Path, largest: int) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UnreadableError("it is no ordinary file")
        content = file.read(largest + 1)
    if len(content) > largest:
        raise UnreadableError(f"it has more than {largest >> 20} MB")
    return content


def _inside(path: PurePosixPath) -> list[str]:
    """Split a path; folders that stand around all submissions are left out."""
    parts = [part for part in path.parts if part not in ("/", "..")]
    if any(part in _IGNORED for part in parts):
        return []
    while len(parts) > 1 and _AROUND.fullmatch(parts[0]):
        parts = parts[1:]
    return parts


def _whose(parts: list[str], place: Path) -> tuple[str, str, str]:
    """Say whose a file is: what tells the student's files from others', the student, the file's name."""
    first = parts[0]
    if found := _MOODLE.fullmatch(first):
        name = "/".join([part for part in (found["file"],) if part] + parts[1:])
        return f"moodle {found['id']} {found['name']}", f"{found['name']} ({found['id']})", name
    if len(parts) == 1 and (found := _CANVAS.fullmatch(first)):
        return f"canvas {found['id']}", f"{found['name']} ({found['id']})", found["file"]
    if len(parts) > 1:
        if found := _GRADESCOPE.fullmatch(first):
            return first, first, "/".join(parts[1:])
        return f"folder {first}", first, "/".join(parts[1:])
    fitting = _exercise_of(first)
    if fitting is None:
        return f"file {first}", PurePosixPath(first).stem, first
    if before := fitting[2]:
        return f"prefix {before}", before, first
    return "all", place.stem or "submission", first


def _can_stand(name: str) -> bool:
    """Whether a folder can hold a file of that name, and a report can show it."""
    return name == plain(name) and len(name.encode()) <= _LONGEST_NAME


def _is_exercise(name: str) -> bool:
    return _exercise_of(PurePosixPath(name).name) is not None


def _exercise_of(name: str) -> tuple[int, int, str] | None:
    """Read a file's name: the exercise, the number that a second upload gets, what stands before; or None."""
    if len(name) > _LONGEST_NAME:
        return None
    for number in numbers():
        stem = re.escape(exercise(number).stem)
        found = re.fullmatch(
            rf"(?:(?P<before>.+)[ _-])?{stem}(?:[ _-]?\(?(?P<again>\d{{1,4}})\)?)?\.(?:py|ipynb)",
            name,
            re.IGNORECASE,
        )
        if found:
            return number, int(found["again"] or 0), found["before"] or ""
    return None


def _gradescope_names(listed: Iterable[tuple[PurePosixPath, File]]) -> dict[str, str]:
    """Read who handed in which submission, where Gradescope says it."""
    names: dict[str, str] = {}
    for path, file in listed:
        if path.name != _METADATA or len(_inside(path)) != 1:
            continue
        try:
            text = file.read().decode("utf-8", "replace")
        except UnreadableError:
            continue
        for block in re.split(r"^(?=submission_\d+:)", text, flags=re.MULTILINE)[1:]:
            who = re.findall(r"^\s+-?\s*:(?:name|email): *(.+?) *$", block, flags=re.MULTILINE)
            key = block.partition(":")[0]
            if who:
                names[key] = f"{' '.join(word.strip(chr(39) + chr(34)) for word in who[:2])} ({key[11:]})"
    return names


def _not_graded(submission: Submission) -> Iterator[str]:
    """Name the files of an exercise of which another file is graded."""
    chosen = submission.exercises()
    for name in sorted(submission.files):
        fitting = _exercise_of(PurePosixPath(name).name)
        if fitting is not None and chosen[fitting[0]] != name:
            said, other = plain(name)[:_LINE], plain(chosen[fitting[0]])[:_LINE]
            yield f"{said} is not graded: {other} is"


def _distinct(students: Iterable[_Student]) -> list[Submission]:
    found: list[Submission] = []
    seen: set[str] = set()
    for entry in students:
        said = re.sub(r"[\n\t]+", " ", unicodedata.normalize("NFC", plain(entry.name)))
        said = said.strip()[:_LINE] or "without a name"
        name, number, problems = said, 1, entry.problems
        while name.casefold() in seen:
            number += 1
            name = f"{said} [{number}]"
        seen.add(name.casefold())
        if name != said:
            problems = [f"another submission has the name {said} too: look at both", *problems]
        submission = Submission(name, entry.files)
        problems = [*problems, *_not_graded(submission)]
        found.append(replace(submission, problems=tuple(problems[:_MOST_PROBLEMS])))
    return sorted(found, key=lambda submission: submission.student.casefold())
