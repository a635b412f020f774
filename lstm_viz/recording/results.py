"""The record of one layer as a backend returns it, and its conversion to a `LayerTrace` of read-only NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from lstm_viz.recording.inputs import Inputs
from lstm_viz.recording.module_spec import LayerWeights
from lstm_viz.recording.tensor_ops import to_numpy
from lstm_viz.traces import LayerTrace, ReadoutWeights
from lstm_viz.traces.preactivations import with_preactivations


@dataclass(frozen=True, eq=False)
class LayerRecord:
    """Recorded arrays of one layer in one direction, (time, batch, ...), with its weights, inputs and initial state.

    The compiled kernel gives NumPy arrays, PyTorch and Triton tensors.
    """

    weights: LayerWeights
    event: Tensor
    #: The initial state, (h_0, c_0) or (h_0,), each (batch, ...).
    initial_state: tuple[Tensor, ...]
    #: Inputs of each sigmoid or tanh by the array it made, if they were recorded.
    preactivations: dict[str, Any]
    #: Gate activations and cell_state by name, (time, batch, hidden).
    arrays: dict[str, Any]
    #: (time, batch, output)
    hidden_state: Tensor
    #: Whether every array is NaN past each sequence's end already.
    padding_is_nan: bool = False
    #: learned, kept and readout, if they were recorded, (time, batch, hidden).
    derived: dict[str, Any] = field(default_factory=dict)


def layer_trace(record: LayerRecord, inputs: Inputs) -> LayerTrace:
    """The record of one layer as NumPy arrays, NaN past each sequence's end (filled in place)."""
    padding = None if inputs.padding is None else inputs.padding[..., None]

    def ended(tensor: Tensor) -> np.ndarray:
        return to_numpy(tensor if padding is None else tensor.masked_fill_(padding, np.nan))

    steps = to_numpy if record.padding_is_nan else ended

    hidden, *cell = record.initial_state
    arrays: dict[str, Any] = {name: steps(value) for name, value in record.arrays.items()}
    layer = LayerTrace(
        name=record.weights.name,
        variant=record.weights.variant,
        event=ended(record.event if inputs.padding is None else record.event.clone()),
        hidden_state=steps(record.hidden_state),
        initial_hidden_state=to_numpy(hidden),
        lengths=inputs.lengths,
        initial_cell_state=to_numpy(cell[0]) if cell else None,
        preactivations={name: steps(value) for name, value in record.preactivations.items()},
        weights=dict(record.weights.gate_weights),
        projection=None if record.weights.projection is None else to_numpy(record.weights.projection),
        readout_weights=_readout_weights(record.weights),
        activations=record.weights.activations,
        **arrays,
    )
    layer = layer if record.preactivations else with_preactivations(layer)
    vars(layer).update({name: steps(value) for name, value in record.derived.items()})  # as its properties keep them
    return layer


def _readout_weights(weights: LayerWeights) -> ReadoutWeights | None:
    return None if weights.readout is None else ReadoutWeights(*(to_numpy(part) for part in weights.readout))
