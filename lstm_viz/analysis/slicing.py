"""Slices of a run as runs of their own: steps, units, sequences, a beginning; and runs joined end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from lstm_viz.traces import GATE_ARRAYS, LayerTrace, Names, Trace
from lstm_viz.traces.preactivations import with_preactivations

Units = np.ndarray | slice


def slice_steps(layer: LayerTrace, start: int, stop: int, units: np.ndarray | None = None) -> LayerTrace:
    """Steps `start` to `stop` - 1 of a layer as a record of its own, in float32, with the states they begin from.

    `units` chooses and orders units; a hidden state of another width (a projection) keeps its own.
    The slice's derived arrays equal the layer's own. It holds copies, so that the layer can be freed; its weights
    are left out.

    >>> h = np.arange(8.0).reshape(4, 1, 2)
    >>> part = slice_steps(LayerTrace("l0", "rnn", h, h, h[0], np.array([4])), 2, 4, np.array([1]))
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
        event=_slice(layer.event, steps, slice(None)),
        hidden_state=_slice(layer.hidden_state, steps, outputs),
        lengths=np.clip(layer.lengths - start, 0, stop - start),
        initial_hidden_state=_state_after(layer.hidden_state, layer.initial_hidden_state, first, outputs),
        initial_cell_state=_state_after_if_any(layer.cell_state, layer.initial_cell_state, first, units),
        preactivations=MappingProxyType({k: _slice(v, steps, units) for k, v in layer.preactivations.items()}),
        weights=MappingProxyType({}),
        projection=None if layer.projection is None else layer.projection[:, units],
        readout_weights=None,
        input_gate=_slice_if_any(layer.input_gate, steps, units),
        forget_gate=_slice_if_any(layer.forget_gate, steps, units),
        candidate=_slice_if_any(layer.candidate, steps, units),
        output_gate=_slice_if_any(layer.output_gate, steps, units),
        cell_state=_slice_if_any(layer.cell_state, steps, units),
    )


def _slice(values: np.ndarray, steps: slice, units: Units) -> np.ndarray:
    return np.array(values[steps][..., units], np.float32)


def _slice_if_any(values: np.ndarray | None, steps: slice, units: Units) -> np.ndarray | None:
    return None if values is None else _slice(values, steps, units)


def _state_after_if_any(
    states: np.ndarray | None, initial: np.ndarray | None, step: int, units: Units
) -> np.ndarray | None:
    return None if states is None or initial is None else _state_after(states, initial, step, units)


def _state_after(states: np.ndarray, initial: np.ndarray, step: int, units: Units) -> np.ndarray:
    """The state after a step, or the initial one where there is none: (batch, units)."""
    if not 0 <= step < len(states):
        return initial[:, units].astype(np.float32)
    return np.where(np.isnan(states[step]), initial, states[step])[:, units].astype(np.float32)


#: Recorded arrays, (time, ...); the others are derived from them.
RECORDED_ARRAYS = ("event", *(name for name in GATE_ARRAYS if name not in ("learned", "kept", "readout")))


def first_steps(trace: Trace, steps: int) -> Trace:
    """The first `steps` steps of a run, its numbers shared with the whole; `final_state` stays the whole run's.

    Raises ValueError where a layer reads from the end: its first steps depend on the last.

    >>> import torch, lstm_viz
    >>> run = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(6, 1, 2))
    >>> first_steps(run, 4).layers[0].kept.shape
    (4, 1, 3)
    """
    if trace.directions > 1:
        raise ValueError("A layer of this run reads from the end, so that its first steps are no run of their own.")
    lengths = np.minimum(trace.lengths, steps)
    layers = tuple(_first_steps_of_layer(layer, steps) for layer in trace.layers)
    return replace(trace, layers=layers, output=trace.output[:steps], lengths=lengths)


def _first_steps_of_layer(layer: LayerTrace, steps: int) -> LayerTrace:
    recorded = {name: getattr(layer, name) for name in RECORDED_ARRAYS}
    preactivations = {name: values[:steps] for name, values in layer.preactivations.items()}
    return replace(
        layer,
        lengths=np.minimum(layer.lengths, steps),
        preactivations=MappingProxyType(preactivations),
        **{name: values[:steps] for name, values in recorded.items() if values is not None},
    )


#: Arrays of a layer with no time axis, (batch, ...); its others are (time, batch, ...).
PER_SEQUENCE = frozenset({"initial_hidden_state", "initial_cell_state", "lengths"})


def select_sequences(trace: Trace, chosen: slice) -> Trace:
    """The same run with these sequences of its batch alone; views of its arrays, no copies.

    >>> h = np.arange(6.0).reshape(2, 3, 1)
    >>> layer = LayerTrace("l0", "rnn", h, h, h[0], np.array([2, 2, 1]), preactivations={"hidden_state": h})
    >>> select_sequences(Trace((layer,), h, h[:1], layer.lengths), slice(1, 2)).output.ravel().tolist()
    [1.0, 4.0]
    """
    if range(len(trace.lengths))[chosen] == range(len(trace.lengths)):
        return trace
    final = trace.final_state
    return replace(
        trace,
        layers=tuple(_select_in_layer(layer, chosen) for layer in trace.layers),
        output=trace.output[:, chosen],
        final_state=(final[0][:, chosen], final[1][:, chosen]) if isinstance(final, tuple) else final[:, chosen],
        lengths=trace.lengths[chosen],
        passed=tuple(part[:, chosen] for part in trace.passed),
        names=None if trace.names is None else _select_names(trace.names, chosen),
    )


def _select_names(names: Names, chosen: slice) -> Names:
    filled = None if names.filled is None else names.filled[:, chosen]
    return replace(names, sequences=names.sequences[chosen], steps=names.steps[:, chosen], filled=filled)


def _select_in_layer(layer: LayerTrace, chosen: slice) -> LayerTrace:
    arrays: dict[str, Any] = {"preactivations": _select_in_preactivations(layer, chosen)}
    for each in fields(layer):
        values = getattr(layer, each.name)
        if isinstance(values, np.ndarray) and each.name != "projection":
            arrays[each.name] = values[chosen] if each.name in PER_SEQUENCE else values[:, chosen]
    return replace(layer, **arrays)


def _select_in_preactivations(layer: LayerTrace, chosen: slice) -> MappingProxyType[str, np.ndarray]:
    return MappingProxyType({name: values[:, chosen] for name, values in layer.preactivations.items()})


def concatenate(parts: Sequence[Trace]) -> Trace:
    """One run from consecutive stretches of it: each began from the state in which the one before ended.

    All are of one module and as many sequences, every one of which goes on to the last stretch.
    Raises ValueError where a layer reads from the end, since its first stretch would need the last.

    >>> import lstm_viz, torch
    >>> module, x = torch.nn.LSTM(2, 3), torch.randn(7, 1, 2)
    >>> first = lstm_viz.trace(module, x[:4])
    >>> rest = lstm_viz.trace(module, x[4:], first.final_state)
    >>> whole = concatenate([first, rest])
    >>> bool(np.allclose(whole.output, lstm_viz.trace(module, x).output, atol=1e-6))
    True
    """
    first, last = parts[0], parts[-1]
    if first.directions > 1:
        raise ValueError("A layer of this run reads from the end, so that its stretches can't be joined in order.")
    differences = [part.difference for part in parts if part.difference is not None]
    return replace(
        first,
        layers=tuple(_concatenate_layers(layers) for layers in zip(*(part.layers for part in parts), strict=True)),
        output=_concatenate_arrays([part.output for part in parts]),
        final_state=last.final_state,
        lengths=np.sum([part.lengths for part in parts], axis=0),
        difference=max(differences) if len(differences) == len(parts) else None,
    )


def _concatenate_layers(layers: tuple[LayerTrace, ...]) -> LayerTrace:
    recorded: dict[str, Any] = {name: [getattr(layer, name) for layer in layers] for name in RECORDED_ARRAYS}
    arrays: dict[str, Any] = {
        name: _concatenate_arrays(parts) for name, parts in recorded.items() if parts[0] is not None
    }
    lengths = np.sum([layer.lengths for layer in layers], axis=0)
    return with_preactivations(replace(layers[0], lengths=lengths, **arrays))


def _concatenate_arrays(parts: list[np.ndarray]) -> np.ndarray:
    joined = np.concatenate(parts)
    joined.flags.writeable = False
    return joined
