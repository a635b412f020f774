"""Linear layers of a graph: a product with fixed weights, a sum, and what is done to the outputs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.checkpoints.readers.graphs.constants import Constants
from lstm_viz.checkpoints.readers.graphs.paths import Use, Uses
from lstm_viz.checkpoints.readers.graphs.scopes import STANDARD
from lstm_viz.checkpoints.readers.graphs.tensors import floats

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


def linear_of(use: Use, constants: Constants, uses: Uses) -> Linear | None:
    """The linear layer that takes a value, if it is one. CheckpointError where its weights can't be read."""
    if use.node.domain not in STANDARD or not use.node.input or use.node.input[0] != use.name:
        return None
    if use.node.op_type == "Gemm":
        linear = _gemm(use, constants)
        return None if linear is None else _activated(linear, use, uses)
    if use.node.op_type != "MatMul":
        return None
    weight = _matrix(use, constants)
    return None if weight is None else _summed(Linear(use, weight.T, names=(use.node.input[1],)), constants, uses)


def _gemm(use: Use, constants: Constants) -> Linear | None:
    attributes, weight = use.scope.attributes_of(use.node), _matrix(use, constants)
    scaled = any(attributes.get(name, 1) != 1 for name in ("alpha", "beta"))
    if weight is None or scaled or attributes.get("transA", 0):
        return None
    linear = Linear(use, weight if attributes.get("transB", 0) else weight.T, names=(use.node.input[1],))
    if len(use.node.input) < 3 or not use.node.input[2]:
        return linear
    return _with_bias(linear, use, use.node.input[2], constants)


def _matrix(use: Use, constants: Constants) -> np.ndarray | None:
    """The second factor of a product, where it is a fixed matrix."""
    if len(use.node.input) < 2:
        return None
    values = constants.value(use.scope, use.node.input[1])
    if values is None or values.ndim != 2 or not values.size:
        return None
    return floats(use.node.input[1], values)


def _summed(linear: Linear, constants: Constants, uses: Uses) -> Linear:
    """A product with the sum that alone follows it, if its other part is fixed, and what is done to that."""
    after = _only_use(linear.use, uses)
    if after is None or after.node.op_type != "Add":
        return _activated(linear, linear.use, uses)
    other = next((name for name in after.node.input if name != after.name), "")
    added = _with_bias(linear, after, other, constants)
    return linear if added is None else _activated(added, after, uses)


def _with_bias(linear: Linear, use: Use, name: str, constants: Constants) -> Linear | None:
    values = constants.value(use.scope, name)
    if values is None or values.size != len(linear.weight) or values.shape[-1:] != (values.size,):
        return None
    return replace(linear, bias=floats(name, values).reshape(-1), names=(*linear.names, name))


def _activated(linear: Linear, last: Use, uses: Uses) -> Linear:
    after = _only_use(last, uses)
    return linear if after is None else replace(linear, activation=ACTIVATIONS.get(after.node.op_type, ""))


def _only_use(use: Use, uses: Uses) -> Use | None:
    """The one node that takes another's result."""
    found = list(uses.of(use.scope, use.node.output[0])) if use.node.output else []
    return found[0] if len(found) == 1 else None
