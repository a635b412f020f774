"""Contents of a model's file: LSTMs, adjacent layers, notes; and their form as messages of the sandbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from lstm_viz.cells.activation_functions import STANDARD, CellActivations
from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.lstm_shape import BACKWARD, BIDIRECTIONAL, LSTMShape, infer_lstm_shape
from lstm_viz.sandbox.wire import Message, text, texts
from lstm_viz.sequences.formatting import plural

Kind = Literal["embedding", "linear"]
#: What is said of a file that fixes what a run starts from, and the beginning of what is said of its lengths.
FIXED_STATE_NOTE = "The file fixes the state that it starts from."
FIXED_LENGTHS_NOTE = "The file fixes the lengths of"


@dataclass(frozen=True, eq=False)
class FoundLSTM:
    """One LSTM of a file, its weights under torch.nn.LSTM's names and in its form (gates i, f, g, o).

    >>> weights = {"weight_ih_l0": np.zeros((32, 3)), "weight_hh_l0": np.zeros((32, 8))}
    >>> FoundLSTM("encoder", "torch.nn.LSTM", weights).description
    'reads 3 features a step; 8 units in 1 layer, without biases'
    """

    name: str
    #: What it is in the file: torch.nn.LSTMCell, ONNX LSTM, Keras Bidirectional ...
    kind: str
    #: Each float32 or float64; in the sandbox's child, which computes nothing with them, also 16 bits as they lie.
    parameters: Mapping[str, np.ndarray]
    #: Whether the model that it comes from puts the batch before the time; the module here takes time first.
    batch_first: bool = False
    #: The initial state in the file, (h_0, c_0), each (layers * directions, batch, units).
    initial_state: tuple[np.ndarray, np.ndarray] | None = None
    #: The lengths of sequences that the file fixes.
    lengths: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()
    #: What its gates, candidate and readout are computed by.
    activations: CellActivations = STANDARD
    #: The features that it was trained with, where the file says their centre and scale.
    inputs: FeatureScaling | None = None

    def check_traceable(self) -> None:
        """Raise CheckpointError where no module here computes such an LSTM."""
        if self.lstm_shape.directions == BACKWARD and not self.activations.is_silent_at_zero:
            raise CheckpointError(
                f"{quote(self.name)} was left out: it reads from the end alone with {self.activations.words}, and the "
                "forward half that stands beside it here would not stay zero."
            )

    @cached_property
    def lstm_shape(self) -> LSTMShape:
        """Its sizes. CheckpointError where the parameters don't fit together."""
        return infer_lstm_shape(self.name, {name: part.shape for name, part in self.parameters.items()})

    @property
    def description(self) -> str:
        """What it was read as, for a person."""
        shape = self.lstm_shape
        directions = {BACKWARD: ", backwards only", BIDIRECTIONAL: ", in both directions"}.get(shape.directions, "")
        projected = f", projected to {shape.proj_size:,}" if shape.proj_size else ""
        bias = "" if shape.bias else ", without biases"
        sizes = f"{plural(shape.hidden_size, 'unit')} in {plural(shape.num_layers, 'layer')}"
        functions = "" if self.activations.is_standard else f"; {self.activations.words}"
        return f"reads {plural(shape.input_size, 'feature')} a step; {sizes}{projected}{directions}{bias}{functions}"


@dataclass(frozen=True, eq=False)
class AdjacentLayer:
    """An embedding before an LSTM or a linear layer after it, proposed by shape or name; used only when chosen.

    >>> AdjacentLayer("embed", "embedding", np.zeros((9, 2)), {"lstm": "it has 2 columns"}).description
    'an embedding of 9 kinds before “lstm” (it has 2 columns)'
    """

    name: str
    kind: Kind
    #: An embedding's (kinds, features) or a linear layer's (outputs, inputs).
    weight: np.ndarray
    #: The LSTMs that it may belong to, and why that is proposed.
    adjacent_to: Mapping[str, str]
    bias: np.ndarray | None = None
    #: What is done to a linear layer's outputs, where the file says so: softmax, sigmoid ...
    activation: str = ""
    #: The way back from a linear layer's outputs to the units of what it predicts, where the file says it.
    outputs: FeatureScaling | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of its matrix."""
        return self.weight.shape[0], self.weight.shape[1]

    @property
    def description(self) -> str:
        """What it is proposed as, and why, for a person."""
        rows = f"{self.shape[0]:,}"
        what = f"an embedding of {rows} kinds before" if self.kind == "embedding" else f"{self._linear(rows)} after"
        names = " or ".join(quote(name) for name in self.adjacent_to)
        return f"{what} {names} ({next(iter(self.adjacent_to.values()))})"

    def _linear(self, rows: str) -> str:
        after = f" and {self.activation}" if self.activation else ""
        return f"a linear layer of {rows} outputs{after}"


@dataclass(frozen=True, eq=False)
class Contents:
    """Everything a reader found in a file."""

    format: str
    lstms: tuple[FoundLSTM, ...]
    adjacent_layers: tuple[AdjacentLayer, ...] = ()
    #: What was done or left out, a sentence each.
    notes: tuple[str, ...] = ()


def with_names_of_their_own(contents: Contents) -> Contents:
    """The same with each LSTM and each adjacent layer under a name of its own: a second of one name is numbered.

    >>> weights = {"weight_ih_l0": np.zeros((8, 3)), "weight_hh_l0": np.zeros((8, 2))}
    >>> twice = Contents("Keras", (FoundLSTM("lstm", "", weights), FoundLSTM("lstm", "", weights)))
    >>> [lstm.name for lstm in with_names_of_their_own(twice).lstms]
    ['lstm', 'lstm (2)']
    """
    lstms, layers = (_unique([part.name for part in parts]) for parts in (contents.lstms, contents.adjacent_layers))
    return replace(
        contents,
        lstms=tuple(replace(part, name=name) for part, name in zip(contents.lstms, lstms, strict=True)),
        adjacent_layers=tuple(
            replace(part, name=name) for part, name in zip(contents.adjacent_layers, layers, strict=True)
        ),
    )


def _unique(names: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    times: Counter[str] = Counter()
    for name in names:
        own = name
        while own in found:
            times[name] += 1
            own = f"{name} ({times[name] + 1})"
        found[own] = None
    return list(found)


def encode_contents(contents: Contents) -> Message:
    """The contents as the sandbox sends them: each array in the head by its place among the arrays."""
    arrays: list[np.ndarray] = []

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return len(arrays) - 1
        if isinstance(value, Mapping):
            return {name: plain(part) for name, part in value.items()}
        if isinstance(value, CellActivations):
            return value.to_text()
        if isinstance(value, FeatureScaling):
            return [list(value.names), list(value.centre), list(value.scale), value.source]
        return [plain(part) for part in value] if isinstance(value, tuple) else value

    def fields_of(part: FoundLSTM | AdjacentLayer) -> dict[str, Any]:
        return {field.name: plain(getattr(part, field.name)) for field in fields(part)}

    lstms, adjacent_layers = (
        [fields_of(part) for part in parts] for parts in (contents.lstms, contents.adjacent_layers)
    )
    head = {"format": contents.format, "lstms": lstms, "adjacent_layers": adjacent_layers, "notes": contents.notes}
    return Message(head, arrays)


def decode_contents(message: Message) -> Contents:
    """The contents in a message, the other end of `encode_contents`. Raises ValueError or its like where it lies."""
    head, arrays = message
    lstms = tuple(_decode_lstm(part, arrays) for part in head["lstms"])
    adjacent_layers = tuple(_decode_adjacent_layer(part, arrays) for part in head["adjacent_layers"])
    return Contents(text(head["format"]), lstms, adjacent_layers, texts(head["notes"]))


def _decode_lstm(part: dict[str, Any], arrays: Sequence[np.ndarray]) -> FoundLSTM:
    start, lengths = part["initial_state"], part["lengths"]
    return FoundLSTM(
        name=text(part["name"]),
        kind=text(part["kind"]),
        parameters={name: arrays[place] for name, place in part["parameters"].items()},
        batch_first=bool(part["batch_first"]),
        initial_state=None if start is None else (arrays[start[0]], arrays[start[1]]),
        lengths=None if lengths is None else tuple(int(length) for length in lengths),
        notes=texts(part["notes"]),
        activations=CellActivations.from_text(text(part["activations"])),
        inputs=_decode_scaling(part["inputs"]),
    )


def _decode_scaling(part: list[Any] | None) -> FeatureScaling | None:
    if part is None:
        return None
    names, centre, scale, source = part
    return FeatureScaling(texts(names), tuple(map(float, centre)), tuple(map(float, scale)), text(source))


def _decode_adjacent_layer(part: dict[str, Any], arrays: Sequence[np.ndarray]) -> AdjacentLayer:
    kind: Kind = "embedding" if part["kind"] == "embedding" else "linear"
    adjacent_to = {name: text(why) for name, why in part["adjacent_to"].items()}
    bias, weight = part["bias"], arrays[part["weight"]]
    if weight.ndim != 2:
        raise ValueError("a matrix has two axes")
    return AdjacentLayer(
        text(part["name"]),
        kind,
        weight,
        adjacent_to,
        None if bias is None else arrays[bias],
        text(part["activation"]),
        _decode_scaling(part["outputs"]),
    )
