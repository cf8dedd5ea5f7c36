"""What a program uses of modules, by full names: `ops.deform_conv2d` is `torchvision.ops.deform_conv2d`."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_DEEPEST = 20  # parts of a name; so that what is written to take long takes no longer than the rest


@lru_cache(maxsize=1)
def parsed(source: str) -> ast.Module | None:
    """Parse a program; None for one that cannot be parsed, whose run says why. The last tree is kept."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@dataclass
class Meaning:
    """What the names of a program stand for.

    Attributes:
        names: the full name of each that comes from a module.
        stars: modules of which all names were imported.
    """

    names: dict[str, str] = field(default_factory=dict)
    stars: set[str] = field(default_factory=set)

    def full(self, node: ast.AST) -> str:
        """Write out a name or an attribute of a module; "" for anything else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
            if len(parts) > _DEEPEST:
                return ""
        if not isinstance(node, ast.Name) or node.id not in self.names:
            return ""
        return ".".join([self.names[node.id], *reversed(parts)])


def imports(tree: ast.AST, known: Mapping[str, str]) -> tuple[Meaning, list[tuple[str, int]]]:
    """Read the imports of a program.

    Args:
        tree: the program.
        known: names that come from modules, and their full names, beside those that it imports.

    Returns:
        What its names stand for, and full name and line of each import.
    """
    meaning, found = Meaning(dict(known)), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                full = _short(alias.name)
                found.append((full, node.lineno))
                first = full.partition(".")[0]
                meaning.names[alias.asname or first] = full if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                full = f"{_short(node.module)}.{alias.name}"
                found.append((full, node.lineno))
                if alias.name == "*":
                    meaning.stars.add(_short(node.module))
                else:
                    meaning.names[alias.asname or alias.name] = full
    return meaning, found


def uses(tree: ast.AST, known: Mapping[str, str], sought: Collection[str] = ()) -> list[tuple[str, int]]:
    """List each name that comes from a module, in full, with its line; of `a.b` and `a.b.c`, the longer.

    Args:
        tree: the program.
        known: as in `imports`.
        sought: names that are taken for those of every module of which all names were imported.

    Returns:
        Name and line, in the order of the lines.
    """
    meaning, there = imports(tree, known)
    found = set(there)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            if full := meaning.full(node):
                found.add((full, node.lineno))
            elif isinstance(node, ast.Name) and node.id in sought:
                found |= {(f"{module}.{node.id}", node.lineno) for module in meaning.stars}
    shorter = {(name[:place], line) for name, line in found for place, c in enumerate(name) if c == "."}
    return sorted(found - shorter, key=lambda use: (use[1], use[0]))


def _short(name: str) -> str:
    return ".".join(name.split(".", _DEEPEST)[:_DEEPEST])
