"""Single nodes of fixed inputs, worked out by onnx's own reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, SparseTensorProto, TensorProto, helper
from onnx.reference import ReferenceEvaluator

from lstm_viz.checkpoints.readers.graphs.scopes import STANDARD, Scope
from lstm_viz.checkpoints.readers.graphs.tensors import numbers

#: Operators that put numbers elsewhere or leave some out: zeros stay zeros, whatever their other inputs are.
KEEPING = {"Cast", "Dropout", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze"}
KEEPING |= {"Tile", "Transpose", "Unsqueeze"}
#: What exporters write between stored weights and the LSTM.
FOLDED = KEEPING | {"Add", "CastLike", "Concat", "Constant", "ConstantOfShape", "DequantizeLinear", "Div", "Mul"}
FOLDED |= {"Neg", "Shape", "Sub"}
#: The operator set in which the axes of Squeeze and Unsqueeze became an input; the reference knows that way best.
AXES_AS_INPUT = 13
#: How many numbers come out where that isn't bound by what goes in.
SIZES: Mapping[str, Callable[[Sequence[np.ndarray]], int]] = {
    "Concat": lambda inputs: sum(part.size for part in inputs),
    "ConstantOfShape": lambda inputs: math.prod(inputs[0].tolist()),
    "Expand": lambda inputs: math.prod(np.broadcast_shapes(inputs[0].shape, tuple(inputs[1].tolist()))),
    "Tile": lambda inputs: inputs[0].size * math.prod(inputs[1].tolist()),
}


def foldable(node: NodeProto) -> bool:
    """Whether a node is one of those that are worked out.

    >>> foldable(helper.make_node("MatMul", ["a", "b"], ["c"]))
    False
    """
    return node.op_type in FOLDED and node.domain in STANDARD


def folded(scope: Scope, node: NodeProto, inputs: Mapping[str, np.ndarray], output: str) -> np.ndarray | None:
    """One output of a node; None where the node does not fit its inputs.

    Raises CheckpointError where a tensor in the node is not what it says, MemoryError where too much is asked for.
    """
    attributes = scope.attributes_of(node)
    for value in attributes.values():
        if isinstance(value, TensorProto):
            numbers(value)
    try:
        if node.op_type == "Constant":
            return _constant(attributes)
        with np.errstate(all="ignore"):
            return _run(node, scope.version, attributes, dict(inputs), output)
    except (MemoryError, SystemError):
        raise
    except Exception:  # The reference raises anything where a node and its inputs don't fit.
        return None


def asked(node: NodeProto, inputs: Sequence[np.ndarray]) -> int:
    """The bytes that a node asks for, before it gets them.

    >>> asked(helper.make_node("ConstantOfShape", ["s"], ["z"]), [np.array([2**40, 2**40])]) == 2**83
    True
    """
    try:
        return SIZES[node.op_type](inputs) * inputs[0].itemsize if node.op_type in SIZES else 0
    except (ValueError, TypeError, IndexError):
        return 0


def _constant(attributes: Mapping[str, Any]) -> np.ndarray | None:
    ((name, value),) = attributes.items()
    if isinstance(value, SparseTensorProto) or "string" in name:
        return None
    if isinstance(value, TensorProto):
        return numbers(value)
    return np.array(value, np.float32 if "float" in name else np.int64)


def _run(
    node: NodeProto, version: int, attributes: dict[str, Any], inputs: dict[str, np.ndarray], output: str
) -> np.ndarray:
    plain = helper.make_node(node.op_type, node.input, node.output)
    if node.op_type in ("Squeeze", "Unsqueeze") and version < AXES_AS_INPUT and "axes" in attributes:
        version, inputs["axes of it"] = AXES_AS_INPUT, np.array(attributes.pop("axes"), np.int64)
        plain.input.append("axes of it")
    plain.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
    results: Any = ReferenceEvaluator(plain, opsets={"": version}).run(None, inputs)
    return np.asarray(results[list(node.output).index(output)])
