"""Values that a graph always computes alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from onnx import NodeProto

from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.graphs.folding import KEEPING, asked, foldable, folded
from lstm_viz.checkpoints.readers.graphs.scopes import Scope, Value
from lstm_viz.checkpoints.readers.graphs.tensors import numbers
from lstm_viz.sandbox.sizes import MEGABYTE

#: The longest chain of nodes that is followed.
LONGEST = 100
#: What a file's constants may come to, worked out: no less than so many bytes, or so many times the file's own.
LEAST_BYTES, TIMES = 64 * MEGABYTE, 16


class Constants:
    """The constant values of a model's graphs, each worked out once."""

    def __init__(self, limits: CheckpointLimits, file_bytes: int = 0) -> None:
        most = min(limits.unpacked_bytes, max(LEAST_BYTES, TIMES * file_bytes))
        self.limits = replace(limits, unpacked_bytes=most)
        self._known: dict[tuple[int, str], np.ndarray | None] = {}
        self._zeros: dict[tuple[int, str], bool] = {}
        self._bytes = 0

    def value(self, scope: Scope, name: str, depth: int = 0) -> np.ndarray | None:
        """What `name` always is in a scope; None where it depends on what the model reads.

        Raises CheckpointError where it is stored in another way than it says, or too large.
        """
        found = scope.find(name)
        if found is None or depth > LONGEST:
            return None
        key = (id(found.scope), found.name)
        if key not in self._known:
            self._known[key] = None  # A value that needs itself is none.
            self._known[key] = self._counted(self._made(found, depth))
        return self._known[key]

    def supposing(self, value: Value, values: np.ndarray) -> Constants:
        """The constants there would be if `value` were these numbers."""
        supposed = Constants(self.limits, self.limits.unpacked_bytes // TIMES)
        supposed._known[id(value.scope), value.name] = values
        return supposed

    def zero(self, scope: Scope, name: str, depth: int = 0) -> bool:
        """Whether `name` is all zeros, be its shape known or not (a start of zeros for any batch)."""
        found = scope.find(name)
        if found is None or depth > LONGEST:
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
        taken = node.input if node.op_type == "Concat" else node.input[: node.op_type in KEEPING]
        return bool(taken) and all(self.zero(found.scope, part, depth + 1) for part in taken)

    def _fills_with_zeros(self, scope: Scope, node: NodeProto) -> bool:
        value = scope.attributes_of(node).get("value")
        return value is None or not numbers(value).any()

    def _made(self, found: Value, depth: int) -> np.ndarray | None:
        node = found.node
        if node is None:
            return None if found.tensor is None else numbers(found.tensor)
        if not foldable(node):
            return None
        inputs = {name: self.value(found.scope, name, depth + 1) for name in node.input if name}
        known = {name: value for name, value in inputs.items() if value is not None}
        if len(known) < len(inputs):
            return None
        self.limits.check_unpacked(asked(node, [known[name] for name in node.input if name]))
        return folded(found.scope, node, known, found.name)

    def _counted(self, values: np.ndarray | None) -> np.ndarray | None:
        self._bytes += values.nbytes if values is not None and values.base is None else 0
        self.limits.check_unpacked(self._bytes)
        return values
