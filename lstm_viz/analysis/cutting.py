"""A stretch of a layer's record: some steps, some units, as a record of its own."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from lstm_viz.traces import LayerTrace

Units = np.ndarray | slice


def cut(layer: LayerTrace, start: int, stop: int, units: np.ndarray | None = None) -> LayerTrace:
    """Steps start to stop - 1 of a layer, in float32, with the states they begin from.

    `units` chooses and orders units; a hidden state of another width (a projection) keeps its own.
    The products and memories of the cut are those of the whole, and copies, so that the whole
    may go; its weights are left out.

    >>> h = np.arange(8.0).reshape(4, 1, 2)
    >>> part = cut(LayerTrace("l0", "rnn", h, h, h[0], np.array([4])), 2, 4, np.array([1]))
    >>> part.hidden_state.ravel().tolist(), part.previous_hidden_state.ravel().tolist()
    ([5.0, 7.0], [3.0, 5.0])
    """
    steps = slice(start, stop)
    units = np.arange(layer.memory.shape[-1]) if units is None else units
    projected = layer.hidden_state.shape[-1] != layer.memory.shape[-1]
    outputs: Units = slice(None) if projected else units
    first = stop if layer.reverse else start - 1
    return replace(
        layer,
        event=_part(layer.event, steps, slice(None)),
        hidden_state=_part(layer.hidden_state, steps, outputs),
        lengths=np.clip(layer.lengths - start, 0, stop - start),
        initial_hidden_state=_carried(layer.hidden_state, layer.initial_hidden_state, first, outputs),
        initial_cell_state=_carried_if_any(layer.cell_state, layer.initial_cell_state, first, units),
        preactivations=MappingProxyType({k: _part(v, steps, units) for k, v in layer.preactivations.items()}),
        weights=MappingProxyType({}),
        projection=None if layer.projection is None else layer.projection[:, units],
        readout_weights=None,
        input_gate=_part_if_any(layer.input_gate, steps, units),
        forget_gate=_part_if_any(layer.forget_gate, steps, units),
        candidate=_part_if_any(layer.candidate, steps, units),
        output_gate=_part_if_any(layer.output_gate, steps, units),
        cell_state=_part_if_any(layer.cell_state, steps, units),
    )


def _part(values: np.ndarray, steps: slice, units: Units) -> np.ndarray:
    return np.array(values[steps][..., units], np.float32)


def _part_if_any(values: np.ndarray | None, steps: slice, units: Units) -> np.ndarray | None:
    return None if values is None else _part(values, steps, units)


def _carried_if_any(
    states: np.ndarray | None, initial: np.ndarray | None, step: int, units: Units
) -> np.ndarray | None:
    return None if states is None or initial is None else _carried(states, initial, step, units)


def _carried(states: np.ndarray, initial: np.ndarray, step: int, units: Units) -> np.ndarray:
    """The state after a step, or the initial one where there is none: (batch, units)."""
    if not 0 <= step < len(states):
        return initial[:, units].astype(np.float32)
    return np.where(np.isnan(states[step]), initial, states[step])[:, units].astype(np.float32)
