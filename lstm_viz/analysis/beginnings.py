"""The first steps of a run, as a run."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from lstm_viz.traces import GATE_ARRAYS, LayerTrace, Trace

#: Recorded arrays, (time, ...); the others are made of them.
RECORDED = ("event", *(name for name in GATE_ARRAYS if name not in ("learned", "kept", "readout")))


def beginning(trace: Trace, steps: int) -> Trace:
    """The first `steps` steps of a run, its numbers shared with the whole; `final_state` stays the whole run's.

    Raises ValueError where a layer reads from the end: its first steps depend on the last.

    >>> import torch, lstm_viz
    >>> run = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(6, 1, 2))
    >>> beginning(run, 4).layers[0].kept.shape
    (4, 1, 3)
    """
    if trace.directions > 1:
        raise ValueError("A layer of this run reads from the end, so that its first steps are no run of their own.")
    lengths = np.minimum(trace.lengths, steps)
    layers = tuple(_begun(layer, steps) for layer in trace.layers)
    return replace(trace, layers=layers, output=trace.output[:steps], lengths=lengths)


def _begun(layer: LayerTrace, steps: int) -> LayerTrace:
    recorded = {name: getattr(layer, name) for name in RECORDED}
    sums = {name: values[:steps] for name, values in layer.preactivations.items()}
    return replace(
        layer,
        lengths=np.minimum(layer.lengths, steps),
        preactivations=MappingProxyType(sums),
        **{name: values[:steps] for name, values in recorded.items() if values is not None},
    )
