"""Some sequences of a run, as a run of its own."""

from __future__ import annotations

from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from lstm_viz.traces import LayerTrace, Names, Trace

#: What a layer holds for each sequence, (batch, ...); its other arrays are (time, batch, ...).
BY_SEQUENCE = frozenset({"initial_hidden_state", "initial_cell_state", "lengths"})


def pick_sequences(trace: Trace, chosen: slice) -> Trace:
    """The same run with these sequences of its batch alone; views of its arrays, no copies.

    >>> h = np.arange(6.0).reshape(2, 3, 1)
    >>> layer = LayerTrace("l0", "rnn", h, h, h[0], np.array([2, 2, 1]), preactivations={"hidden_state": h})
    >>> pick_sequences(Trace((layer,), h, h[:1], layer.lengths), slice(1, 2)).output.ravel().tolist()
    [1.0, 4.0]
    """
    if range(len(trace.lengths))[chosen] == range(len(trace.lengths)):
        return trace
    final = trace.final_state
    return replace(
        trace,
        layers=tuple(_of_layer(layer, chosen) for layer in trace.layers),
        output=trace.output[:, chosen],
        final_state=(final[0][:, chosen], final[1][:, chosen]) if isinstance(final, tuple) else final[:, chosen],
        lengths=trace.lengths[chosen],
        passed=tuple(part[:, chosen] for part in trace.passed),
        names=None if trace.names is None else _of_names(trace.names, chosen),
    )


def _of_names(names: Names, chosen: slice) -> Names:
    filled = None if names.filled is None else names.filled[:, chosen]
    return replace(names, sequences=names.sequences[chosen], steps=names.steps[:, chosen], filled=filled)


def _of_layer(layer: LayerTrace, chosen: slice) -> LayerTrace:
    arrays: dict[str, Any] = {"preactivations": _of_each(layer, chosen)}
    for each in fields(layer):
        values = getattr(layer, each.name)
        if isinstance(values, np.ndarray) and each.name != "projection":
            arrays[each.name] = values[chosen] if each.name in BY_SEQUENCE else values[:, chosen]
    return replace(layer, **arrays)


def _of_each(layer: LayerTrace, chosen: slice) -> MappingProxyType[str, np.ndarray]:
    return MappingProxyType({name: values[:, chosen] for name, values in layer.preactivations.items()})
