"""All first-order mutants of a solution: one operator, sign, index or number changed. It needs libcst."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from .. import master
from ..catalogue import master_path

_BINARY: dict[type[cst.BaseBinaryOp], tuple[type[cst.BaseBinaryOp], ...]] = {
    cst.Add: (cst.Subtract,),
    cst.Subtract: (cst.Add,),
    cst.Multiply: (cst.Add, cst.Divide),
    cst.FloorDivide: (cst.Multiply, cst.Divide),
    cst.Divide: (cst.Multiply,),
    cst.Modulo: (cst.FloorDivide,),
}
_COMPARE: dict[type[cst.BaseCompOp], tuple[type[cst.BaseCompOp], ...]] = {
    cst.LessThan: (cst.LessThanEqual, cst.GreaterThan),
    cst.LessThanEqual: (cst.LessThan, cst.GreaterThanEqual),
    cst.GreaterThan: (cst.GreaterThanEqual, cst.LessThan),
    cst.GreaterThanEqual: (cst.GreaterThan, cst.LessThanEqual),
    cst.Equal: (cst.NotEqual,),
    cst.NotEqual: (cst.Equal,),
}


@dataclass(frozen=True)
class AutomaticMutant:
    """A solution with one small change.

    Attributes:
        function: in which it is made.
        name: the line, without its indent, before and after, with a number where the line occurs again.
        source: the whole program.
    """

    function: str
    name: str
    source: str


@cache
def automatic(number: int) -> list[AutomaticMutant]:
    """Make all first-order mutants of an exercise's gaps.

    Args:
        number: of the exercise.

    Returns:
        The mutants, in the order of the program; only what stands between the markers is changed.
    """
    text = master_path(number).read_text(encoding="utf-8")
    program = master.code(text)
    lines = _gap_lines(text)
    wrapper = MetadataWrapper(cst.parse_module(program))
    positions = wrapper.resolve(PositionProvider)
    names: dict[str, int] = {}
    made = []
    for node, others in _sites(wrapper.module):
        line = positions[node].start.line
        if line not in lines:
            continue
        for other in others:
            changed = wrapper.module.deep_replace(node, other)
            assert isinstance(changed, cst.Module)
            source = changed.code
            before, after = program.split("\n")[line - 1].strip(), source.split("\n")[line - 1].strip()
            name = f"{before} → {after}"
            names[name] = names.get(name, 0) + 1
            if names[name] > 1:
                name += f" ({names[name]})"
            made.append(AutomaticMutant(lines[line], name, source))
    return made


def _gap_lines(text: str) -> dict[int, str]:
    """Map each line inside a gap to its function; lines are counted from 1, as in the program."""
    found, function, owner, inside = {}, "", "", False
    for place, line in enumerate(text.split("\n"), 1):
        if line.startswith(("class ", "def ")):
            kind, function = re.split(r"[ (:]", line)[:2]
            owner = function if kind == "class" else ""
        elif owner and (method := re.match(r" {4}def (\w+)", line)):
            function = f"{owner}.{method[1]}"
        if line.strip() in (master.OPEN, master.CLOSE):
            inside = line.strip() == master.OPEN
        elif inside:
            found[place] = function
    return found


def _sites(module: cst.Module) -> Iterator[tuple[cst.CSTNode, list[cst.CSTNode]]]:
    """Yield each node that is changed, with what it is changed to."""
    for node in _walk(module):
        if isinstance(node, cst.BinaryOperation):
            changes = _BINARY.get(type(node.operator), ())
            yield node, [node.with_changes(operator=op()) for op in changes]
        elif isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
            yield node, [node.expression]
        elif isinstance(node, cst.Integer):
            value = int(node.value)
            yield node, [cst.Integer(str(value + 1)), cst.parse_expression(f"({value - 1})")]
        elif isinstance(node, cst.Float):
            yield node, [cst.Float("0.0") if float(node.value) else cst.Float("1.0")]
        elif isinstance(node, cst.ComparisonTarget):
            changes_to = _COMPARE.get(type(node.operator), ())
            yield node, [node.with_changes(operator=op()) for op in changes_to]
        elif isinstance(node, cst.BooleanOperation):
            other = cst.Or() if isinstance(node.operator, cst.And) else cst.And()
            yield node, [node.with_changes(operator=other)]
        elif isinstance(node, cst.AugAssign):
            plain = cst.Assign([cst.AssignTarget(node.target)], node.value)
            subtracts = isinstance(node.operator, cst.SubtractAssign)
            turned = node.with_changes(operator=cst.AddAssign() if subtracts else cst.SubtractAssign())
            yield node, [plain, turned]


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _walk(child)
