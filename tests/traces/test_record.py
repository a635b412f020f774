"""The record itself: what it says of itself, and what each step starts from."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.traces import Trace
from tests.support.trace_equality import MODULES, assert_same, traced


@pytest.fixture(params=MODULES)
def trace(request: pytest.FixtureRequest) -> Trace:
    return traced(request.param)


def test_a_trace_travels_through_pickle(trace: Trace) -> None:
    """Streamlit's cache_data keeps its values pickled."""
    assert_same(pickle.loads(pickle.dumps(trace)), trace)


def test_what_a_trace_says_of_itself(trace: Trace) -> None:
    assert trace.agreement.startswith(f"equal to {trace.reference} ")
    assert trace.layer(trace.layers[-1].name) is trace.layers[-1]
    assert all(layer.units == 5 for layer in trace.layers)
    with pytest.raises(KeyError, match="this trace has l0"):
        trace.layer("l7")


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (1.2e-7, "equal to torch.nn.LSTM within 1.2e-07"),
        (0.0, "equal to torch.nn.LSTM to the last digit"),
        (0.01, "differs from torch.nn.LSTM by up to 1.0e-02"),
        (float("nan"), "differs from torch.nn.LSTM by up to nan"),
        (None, "not compared with torch.nn.LSTM"),
    ],
)
def test_agreement_in_words(difference: float | None, words: str) -> None:
    run = lstm_viz.trace(nn.LSTM(3, 5), torch.ones(6, 4, 3))
    values = {field.name: getattr(run, field.name) for field in fields(run)}
    assert Trace(**{**values, "difference": difference}).agreement == words


def test_each_step_starts_from_the_one_before(trace: Trace) -> None:
    """STM' and LTM' in a layer's own direction, sequence by sequence, without padding."""
    for layer in trace.layers:
        for sequence, length in enumerate(layer.lengths):
            order = slice(None, None, -1) if layer.reverse else slice(None)
            states = layer.hidden_state[:length, sequence][order]
            before = layer.previous_hidden_state[:length, sequence][order]
            np.testing.assert_array_equal(before[0], layer.initial_hidden_state[sequence])
            np.testing.assert_array_equal(before[1:], states[:-1])
            assert np.isnan(layer.previous_hidden_state[length:, sequence]).all()


def test_the_readout_of_a_cell_that_is_not_known_is_refused() -> None:
    """tanh of the cell state would be a number, but another cell's."""
    layer = replace(lstm_viz.trace(nn.LSTM(3, 5), torch.ones(6, 4, 3)).layers[0])
    object.__setattr__(layer, "variant", "another")  # past the type hints, which tests check
    with pytest.raises(ValueError, match="the cell “another”"):
        _ = layer.readout
