"""Constant folding in an ONNX graph: values that are the same in every run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from onnx import NodeProto, SparseTensorProto, TensorProto, helper
from onnx.reference import ReferenceEvaluator

from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.onnx.graph import STANDARD_DOMAINS, Scope, Value
from lstm_viz.checkpoints.readers.onnx.tensors import read_array
from lstm_viz.files.sizes import MEGABYTE

#: The longest chain of nodes that is followed.
MAX_CHAIN = 100
#: What a file's constants may come to, worked out: no less than so many bytes, or so many times the file's own.
MIN_BYTES, BYTES_PER_FILE_BYTE = 64 * MEGABYTE, 16


class Constants:
    """The constant values of a model's graphs, each worked out once."""

    def __init__(self, limits: CheckpointLimits, file_bytes: int = 0) -> None:
        most = min(limits.unpacked_bytes, max(MIN_BYTES, BYTES_PER_FILE_BYTE * file_bytes))
        self.limits = replace(limits, unpacked_bytes=most)
        self._known: dict[tuple[int, str], np.ndarray | None] = {}
        self._zeros: dict[tuple[int, str], bool] = {}
        self._bytes = 0

    def value(self, scope: Scope, name: str, depth: int = 0) -> np.ndarray | None:
        """What `name` always is in a scope; None where it depends on what the model reads.

        Raises CheckpointError where it is stored in another way than it says, or too large.
        """
        found = scope.find(name)
        if found is None or depth > MAX_CHAIN:
            return None
        key = (id(found.scope), found.name)
        if key not in self._known:
            self._known[key] = None  # A value that needs itself is none.
            self._known[key] = self._counted(self._made(found, depth))
        return self._known[key]

    def with_assumed_value(self, value: Value, values: np.ndarray, *, keep: bool = False) -> Constants:
        """The constants there would be if `value` were these numbers; `keep`: and what is assumed here already."""
        supposed = Constants(self.limits, self.limits.unpacked_bytes // BYTES_PER_FILE_BYTE)
        supposed._known |= self._known if keep else {}
        supposed._known[id(value.scope), value.name] = values
        return supposed

    def is_zero(self, scope: Scope, name: str, depth: int = 0) -> bool:
        """Whether `name` is all zeros, be its shape known or not (a start of zeros for any batch)."""
        found = scope.find(name)
        if found is None or depth > MAX_CHAIN:
            return False
        key = (id(found.scope), found.name)
        if key not in self._zeros:
            self._zeros[key] = False
            known = self.value(scope, name)
            self._zeros[key] = self._made_of_zeros(found, depth) if known is None else not known.any()
        return self._zeros[key]

    def _made_of_zeros(self, found: Value, depth: int) -> bool:
        node = found.node
        if node is None:
            return False
        if node.op_type == "ConstantOfShape":
            return self._fills_with_zeros(found.scope, node)
        taken = node.input if node.op_type == "Concat" else node.input[: node.op_type in ZERO_PRESERVING_OPS]
        return bool(taken) and all(self.is_zero(found.scope, part, depth + 1) for part in taken)

    def _fills_with_zeros(self, scope: Scope, node: NodeProto) -> bool:
        value = scope.attributes_of(node).get("value")
        return value is None or not read_array(value).any()

    def _made(self, found: Value, depth: int) -> np.ndarray | None:
        node = found.node
        if node is None:
            return None if found.tensor is None else read_array(found.tensor)
        if not is_foldable(node):
            return None
        inputs = {name: self.value(found.scope, name, depth + 1) for name in node.input if name}
        known = {name: value for name, value in inputs.items() if value is not None}
        if len(known) < len(inputs):
            return None
        given = [known[name] for name in node.input if name]
        if _has_too_many_axes(found.scope, node, given):
            return None
        self.limits.check_unpacked(output_bytes(node, given))
        return fold_node(found.scope, node, known, found.name)

    def _counted(self, values: np.ndarray | None) -> np.ndarray | None:
        self._bytes += values.nbytes if values is not None and values.base is None else 0
        self.limits.check_unpacked(self._bytes)
        return values


#: Operators that move or drop numbers of their first input: zeros stay zeros, whatever the other inputs are.
ZERO_PRESERVING_OPS = {
    "Cast",
    "Dropout",
    "Expand",
    "Flatten",
    "Gather",
    "Identity",
    "Reshape",
    "Slice",
    "Split",
    "Squeeze",
}
ZERO_PRESERVING_OPS |= {"Tile", "Transpose", "Unsqueeze"}
#: Operators that exporters write between stored weights and the LSTM.
FOLDED_OPS = ZERO_PRESERVING_OPS | {
    "Add",
    "CastLike",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "DequantizeLinear",
    "Div",
    "Mul",
}
FOLDED_OPS |= {"Neg", "ReverseSequence", "Shape", "Sub"}
#: Operators whose further inputs and lists have one number for each axis, of which NumPy's arrays have 64 at most.
AXES_OPS = frozenset({"Expand", "Reshape", "Slice", "Squeeze", "Tile", "Transpose", "Unsqueeze"})
MAX_AXES = 64
#: The opset in which the axes of Squeeze and Unsqueeze became an input; ONNX's reference evaluator wants that form.
AXES_INPUT_OPSET = 13


def _broadcast_size(inputs: Sequence[np.ndarray]) -> int:
    return math.prod(np.broadcast_shapes(*(part.shape for part in inputs)))


#: How many numbers come out where that isn't bound by what goes in.
OUTPUT_SIZES: Mapping[str, Callable[[Sequence[np.ndarray]], int]] = {
    "Concat": lambda inputs: sum(part.size for part in inputs),
    "ConstantOfShape": lambda inputs: math.prod(inputs[0].tolist()),
    "Expand": lambda inputs: math.prod(np.broadcast_shapes(inputs[0].shape, tuple(inputs[1].tolist()))),
    "Tile": lambda inputs: inputs[0].size * math.prod(inputs[1].tolist()),
    "Gather": lambda inputs: inputs[1].size * inputs[0].size // max(1, min(inputs[0].shape, default=1)),
} | dict.fromkeys(("Add", "Div", "Mul", "Sub"), _broadcast_size)


def _has_too_many_axes(scope: Scope, node: NodeProto, inputs: Sequence[np.ndarray]) -> bool:
    """Whether a node that moves or reshapes names more axes than an array has, which takes for ever to find out."""
    if node.op_type not in AXES_OPS:
        return False
    lists = (value for value in scope.attributes_of(node).values() if isinstance(value, list))
    return any(len(value) > MAX_AXES for value in lists) or any(part.size > MAX_AXES for part in inputs[1:])


def is_foldable(node: NodeProto) -> bool:
    """Whether a node is computed when its inputs are constant.

    >>> is_foldable(helper.make_node("MatMul", ["a", "b"], ["c"]))
    False
    """
    return node.op_type in FOLDED_OPS and node.domain in STANDARD_DOMAINS


def fold_node(scope: Scope, node: NodeProto, inputs: Mapping[str, np.ndarray], output: str) -> np.ndarray | None:
    """One output of a node; None where the node does not fit its inputs.

    Raises CheckpointError where a tensor in the node is not what it says, MemoryError where too much is asked for.
    """
    attributes = scope.attributes_of(node)
    for value in attributes.values():
        if isinstance(value, TensorProto):
            read_array(value)
    try:
        if node.op_type == "Constant":
            return _constant_value(attributes)
        with np.errstate(all="ignore"):
            return _evaluate(node, scope.version, attributes, dict(inputs), output)
    except (MemoryError, SystemError):
        raise
    except Exception:  # The reference raises anything where a node and its inputs don't fit.
        return None


def output_bytes(node: NodeProto, inputs: Sequence[np.ndarray]) -> int:
    """The bytes that a node's output takes, known before it is computed.

    >>> output_bytes(helper.make_node("ConstantOfShape", ["s"], ["z"]), [np.array([2**40, 2**40])]) == 2**83
    True
    """
    try:
        return OUTPUT_SIZES[node.op_type](inputs) * inputs[0].itemsize if node.op_type in OUTPUT_SIZES else 0
    except (ValueError, TypeError, IndexError):
        return 0


def _constant_value(attributes: Mapping[str, Any]) -> np.ndarray | None:
    ((name, value),) = attributes.items()
    if isinstance(value, SparseTensorProto) or "string" in name:
        return None
    if isinstance(value, TensorProto):
        return read_array(value)
    return np.array(value, np.float32 if "float" in name else np.int64)


def _evaluate(
    node: NodeProto, version: int, attributes: dict[str, Any], inputs: dict[str, np.ndarray], output: str
) -> np.ndarray:
    plain = helper.make_node(node.op_type, node.input, node.output)
    if node.op_type in ("Squeeze", "Unsqueeze") and version < AXES_INPUT_OPSET and "axes" in attributes:
        version, inputs["axes of it"] = AXES_INPUT_OPSET, np.array(attributes.pop("axes"), np.int64)
        plain.input.append("axes of it")
    plain.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
    results: Any = ReferenceEvaluator(plain, opsets={"": version}).run(None, inputs)
    return np.asarray(results[list(node.output).index(output)])
