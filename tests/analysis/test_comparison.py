"""Aligned runs hold the same numbers, and their largest difference is NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.analysis.comparison import align_layers, align_texts, largest_difference
from lstm_viz.figures.cell.comparison import BESIDE, memory_comparison, run_cell_picture
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import ComparedRun, RunView
from lstm_viz.figures.viewport_builder import build_viewport


def run(seed: int, steps: int = 9, batch: int = 2, hidden: int = 4, **options):
    torch.manual_seed(seed)
    return lstm_viz.trace(nn.LSTM(3, hidden, **options), torch.randn(steps, batch, 3))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), st.integers(1, 3), st.integers(1, 2), st.booleans())
def test_another_run_has_this_ones_steps_and_sequences(steps, batch, layers, both):
    one = run(0, num_layers=2, bidirectional=both)
    other = run(1, steps, batch, num_layers=layers, bidirectional=both)
    beside = align_layers(one, other)
    assert [layer.hidden_state.shape for layer in beside] == [layer.hidden_state.shape for layer in one.layers]
    common = min(steps, 9)
    for mine, found in zip(one.layers, beside, strict=True):
        source = next((layer for layer in other.layers if layer.name == mine.name), other.layers[-1])
        rows = [0, 1] if batch == 2 else [0, 0]
        assert np.array_equal(found.cell_state[:common], source.cell_state[:common, rows])
        assert np.isnan(found.cell_state[common:]).all()
        assert np.array_equal(found.initial_cell_state, source.initial_cell_state[rows])


def test_a_row_stands_beside_every_sequence():
    one = run(0)
    (found,) = align_layers(one, one, row=1)
    assert np.array_equal(found.previous_cell_state[:, 0], one.layers[0].previous_cell_state[:, 1])
    texts = np.array([["a", "b"], ["c", "d"]])
    assert align_texts(texts, 3, 2, row=1).tolist() == [["b", "b"], ["d", "d"], ["", ""]]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99))
def test_the_farthest_difference_is_numpys(seed):
    one, other = run(seed), run(seed + 1)
    apart = other.layers[0].cell_state - one.layers[0].cell_state
    place = largest_difference(one.layers, align_layers(one, other))
    assert abs(place.difference) == np.abs(apart).max()
    assert apart[place.step, place.sequence, place.unit] == place.difference


def test_runs_of_other_units_have_no_difference():
    assert largest_difference(run(0).layers, align_layers(run(0), run(1, hidden=5))) is None


def viewport(one, other):
    return build_viewport(RunView(one, compared=[ComparedRun(align_layers(one, other))]))


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_strips_show_both_runs_and_the_second_minus_the_first(layer):
    options = {"num_layers": 2, "bidirectional": True}
    one, other = run(0, **options), run(1, **options)
    figure = memory_comparison(viewport(one, other), Moment(layer=layer))
    mine, beside, apart = (np.array(panel.z, dtype=float) for panel in figure.data[:3])
    states = [trace.layers[layer].cell_state[:, 0].T for trace in (one, other)]
    assert np.allclose(mine, states[0], atol=2e-5) and np.allclose(beside, states[1], atol=2e-5)
    assert np.allclose(apart, states[1] - states[0], atol=2e-5)
    assert figure.data[0].zmax == figure.data[1].zmax, "one scale for both"
    assert figure.data[2].zmin == -figure.data[2].zmax


def test_no_difference_is_drawn_between_runs_of_other_units():
    figure = memory_comparison(viewport(run(0), run(1, hidden=5)), Moment())
    assert len(figure.data) == 4
    assert not any("minus" in title.text for title in figure.layout.annotations)


@pytest.mark.parametrize("of", [None, BESIDE])
def test_each_cell_shows_its_own_run(of):
    one, other = run(0, num_layers=2), run(1, num_layers=2)
    figure = run_cell_picture(of)(viewport(one, other), Moment(step=3, layer=1, beat=5))
    told = next(bar for bar in figure.data if bar.type == "bar" and bar.meta["part"] == "targets")
    shown = (other if of else one).layers[1].forget_gate[3, 0]
    factors = [text for text, part in zip(told.hovertext, told.customdata, strict=True) if part == "forget_gate"]
    assert [text.split("<b>")[1].removesuffix("</b>") for text in factors] == [
        f"{factor:.3f}" for factor in shown.tolist() * 2
    ]
