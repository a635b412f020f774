"""Running a trace's weights and sequences through the other cell: standard LSTM to the course's, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.traces import LayerTrace, Trace
from lstm_viz.traces.record import LSTM_GATES

if TYPE_CHECKING:
    from torch import Tensor


def swap_cell(trace: Trace) -> Trace:
    """The same sequences, from the same start, through the other cell with the same weights.

    A standard run goes through the course's cell with W_u the identity and b_u 0, so that its use gate is offered
    tanh(kept) where the standard one is offered tanh(LTM); a run of the course's cell goes through `torch.nn.LSTM`.

    Raises ValueError where not both cells can take the weights (`can_swap_cell`).

    >>> import lstm_viz, torch
    >>> run = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(5, 1, 2))
    >>> other = swap_cell(run)
    >>> other.variant, bool(abs(other.layers[0].forget_gate[0] - run.layers[0].forget_gate[0]).max() < 1e-6)
    ('course', True)
    """
    if not can_swap_cell(trace):
        raise ValueError(
            "A run of an LSTM that reads forwards, without projection, with its weights, sigmoid gates and tanh, was "
            "expected."
        )
    # Here, so that a page may ask `can_swap_cell` before torch is loaded.
    import torch
    from torch import nn

    from lstm_viz.cells.course import CourseLSTM
    from lstm_viz.recording.trace import trace as trace_of

    first = trace.layers[0]
    features, hidden, layers = first.event.shape[-1], first.units, len(trace.layers)
    kind = nn.LSTM if trace.variant == "course" else CourseLSTM
    module = kind(features, hidden, layers).to(torch.tensor(first.event[:0]).dtype)
    with torch.no_grad():
        for index, layer in enumerate(trace.layers):
            for name, values in _weights(layer, index, trace.variant == "course").items():
                module.get_parameter(name).copy_(values)
    initial_state = tuple(
        torch.from_numpy(np.stack([getattr(layer, f"initial_{name}") for layer in trace.layers]))
        for name in ("hidden_state", "cell_state")
    )
    other = trace_of(module, np.nan_to_num(first.event), initial_state, trace.lengths, device="cpu")
    return replace(other, notes=trace.notes)


def _weights(layer: LayerTrace, index: int, standard: bool) -> dict[str, Tensor]:
    """The parameters of one layer of the other cell, by their names in its module."""
    import torch

    def stacked(part: str) -> Tensor:
        return torch.from_numpy(np.concatenate([getattr(layer.weights[gate], part) for gate in LSTM_GATES]))

    weights, bias = (
        {f"weight_ih_l{index}": stacked("input"), f"weight_hh_l{index}": stacked("recurrent")},
        stacked("bias"),
    )
    if standard:
        return weights | {f"bias_ih_l{index}": bias, f"bias_hh_l{index}": torch.zeros_like(bias)}
    readout = {f"weight_readout_l{index}": torch.eye(layer.units), f"bias_readout_l{index}": torch.zeros(layer.units)}
    return weights | {f"bias_l{index}": bias} | readout


def can_swap_cell(trace: Trace) -> bool:
    """Whether both cells can take this run's weights: the course's knows neither projection nor two directions, nor
    other functions than sigmoid and tanh.

    >>> import lstm_viz, torch
    >>> can_swap_cell(lstm_viz.trace(torch.nn.LSTM(2, 3, bidirectional=True), torch.ones(4, 1, 2)))
    False
    """
    plain = all(not layer.reverse and layer.projection is None and layer.weights for layer in trace.layers)
    return trace.variant != "rnn" and plain and trace.activations.is_standard
