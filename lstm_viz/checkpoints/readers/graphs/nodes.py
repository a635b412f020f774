"""An LSTM node of an ONNX graph: what it is given, and whether torch's LSTM computes the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from onnx import NodeProto

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.forms import BACKWARDS, BOTH, FORWARDS
from lstm_viz.checkpoints.naming import quoted, shown
from lstm_viz.checkpoints.readers.graphs.constants import Constants
from lstm_viz.checkpoints.readers.graphs.scopes import Scope

#: The ways an LSTM reads, by the node's attribute.
ENDS = {"forward": FORWARDS, "reverse": BACKWARDS, "bidirectional": BOTH}
#: The node's inputs: the sequence, weights, biases, lengths, the state it starts from, peepholes.
INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
#: What each way's gates, candidate and memory go through where the node says nothing.
ACTIVATIONS = ["sigmoid", "tanh", "tanh"]


@dataclass(frozen=True, eq=False)
class LSTMNode:
    """One LSTM node, in the graph where it stands."""

    scope: Scope
    node: NodeProto
    name: str
    constants: Constants

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """The node's attributes, words as text in small letters."""
        held = self.scope.attributes_of(self.node)
        return {name: _plain(value) for name, value in held.items()}

    @cached_property
    def inputs(self) -> dict[str, str]:
        """The names of the values it is given."""
        given = zip(INPUTS, self.node.input, strict=False)
        return {part: name for part, name in given if name and name not in self.scope.missing}

    @property
    def ends(self) -> tuple[str, ...]:
        """The ways it reads."""
        return ENDS[self.attributes.get("direction", "forward")]

    @property
    def batch_first(self) -> bool:
        """Whether it takes the batch before the time."""
        return self.attributes.get("layout", 0) == 1

    def constant(self, part: str) -> np.ndarray | None:
        """What one of its inputs always is; None where that is not known."""
        return self.constants.value(self.scope, self.inputs[part]) if part in self.inputs else None

    def zero(self, part: str) -> bool:
        """Whether one of its inputs is missing, or zero."""
        return part not in self.inputs or self.constants.zero(self.scope, self.inputs[part])

    def refuse(self, what: str) -> CheckpointError:
        """The sentence for a node that torch's LSTM can't stand for."""
        return CheckpointError(f"{quoted(self.name)} {what}")

    def check(self) -> None:
        """Raise CheckpointError where the node computes something else than torch's LSTM, with its name."""
        for reason in self._differences():
            raise self.refuse(f"{reason}, which torch.nn.LSTM has not, so it can't be traced truly.")

    def _differences(self) -> Iterator[str]:
        attributes = self.attributes
        direction, layout = attributes.get("direction", "forward"), attributes.get("layout", 0)
        if direction not in ENDS:
            yield f"has the direction {shown(str(direction))}"
        if layout not in (0, 1):
            yield f"has the layout {shown(str(layout))}"
        if not self.zero("P"):
            yield "has peepholes (its gates look at the memory)"
        if attributes.get("input_forget", 0):
            yield "couples its input gate to its forget gate (input_forget)"
        if "clip" in attributes:
            yield f"clips what goes into its gates (clip = {shown(str(attributes['clip']))})"
        yield from self._other_activations()

    def _other_activations(self) -> Iterator[str]:
        given = self.attributes.get("activations", [])
        others = [name for name in given if name not in ACTIVATIONS]
        if others:
            yield f"uses the activation {shown(str(others[0]))}"
        elif given and given != ACTIVATIONS * len(self.ends):
            yield f"uses the activations {shown(', '.join(map(str, given)))}"


def _plain(value: Any) -> Any:
    """An attribute's words as text.

    >>> _plain([b"Sigmoid", b"Tanh"])
    ['sigmoid', 'tanh']
    """
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").lower()
    return [_plain(part) for part in value] if isinstance(value, list) else value
