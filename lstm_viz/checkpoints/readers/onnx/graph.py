"""ONNX graphs: parsing, scopes of names, and data flow past nodes that only reshape or select."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError
from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, helper

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits

#: The names of ONNX's own operators' domain.
STANDARD_DOMAINS = ("", "ai.onnx")
SUBGRAPH_TYPES = (AttributeProto.GRAPH, AttributeProto.GRAPHS)


class Value(NamedTuple):
    """Where a name leads: the scope that makes it, and the node or the tensor there; neither for a graph's input."""

    scope: Scope
    name: str
    node: NodeProto | None = None
    tensor: TensorProto | None = None


@dataclass(frozen=True, eq=False)
class Scope:
    """A graph, a sub-graph or one call of a local function."""

    nodes: Sequence[NodeProto]
    inputs: frozenset[str]
    outputs: tuple[str, ...]
    tensors: Mapping[str, TensorProto]
    #: The operator set by which its nodes are read.
    version: int
    #: What stands round it: a sub-graph sees its names.
    outer: Scope | None = None
    #: The node whose sub-graph or call this is, and the scope where that node stands.
    owner: NodeProto | None = None
    caller: Scope | None = None
    #: In a function: what its inputs were called with, and its attributes.
    arguments: Mapping[str, Value] = field(default_factory=dict)
    #: Inputs that the call leaves out.
    missing: frozenset[str] = frozenset()
    attributes: Mapping[str, AttributeProto] = field(default_factory=dict)
    level: int = 0
    #: The lengths of axes that are declared of its values, 0 where one is left open.
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @cached_property
    def makers(self) -> dict[str, NodeProto]:
        """The node that makes each value."""
        return {name: node for node in reversed(self.nodes) for name in node.output if name}

    def find(self, name: str) -> Value | None:
        """What a name means here; None where nothing has it."""
        scope: Scope | None = self
        while name and scope is not None:
            if name in scope.arguments:
                return scope.arguments[name]
            if name in scope.makers or name in scope.tensors or name in scope.inputs:
                return Value(scope, name, scope.makers.get(name), scope.tensors.get(name))
            scope = scope.outer
        return None

    def attributes_of(self, node: NodeProto) -> dict[str, Any]:
        """A node's attributes as Python values; a function's node may take them from the call."""
        held = {part.name: self.attributes.get(part.ref_attr_name, part) for part in node.attribute}
        return {name: helper.get_attribute_value(part) for name, part in held.items() if part.type}


def collect_scopes(model: ModelProto, limits: CheckpointLimits) -> list[Scope]:
    """Every graph of a model, outer ones first. CheckpointError where there are too many nodes or levels."""
    functions = {(function.domain, function.name): function for function in model.functions}
    waiting = deque([_graph_scope(model.graph, _opset_version(model))])
    found, count = [], 0
    while waiting:
        scope = waiting.popleft()
        _check_names(scope)
        found.append(scope)
        count += len(scope.nodes) + len(scope.tensors)
        limits.check("nodes and tensors", count, limits.tensors)
        limits.check("levels of graphs inside each other", scope.level, limits.levels)
        waiting.extend(_inner_scopes(scope, functions))
        limits.check("graphs and calls of functions", len(found) + len(waiting), limits.tensors // 10)
    return found


def _check_names(scope: Scope) -> None:
    """Raise CheckpointError where a name is no text: protobuf hands such bytes on as they are."""
    if not all(isinstance(name, str) for name in _all_names(scope)):
        raise CheckpointError(f"This is no whole ONNX file: a name in it is no text. {EXPORT_AGAIN}")


def _all_names(scope: Scope) -> Iterator[object]:
    yield from (*scope.tensors, *scope.inputs, *scope.outputs)
    for node in scope.nodes:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (part.name for part in node.attribute)


def _inner_scopes(scope: Scope, functions: Mapping[tuple[str, str], FunctionProto]) -> Iterator[Scope]:
    for node in scope.nodes:
        for part in node.attribute:
            if part.type in SUBGRAPH_TYPES:
                for graph in [part.g] if part.type == AttributeProto.GRAPH else part.graphs:
                    yield _graph_scope(graph, scope.version, scope, node)
        if (node.domain, node.op_type) in functions:
            yield _call_scope(functions[node.domain, node.op_type], scope, node)


def _graph_scope(graph: GraphProto, version: int, outer: Scope | None = None, owner: NodeProto | None = None) -> Scope:
    return Scope(
        tuple(graph.node),
        frozenset(value.name for value in graph.input),
        tuple(value.name for value in graph.output),
        {tensor.name: tensor for tensor in graph.initializer},
        version,
        outer,
        owner,
        outer,
        attributes=outer.attributes if outer else {},
        level=outer.level + 1 if outer else 0,
        sizes={
            value.name: tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim)
            for value in (*graph.value_info, *graph.input)
        },
    )


def _call_scope(function: FunctionProto, caller: Scope, node: NodeProto) -> Scope:
    """A function where it is called: its inputs are the caller's values."""
    given = dict(zip(function.input, node.input, strict=False))
    values = {formal: caller.find(actual) for formal, actual in given.items()}
    return Scope(
        tuple(function.node),
        frozenset(function.input),
        tuple(function.output),
        {},
        _opset_version(function),
        owner=node,
        caller=caller,
        arguments={formal: value for formal, value in values.items() if value is not None},
        missing=frozenset(function.input) - {formal for formal, actual in given.items() if actual},
        attributes={part.name: part for part in (*function.attribute_proto, *node.attribute)},
        level=caller.level + 1,
    )


def _opset_version(model: ModelProto | FunctionProto) -> int:
    return max((part.version for part in model.opset_import if part.domain in STANDARD_DOMAINS), default=1)


#: Operators that give every number of their first input, in another shape, order or type.
RESHAPING_OPS = frozenset({"Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"})
#: Operators that give some of the numbers: the last step of many, or both directions concatenated.
SELECTING_OPS = frozenset({"Concat", "Gather", "Slice", "Split"})
#: The most nodes of a path, and the most values that are followed from one.
MAX_PATH = 100


class Use(NamedTuple):
    """A node that takes a value, and the operators between."""

    scope: Scope
    node: NodeProto
    #: The name by which the node takes it.
    name: str
    via: tuple[str, ...]


def trace_source(value: Value | None) -> tuple[Value | None, tuple[NodeProto, ...]]:
    """The value that another is a reshaping of, and the reshaping nodes between, the nearest first."""
    moved: list[NodeProto] = []
    while (
        value is not None and value.node is not None and value.node.op_type in RESHAPING_OPS and len(moved) < MAX_PATH
    ):
        if not value.node.input:
            break
        moved.append(value.node)
        value = value.scope.find(value.node.input[0])
    return value, tuple(moved)


class Uses:
    """The consumers of each value of a model's graphs, in sub-graphs and functions too."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self._users: dict[tuple[int, str], list[tuple[Scope, NodeProto, str]]] = {}
        for scope in scopes:
            for node in scope.nodes:
                for name in dict.fromkeys(node.input):
                    if (value := scope.find(name)) is not None:
                        self._users.setdefault((id(value.scope), value.name), []).append((scope, node, name))

    def direct(self, scope: Scope, name: str) -> Iterator[Use]:
        """The nodes that consume a value itself."""
        for user, node, taken in self._users.get((id(scope), name), ()):
            yield Use(user, node, taken, ())

    def readers(self, scope: Scope, name: str, most: int = 20 * MAX_PATH) -> list[NodeProto] | None:
        """The nodes that consume a value, past those that reshape or select; None where there are too many."""
        seen: set[tuple[int, str]] = set()
        found = [use.node for use in self.of(scope, name, most, seen)]
        return None if len(seen) >= most else found

    def of(
        self, scope: Scope, name: str, most: int = MAX_PATH, seen: set[tuple[int, str]] | None = None
    ) -> Iterator[Use]:
        """The nodes that consume a value, past those that reshape or select, out of branches and calls."""
        waiting: deque[tuple[Scope, str, tuple[str, ...]]] = deque([(scope, name, ())])
        seen = set() if seen is None else seen
        while waiting and len(seen) < most:
            here, called, via = waiting.popleft()
            if (id(here), called) in seen:
                continue
            seen.add((id(here), called))
            waiting += [(*place, via) for place in _outer_values(here, called)]
            for user, node, taken in self._users.get((id(here), called), ()):
                if node.op_type in RESHAPING_OPS or node.op_type in SELECTING_OPS:
                    beyond = (*via, node.op_type)[:MAX_PATH]
                    waiting += [(user, output, beyond) for output in node.output if output]
                else:
                    yield Use(user, node, taken, via)


def _outer_values(scope: Scope, name: str) -> Iterator[tuple[Scope, str]]:
    """Where a branch's or a function's output comes out."""
    owner, caller = scope.owner, scope.caller
    if owner is None or caller is None or owner.op_type in ("Loop", "Scan"):
        return
    for inside, outside in zip(scope.outputs, owner.output, strict=False):
        if inside == name and outside:
            yield caller, outside


EXPORT_AGAIN = "Copy it again from its source, or export the model again."
NO_GRAPH = f"This is no whole ONNX file: no graph can be read in it. {EXPORT_AGAIN}"


def parse_model(data: bytes) -> ModelProto:
    """The model in a file. Only its own bytes are read, whatever other files it names.

    >>> parse_model(b"model")
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: This is no whole ONNX file: no graph can be read in it. Copy it \
again from its source, or export the model again.
    """
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, ValueError, RuntimeError) as error:
        raise CheckpointError(NO_GRAPH) from error
    if not model.graph.node:
        raise CheckpointError(NO_GRAPH)
    return model
