"""Lanes, scales and distances: what strong colours mean is true, and letters on cells can be read."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.analysis.comparison import nearest_distances
from lstm_viz.figures.bindings.evaluate import evaluate
from lstm_viz.figures.gates.what_if import intervention_comparison
from lstm_viz.figures.memory.lanes import lanes
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import DARK, LIGHT, UNDER_TEXT, contrast
from lstm_viz.figures.run_view import ComparedRun, RunView
from lstm_viz.figures.sequences.state_distances import Network, state_distance_lanes
from lstm_viz.figures.viewport import MIN_STATE_LIMIT
from lstm_viz.figures.viewport_builder import build_viewport
from tests.support.random_runs import Run, runs


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@settings(max_examples=10, deadline=None)
@given(run=runs(("lstm", "rnn")))
def test_the_followed_lane_has_full_colours_and_letters_that_can_be_read(run: Run, palette, narrow) -> None:
    figure = lanes(run.viewport, run.moment, palette=palette, narrow=narrow)
    others, followed = figure.data[:2]
    assert others.opacity == UNDER_TEXT
    assert followed.opacity is None
    assert list(followed.y) == [run.moment.sequence]
    row = list(run.viewport.lanes_around(run.moment.sequence)).index(run.moment.sequence)
    own, all_lanes = np.array(followed.z, float)[:, 0], np.array(others.z, float)[row]
    np.testing.assert_array_equal(own, all_lanes)
    if len(figure.data) < 3:
        return
    colours = figure.data[2].meta["follow"]["textfont.color"] | {"as": "colour"}
    cells = evaluate(colours, run.viewport, run.moment)
    assert len(cells) == len(figure.data[2].x)
    assert all(contrast(ink, cell) >= 4.5 for ink, cell in zip(figure.data[2].textfont.color, cells, strict=True))


@pytest.mark.parametrize("kind", [torch.nn.LSTM, torch.nn.RNN])
def test_noughts_do_not_fill_a_scale(kind) -> None:
    module = kind(2, 3)
    for weight in module.parameters():
        torch.nn.init.constant_(weight, 1e-4)
    viewport = build_viewport(RunView(lstm_viz.trace(module, torch.randn(6, 1, 2) * 1e-3)))
    for panel in strips(viewport, Moment()).data:
        if panel.meta["part"] in ("cell_state", "hidden_state"):
            assert panel.zmax == MIN_STATE_LIMIT
            assert np.abs(np.array(panel.z, float)).max() < 0.01 * panel.zmax


def test_what_a_held_factor_changes_has_no_hue_of_a_value() -> None:
    trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(5, 1, 2))
    captions = {"held": "it were held", "brief": "held", "start": 2}
    view = RunView(trace, compared=[ComparedRun(trace.layers)], captions=captions)
    for palette in (LIGHT, DARK):
        drawn = intervention_comparison(build_viewport(view), Moment(), palette=palette).to_json().upper()
        assert not any(colour in drawn for colour in palette.signed if colour != palette.signed[2])


@given(seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_a_lane_fades_where_another_state_is_as_near_as_none(seed) -> None:
    states = np.random.default_rng(seed).normal(size=(6, 3, 4))
    states[3:, 2] = states[3:, 0]
    factors = np.full(5, 0.5)
    networks = [Network("LSTM", "remember", nearest_distances(states), "ABC", factors, 2 * factors, ("x", "y"))]
    trace = lstm_viz.trace(torch.nn.LSTM(2, 4), torch.randn(6, 3, 2))
    viewport = build_viewport(RunView(trace))
    figure = state_distance_lanes(networks, "ABC")(viewport, Moment(step=4))
    shown = np.array(figure.data[0].z, float)
    assert (shown[[0, 2], 3:] == 0).all()
    assert (shown[1] > 0).all() and (shown[:, 0] == 1).all()
    assert "at step 5, LSTM 0.00 times" in evaluate(figure.layout.meta["alt"], viewport, Moment(step=4))
    # Pale bars before training, full ones after it, each between the two steps that it leads from and to.
    pale, full = figure.data[1:]
    assert list(pale.y) == [0.5] * 5 and list(full.y) == [1.0] * 5
    assert list(full.x) == [1.5, 2.5, 3.5, 4.5, 5.5] and list(full.customdata[0]) == [1, 2]
    assert pale.width > full.width and pale.opacity < full.opacity
