"""The lines that implement an equation (``# eq: label``) and the tests that check one."""

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

COMMENT = re.compile(r"# eq: (.*)$")
MARK = "pytest.mark.equation"


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file, whose path is relative to the project, and the function around it ("" if none)."""

    path: str
    line: int
    function: str

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".")


def in_code(root: Path) -> dict[str, list[Place]]:
    """Return label -> the lines below its comments in ``dcn_course``."""
    found = defaultdict(list)
    for path in sorted((root / "dcn_course").rglob("*.py")):
        text = path.read_text("utf-8")
        functions = None
        for number, line in enumerate(text.split("\n"), 1):
            if match := COMMENT.search(line):
                functions = _functions(text) if functions is None else functions
                place = Place(path.relative_to(root).as_posix(), number + 1, _around(functions, number))
                for label in match[1].split(","):
                    found[label.strip()].append(place)
    return dict(found)


def in_tests(root: Path) -> dict[str, list[Place]]:
    """Return label -> the tests marked with it; a test stands where its ``def`` does."""
    found = defaultdict(set)
    for path in sorted((root / "tests").rglob("test_*.py")):
        text = path.read_text("utf-8")
        if MARK not in text:
            continue
        tree = ast.parse(text)
        owners = {
            mark: node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            for decorator in node.decorator_list
            for mark in ast.walk(decorator)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == MARK:
                owner = owners.get(node)
                name, line = (owner.name, owner.lineno) if owner else ("", node.lineno)
                label = ast.literal_eval(node.args[0])
                found[label].add(Place(path.relative_to(root).as_posix(), line, name))
    return {label: sorted(places) for label, places in found.items()}


def _functions(text: str) -> list[tuple[int, int, str]]:
    """First line, last line and qualified name of each function, the inner ones last."""
    found = []

    def visit(node, names):
        for child in ast.iter_child_nodes(node):
            inner = names
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                inner = [*names, child.name]
                if isinstance(child, ast.FunctionDef):
                    found.append((child.lineno, child.end_lineno, ".".join(inner)))
            visit(child, inner)

    visit(ast.parse(text), [])
    return found


def _around(functions: list[tuple[int, int, str]], line: int) -> str:
    return next((name for first, last, name in reversed(functions) if first <= line <= last), "")
