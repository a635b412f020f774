"""A stretch of a layer's record: some steps, some units, as a record of its own."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from lstm_viz.traces import LayerTrace

Units = np.ndarray | slice
STEPPED = ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state")


def cut(layer: LayerTrace, start: int, stop: int, units: np.ndarray | None = None) -> LayerTrace:
    """Steps start to stop - 1 of a layer, in float32, with the states they begin from.

    `units` chooses and orders units; a hidden state of another width (a projection) keeps its own.
    The products and memories of the cut are those of the whole.
    """
    steps = slice(start, stop)
    units = np.arange(layer.hidden_state.shape[-1]) if units is None else units
    projected = layer.cell_state is not None and layer.hidden_state.shape[-1] != layer.cell_state.shape[-1]
    outputs = slice(None) if projected else units

    def of(values: np.ndarray | None, chosen: Units = units) -> np.ndarray | None:
        return None if values is None else np.ascontiguousarray(values[steps][..., chosen], np.float32)

    first = stop if layer.reverse else start - 1
    return replace(
        layer,
        event=np.ascontiguousarray(layer.event[steps], np.float32),
        hidden_state=of(layer.hidden_state, outputs),
        lengths=np.clip(layer.lengths - start, 0, stop - start),
        initial_hidden_state=_carried(layer.hidden_state, layer.initial_hidden_state, first, outputs),
        initial_cell_state=_carried(layer.cell_state, layer.initial_cell_state, first, units),
        preactivations=MappingProxyType(
            {
                name: of(values)
                for name, values in layer.preactivations.items()
                if values.shape[-1] > max(units, default=0)
            }
        ),
        weights=MappingProxyType({}),
        **{name: of(getattr(layer, name)) for name in STEPPED},
    )


def _carried(states: np.ndarray | None, initial: np.ndarray | None, step: int, units: Units) -> np.ndarray | None:
    """The state after a step, or the initial one where there is none: (batch, units)."""
    if states is None or initial is None:
        return None
    if not 0 <= step < len(states):
        return initial[:, units].astype(np.float32)
    return np.where(np.isnan(states[step]), initial, states[step])[:, units].astype(np.float32)
