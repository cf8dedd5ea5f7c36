"""What a program gets of the course, to read and not to change: what its exercise lets import, no answer."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from dcn_course.checking.catalogue import PACKAGE, exercise
from dcn_course.checking.ladder import ladder

from .sandbox.plan import PROBES

_PARTS = ("__init__.py", "reference", "ops", "layers.py", "lenet.py")
_REFERENCE = "dcn_course.reference."


@cache
def given(number: int) -> dict[str, bytes]:
    """Return path and content of each file that an exercise gives.

    The course itself is hidden from the student's process, as it holds the answers.

    Args:
        number: of the exercise.

    Returns:
        The operators and their specification, from which what the exercise forbids is cut out; none of them
        where it forbids the whole course. Beside them the probes that call the student's functions, if any.

    Raises:
        NoSuchExerciseError: there is no such exercise.
    """
    found, forbidden = {}, exercise(number).forbidden
    if "dcn_course" not in forbidden:
        for part in _PARTS:
            top = PACKAGE / part
            for path in sorted(top.rglob("*.py")) if top.is_dir() else [top]:
                found[path.relative_to(PACKAGE.parent).as_posix()] = path.read_bytes()
        cut = _Without(frozenset(n.removeprefix(_REFERENCE) for n in forbidden if n.startswith(_REFERENCE)))
        for name in found:
            if name.startswith("dcn_course/reference/"):
                found[name] = f"{ast.unparse(cut.visit(ast.parse(found[name])))}\n".encode()
    if probes := ladder(number).probes:
        found[PROBES] = Path(probes).read_bytes()
    return found


class _Without(ast.NodeTransformer):
    """Cuts functions out of a module: their definitions, their imports, their places in ``__all__``."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef | None:
        return None if node.name in self._names else node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        node.names = [alias for alias in node.names if alias.name not in self._names]
        return node if node.names else None

    def visit_List(self, node: ast.List) -> ast.List:
        node.elts = [e for e in node.elts if not (isinstance(e, ast.Constant) and e.value in self._names)]
        return node
