"""Names that a solution may not use, because they are the solution: where a program uses them."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

_GIVEN = ("dcn_course.checking", "dcn_course.datasets")  # always allowed: a notebook needs the check


def in_file(source: str, names: Sequence[str]) -> list[tuple[str, int]]:
    """Find the forbidden names in a program.

    Args:
        source: the program.
        names: full names; all below them are forbidden too, but for the check itself and the data sets.

    Returns:
        Full name and line of each use, in the order of the lines; none if the program cannot be parsed.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # the run says so
        return []
    return [(name, line) for name, line in _uses(tree, {}) if _forbidden(name, names)]


def in_functions(objects: Sequence[Callable[..., Any]], names: Sequence[str]) -> list[tuple[str, int]]:
    """Find the forbidden names in functions and classes whose source Python still has; as `in_file`."""
    found = []
    for thing in map(inspect.unwrap, objects):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
        except (OSError, TypeError, SyntaxError):  # made from no file: there is nothing to read
            continue
        around = vars(inspect.getmodule(thing)) if inspect.isclass(thing) else thing.__globals__
        known = {name: value.__name__ for name, value in around.items() if isinstance(value, ModuleType)}
        for name, value in around.items():
            if callable(value) and getattr(value, "__module__", None) not in (None, thing.__module__):
                known.setdefault(name, _public(value, name))
        found += [(name, line) for name, line in _uses(tree, known) if _forbidden(name, names)]
    return found


def _uses(tree: ast.AST, known: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield each name that comes from a module, in full, with its line."""
    meaning = dict(known)
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.append((alias.name, node.lineno))
                first = alias.name.partition(".")[0]
                meaning[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.append((full, node.lineno))
                meaning[alias.asname or alias.name] = full
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (full := _full(node, meaning)):
            found.append((full, node.lineno))
    longest = {
        use
        for use in found
        if not any(line == use[1] and name.startswith(f"{use[0]}.") for name, line in found)
    }
    yield from sorted(longest, key=lambda use: (use[1], use[0]))


def _public(value: Any, name: str) -> str:
    """Name a function by the outermost package that offers it: its own module may be a hidden one."""
    own, module = getattr(value, "__name__", name), value.__module__
    packages = [module[:place] for place, sign in enumerate(module) if sign == "."]
    offering = (p for p in packages if getattr(sys.modules.get(p), own, None) is value)
    return f"{next(offering, module)}.{own}"


def _full(node: ast.AST, meaning: Mapping[str, str]) -> str:
    """Write out an attribute of a module; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in meaning:
        return ""
    return ".".join([meaning[node.id], *parts])


def _forbidden(name: str, names: Sequence[str]) -> bool:
    if any(_below(name, given) for given in _GIVEN):
        return False
    return any(_below(name, forbidden) for forbidden in names)


def _below(name: str, above: str) -> bool:
    return name == above or name.startswith(f"{above}.")
