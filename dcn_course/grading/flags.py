"""What a person should look at in a program: names that an exercise gives no cause to use. No verdict."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_MOST = 12
_WHY = {
    "dcn_course": "the course's own code",
    "solutions": "the course's solutions",
    "torchvision": "it has the operators that are to be written",
    "torch.autograd.grad": "it finds gradients by itself",
    "backward": "it finds gradients by itself",
    "sys._getframe": "it reads the frames of its callers",
    "inspect": "it reads the code around it",
    "gc": "it walks all objects",
    "ctypes": "it leaves Python",
    "os.environ": "it asks the environment",
    "os.getenv": "it asks the environment",
    "os.fork": "it starts processes",
    "os.system": "it starts processes",
    "os.kill": "it sends signals",
    "os._exit": "it ends the process",
    "signal": "it handles signals",
    "subprocess": "it starts processes",
    "multiprocessing": "it starts processes",
    "threading": "it starts threads",
    "socket": "it uses the network",
    "urllib": "it uses the network",
    "http": "it uses the network",
    "requests": "it uses the network",
    "pickle": "it can run code on loading",
    "importlib": "it imports by other ways",
    "runpy": "it runs other files",
    "__import__": "it imports by other ways",
    "__reduce__": "it would run code where it is unpickled",
    "eval": "it runs text as code",
    "exec": "it runs text as code",
    "open": "it reads or writes files",
    "numpy.random.seed": "it changes global state",
    "numpy.seterr": "it changes global state",
    "sys.modules": "it changes what modules are",
    "sys.path": "it changes where modules come from",
    "sys.setrecursionlimit": "it changes global state",
    "builtins": "it changes what Python is",
}


def flags(source: str) -> list[str]:
    """List what stands out in a program.

    Args:
        source: the program; one that cannot be parsed gives nothing, its run says why.

    Returns:
        A sentence with name and line for each, at most 12, in the order of the lines.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: dict[str, int] = {}
    for words, line in _noticed(tree):
        found.setdefault(words, line)
    ordered = sorted(found.items(), key=lambda entry: entry[1])
    return [f"line {line}: {words}" for words, line in ordered[:_MOST]]


def _noticed(tree: ast.AST) -> Iterator[tuple[str, int]]:
    modules: dict[str, str] = {}  # what a name of the program stands for
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield from _judged(alias.name, node.lineno, "imports")
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{node.module or ''}.{alias.name}"
                modules[alias.asname or alias.name] = full
                yield from _judged(full, node.lineno, "imports")
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Attribute) and (name := _full(target, modules)):
                    yield f"changes {name} for everyone", node.lineno
        elif isinstance(node, ast.FunctionDef) and node.name in ("__reduce__", "__reduce_ex__"):
            yield f"defines {node.name}: {_WHY['__reduce__']}", node.lineno
        elif isinstance(node, ast.Attribute):
            if name := _full(node, modules):
                yield from _judged(name, node.lineno, "uses")
            elif node.attr == "backward":
                yield from _judged("backward", node.lineno, "uses")
        elif isinstance(node, ast.Name):
            yield from _judged(modules.get(node.id, node.id), node.lineno, "uses")


def _judged(name: str, line: int, verb: str) -> Iterator[tuple[str, int]]:
    while name and name not in _WHY:
        name = name.rpartition(".")[0]
    if name:
        yield f"{verb} {name}: {_WHY[name]}", line


def _full(node: ast.expr, modules: dict[str, str]) -> str:
    """Write out an attribute of a module; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in modules:
        return ""
    return ".".join([modules[node.id], *parts])
