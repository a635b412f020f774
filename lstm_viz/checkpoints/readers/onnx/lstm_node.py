"""An ONNX LSTM node: attributes, weights in torch's names and gate order, initial state, sequence lengths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from onnx import NodeProto

from lstm_viz.cells.activation_functions import CellActivations
from lstm_viz.checkpoints.contents import FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import format_shape, printable, quote
from lstm_viz.checkpoints.lstm_shape import BACKWARD, BIDIRECTIONAL, FORWARD
from lstm_viz.checkpoints.readers.onnx.activations import activations_of_node
from lstm_viz.checkpoints.readers.onnx.constant_folding import Constants
from lstm_viz.checkpoints.readers.onnx.graph import Scope
from lstm_viz.checkpoints.readers.onnx.quantised_weights import QUANTISED_NOTE, dequantise
from lstm_viz.checkpoints.readers.onnx.tensors import to_float_array
from lstm_viz.checkpoints.state_dict import HALF_PRECISION_NOTE
from lstm_viz.sequences.formatting import plural

#: Directions of an LSTM by the node's attribute `direction`.
DIRECTIONS = {"forward": FORWARD, "reverse": BACKWARD, "bidirectional": BIDIRECTIONAL}
OPPOSITE = {"": "_reverse", "_reverse": ""}
#: The node's inputs: the sequence, weights, biases, lengths, the state it starts from, peepholes; and what the numbers
#: of weights of 8 bits stand for.
INPUT_NAMES = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
QUANTISED_INPUT_NAMES = (*INPUT_NAMES, "W_scale", "W_zero_point", "R_scale", "R_zero_point")


@dataclass(frozen=True, eq=False)
class LSTMNode:
    """One LSTM node, in the graph where it stands."""

    scope: Scope
    node: NodeProto
    name: str
    constants: Constants
    #: Whether the graph reverses what it reads, so that its direction is the other one.
    reversed: bool = False

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """The node's attributes, words as text in small letters."""
        held = self.scope.attributes_of(self.node)
        return {name: _decode_attribute(value) for name, value in held.items()}

    @cached_property
    def inputs(self) -> dict[str, str]:
        """The names of the values it is given."""
        names = QUANTISED_INPUT_NAMES if self.is_quantised else INPUT_NAMES
        given = zip(names, self.node.input, strict=False)
        return {part: name for part, name in given if name and name not in self.scope.missing}

    @property
    def is_quantised(self) -> bool:
        """Whether its weights are kept in 8 bits (DynamicQuantizeLSTM)."""
        return self.node.op_type == "DynamicQuantizeLSTM"

    @property
    def directions(self) -> tuple[str, ...]:
        """Its directions, as suffixes of torch's parameter names."""
        own = DIRECTIONS[self.attributes.get("direction", "forward")]
        return tuple(OPPOSITE[suffix] for suffix in own) if self.reversed else own

    @property
    def batch_first(self) -> bool:
        """Whether it takes the batch before the time."""
        return self.attributes.get("layout", 0) == 1

    def constant(self, part: str) -> np.ndarray | None:
        """What one of its inputs always is; None where that is not known."""
        return self.constants.value(self.scope, self.inputs[part]) if part in self.inputs else None

    @cached_property
    def weights(self) -> dict[str, np.ndarray | None]:
        """W and R as an LSTM node has them, (directions, gates * hidden, ...); None where they are not constant.

        Raises CheckpointError where numbers of 8 bits stand for nothing.
        """
        if not self.is_quantised:
            return {part: self.constant(part) for part in "WR"}
        return {part: dequantised_weights(self, part) for part in "WR"}

    def is_zero(self, part: str) -> bool:
        """Whether one of its inputs is missing, or zero."""
        return part not in self.inputs or self.constants.is_zero(self.scope, self.inputs[part])

    def refuse(self, what: str) -> CheckpointError:
        """The sentence for a node that torch's LSTM can't stand for."""
        return CheckpointError(f"{quote(self.name)} {what}")

    def check(self) -> None:
        """Raise CheckpointError where the node computes something else than torch's LSTM, with its name."""
        for reason in self._differences():
            raise self.refuse(f"{reason}, which torch.nn.LSTM has not, so it can't be traced truly.")

    def _differences(self) -> Iterator[str]:
        attributes = self.attributes
        direction, layout = attributes.get("direction", "forward"), attributes.get("layout", 0)
        if direction not in DIRECTIONS:
            yield f"has the direction {printable(str(direction))}"
        if layout not in (0, 1):
            yield f"has the layout {printable(str(layout))}"
        if not self.is_zero("P"):
            yield "has peepholes (its gates look at the memory)"
        if attributes.get("input_forget", 0):
            yield "couples its input gate to its forget gate (input_forget)"
        if "clip" in attributes:
            yield f"clips what goes into its gates (clip = {printable(str(attributes['clip']))})"
        yield from self._unknown_activations()

    def _unknown_activations(self) -> Iterator[str]:
        try:
            functions = activations_of_node(self.attributes, len(self.directions))
        except ValueError as error:
            yield str(error)
            return
        if len(set(functions)) > 1:
            yield "uses other activations in one direction than in the other"

    @property
    def activations(self) -> CellActivations:
        """What its gates, candidate and readout are computed by."""
        return activations_of_node(self.attributes, len(self.directions))[0]


def dequantised_weights(node: LSTMNode, part: str) -> np.ndarray | None:
    """W or R of a node that keeps them in 8 bits, (directions, inputs, gates * hidden), as an LSTM node has them."""
    kinds = [f"{part}_scale", f"{part}_zero_point"]
    if missing := [kind for kind in kinds if kind not in node.inputs]:
        raise node.refuse(f"has weights {part} of 8 bits without {missing[0]}. Quantise the model again.")
    stored, scale, zero_point = (node.constant(kind) for kind in (part, *kinds))
    if stored is None or scale is None or zero_point is None:
        return None
    try:
        return dequantise(stored, scale, zero_point)
    except ValueError as error:
        raise node.refuse(f"has weights {part} of 8 bits {error}. Quantise the model again.") from error


def _decode_attribute(value: Any) -> Any:
    """An attribute's words as text.

    >>> _decode_attribute([b"Sigmoid", b"Tanh"])
    ['sigmoid', 'tanh']
    """
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").lower()
    return [_decode_attribute(part) for part in value] if isinstance(value, list) else value


#: Where torch's gates (i, f, g, o) stand among ONNX's (i, o, f, c).
GATE_ORDER = [0, 2, 3, 1]
#: A length past which a sequence is none.
MAX_LENGTH = 10**9
RUN_TIME_STATE_NOTE = (
    "The state that it starts from is made as the graph runs; here it starts from zeros unless you give one."
)
RUN_TIME_LENGTHS_NOTE = (
    "The lengths of its sequences are given as the graph runs; here every sequence is read to its own end."
)
BACKWARD_NOTE = (
    "It reads from the end alone; the forward half that torch's module has beside it is zero and does nothing."
)


def read_lstm_node(node: LSTMNode, batch_first: bool = False, notes: tuple[str, ...] = ()) -> FoundLSTM:
    """The LSTM that a node is; `batch_first` and `notes` are what is known of its input.

    Raises CheckpointError where torch's computes something else, or its weights don't fit.
    """
    node.check()
    parameters = _parameters(node)
    start, lengths = _initial_state(node, parameters), _lengths(node)
    found = FoundLSTM(
        node.name,
        f"ONNX {node.node.op_type}",
        parameters,
        batch_first,
        start,
        lengths,
        (*_notes(node, start, lengths), *notes),
        node.activations,
    )
    assert found.lstm_shape.directions == tuple(sorted(node.directions))
    found.check_traceable()
    return found


def _parameters(node: LSTMNode) -> dict[str, np.ndarray]:
    """Each direction's weights, under torch's names."""
    stacked = {part: _weights(node, part) for part in ("W", "R", "B") if part in node.inputs or part != "B"}
    peepholes = node.constant("P")
    _check_shapes(node, stacked if peepholes is None else stacked | {"P": peepholes})
    wide = np.float64 if any(part.dtype == np.float64 for part in stacked.values()) else np.float32
    found = {}
    for number, suffix in enumerate(node.directions):
        place = f"_l0{suffix}"
        found[f"weight_ih{place}"] = _reorder_gates(stacked["W"][number].astype(wide, copy=False))
        found[f"weight_hh{place}"] = _reorder_gates(stacked["R"][number].astype(wide, copy=False))
        if "B" in stacked:
            halves = np.split(stacked["B"][number].astype(wide, copy=False), 2)
            found[f"bias_ih{place}"], found[f"bias_hh{place}"] = map(_reorder_gates, halves)
    return found


def _weights(node: LSTMNode, part: str) -> np.ndarray:
    values = node.weights[part] if part in "WR" else node.constant(part)
    if values is None:
        raise node.refuse(
            f"is given its weights {part} as the graph runs, so they don't stand in this file. "
            "Export the model with its weights as constants."
        )
    return to_float_array(f"{node.name}.{part}", values)


def _check_shapes(node: LSTMNode, stacked: dict[str, np.ndarray]) -> None:
    """W (num_directions, 4 hidden, features), R (…, 4 hidden, hidden), B (…, 8 hidden), P (…, 3 hidden)."""
    num_directions, recurrent = len(node.directions), stacked["R"].shape
    hidden: int = node.attributes.get("hidden_size") or (recurrent[-1] if recurrent else 0)
    features = stacked["W"].shape[-1] if stacked["W"].shape else 0
    expected = {
        "W": (num_directions, 4 * hidden, features),
        "R": (num_directions, 4 * hidden, hidden),
        "B": (num_directions, 8 * hidden),
        "P": (num_directions, 3 * hidden),
    }
    for part, values in stacked.items():
        if values.shape != expected[part] or not values.size:
            raise node.refuse(
                f"has weights {part} of the shape {format_shape(values.shape)}; "
                f"{format_shape(expected[part])} would fit. Export the model again."
            )


def _reorder_gates(stacked: np.ndarray) -> np.ndarray:
    """Rows (i, o, f, c) as (i, f, g, o).

    >>> _reorder_gates(np.array([1, 2, 3, 4])).tolist()
    [1, 3, 4, 2]
    """
    gates = stacked.reshape(4, -1, *stacked.shape[1:])
    return np.ascontiguousarray(gates[GATE_ORDER].reshape(stacked.shape))


def _initial_state(node: LSTMNode, parameters: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray] | None:
    """The constant initial state (h_0, c_0), each (num_directions, batch, hidden); None where it is zero or unknown."""
    parts = [_constant_state(node, part) for part in ("initial_h", "initial_c")]
    for part in ("initial_h", "initial_c"):
        _check_zero_state(node, part)
    known = [part for part in parts if part is not None]
    others = [part for part, value in zip(("initial_h", "initial_c"), parts, strict=True) if value is None]
    if not known or not all(node.is_zero(part) for part in others):
        return None
    kind = parameters["weight_hh_l0" + node.directions[0]].dtype
    h_0, c_0 = (np.zeros_like(known[0]) if part is None else part for part in parts)
    wanted = (
        len(node.directions),
        h_0.shape[1] if h_0.ndim == 3 else 0,
        parameters["weight_hh_l0" + node.directions[0]].shape[1],
    )
    if h_0.shape != wanted or c_0.shape != wanted:
        raise node.refuse(
            f"starts from a state of the shape {format_shape(h_0.shape)}; {format_shape(wanted)} would fit."
        )
    ways = [0] if len(node.directions) == 1 else [node.directions.index(suffix) for suffix in BIDIRECTIONAL]
    return h_0[ways].astype(kind), c_0[ways].astype(kind)


def _check_zero_state(node: LSTMNode, part: str) -> None:
    """Raise CheckpointError where a state of zeros has a fixed shape that is none of the node's."""
    values = node.constant(part)
    if values is None:
        return
    hidden = node.weights["R"]
    ways, units = len(node.directions), 0 if hidden is None or not hidden.ndim else hidden.shape[-1]
    axes = (values.shape[0], values.shape[-1]) if values.ndim == 3 else ()
    if node.batch_first and values.ndim == 3:
        axes = (values.shape[1], values.shape[-1])
    if axes != (ways, units):
        raise node.refuse(
            f"starts from a state {part} of the shape {format_shape(values.shape)}; {ways:,} × batch × {units:,} would "
            "fit. ONNX Runtime refuses this file too: some versions of torch.onnx.export write an LSTM with proj_size "
            "so. Open its state_dict instead: torch.save(model.state_dict(), 'model.pt')."
        )


def _constant_state(node: LSTMNode, part: str) -> np.ndarray | None:
    values = node.constant(part)
    if values is None or node.is_zero(part):
        return None
    state = to_float_array(f"{node.name}.{part}", values)
    return state.swapaxes(0, 1) if node.batch_first and state.ndim == 3 else state


def _lengths(node: LSTMNode) -> tuple[int, ...] | None:
    values = node.constant("sequence_lens")
    if values is None:
        return None
    if values.ndim != 1 or values.dtype.kind not in "iu" or not all(1 <= length <= MAX_LENGTH for length in values):
        raise node.refuse("fixes lengths of its sequences that are no lengths. Export the model again.")
    return tuple(values.tolist())


def _notes(node: LSTMNode, start: object, lengths: tuple[int, ...] | None) -> list[str]:
    """What a person should know of how the node was read."""
    notes = [] if node.activations.is_standard else [node.activations.note]
    if node.directions == BACKWARD:
        notes.append(BACKWARD_NOTE)
    if start is None and not (node.is_zero("initial_h") and node.is_zero("initial_c")):
        notes.append(RUN_TIME_STATE_NOTE)
    if start is not None:
        notes.append("The file fixes the state that it starts from.")
    if "sequence_lens" in node.inputs:
        fixed = (
            f"The file fixes the lengths of {plural(len(lengths), 'sequence')}." if lengths else RUN_TIME_LENGTHS_NOTE
        )
        notes.append(fixed)
    if node.is_quantised:
        notes.append(QUANTISED_NOTE)
    if any(_is_half_precision(node, part) for part in ("W", "R", "B")):
        notes.append(HALF_PRECISION_NOTE)
    return notes


def _is_half_precision(node: LSTMNode, part: str) -> bool:
    values = node.constant(part)
    return values is not None and values.dtype.itemsize == 2
