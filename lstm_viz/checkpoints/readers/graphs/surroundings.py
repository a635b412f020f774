"""What stands round an LSTM in the graph: an embedding before it, linear layers after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.found import Neighbour
from lstm_viz.checkpoints.readers.graphs.constants import Constants
from lstm_viz.checkpoints.readers.graphs.linears import Linear, linear_of
from lstm_viz.checkpoints.readers.graphs.paths import Uses, source
from lstm_viz.checkpoints.readers.graphs.scopes import Scope
from lstm_viz.checkpoints.readers.graphs.stacking import Stack
from lstm_viz.checkpoints.readers.graphs.tensors import floats

#: Ends of names in torch's files: what stands before them is the layer's own name.
PARTS = (".weight", ".bias")


class Surroundings:
    """Finds neighbours by following a model's graphs."""

    def __init__(self, scopes: list[Scope], constants: Constants) -> None:
        self._uses, self._constants = Uses(scopes), constants
        #: What could not be read of them, a sentence each.
        self.notes: list[str] = []

    def of(self, stack: Stack) -> Iterator[Neighbour]:
        """The embedding that a stack reads from, and the linear layers that its states go to."""
        for find in (self._embedding, self._linears):
            try:
                yield from find(stack)
            except CheckpointError as error:
                self.notes.append(str(error))

    def _embedding(self, stack: Stack) -> Iterator[Neighbour]:
        first = stack.nodes[0]
        value, moved = source(first.scope.find(first.inputs.get("X", "")))
        if value is None or value.node is None or value.node.op_type != "Gather" or len(value.node.input) != 2:
            return
        table, chosen = (self._constants.value(value.scope, name) for name in value.node.input)
        axis, width = value.scope.attributes_of(value.node).get("axis", 0), stack.found.form.input_size
        if table is None or chosen is not None or axis != 0 or table.ndim != 2 or table.shape[1] != width:
            return
        through = _through(node.op_type for node in reversed(moved))
        reason = f"the graph looks its rows up and hands them to the LSTM{through}"
        name = _called(value.node.name, value.node.input[:1])
        yield Neighbour(name, "embedding", floats(name, table), {stack.found.name: reason})

    def _linears(self, stack: Stack) -> Iterator[Neighbour]:
        """Products of Y, every step's states, or of Y_h, the last ones."""
        top = stack.nodes[-1]
        for output, what in zip(top.node.output, ("states", "last states"), strict=False):
            for use in self._uses.of(top.scope, output) if output else ():
                linear = linear_of(use, self._constants, self._uses)
                if linear is not None and linear.weight.shape[1] == stack.found.form.output_size:
                    yield _neighbour(linear, stack, what)


def _neighbour(linear: Linear, stack: Stack, what: str) -> Neighbour:
    reason = f"the graph multiplies it with the LSTM's {what}{_through(linear.use.via)}"
    name = _called(linear.use.node.name, linear.names)
    return Neighbour(name, "linear", linear.weight, {stack.found.name: reason}, linear.bias, linear.activation)


def _called(node: str, parts: Iterable[str]) -> str:
    """A layer's name: torch's, where its weights or its bias still have it, or its node's.

    >>> _called("/fc/MatMul", ["onnx::MatMul_399", "fc.bias"])
    'fc'
    """
    names = list(parts)
    for name in names:
        for end in PARTS:
            if name.endswith(end) and name != end:
                return name.removesuffix(end)
    return node or names[0]


def _through(operators: Iterable[str]) -> str:
    """The operators on the way, in words.

    >>> _through(["Squeeze", "Transpose"])
    ', through Squeeze and Transpose'
    """
    kinds = list(dict.fromkeys(operators))
    return f", through {' and '.join([', '.join(kinds[:-1]), kinds[-1]] if kinds[1:] else kinds)}" if kinds else ""
