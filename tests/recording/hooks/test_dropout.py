"""What a call in training drops between its layers is drawn again, and goes with the trace."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.analysis import backpropagate, hold


def test_what_was_dropped_between_layers_is_what_the_upper_layer_read():
    torch.manual_seed(2)
    lstm = nn.LSTM(3, 50, num_layers=2, dropout=0.5)
    with lstm_viz.record(lstm) as traces:
        lstm(torch.randn(20, 2, 3))
    below, above = traces["LSTM"][0].layers
    dropped = above.event == 0
    assert 0.45 < dropped.mean() < 0.55
    np.testing.assert_allclose(above.event[~dropped], 2 * below.hidden_state[~dropped], atol=1e-6)


def training_call(dtype=torch.float32):
    """A call of three layers with dropout between them, and what x felt of its output."""
    torch.manual_seed(3)
    lstm = nn.LSTM(3, 4, num_layers=3, dropout=0.4, bidirectional=True, dtype=dtype)
    x, wish = torch.randn(7, 2, 3, dtype=dtype, requires_grad=True), torch.randn(7, 2, 8, dtype=dtype)
    with lstm_viz.record(lstm) as traces:
        (lstm(x)[0] * wish).sum().backward()
    return traces["LSTM"][0], wish, x.grad


def test_a_gradient_goes_back_through_what_was_not_dropped():
    trace, wish, felt = training_call(torch.float64)
    np.testing.assert_allclose(sum(part.event for part in backpropagate(trace, wish.numpy())[:2]), felt, atol=1e-12)


def test_a_what_if_drops_what_the_call_dropped():
    trace, _, _ = training_call(torch.float64)
    after = hold(trace, "l0", "forget_gate", 0.5)
    below = np.concatenate([layer.hidden_state for layer in after.layers[:2]], axis=2)
    np.testing.assert_allclose(after.layers[2].event, below * trace.passed[0], atol=1e-12)
    assert (after.layers[2].event == 0).mean() > 0.2 and (after.output != trace.output).any()


def test_what_was_dropped_is_stored_with_the_trace(tmp_path):
    trace, _, _ = training_call()
    trace.save(tmp_path / "run.nc")
    read = lstm_viz.load_trace(tmp_path / "run.nc")
    assert all(np.array_equal(*pair) for pair in zip(read.passed, trace.passed, strict=True))
    assert all(np.array_equal(a.event, b.event) for a, b in zip(read.layers, trace.layers, strict=True))
    assert trace.to_xarray()["passed"].dims == ("passage", "time", "sequence", "output_unit")


def test_dropout_that_cannot_be_drawn_again_leaves_the_first_layer_and_says_so(monkeypatch):
    monkeypatch.setattr("lstm_viz.recording.hooks.record._is_off_cpu", lambda module: True)
    lstm, x = nn.LSTM(3, 4, num_layers=2, dropout=0.5, bidirectional=True), torch.randn(6, 2, 3)
    with pytest.warns(RuntimeWarning, match="Layers above the first are not recorded"), lstm_viz.record(lstm) as traces:
        _, (h, c) = lstm(x)
    (found,) = traces["LSTM"]
    assert [layer.name for layer in found.layers] == ["l0", "l0_reverse"]
    assert np.array_equal(found.final_state[0], h[:2].detach()) and np.array_equal(found.final_state[1], c[:2].detach())
    np.testing.assert_allclose(found.output, lstm_viz.trace(lstm, x).layer("l1").event, atol=1e-6)
    assert "Layers above" in repr(traces)


def test_a_drawing_that_does_not_fit_is_not_believed():
    def draw(module, args) -> None:
        torch.rand(7)

    lstm = nn.LSTM(3, 4, num_layers=2, dropout=0.5)
    with pytest.warns(RuntimeWarning, match="Layers above the first"), lstm_viz.record(lstm) as traces:
        lstm.register_forward_pre_hook(draw)
        lstm(torch.randn(6, 2, 3))
    assert len(traces["LSTM"][0].layers) == 1
