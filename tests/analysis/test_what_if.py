"""What-if runs, against the cells' equations stepped one by one, and against themselves."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz import CourseLSTM
from lstm_viz.analysis.what_if import FACTORS, hold, perturb_learned
from lstm_viz.cells.equations import Gate, Gates, Readout, course_step, standard_step


def random_run(data, dtype):
    kind = data.draw(st.sampled_from(["lstm", "course"]))
    features, hidden, time, batch = (data.draw(st.integers(low, top)) for low, top in ((1, 3), (2, 5), (1, 9), (1, 3)))
    options = {"num_layers": data.draw(st.integers(1, 2))}
    if kind == "lstm":
        options |= {"bidirectional": data.draw(st.booleans()), "proj_size": data.draw(st.sampled_from([0, 1]))}
    torch.manual_seed(data.draw(st.integers(0, 999)))
    module = (nn.LSTM if kind == "lstm" else CourseLSTM)(features, hidden, **options).to(dtype)
    lengths = data.draw(st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    x = torch.randn(time, batch, features, dtype=dtype)
    return lstm_viz.trace(module, x, lengths=lengths, check=False)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from([torch.float32, torch.float64]))
def test_holding_a_factor_at_its_own_values_changes_nothing(data, dtype):
    run = random_run(data, dtype)
    layer = data.draw(st.sampled_from(run.layers))
    factor = data.draw(st.sampled_from(FACTORS))
    start = data.draw(st.integers(0, len(layer.event) - 1))
    after = hold(run, layer.name, factor, getattr(layer, factor), start)
    for one, other in zip(run.layers, after.layers, strict=True):
        for field in fields(one):
            before, now = getattr(one, field.name), getattr(other, field.name)
            if isinstance(before, np.ndarray):
                assert before.tobytes() == now.tobytes(), field.name
        for name in ("learned", "kept", "readout"):
            assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
        for gate, sums in one.preactivations.items():
            assert sums.tobytes() == other.preactivations[gate].tobytes()
    assert run.output.tobytes() == after.output.tobytes()
    for one, other in zip(run.final_state, after.final_state, strict=True):
        assert one.tobytes() == other.tobytes() and one.shape == other.shape


def stepped(layer, events, sequence, held):
    """One layer of one sequence, step by step as the equations say, with some factor held."""
    gates = Gates(*(Gate(*(torch.tensor(part) for part in vars(layer.weights[name]).values())) for name in GATE_ORDER))
    hidden = torch.tensor(layer.initial_hidden_state[sequence : sequence + 1])
    cell = torch.tensor(layer.initial_cell_state[sequence : sequence + 1])
    factor, mask, value = held
    states = np.full((len(events), hidden.shape[1]), np.nan)
    steps = range(int(layer.lengths[sequence]))
    for step in reversed(steps) if layer.reverse else steps:
        event = torch.tensor(events[step : step + 1])
        made = one_step(layer, event, hidden, cell, gates)._asdict()
        if factor:
            made[factor] = torch.where(torch.tensor(mask[step]), torch.tensor(value, dtype=event.dtype), made[factor])
        kept = made["forget_gate"] * cell
        cell = kept + made["input_gate"] * made["candidate"]
        readout = torch.tanh(cell)
        if layer.readout_weights is not None:
            weights = layer.readout_weights
            readout = torch.tanh(kept @ torch.tensor(weights.kept).T + torch.tensor(weights.bias))
        hidden = made["output_gate"] * readout
        if layer.projection is not None:
            hidden = hidden @ torch.tensor(layer.projection).T
        states[step] = hidden[0].numpy()
    return states


GATE_ORDER = ("input_gate", "forget_gate", "candidate", "output_gate")


def one_step(layer, event, hidden, cell, gates):
    if layer.readout_weights is not None:
        use = Readout(torch.tensor(layer.readout_weights.kept), torch.tensor(layer.readout_weights.bias))
        return course_step(event, hidden, cell, gates, use)
    projection = None if layer.projection is None else torch.tensor(layer.projection)
    return standard_step(event, hidden, cell, gates, projection)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_equals_the_equations_with_the_factor_overridden(data):
    run = random_run(data, torch.float64)
    time, batch, _ = run.output.shape
    first = data.draw(st.sampled_from(run.layers))
    factor, start = data.draw(st.sampled_from(FACTORS)), data.draw(st.integers(0, time - 1))
    unit, chosen = data.draw(st.integers(0, first.units - 1)), data.draw(st.none() | st.integers(0, batch - 1))
    value = data.draw(st.floats(-1, 1))
    after = hold(run, first.name, factor, value, start, [unit], chosen)
    mask = np.zeros((time, batch, first.units), dtype=bool)
    mask[slice(None, start + 1) if first.reverse else slice(start, None), :, unit] = True
    if chosen is not None:
        mask[:, np.arange(batch) != chosen] = False
    for sequence in range(batch):
        events = run.layers[0].event[:, sequence]
        for place in range(0, len(run.layers), run.directions):
            level = after.layers[place : place + run.directions]
            states = []
            for layer in level:
                held = (factor, mask[:, sequence], value) if layer.name == first.name else (None, None, None)
                states.append(stepped(layer, events, sequence, held))
                shown = layer.hidden_state[:, sequence]
                assert np.allclose(shown, states[-1], rtol=0, atol=1e-12, equal_nan=True)
            events = np.nan_to_num(np.concatenate(states, axis=1))
        assert np.allclose(after.output[:, sequence], events, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", [nn.LSTM, CourseLSTM])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_units_that_hear_nothing_of_a_held_one_keep_every_bit(kind, dtype):
    torch.manual_seed(3)
    module = kind(2, 5).to(dtype)
    with torch.no_grad():
        module.weight_hh_l0[:, 2] = 0  # what unit 2 says reaches no gate
    run = lstm_viz.trace(module, torch.randn(30, 2, 2, dtype=dtype), lengths=[30, 25])
    after = hold(run, "l0", "output_gate", 0.0, start=4, units=[2])
    one, other = run.layers[0], after.layers[0]
    rest = [0, 1, 3, 4]
    for name in (*FACTORS, "cell_state", "hidden_state", "kept", "learned", "readout"):
        assert getattr(one, name)[..., rest].tobytes() == getattr(other, name)[..., rest].tobytes(), name
    assert (other.hidden_state[4:25, :, 2] == 0).all() and (one.hidden_state[4:25, :, 2] != 0).any()
    assert other.cell_state.tobytes() == one.cell_state.tobytes()


def test_a_sequence_in_which_nothing_is_held_keeps_every_bit():
    torch.manual_seed(4)
    run = lstm_viz.trace(nn.LSTM(2, 3, num_layers=2, bidirectional=True), torch.randn(9, 3, 2), lengths=[9, 4, 6])
    after = hold(run, "l0_reverse", "input_gate", 0.0, start=5, sequence=2)
    for one, other in zip(run.layers, after.layers, strict=True):
        assert one.hidden_state[:, :2].tobytes() == other.hidden_state[:, :2].tobytes()
        assert one.cell_state[:, :2].tobytes() == other.cell_state[:, :2].tobytes()
    assert not np.array_equal(after.output[:, 2], run.output[:, 2])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_own_values_change_nothing_above_a_layer_in_half_precision(dtype):
    torch.manual_seed(5)
    run = lstm_viz.trace(nn.LSTM(2, 3, num_layers=2).to(dtype), torch.randn(7, 2, 2).to(dtype))
    other = hold(run, "l0", "forget_gate", 0.5, start=6, sequence=1)
    assert other.layers[1].event[:6].tobytes() == run.layers[1].event[:6].tobytes()
    assert other.output[:, 0].tobytes() == run.output[:, 0].tobytes()
    assert other.output[6, 1].tobytes() != run.output[6, 1].tobytes()


def test_units_may_come_as_an_array():
    torch.manual_seed(6)
    run = lstm_viz.trace(nn.LSTM(2, 4), torch.randn(6, 2, 2))
    ways = [hold(run, "l0", "candidate", 0.5, 1, units).output for units in ([1, 3], np.array([1, 3]), range(1, 4, 2))]
    assert np.array_equal(ways[0], ways[1]) and np.array_equal(ways[0], ways[2])
    assert np.array_equal(hold(run, "l0", "candidate", 0.5, 1, []).output, run.output)


def test_what_is_made_can_no_more_be_written_to_than_what_was_recorded():
    run = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(6, 2, 2))
    after = hold(run, "l0", "forget_gate", 0.5)
    with pytest.raises(ValueError, match="read-only"):
        after.layers[0].cell_state[0] = 1


def test_the_final_state_is_that_of_the_held_run():
    torch.manual_seed(0)
    run = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(6, 2, 2), lengths=[6, 4])
    after = hold(run, "l0", "forget_gate", 0.0, start=3)
    layer = after.layers[0]
    assert np.array_equal(after.final_state[0][0], layer.hidden_state[[5, 3], [0, 1]])
    assert np.array_equal(after.final_state[1][0], layer.cell_state[[5, 3], [0, 1]])
    assert after.final_state[1].shape == run.final_state[1].shape
    assert not np.array_equal(after.output, run.output)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"factor": "cell_state"}, "can be held"),
        ({"start": 9}, "steps 0 to 5"),
        ({"units": [3]}, "units 0 to 2"),
        ({"sequence": 2}, "sequences 0 to 1"),
        ({"value": np.zeros(2)}, r"like \(6, 2, 3\)"),
        ({"value": np.nan}, "finite"),
    ],
)
def test_what_is_not_there_is_refused(asked, said):
    run = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(6, 2, 2))
    with pytest.raises(ValueError, match=said):
        hold(run, **{"layer": "l0", "factor": "forget_gate", "value": 0.5} | asked)


def test_a_plain_rnn_is_refused():
    run = lstm_viz.trace(nn.RNN(2, 3), torch.randn(6, 2, 2))
    with pytest.raises(ValueError, match="no gates to hold"):
        hold(run, "l0", "forget_gate", 0.5)


@pytest.mark.parametrize("above", [False, True])
def test_a_cell_whose_equations_are_not_known_is_refused(above):
    run = lstm_viz.trace(nn.LSTM(2, 3, num_layers=2), torch.randn(6, 2, 2))
    # Past the record's own check, as a cell would be that the record has learned and this has not.
    object.__setattr__(run.layers[int(above)], "variant", "peephole")
    with pytest.raises(ValueError, match="standard, course, not for 'peephole'"):
        hold(run, "l0", "forget_gate", 0.5)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_is_learned_more_shows_in_the_standard_cell_at_the_step_itself(data):
    """The change there is o (tanh(c + 0.1) - tanh(c)), and before it none; after it the equations go on."""
    torch.manual_seed(data.draw(st.integers(0, 999)))
    module = nn.LSTM(2, 4).double()
    run = lstm_viz.trace(module, torch.randn(9, 2, 2, dtype=torch.float64), check=False)
    step, unit = data.draw(st.integers(0, 8)), data.draw(st.integers(0, 3))
    layer, after = run.layers[0], perturb_learned(run, "l0", 0.1, step=step, unit=unit, sequence=1).layers[0]
    change = after.hidden_state - layer.hidden_state
    here = step, 1, unit
    expected = layer.output_gate[here] * (np.tanh(layer.cell_state[here] + 0.1) - np.tanh(layer.cell_state[here]))
    assert change[here] == pytest.approx(expected, abs=1e-12)
    assert after.learned[here] - layer.learned[here] == pytest.approx(0.1, abs=1e-12)
    assert not change[:step].any() and not change[:, 0].any()
    others = np.delete(change[step, 1], unit)
    assert not others.any()
    # What comes after is the module's own run from the changed state.
    state = tuple(torch.tensor(part[step, 1:2])[None] for part in (after.hidden_state, after.cell_state))
    if step < 8:
        rest = module(torch.tensor(layer.event[step + 1 :, 1:2]), state)[0].detach().numpy()
        np.testing.assert_allclose(after.hidden_state[step + 1 :, 1:2], rest, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_is_learned_more_shows_in_the_courses_cell_one_step_later(data):
    torch.manual_seed(data.draw(st.integers(0, 999)))
    module = CourseLSTM(2, 4).double()
    run = lstm_viz.trace(module, torch.randn(9, 1, 2, dtype=torch.float64), check=False)
    step, unit = data.draw(st.integers(0, 7)), data.draw(st.integers(0, 3))
    layer, after = run.layers[0], perturb_learned(run, "l0", 0.1, step=step, unit=unit).layers[0]
    change = np.abs(after.hidden_state - layer.hidden_state).max(axis=(1, 2))
    assert not change[: step + 1].any()
    assert change[step + 1] > 1e-9
    rest = module(
        torch.tensor(layer.event[step + 1 :]),
        tuple(torch.tensor(part[step])[None] for part in (after.hidden_state, after.cell_state)),
    )[0]
    np.testing.assert_allclose(after.hidden_state[step + 1 :], rest.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"step": 9}, "There are steps 0 to 3 here"),
        ({"unit": 7}, "units 0 to 2"),
        ({"sequence": 2}, "sequences 0 to 1"),
    ],
)
def test_more_is_learned_only_where_there_is_a_step(wrong, said):
    run = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(4, 2, 2), check=False)
    with pytest.raises(ValueError, match=said):
        perturb_learned(run, "l0", 0.1, **({"step": 0, "unit": 0} | wrong))


def test_through_a_gate_that_is_shut_nothing_more_is_learned():
    run = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(4, 2, 2), check=False)
    shut = hold(run, "l0", "input_gate", 0.0)
    with pytest.raises(ValueError, match="nothing more is learned"):
        perturb_learned(shut, "l0", 0.1, step=1, unit=0)
    with pytest.raises(ValueError, match="no learn gate"):
        perturb_learned(lstm_viz.trace(nn.RNN(2, 3), torch.randn(4, 1, 2), check=False), "l0", 0.1, step=0, unit=0)
