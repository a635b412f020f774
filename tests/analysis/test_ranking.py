"""Ranks against numpy.corrcoef and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.analysis.ranking import RANKINGS, ranked_units
from lstm_viz.traces import LayerTrace


@st.composite
def layers(draw: st.DrawFn) -> LayerTrace:
    time, batch, hidden = (draw(st.integers(low, top)) for low, top in ((2, 30), (1, 4), (1, 9)))
    torch.manual_seed(draw(st.integers(0, 10**6)))
    kind = draw(st.sampled_from([nn.LSTM, nn.RNN]))
    lengths = draw(st.lists(st.integers(1, time), min_size=batch, max_size=batch).filter(lambda many: sum(many) > 1))
    trace = lstm_viz.trace(kind(2, hidden), torch.randn(time, batch, 2), lengths=lengths, check=False)
    return trace.layers[0]


def columns(layer: LayerTrace) -> list[np.ndarray]:
    """Each unit's memory over all steps of all sequences, padding left out."""
    states = layer.hidden_state if layer.cell_state is None else layer.cell_state
    parts = [states[:length, sequence] for sequence, length in enumerate(layer.lengths)]
    return list(np.concatenate(parts).astype(np.float64).T)


def falls(order: np.ndarray, scores: list[float]) -> bool:
    """Whether an order is of all units, and from the largest score to the smallest."""
    ranked = np.array(scores)[order]
    return sorted(order) == list(range(len(scores))) and bool((np.diff(ranked) <= 1e-9 * (1 + ranked[:-1])).all())


@given(layers())
@settings(max_examples=50)
def test_range_and_variance(layer: LayerTrace) -> None:
    assert falls(ranked_units(layer), [column.max() - column.min() for column in columns(layer)])
    assert falls(ranked_units(layer, "variance"), [np.var(column) for column in columns(layer)])


@given(layers(), st.integers(0, 1))
@settings(max_examples=50)
def test_correlation_is_numpys(layer: LayerTrace, place: int) -> None:
    feature = np.nan_to_num(layer.event[..., place])
    parts = [feature[:length, sequence] for sequence, length in enumerate(layer.lengths)]
    given_to = np.concatenate(parts).astype(np.float64)
    wanted = [abs(np.corrcoef(column, given_to)[0, 1]) for column in columns(layer)]
    assert falls(ranked_units(layer, "correlation", feature), wanted)


def test_ties_keep_the_models_order_and_a_still_feature_ties_all() -> None:
    layer = lstm_viz.trace(nn.LSTM(2, 5), torch.randn(9, 2, 2)).layers[0]
    assert ranked_units(layer, "correlation", np.ones((9, 2))).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("by", "feature"), [("correlation", None), ("beauty", None)])
def test_an_unknown_ranking_is_refused_with_the_known_ones(by: str, feature: None) -> None:
    layer = lstm_viz.trace(nn.LSTM(2, 5), torch.randn(9, 2, 2)).layers[0]
    with pytest.raises(ValueError) as refusal:
        ranked_units(layer, by, feature)
    assert all(name in str(refusal.value) for name in RANKINGS)
