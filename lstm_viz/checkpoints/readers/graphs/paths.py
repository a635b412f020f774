"""Ways through a graph: where a value comes from and where it goes, past nodes that only move numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from onnx import NodeProto

from lstm_viz.checkpoints.readers.graphs.scopes import Scope, Value

#: Operators that hand on every number of their first input, in another shape or order.
MOVING = frozenset({"Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"})
#: Operators that hand on some of the numbers: the last step of many, or both directions' side by side.
CHOOSING = frozenset({"Concat", "Gather", "Slice", "Split"})
#: The most nodes of a way, and the most ways that are followed from one value.
LONGEST = 100


class Use(NamedTuple):
    """A node that takes a value, and the operators between."""

    scope: Scope
    node: NodeProto
    #: The name by which the node takes it.
    name: str
    via: tuple[str, ...]


def source(value: Value | None) -> tuple[Value | None, tuple[NodeProto, ...]]:
    """What a value is made from, and the moving nodes between, the nearest first."""
    moved: list[NodeProto] = []
    while value is not None and value.node is not None and value.node.op_type in MOVING and len(moved) < LONGEST:
        if not value.node.input:
            break
        moved.append(value.node)
        value = value.scope.find(value.node.input[0])
    return value, tuple(moved)


class Uses:
    """Who takes each value of a model's graphs, from inside sub-graphs and functions too."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self._users: dict[tuple[int, str], list[tuple[Scope, NodeProto, str]]] = {}
        for scope in scopes:
            for node in scope.nodes:
                for name in dict.fromkeys(node.input):
                    if (value := scope.find(name)) is not None:
                        self._users.setdefault((id(value.scope), value.name), []).append((scope, node, name))

    def of(self, scope: Scope, name: str) -> Iterator[Use]:
        """The nodes that a value reaches, past those that move or choose its numbers, out of branches and calls."""
        waiting: list[tuple[Scope, str, tuple[str, ...]]] = [(scope, name, ())]
        seen: set[tuple[int, str]] = set()
        while waiting and len(seen) < LONGEST:
            here, called, via = waiting.pop(0)
            if (id(here), called) in seen:
                continue
            seen.add((id(here), called))
            waiting += [(*place, via) for place in _out_of(here, called)]
            for user, node, taken in self._users.get((id(here), called), ()):
                if node.op_type in MOVING or node.op_type in CHOOSING:
                    waiting += [(user, output, (*via, node.op_type)) for output in node.output if output]
                else:
                    yield Use(user, node, taken, via)


def _out_of(scope: Scope, name: str) -> Iterator[tuple[Scope, str]]:
    """Where a branch's or a function's output comes out."""
    owner, caller = scope.owner, scope.caller
    if owner is None or caller is None or owner.op_type in ("Loop", "Scan"):
        return
    for inside, outside in zip(scope.outputs, owner.output, strict=False):
        if inside == name and outside:
            yield caller, outside
