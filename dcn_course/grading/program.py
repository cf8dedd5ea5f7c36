"""Read a student's program as text, where the grader must look at it: quickly, whatever it is."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence

from dcn_course.checking import forbidden
from dcn_course.checking.child import source_of
from dcn_course.checking.uses import parsed, uses

from .submissions import UnreadableError

LONGEST = 2**19  # characters: the largest solution has a hundredth of them
_HEAVY = {"numba", "scipy", "sklearn", "torch", "torchvision"}  # take seconds to load, and much memory
# Encodings in which Python files are written; others, like utf-7 and punycode, hide what a program says.
_ENCODINGS = re.compile(
    r"utf-8(-sig)?|ascii|iso8859-\d+|cp125\d|gb2312|gbk|gb18030|big5|shift_jis|euc_\w+|koi8-\w"
)


def text(name: str, content: bytes) -> str:
    """Return the program in a file; "" for what is no program, whose run says why.

    Args:
        name: of the file, .py or .ipynb.
        content: of the file.

    Raises:
        UnreadableError: it is too long, or in an encoding in which nobody writes programs.
    """
    notebook = name.endswith(".ipynb")
    try:
        if not notebook:
            encoding = codecs.lookup(tokenize.detect_encoding(io.BytesIO(content).readline)[0]).name
            if not _ENCODINGS.fullmatch(encoding):
                raise UnreadableError(f"it is in the encoding {encoding}; expected UTF-8")
            _require_short(len(content))
        found = source_of(content, notebook)
    except UnreadableError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError, RecursionError):
        return ""
    _require_short(len(found))
    return found


def texts(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the programs in a student's files; as `text`."""
    return {name: text(name, content) for name, content in files.items()}


def forbidden_in(programs: Mapping[str, str], names: Sequence[str]) -> list[tuple[str, int]]:
    """Find what an exercise forbids in all programs of a student; as `dcn_course.checking.forbidden`."""
    single = len(programs) == 1
    return [
        (name if single else f"{name} in {file}", line)
        for file, program in programs.items()
        for name, line in forbidden.in_file(program, names)
    ]


def is_heavy(programs: Mapping[str, str]) -> bool:
    """Whether a program loads what takes long to load."""
    return any(name.partition(".")[0] in _HEAVY for name in _used(programs))


def _used(programs: Mapping[str, str]) -> Iterator[str]:
    for program in programs.values():
        tree = parsed(program)
        if tree is not None:
            yield from (name for name, _ in uses(tree, {}))


def _require_short(length: int) -> None:
    if length > LONGEST:
        raise UnreadableError(f"a program of {length >> 10} KB; at most {LONGEST >> 10} KB may come")
