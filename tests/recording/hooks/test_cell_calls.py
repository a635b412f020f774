"""Steps of an `LSTMCell` or `RNNCell`, joined into the runs that they are of."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import nn

import lstm_viz


def test_steps_of_a_cell_are_one_trace_like_that_of_an_lstm():
    torch.manual_seed(0)
    cell, lstm, x = nn.LSTMCell(3, 4), nn.LSTM(3, 4), torch.randn(6, 2, 3)
    lstm.load_state_dict({f"{name}_l0": value for name, value in cell.state_dict().items()})
    state = (torch.randn(2, 4), torch.randn(2, 4))
    wanted = lstm_viz.trace(lstm, x, tuple(part[None] for part in state))
    with lstm_viz.record(cell) as traces:
        for number, event in enumerate(x):
            state = cell(event, tuple(part.detach() for part in state))
            assert len(traces["LSTMCell"]) == 1 and len(traces["LSTMCell"][0].output) == number + 1
    (found,) = traces["LSTMCell"]
    for name in ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "initial_cell_state"):
        np.testing.assert_allclose(getattr(found.layers[0], name), getattr(wanted.layers[0], name), atol=2e-6)
    assert np.array_equal(found.final_state[1][0], state[1].detach())


def test_a_cell_s_runs_are_told_apart():
    cell, x = nn.LSTMCell(3, 4), torch.randn(8, 2, 3)
    with lstm_viz.record(cell) as traces:
        one, two = cell(x[0]), cell(x[1])  # two runs side by side
        one, two = cell(x[2], one), cell(x[3], two)
        cell(x[4], tuple(part + 1 for part in one))  # a state of nobody's
        with torch.no_grad():
            cell.weight_hh.mul_(0.5)
        cell(x[5], two)  # another cell by now
    found = traces["LSTMCell"]
    assert [trace.layers[0].event[:, 0, 0].tolist() for trace in found] == [
        [float(x[step, 0, 0]) for step in steps] for steps in ((0, 2), (1, 3), (4,), (5,))
    ]
    assert all(trace.difference < 2e-6 for trace in found)


@settings(max_examples=30)
@given(order=some.lists(some.integers(0, 2), min_size=1, max_size=12), branch=some.booleans())
def test_runs_of_a_cell_in_any_order_are_each_whole(order, branch):
    torch.manual_seed(0)
    cell, states, wanted = nn.LSTMCell(1, 2), {}, {}
    with lstm_viz.record(cell) as traces:
        for number, run in enumerate(order):
            before = states.get(run)
            states[run] = cell(torch.full((1, 1), float(number)), before)
            wanted.setdefault(run, []).append(float(number))
        if branch and before is not None:
            cell(torch.full((1, 1), -1.0), before)  # goes on from a state that another step went on from
            wanted["branch"] = [-1.0]
    found = [trace.layers[0].event.ravel().tolist() for trace in traces["LSTMCell"]]
    assert sorted(found) == sorted(wanted.values())


def test_a_cell_without_a_batch_and_a_plain_one():
    for cell in (nn.LSTMCell(3, 4, bias=False), nn.RNNCell(3, 4)):
        with lstm_viz.record(cell) as traces:
            state = cell(torch.ones(3))
            cell(torch.ones(3), state)
        (found,) = traces[type(cell).__name__]
        assert found.output.shape == (2, 1, 4) and found.difference < 2e-6
