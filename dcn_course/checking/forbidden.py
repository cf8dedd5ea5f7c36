"""Names that a solution may not use, because they are the solution: where a program uses them."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from .uses import parsed, uses

_GIVEN = ("dcn_course.checking", "dcn_course.datasets")  # always allowed: a notebook needs the check


def in_file(source: str, names: Sequence[str]) -> list[tuple[str, int]]:
    """Find the forbidden names in a program.

    Args:
        source: the program.
        names: full names; all below them are forbidden too, but for the check itself and the data sets, and
            so is a function that is taken from another module of the same package.

    Returns:
        Full name and line of each use, in the order of the lines; none if the program cannot be parsed.
    """
    tree = parsed(source)
    if tree is None:  # the run says so
        return []
    last = {name.rpartition(".")[2] for name in names}
    return [use for use in uses(tree, {}, last) if _forbidden(use[0], names)]


def in_functions(objects: Sequence[Callable[..., Any]], names: Sequence[str]) -> list[tuple[str, int]]:
    """Find the forbidden names in functions and classes whose source Python still has; as `in_file`."""
    found = []
    for thing in map(inspect.unwrap, objects):
        try:
            tree = parsed(textwrap.dedent(inspect.getsource(thing)))
        except (OSError, TypeError):  # made from no file: there is nothing to read
            continue
        if tree is None:
            continue
        around = vars(inspect.getmodule(thing)) if inspect.isclass(thing) else thing.__globals__
        known = {name: value.__name__ for name, value in around.items() if isinstance(value, ModuleType)}
        for name, value in around.items():
            if callable(value) and getattr(value, "__module__", None) not in (None, thing.__module__):
                known.setdefault(name, _public(value, name))
        found += [use for use in uses(tree, known) if _forbidden(use[0], names)]
    return found


def _public(value: Any, name: str) -> str:
    """Name a function by the outermost package that offers it: its own module may be a hidden one."""
    own, module = getattr(value, "__name__", name), value.__module__
    packages = [module[:place] for place, sign in enumerate(module) if sign == "."]
    offering = (p for p in packages if getattr(sys.modules.get(p), own, None) is value)
    return f"{next(offering, module)}.{own}"


def _forbidden(name: str, names: Sequence[str]) -> bool:
    if any(_below(name, given) for given in _GIVEN):
        return False
    return any(_below(name, forbidden) or _elsewhere(name, forbidden) for forbidden in names)


def _below(name: str, above: str) -> bool:
    return name == above or name.startswith(f"{above}.")


def _elsewhere(name: str, forbidden: str) -> bool:
    """Whether it is the forbidden function, by the module of the package in which it is defined."""
    package, _, function = forbidden.rpartition(".")
    return (
        package == "dcn_course.reference" and name.startswith(f"{package}.") and function in name.split(".")
    )
