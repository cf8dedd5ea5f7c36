"""The readings of a page: the public functions of ``book/checks/<page>.py``."""

import ast
import importlib.util
import inspect
import sys
from pathlib import Path

CHECKS = Path(__file__).parents[2] / "checks"


def readings(page: str, folder: Path = CHECKS) -> dict:
    """Return name -> function for the page; empty if it has no file. A leading underscore marks a helper."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # helpers are imported from beside the readings
    path = folder / f"{page}.py"
    if not path.is_file():
        return {}
    spec = importlib.util.spec_from_file_location(f"checks_{page}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == spec.name and not name.startswith("_")
    }


def files(page: str, folder: Path = CHECKS) -> list[Path]:
    """Return the page's file, and after it the files beside it that it imports, directly or not."""
    found = []
    waiting = [page]
    for name in waiting:
        path = folder / f"{name}.py"
        if path.is_file() and path not in found:
            found.append(path)
            waiting += _imported(path)
    return found


def _imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names
