"""The textbook's equations, held against torch's own cells and against what the course says of its own."""

from __future__ import annotations

import torch
from torch import nn

from lstm_viz.cells.course import CourseLSTM
from lstm_viz.cells.equations import Gate, Gates, course_step, rnn_step, standard_step


def gate_of(cell: nn.Module, rows: slice) -> Gate:
    bias = cell.bias_ih[rows] + cell.bias_hh[rows]
    return Gate(cell.weight_ih[rows], cell.weight_hh[rows], bias)


def test_standard_step_is_torchs_lstm_cell() -> None:
    torch.manual_seed(1)
    cell = nn.LSTMCell(3, 5, dtype=torch.float64)
    gates = Gates(*(gate_of(cell, slice(5 * k, 5 * k + 5)) for k in range(4)))
    event, hidden, memory = (torch.randn(2, size, dtype=torch.float64) for size in (3, 5, 5))
    step = standard_step(event, hidden, memory, gates)
    expected_hidden, expected_memory = cell(event, (hidden, memory))
    torch.testing.assert_close(step.hidden_state, expected_hidden, atol=1e-15, rtol=0)
    torch.testing.assert_close(step.cell_state, expected_memory, atol=1e-15, rtol=0)


def test_rnn_step_is_torchs_rnn_cell() -> None:
    torch.manual_seed(2)
    cell = nn.RNNCell(3, 5, dtype=torch.float64)
    event, hidden = torch.randn(2, 3, dtype=torch.float64), torch.randn(2, 5, dtype=torch.float64)
    found = rnn_step(event, hidden, gate_of(cell, slice(None)))
    torch.testing.assert_close(found, cell(event, hidden), atol=1e-15, rtol=0)


def test_course_cell_says_nothing_at_its_first_step() -> None:
    """From a zero start without biases, kept is 0 at t = 1, and so is STM, exactly."""
    output, _ = CourseLSTM(3, 5, bias=False)(torch.randn(4, 2, 3))
    assert (output[0] == 0).all()
    assert (output[1] != 0).all()


def test_what_is_learned_reaches_the_course_cells_output_one_step_later() -> None:
    """A change of W_n shows in STM at t = 2, in the standard cell at t = 1."""
    x = torch.randn(3, 2, 3)
    course, standard = CourseLSTM(3, 5), nn.LSTM(3, 5)
    changed = {}
    for name, module in (("course", course), ("standard", standard)):
        first = module(x)[0].detach()
        with torch.no_grad():
            module.weight_ih_l0[10:15] += 0.5  # the candidate's rows
        changed[name] = (module(x)[0] - first).abs().amax(dim=(1, 2)) > 0
    assert changed["course"].tolist() == [False, True, True]
    assert changed["standard"].tolist() == [True, True, True]


def test_the_two_cells_differ_in_the_use_gate_alone() -> None:
    torch.manual_seed(3)
    cell = CourseLSTM(3, 5)
    gates, use = cell.layer_weights(0)
    event, hidden, memory = torch.randn(2, 3), torch.randn(2, 5), torch.randn(2, 5)
    course, standard = course_step(event, hidden, memory, gates, use), standard_step(event, hidden, memory, gates)
    for name in ("input_gate", "candidate", "learned", "forget_gate", "kept", "cell_state", "output_gate"):
        assert torch.equal(getattr(course, name), getattr(standard, name)), name
    assert not torch.allclose(course.readout, standard.readout)
