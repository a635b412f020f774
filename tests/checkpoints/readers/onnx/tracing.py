"""The LSTM of an opened file run here, its outputs as an ONNX node shapes them."""

from __future__ import annotations

import numpy as np

import lstm_viz
from lstm_viz.checkpoints.load import initial_state_of

#: Rounding alone.
CLOSE = 2e-6


def traced(opening, x, lengths=None, name=None, state=None):
    """Y (time, ways, batch, hidden), Y_h and Y_c of one LSTM of an opened file; of a stack its last layer's Y."""
    name = name or next(iter(opening.models))
    found, module = opening.found[name], opening.models[name]
    run = lstm_viz.trace(module, x, state or initial_state_of(found), lengths=found.lengths or lengths, device="cpu")
    ways = len(found.lstm_shape.directions)
    y = run.output.reshape(*run.output.shape[:2], 1 + module.bidirectional, -1).swapaxes(1, 2)
    assert not y[:, : y.shape[1] - ways].any()  # What stands in for a missing forward half is silent.
    return y[:, -ways:], *(_of_the_ways(part, module, ways) for part in run.final_state)


def _of_the_ways(state, module, ways):
    layers = state.reshape(module.num_layers, 1 + module.bidirectional, *state.shape[1:])
    return layers[:, -ways:].reshape(-1, *state.shape[1:])


def far(ours, theirs) -> float:
    """The largest difference; of a memory beyond 1, whose last digit is worth more, in parts of it."""
    differences = []
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.shape == other.shape
        differences.append(np.abs(mine - other) / np.maximum(1, np.abs(other)))
    return max(float(difference.max()) for difference in differences)
