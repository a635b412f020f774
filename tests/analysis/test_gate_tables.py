"""A run by a table of gates is the cell's own, and what training chose is the mean of the recorded gates."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstm_viz.analysis.gate_tables import mean_gate_table, run_gate_table, unit_that_shows_most
from lstm_viz.bundled import first_view
from lstm_viz.cells.equations import Gate, Gates, standard_step
from lstm_viz.lessons.own_cell import EVENTS, first_table, own_cell_exercise, recall_events
from lstm_viz.sequences.examples import example_task
from lstm_viz.sequences.tasks import LETTERS


def test_a_table_runs_as_the_cell_with_gates_that_read_the_event_alone():
    """Weights without a recurrent part give each event its gates: then the module's own run is the table's."""
    generator = np.random.default_rng(3)
    weights = generator.normal(size=(4, 5, 3))  # (gates f, i, g, o; events; units), before the activations
    table = np.stack([1 / (1 + np.exp(-weights[0])), 1 / (1 + np.exp(-weights[1])), np.tanh(weights[2])])
    table = np.concatenate([table, 1 / (1 + np.exp(-weights[3:]))])
    module = torch.nn.LSTM(5, 3).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.weight_ih_l0.copy_(torch.tensor(np.concatenate([weights[k].T for k in (1, 0, 2, 3)])))
    events = generator.integers(0, 5, size=(30, 4))
    expected, (_, last) = module(torch.eye(5, dtype=torch.float64)[torch.tensor(events)])
    cell_state, hidden_state = run_gate_table(table, events)
    np.testing.assert_allclose(hidden_state, expected.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(cell_state[-1], last[0].detach().numpy(), atol=1e-12)


def answered(table: np.ndarray) -> tuple[int, int]:
    task = example_task("recall")
    said = unit_that_shows_most(run_gate_table(table, recall_events()[1])[1])
    return int((said == task.targets)[task.target_mask].sum()), int(task.target_mask.sum())


def test_there_is_a_table_that_answers_all_and_the_first_one_does_not():
    table = first_table()
    assert 0 < answered(table)[0] < 11
    forget, learn, candidate, _ = table
    for unit in range(len(LETTERS)):
        forget[: len(LETTERS), unit] = 0
        learn[unit, unit] = candidate[unit, unit] = 1
    assert answered(table) == (11, 11)


def test_what_training_chose_is_the_mean_of_the_recorded_gates():
    layer = first_view()[0].layers[0]
    labels, events = recall_events()
    table = mean_gate_table(layer, events, len(EVENTS))
    at_b = np.asarray(layer.forget_gate)[labels == "B"].mean(axis=0)
    np.testing.assert_allclose(table[0, 1], at_b, atol=1e-6)
    between = np.isin(labels, ["d", "e", "·"])
    np.testing.assert_allclose(table[3, 3], np.asarray(layer.output_gate)[between].mean(axis=0), atol=1e-6)
    shown = own_cell_exercise(layer, (6, 1, 3), "11 of 11 right").data["trained"]["table"]
    np.testing.assert_allclose(np.array(shown), table[:, :, [6, 1, 3]], atol=1e-4)


def test_an_event_that_never_comes_has_no_mean():
    layer = first_view()[0].layers[0]
    assert np.isnan(mean_gate_table(layer, recall_events()[1], 6)[:, 5]).all()


def test_the_step_of_the_textbook_gives_the_tables_step():
    """One step from a state, by the equations that every way of recording is held to."""
    value = torch.tensor([[0.3]])
    gate = Gate(torch.zeros(1, 1), torch.zeros(1, 1), torch.zeros(1))
    step = standard_step(torch.zeros(1, 1), torch.zeros(1, 1), value, Gates(gate, gate, gate, gate))
    table = np.array([[[0.5], [0.5]], [[1.0], [0.5]], [[0.3], [0.0]], [[1.0], [0.5]]])
    cell_state, hidden_state = run_gate_table(table, np.array([[0], [1]]))
    assert cell_state[0, 0, 0] == pytest.approx(0.3)
    assert hidden_state[1, 0, 0] == pytest.approx(step.hidden_state.item())
