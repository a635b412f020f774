"""Correlation of memory with inputs, against NumPy's own for each unit, column and lag."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.analysis import input_correlation

LAG = 6


@pytest.mark.parametrize("lengths", [[60], [60, 41, 23]])
def test_each_r_is_numpys_over_the_pairs_of_all_sequences(lengths):
    torch.manual_seed(1)
    x = torch.randn(60, len(lengths), 3).cumsum(0) + 40
    trace = lstm_viz.trace(nn.LSTM(3, 5), x, lengths=lengths)
    memory, inputs = trace.layers[0].cell_state, x.numpy().astype(np.float64)
    found = input_correlation(trace.layers[0], inputs, max_lag=LAG)
    expected = np.zeros((LAG + 1, 5, 3))
    for lag, unit, column in np.ndindex(expected.shape):
        states = [memory[lag:length, k, unit] for k, length in enumerate(lengths)]
        values = [inputs[: length - lag, k, column] for k, length in enumerate(lengths)]
        expected[lag, unit, column] = np.corrcoef(np.concatenate(states), np.concatenate(values))[0, 1]
    assert np.allclose(found.r, expected[0], atol=1e-6)
    best = np.abs(expected).argmax(axis=0)
    assert np.array_equal(found.best_lag, best)
    assert np.allclose(found.best_r, np.take_along_axis(expected, best[None], axis=0)[0], atol=1e-6)


def test_what_is_missing_is_passed_over_and_what_never_varies_has_no_correlation():
    torch.manual_seed(2)
    x = torch.randn(40, 1, 2)
    x[..., 1] = 7
    layer = lstm_viz.trace(nn.LSTM(2, 3), x).layers[0]
    inputs = x.numpy().astype(np.float64)
    inputs[11, 0, 0] = np.nan
    found = input_correlation(layer, inputs, max_lag=0)
    kept = np.arange(40) != 11
    expected = np.corrcoef(layer.cell_state[kept, 0, 2], inputs[kept, 0, 0])[0, 1]
    assert found.r[2, 0] == pytest.approx(expected, abs=1e-6)
    assert (found.r[:, 1] == 0).all() and (found.best_lag == 0).all()
