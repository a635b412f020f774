"""Shares and ledgers: what they must add up to, on random runs of every cell."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz import CourseLSTM
from lstm_viz.analysis.contributions import shares
from lstm_viz.analysis.memory_attribution import half_life, ledger, ledger_column
from lstm_viz.analysis.what_if import hold


@st.composite
def layers(draw):
    kind = draw(st.sampled_from([nn.LSTM, CourseLSTM, nn.RNN]))
    features, hidden, time, batch = (draw(st.integers(low, top)) for low, top in ((1, 4), (2, 6), (1, 12), (1, 3)))
    options = {"num_layers": draw(st.integers(1, 2))}
    if kind is nn.LSTM:
        options |= {"bidirectional": draw(st.booleans()), "proj_size": draw(st.sampled_from([0, 1]))}
    torch.manual_seed(draw(st.integers(0, 999)))
    module = kind(features, hidden, **options).double()
    for weights in module.parameters():
        weights.data *= draw(st.sampled_from([1.0, 3.0]))
    lengths = draw(st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    run = lstm_viz.trace(module, torch.randn(time, batch, features).double(), lengths=lengths, check=False)
    return draw(st.sampled_from(run.layers))


@settings(max_examples=40, deadline=None)
@given(layers())
def test_shares_add_up_to_what_went_into_the_gate(layer):
    for gate, sums in layer.preactivations.items():
        assert np.allclose(shares(layer, gate).total, sums, rtol=0, atol=1e-12, equal_nan=True)
    gate = next(iter(layer.weights))
    some = shares(layer, gate, units=np.array([1]), steps=slice(0, 1))
    assert np.array_equal(some.recurrent, shares(layer, gate).recurrent[:1, :, [1]], equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(layers().filter(lambda layer: layer.cell_state is not None), st.data())
def test_a_ledger_adds_up_to_the_memory(layer, data):
    time, batch, hidden = layer.cell_state.shape
    unit, sequence = data.draw(st.integers(0, hidden - 1)), data.draw(st.integers(0, batch - 1))
    start = data.draw(st.integers(0, time - 1))
    memory = layer.cell_state[:, sequence, unit]
    table = ledger(layer, unit, sequence)
    assert np.allclose(table.sum(axis=0), memory, rtol=0, atol=1e-12, equal_nan=True)
    part = slice(start, None) if not layer.reverse else slice(None, start + 1)
    shown = ledger(layer, unit, sequence, part)
    assert np.allclose(shown.sum(axis=0), memory[part], rtol=0, atol=1e-12, equal_nan=True)
    assert np.allclose(shown[1:], table[1:][part, part], rtol=0, atol=1e-12, equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(layers().filter(lambda layer: layer.cell_state is not None), st.data())
def test_a_column_alone_is_the_tables(layer, data):
    _, batch, hidden = layer.cell_state.shape
    unit, sequence = data.draw(st.integers(0, hidden - 1)), data.draw(st.integers(0, batch - 1))
    length = int(layer.lengths[sequence])
    step = data.draw(st.integers(0, length - 1))
    column = ledger(layer, unit, sequence)[:, step]
    read = column[1:][step:length] if layer.reverse else column[1:][: step + 1]
    assert np.allclose(ledger_column(layer, unit, step, sequence), [column[0], *read], rtol=0, atol=1e-12)


def test_a_write_shrinks_by_every_later_forget_factor():
    torch.manual_seed(1)
    layer = lstm_viz.trace(nn.LSTM(2, 3).double(), torch.randn(6, 1, 2).double()).layers[0]
    table, factors = ledger(layer, unit=2), layer.forget_gate[:, 0, 2]
    left = layer.learned[1, 0, 2] * np.prod(factors[2:5])
    assert table[2, 4] == pytest.approx(left, abs=1e-14)
    assert table[2, 0] == 0


def test_a_half_life_halves():
    torch.manual_seed(2)
    layer = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(20, 4, 2)).layers[0]
    lives = half_life(layer, sequence=1)
    left = np.prod(layer.forget_gate[:, 1].astype(float), axis=0)
    assert np.allclose(0.5 ** (20 / lives), left)


def test_what_a_long_run_wrote_before_a_stretch_is_one_row():
    torch.manual_seed(3)
    layer = lstm_viz.trace(nn.LSTM(2, 3).double(), torch.randn(20_000, 1, 2).double(), check=False).layers[0]
    table = ledger(layer, unit=1, steps=slice(19_900, 20_000))
    assert table.shape == (101, 100)
    assert np.allclose(table.sum(axis=0), layer.cell_state[19_900:, 0, 1], rtol=0, atol=1e-12)
    factors = np.cumprod(layer.forget_gate[19_900:, 0, 1])
    assert np.allclose(table[0], layer.cell_state[19_899, 0, 1] * factors, rtol=0, atol=1e-15)


def test_a_stretch_with_gaps_is_refused():
    layer = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(6, 1, 2)).layers[0]
    with pytest.raises(ValueError, match="every step"):
        ledger(layer, unit=0, steps=slice(0, 6, 2))


@pytest.mark.parametrize(("held", "life"), [(1.0, np.inf), (2.0, np.inf), (0.0, 0), (0.5, 1), (-0.5, 1)])
def test_a_held_factor_s_half_life(held, life):
    run = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(6, 2, 2), lengths=[6, 3])
    assert half_life(hold(run, "l0", "forget_gate", held).layers[0]).tolist() == [life] * 3


def test_a_plain_rnn_is_refused():
    layer = lstm_viz.trace(nn.RNN(2, 3), torch.randn(4, 1, 2)).layers[0]
    with pytest.raises(ValueError, match="no sum"):
        ledger(layer, unit=0)
    with pytest.raises(ValueError, match="no half-life"):
        half_life(layer)
    with pytest.raises(KeyError, match="hidden_state"):
        shares(layer, "forget_gate")
