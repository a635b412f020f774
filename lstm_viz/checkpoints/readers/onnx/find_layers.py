"""Layers next to an LSTM in an ONNX graph: an embedding before it, linear layers after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.checkpoints.contents import AdjacentLayer
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.readers.onnx.constant_folding import Constants
from lstm_viz.checkpoints.readers.onnx.graph import STANDARD_DOMAINS, Use, Uses, trace_source
from lstm_viz.checkpoints.readers.onnx.stacked_layers import Stack
from lstm_viz.checkpoints.readers.onnx.tensors import to_float_array

#: Ends of names in torch's files: what stands before them is the layer's own name.
PARAMETER_SUFFIXES = (".weight", ".bias")


class AdjacentLayerFinder:
    """Finds embeddings and linear layers next to an LSTM by the data flow of the graphs."""

    def __init__(self, uses: Uses, constants: Constants) -> None:
        self._uses, self._constants = uses, constants
        #: What could not be read of them, a sentence each.
        self.notes: list[str] = []

    def of(self, stack: Stack) -> Iterator[AdjacentLayer]:
        """The embedding that a stack reads from, and the linear layers that its states go to."""
        for find in (self._embedding, self._linears):
            try:
                yield from find(stack)
            except CheckpointError as error:
                self.notes.append(str(error))

    def _embedding(self, stack: Stack) -> Iterator[AdjacentLayer]:
        first = stack.nodes[0]
        value, moved = trace_source(first.scope.find(first.inputs.get("X", "")))
        if value is None or value.node is None or value.node.op_type != "Gather" or len(value.node.input) != 2:
            return
        table, chosen = (self._constants.value(value.scope, name) for name in value.node.input)
        axis, width = value.scope.attributes_of(value.node).get("axis", 0), stack.found.lstm_shape.input_size
        if table is None or chosen is not None or axis != 0 or table.ndim != 2 or table.shape[1] != width:
            return
        through = _through(node.op_type for node in reversed(moved))
        reason = f"the graph looks its rows up and hands them to the LSTM{through}"
        name = _layer_name(value.node.name, value.node.input[:1])
        yield AdjacentLayer(name, "embedding", to_float_array(name, table), {stack.found.name: reason})

    def _linears(self, stack: Stack) -> Iterator[AdjacentLayer]:
        """Products of Y, every step's states, or of Y_h, the last ones."""
        top = stack.nodes[-1]
        for output, what in zip(top.node.output, ("states", "last states"), strict=False):
            for use in self._uses.of(top.scope, output) if output else ():
                linear = match_linear(use, self._constants, self._uses)
                if linear is not None and linear.weight.shape[1] == stack.found.lstm_shape.output_size:
                    yield _adjacent_layer(linear, stack, what)


def _adjacent_layer(linear: Linear, stack: Stack, what: str) -> AdjacentLayer:
    reason = f"the graph multiplies it with the LSTM's {what}{_through(linear.use.via)}"
    name = _layer_name(linear.use.node.name, linear.names)
    return AdjacentLayer(name, "linear", linear.weight, {stack.found.name: reason}, linear.bias, linear.activation)


def _layer_name(node: str, parts: Iterable[str]) -> str:
    """A layer's name: torch's, where its weights or its bias still have it, or its node's.

    >>> _layer_name("/fc/MatMul", ["onnx::MatMul_399", "fc.bias"])
    'fc'
    """
    names = list(parts)
    for name in names:
        for end in PARAMETER_SUFFIXES:
            if name.endswith(end) and name != end:
                return name.removesuffix(end)
    return node or names[0]


def _through(operators: Iterable[str]) -> str:
    """The operators between, in words.

    >>> _through(["Squeeze", "Transpose"])
    ', through Squeeze and Transpose'
    """
    kinds = list(dict.fromkeys(operators))
    return f", through {' and '.join([', '.join(kinds[:-1]), kinds[-1]] if kinds[1:] else kinds)}" if kinds else ""


#: What may be done to a linear layer's outputs, by the names of the operators.
ACTIVATIONS = {"Softmax": "softmax", "LogSoftmax": "log-softmax", "Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "ReLU"}


@dataclass(frozen=True, eq=False)
class Linear:
    """A product with fixed weights, (outputs, inputs), and what follows it."""

    use: Use
    weight: np.ndarray
    bias: np.ndarray | None = None
    activation: str = ""
    #: Names in the file that its own may be taken from.
    names: tuple[str, ...] = ()


def match_linear(use: Use, constants: Constants, uses: Uses) -> Linear | None:
    """The linear layer that takes a value, if it is one. CheckpointError where its weights can't be read."""
    if use.node.domain not in STANDARD_DOMAINS or not use.node.input or use.node.input[0] != use.name:
        return None
    if use.node.op_type == "Gemm":
        linear = _match_gemm(use, constants)
        return None if linear is None else _with_activation(linear, use, uses)
    if use.node.op_type != "MatMul":
        return None
    weight = _constant_matrix(use, constants)
    return (
        None
        if weight is None
        else _with_following_add(Linear(use, weight.T, names=(use.node.input[1],)), constants, uses)
    )


def _match_gemm(use: Use, constants: Constants) -> Linear | None:
    attributes, weight = use.scope.attributes_of(use.node), _constant_matrix(use, constants)
    scaled = any(attributes.get(name, 1) != 1 for name in ("alpha", "beta"))
    if weight is None or scaled or attributes.get("transA", 0):
        return None
    linear = Linear(use, weight if attributes.get("transB", 0) else weight.T, names=(use.node.input[1],))
    if len(use.node.input) < 3 or not use.node.input[2]:
        return linear
    return _with_bias(linear, use, use.node.input[2], constants)


def _constant_matrix(use: Use, constants: Constants) -> np.ndarray | None:
    """The second factor of a product, where it is a fixed matrix."""
    if len(use.node.input) < 2:
        return None
    values = constants.value(use.scope, use.node.input[1])
    if values is None or values.ndim != 2 or not values.size:
        return None
    return to_float_array(use.node.input[1], values)


def _with_following_add(linear: Linear, constants: Constants, uses: Uses) -> Linear:
    """A product with the sum that alone follows it, if its other part is fixed, and what is done to that."""
    after = _only_use(linear.use, uses)
    if after is None or after.node.op_type != "Add":
        return _with_activation(linear, linear.use, uses)
    other = next((name for name in after.node.input if name != after.name), "")
    added = _with_bias(linear, after, other, constants)
    return linear if added is None else _with_activation(added, after, uses)


def _with_bias(linear: Linear, use: Use, name: str, constants: Constants) -> Linear | None:
    values = constants.value(use.scope, name)
    if values is None or values.size != len(linear.weight) or values.shape[-1:] != (values.size,):
        return None
    return replace(linear, bias=to_float_array(name, values).reshape(-1), names=(*linear.names, name))


def _with_activation(linear: Linear, last: Use, uses: Uses) -> Linear:
    after = _only_use(last, uses)
    return linear if after is None else replace(linear, activation=ACTIVATIONS.get(after.node.op_type, ""))


def _only_use(use: Use, uses: Uses) -> Use | None:
    """The one node that takes another's result."""
    following = list(uses.of(use.scope, use.node.output[0])) if use.node.output else []
    return following[0] if len(following) == 1 else None
