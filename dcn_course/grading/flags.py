"""What a person should look at in a program: names that an exercise gives no cause to use. No verdict."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from dcn_course.checking.uses import Meaning, imports, parsed, uses

_MOST = 12
_LONGEST = 80  # characters of a name
_REDUCE = "it would run code where it is unpickled"
_NO_MODULES = ("it looks things up by texts", "it runs text as code", "it changes what Python is")
_BUILTIN = {
    "__builtins__": _NO_MODULES[2],
    "__import__": "it imports by other ways",
    "compile": _NO_MODULES[1],
    "eval": _NO_MODULES[1],
    "exec": _NO_MODULES[1],
    "getattr": _NO_MODULES[0],
    "globals": _NO_MODULES[0],
    "locals": _NO_MODULES[0],
    "open": "it reads or writes files",
    "vars": _NO_MODULES[0],
}
_WHY = {
    "builtins": _NO_MODULES[2],
    "ctypes": "it leaves Python",
    "dcn_course": "the course's own code",
    "gc": "it walks all objects",
    "http": "it uses the network",
    "importlib": "it imports by other ways",
    "inspect": "it reads the code around it",
    "multiprocessing": "it starts processes",
    "numpy.random.seed": "it changes global state",
    "numpy.seterr": "it changes global state",
    "numpy.testing": "it has comparisons, which only a check needs",
    "os._exit": "it ends the process",
    "os.environ": "it asks the environment",
    "os.fork": "it starts processes",
    "os.getenv": "it asks the environment",
    "os.kill": "it sends signals",
    "os.system": "it starts processes",
    "pickle": "it can run code on loading",
    "requests": "it uses the network",
    "runpy": "it runs other files",
    "signal": "it handles signals",
    "socket": "it uses the network",
    "solutions": "the course's solutions",
    "subprocess": "it starts processes",
    "sys._getframe": "it reads the frames of its callers",
    "sys.modules": "it changes what modules are",
    "sys.path": "it changes where modules come from",
    "sys.setrecursionlimit": "it changes global state",
    "threading": "it starts threads",
    "torch.autograd.functional": "it finds gradients by itself",
    "torch.autograd.grad": "it finds gradients by itself",
    "torch.func": "it finds gradients by itself",
    "torchvision": "it has the operators that are to be written",
    "urllib": "it uses the network",
}
_SAID = ("__class__", "__code__", "__dict__", "__globals__", "__subclasses__", "f_back", "tb_frame")


def flags(source: str, usual: Collection[str] = ()) -> list[str]:
    """List what stands out in a program.

    Args:
        source: the program; one that cannot be parsed gives nothing, its run says why.
        usual: what is not worth a word, as `noticed` gives it for the exercise's own solution.

    Returns:
        A sentence with name and line for each, at most 12, in the order of the lines.
    """
    found: dict[str, int] = {}
    for words, line in noticed(source):
        if words not in usual:
            found.setdefault(words, line)
    ordered = sorted(found.items(), key=lambda entry: entry[1])
    return [f"line {line}: {words}" for words, line in ordered[:_MOST]]


def noticed(source: str) -> Iterator[tuple[str, int]]:
    """Yield what stands out, in words, and its line."""
    tree = parsed(source)
    if tree is None:
        return
    meaning, _ = imports(tree, {})
    for name, line in uses(tree, {}):
        above = name
        while above and above not in _WHY:
            above = above.rpartition(".")[0]
        if above:
            yield f"uses {name[:_LONGEST]}: {_WHY[above]}", line
    for node in ast.walk(tree):
        yield from _of(node, meaning)


def _of(node: ast.AST, meaning: Meaning) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        for target in targets:
            if isinstance(target, ast.Attribute) and (name := meaning.full(target)):
                yield f"changes {name[:_LONGEST]} for everyone", node.lineno
    elif isinstance(node, ast.FunctionDef) and node.name in ("__reduce__", "__reduce_ex__"):
        yield f"defines {node.name}: {_REDUCE}", node.lineno
    elif isinstance(node, ast.Attribute):
        if node.attr == "backward" and not meaning.full(node):
            yield "uses backward: it finds gradients by itself", node.lineno
        elif node.attr in _SAID:
            yield f"uses {node.attr}: it looks behind what it is given", node.lineno
    elif isinstance(node, ast.Name) and node.id in _BUILTIN and node.id not in meaning.names:
        yield f"uses {node.id}: {_BUILTIN[node.id]}", node.lineno
