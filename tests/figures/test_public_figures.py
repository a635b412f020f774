"""The public figures: they show the trace's numbers where they are asked to look, and nothing of the player."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz import figures, trace
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.figures.formats import plain, signed

torch.manual_seed(3)
X = torch.randn(40, 3, 2)
WIDE = trace(torch.nn.LSTM(2, 20, num_layers=2, bidirectional=True), X, lengths=[40, 31, 5])
NETWORK = torch.nn.LSTM(2, 5)
RUN = trace(NETWORK, X)
COURSE = trace(CourseLSTM(2, 5), X)
PLAIN = trace(torch.nn.RNN(2, 5), X)
ALL = [getattr(figures, name) for name in figures.__all__]


@pytest.mark.parametrize("draw", ALL)
@pytest.mark.parametrize("run", [WIDE, RUN, COURSE], ids=["wide", "one layer", "course"])
@pytest.mark.parametrize("look", [{}, {"theme": "dark", "narrow": True}], ids=["light", "dark"])
def test_every_figure_of_every_run_is_a_whole_plotly_figure(draw, run, look):
    figure = draw(run, layer=len(run.layers) - 1, sequence=1, step=9, unit=4, **look)
    # Plotly refuses what it does not know.
    assert len(go.Figure(json.loads(figure.to_json())).data) == len(figure.data) > 0
    assert set(figure.layout.meta) == {"alt"} and len(figure.layout.meta["alt"]) > 40
    assert all(part.meta is None for part in figure.data)
    assert figure.layout.paper_bgcolor == ("#0E1117" if look else "#FFFFFF")


@settings(max_examples=8)
@given(step=st.integers(0, 39), sequence=st.integers(0, 2), unit=st.integers(0, 4))
def test_the_cell_says_what_torch_has_there(step, sequence, unit):
    with torch.no_grad():
        _, (hidden, cell) = NETWORK(X[: step + 1])
    alt = figures.cell_figure(RUN, step=step, sequence=sequence, unit=unit).layout.meta["alt"]
    assert f"new long-term memory {signed(float(cell[0, sequence, unit]))}" in alt
    assert alt.endswith(f"short-term memory {signed(float(hidden[0, sequence, unit]))}.")


def test_strips_show_the_steps_round_the_one_asked_for():
    figure = figures.strips_figure(RUN, step=37, sequence=2, window=8)
    assert list(figure.data[0].x) == list(range(33, 41))
    order = np.argsort(-np.ptp(RUN.layers[0].cell_state.reshape(-1, 5), axis=0), kind="stable")
    np.testing.assert_allclose(figure.data[0].z, RUN.layers[0].cell_state[32:, 2, order].T, atol=1e-5)


def test_the_ledger_s_shares_add_up_to_the_memory():
    *shares, _, line = figures.ledger_figure(RUN, step=12, unit=2, window=40).data
    total = np.sum([np.asarray(share.y, float) for share in shares], axis=0)
    np.testing.assert_allclose(total, line.y, atol=1e-4)


def test_shares_add_up_to_what_torch_squashes():
    (bars,) = figures.shares_figure(RUN, gate="forget_gate", step=0, unit=3, names=["rain", "snow"]).data
    rows = NETWORK.weight_ih_l0[5:10] @ X[0, 0] + NETWORK.bias_ih_l0[5:10] + NETWORK.bias_hh_l0[5:10]
    assert sum(bars.x) == pytest.approx(rows[3].item(), abs=1e-5)
    assert any("rain" in name for name in bars.customdata)


def test_the_curve_says_the_factor():
    alt = figures.curve_figure(RUN, gate="output_gate", step=4, unit=1).layout.meta["alt"]
    assert plain(float(RUN.layers[0].output_gate[4, 0, 1])) in alt


def test_what_a_run_has_not_is_refused():
    for draw in (figures.cell_figure, figures.ledger_figure, figures.half_lives_figure, figures.shares_figure):
        with pytest.raises(ValueError, match="plain RNN has no gates"):
            draw(PLAIN)
    with pytest.raises(ValueError, match="'readout' is none of them"):
        figures.shares_figure(RUN, gate="readout")
    with pytest.raises(ValueError, match="5 units, counted from 0; unit=5"):
        figures.cell_figure(RUN, unit=5)
    with pytest.raises(ValueError, match="two steps at least"):
        figures.overview_figure(trace(NETWORK, X[:1]))
    assert len(figures.strips_figure(PLAIN).data) == 1
    assert len(figures.lanes_figure(PLAIN).data[0].z) == 3


def test_names_are_words_and_never_mark_up():
    (bars,) = figures.shares_figure(RUN, step=1, names=["<b>rain</b>", "snow"]).data
    assert not any("<b>rain" in name for name in bars.customdata)


def test_other_names_are_missed_as_usual():
    with pytest.raises(AttributeError, match="no attribute 'gate_figure'"):
        figures.gate_figure  # noqa: B018
