"""The other cell with a run's own weights, against the cells' equations written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.recording.swap_cell import can_swap_cell, swap_cell


def test_the_course_s_cell_offers_what_was_kept_and_nothing_else_changes():
    torch.manual_seed(1)
    run = lstm_viz.trace(nn.LSTM(3, 4), torch.randn(6, 2, 3), lengths=[6, 4])
    other = swap_cell(run)
    weights, layer = run.layers[0].weights, run.layers[0]
    hidden = cell = np.zeros((2, 4))
    for step in range(4):
        preactivations = {
            gate: layer.event[step] @ of.input.T + hidden @ of.recurrent.T + of.bias for gate, of in weights.items()
        }
        opened = {gate: 1 / (1 + np.exp(-value)) for gate, value in preactivations.items()}
        kept = opened["forget_gate"] * cell
        cell = kept + opened["input_gate"] * np.tanh(preactivations["candidate"])
        hidden = opened["output_gate"] * np.tanh(kept)
        assert np.allclose(other.layers[0].cell_state[step], cell, atol=2e-6)
        assert np.allclose(other.layers[0].hidden_state[step], hidden, atol=2e-6)


def test_a_run_of_the_course_s_cell_goes_through_torch_s_own():
    torch.manual_seed(2)
    module, x = nn.LSTM(2, 3, num_layers=2), torch.randn(7, 3, 2)
    start = torch.randn(2, 3, 3), torch.randn(2, 3, 3)
    there_and_back = swap_cell(swap_cell(lstm_viz.trace(module, x, start)))
    with torch.no_grad():
        assert np.allclose(there_and_back.output, module(x, start)[0].numpy(), atol=2e-6)


@pytest.mark.parametrize(
    "module", [nn.LSTM(2, 3, bidirectional=True), nn.LSTM(2, 3, proj_size=2), nn.RNN(2, 3)], ids=str
)
def test_what_the_other_cell_can_t_take_is_refused(module):
    run = lstm_viz.trace(module, torch.randn(4, 1, 2))
    assert not can_swap_cell(run)
    with pytest.raises(ValueError, match="reads forwards"):
        swap_cell(run)
