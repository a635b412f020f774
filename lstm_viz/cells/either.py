"""Which runs can be repeated with the other cell."""

from __future__ import annotations

from lstm_viz.traces import Trace


def can_swap_cell(trace: Trace) -> bool:
    """Whether both cells can take this run's weights: the course's knows neither projection nor two directions.

    >>> import lstm_viz, torch
    >>> can_swap_cell(lstm_viz.trace(torch.nn.LSTM(2, 3, bidirectional=True), torch.ones(4, 1, 2)))
    False
    """
    plain = all(not layer.reverse and layer.projection is None and layer.weights for layer in trace.layers)
    return trace.variant != "rnn" and plain
