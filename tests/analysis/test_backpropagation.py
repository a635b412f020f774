"""The gradient of every state from recorded gates, against autograd through the textbook's own equations."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.analysis.gradients import answer_at, backpropagate
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.cells.equations import Gate, Gates, Readout, course_step, rnn_step, standard_step
from lstm_viz.traces import LayerTrace, Trace

NAMES = ("hidden_state", "cell_state")


class Case(NamedTuple):
    """A recorded run in float64, and the gradient of a loss by its output."""

    trace: Trace
    output: np.ndarray


@st.composite
def cases(draw: st.DrawFn) -> Case:
    kind = draw(st.sampled_from([nn.LSTM, nn.LSTM, CourseLSTM, nn.RNN]))
    time, batch, features, hidden = (draw(st.integers(low, top)) for low, top in ((1, 14), (1, 4), (1, 4), (2, 6)))
    options: dict[str, Any] = {"num_layers": draw(st.integers(1, 3))}
    if kind is not CourseLSTM:
        options["bidirectional"] = draw(st.booleans())
    if kind is nn.LSTM:
        options["proj_size"] = draw(st.sampled_from([0, hidden - 1]))
    seed = draw(st.integers(0, 10**6))
    torch.manual_seed(seed)
    module = kind(features, hidden, **options).double()
    lengths = draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    x = 2 * torch.randn(time, batch, features, dtype=torch.float64)
    trace = lstm_viz.trace(module, x, lengths=lengths, check=False)
    return Case(trace, np.random.default_rng(seed).standard_normal(trace.output.shape))


def stepper(layer: LayerTrace):
    """One step of a layer by its equations: (event, hidden, cell) to (hidden, cell)."""
    tensors = {name: Gate(*(torch.tensor(part) for part in vars(w).values())) for name, w in layer.weights.items()}
    if layer.variant == "rnn":
        return lambda event, hidden, cell: (rnn_step(event, hidden, tensors["hidden_state"]), cell)
    gates = Gates(**tensors)
    if layer.variant == "course":
        use = Readout(*(torch.tensor(part) for part in vars(layer.readout_weights).values()))
        run = lambda event, hidden, cell: course_step(event, hidden, cell, gates, use)  # noqa: E731
    else:
        projection = None if layer.projection is None else torch.tensor(layer.projection)
        run = lambda event, hidden, cell: standard_step(event, hidden, cell, gates, projection)  # noqa: E731
    return lambda *given: (lambda step: (step.hidden_state, step.cell_state))(run(*given))


def unrolled(layer: LayerTrace, events: torch.Tensor, row: int) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Every state of one sequence, (1, units) each, in the order of time, their gradients kept."""
    run = stepper(layer)
    hidden = torch.tensor(layer.initial_hidden_state[row : row + 1])
    cell = hidden if layer.initial_cell_state is None else torch.tensor(layer.initial_cell_state[row : row + 1])
    order = range(len(events))
    states = {}
    for step in reversed(order) if layer.reverse else order:
        hidden, cell = run(events[step][None], hidden, cell)
        for value in (hidden, cell):
            value.requires_grad_().retain_grad() if value.is_leaf else value.retain_grad()
        states[step] = hidden, cell
    return [states[step][0] for step in order], [states[step][1] for step in order]


def autograd(case: Case, row: int):
    """One sequence's gradients by autograd: by layer the hidden states', the cells' and the events'."""
    trace, length = case.trace, int(case.trace.lengths[row])
    events = torch.tensor(trace.layers[0].event[:length, row], requires_grad=True)
    found, read = [], []
    for first in range(0, len(trace.layers), trace.directions):
        events.retain_grad()
        parts = [unrolled(layer, events, row) for layer in trace.layers[first : first + trace.directions]]
        found += parts
        read.append(events)
        events = torch.cat([torch.cat(hidden) for hidden, _ in parts], dim=1)
    (events * torch.tensor(case.output[:length, row])).sum().backward()
    return found, [part.grad.numpy() for part in read]


def gradients_of(states: list[torch.Tensor]) -> np.ndarray:
    """What no loss reaches has no gradient in torch, and 0 here."""
    return np.concatenate([(torch.zeros_like(s) if s.grad is None else s.grad).numpy() for s in states])


@settings(max_examples=40, deadline=None)
@given(cases())
def test_every_state_and_event_has_the_gradient_that_autograd_gives(case: Case):
    found = backpropagate(case.trace, case.output)
    for row, length in enumerate(case.trace.lengths):
        wanted, events = autograd(case, row)
        for place, layer in enumerate(found):
            for name, states in zip(NAMES, wanted[place], strict=True):
                values = getattr(layer, name)
                if case.trace.variant == "rnn" and name == "cell_state":
                    assert values is None
                    continue
                assert np.abs(values[:length, row] - gradients_of(states)).max() < 1e-10
                assert np.isnan(values[length:, row]).all()
        whole = sum(layer.event[:length, row] for layer in found[: case.trace.directions])
        assert np.abs(whole - events[0]).max() < 1e-10


@settings(max_examples=10, deadline=None)
@given(cases())
def test_what_stands_past_an_end_counts_for_nothing(case: Case):
    past = np.arange(len(case.output))[:, None] >= case.trace.lengths
    wild = np.where(past[..., None], np.nan, case.output)
    for layer, other in zip(backpropagate(case.trace, case.output), backpropagate(case.trace, wild), strict=True):
        assert np.array_equal(layer.hidden_state, other.hidden_state, equal_nan=True)


def test_an_answer_is_a_unit_or_the_size_of_the_output():
    torch.manual_seed(1)
    trace = lstm_viz.trace(nn.LSTM(2, 3).double(), torch.randn(5, 2, 2, dtype=torch.float64), lengths=[5, 3])
    assert np.argwhere(answer_at(trace, 2, 1)).tolist() == [[2, 0, 1], [2, 1, 1]]
    assert np.argwhere(answer_at(trace, 4, 1)).tolist() == [[4, 0, 1]]
    output = torch.tensor(trace.output, requires_grad=True)
    output[2].norm(dim=1).sum().backward()
    assert np.allclose(answer_at(trace, 2), output.grad, atol=1e-15)
    assert not answer_at(trace, 4)[:, 1].any()


def test_nothing_after_an_answer_has_a_gradient():
    torch.manual_seed(2)
    trace = lstm_viz.trace(nn.LSTM(2, 3, num_layers=2), torch.randn(6, 1, 2))
    for layer in backpropagate(trace, answer_at(trace, 3)):
        assert not layer.hidden_state[4:].any() and not layer.cell_state[4:].any()
        assert layer.cell_state[:4].all()


def test_recorded_arrays_stay_as_they_were():
    torch.manual_seed(3)
    trace = lstm_viz.trace(CourseLSTM(2, 3), torch.randn(6, 1, 2))
    before = [np.array(getattr(trace.layers[0], name)) for name in ("forget_gate", "input_gate", "hidden_state")]
    output = answer_at(trace, 3)
    kept = output.copy()
    first, second = backpropagate(trace, output), backpropagate(trace, output)
    assert np.array_equal(first[0].cell_state, second[0].cell_state) and np.array_equal(output, kept)
    after = [getattr(trace.layers[0], name) for name in ("forget_gate", "input_gate", "hidden_state")]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("place", [(5, None), (-1, None), (0, 3)])
def test_an_answer_that_is_not_there_is_refused(place):
    trace = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(5, 1, 2))
    with pytest.raises(IndexError, match="5 steps and 3 output units"):
        answer_at(trace, *place)


def test_another_shape_is_refused():
    trace = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(5, 1, 2))
    with pytest.raises(ValueError, match=r"\(5, 1, 3\); \(5, 2, 3\) came"):
        backpropagate(trace, np.zeros((5, 2, 3)))


def test_a_cell_without_a_backward_step_is_refused():
    run = lstm_viz.trace(nn.LSTM(2, 3), torch.ones(4, 1, 2))
    # Past the record's own check, as a cell would be that the record has learned and this has not.
    object.__setattr__(run.layers[0], "variant", "peephole")
    with pytest.raises(ValueError, match="standard, course, rnn, not for 'peephole'"):
        backpropagate(run, answer_at(run, step=3))
