"""Figures of a run that lies in a store, against those of the same run in memory."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.figures.memory.long_runs import BINS, _ticks, zoomed_strips
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.viewport import MIN_STATE_LIMIT
from lstm_viz.figures.viewport_builder import build_viewport, order_by_range

STEPS, ROWS = 5000, 2


@pytest.fixture(scope="module", params=[nn.LSTM, nn.RNN])
def both(request, tmp_path_factory) -> tuple[lstm_viz.StoredTrace, lstm_viz.Trace]:
    """The same run in a store and in memory."""
    torch.manual_seed(1)
    module, x = request.param(3, 20, num_layers=2), torch.randn(STEPS, ROWS, 3)
    stored = lstm_viz.trace_to(module, x, tmp_path_factory.mktemp("stored") / "run", chunk=2048)
    return stored, lstm_viz.trace(module, x)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, STEPS - 1), st.integers(0, 19))
def test_a_reel_of_a_store_is_that_of_the_run(both, around: int, unit: int):
    run, whole = both
    found = build_viewport(RunView(run), around, unit)
    wanted = build_viewport(RunView(whole, orders=order_by_range(run)), around, unit)
    assert (found.start, found.total, found.window) == (wanted.start, wanted.total, wanted.window)
    assert found.start <= around < found.start + len(found.labels)
    assert found.labels.tolist() == wanted.labels.tolist() and found.events.tolist() == wanted.events.tolist()
    assert found.lengths.tolist() == wanted.lengths.tolist()
    for mine, theirs in zip(found.layers, wanted.layers, strict=True):
        for name in ("hidden_state", "event") if whole.variant == "rnn" else ("kept", "learned", "readout", "event"):
            assert np.allclose(getattr(mine, name), getattr(theirs, name), atol=1e-5)
        assert np.allclose(mine.previous_hidden_state, theirs.previous_hidden_state, atol=1e-5)
    for edge in ("low", "high"):
        for mine, theirs in zip(
            getattr(found.required_overview, edge), getattr(wanted.required_overview, edge), strict=True
        ):
            assert mine.shape[1:] == theirs.shape[1:]
    assert np.allclose(
        found.required_overview.low[0].min(axis=0), wanted.required_overview.low[0].min(axis=0), atol=1e-5
    )
    assert np.allclose(
        found.required_overview.high[1].max(axis=0), wanted.required_overview.high[1].max(axis=0), atol=1e-5
    )
    moment = Moment(around, unit=unit, window=found.start)
    for mine, theirs in zip(strips(found, moment).data, strips(wanted, moment).data, strict=True):
        assert np.allclose(np.array(mine.z, float), np.array(theirs.z, float), atol=2e-5)


def test_scales_are_of_the_whole_run_and_stay(both):
    run, whole = both
    first = build_viewport(RunView(run), around=0)
    later = build_viewport(RunView(run), around=4000, previous=first)
    assert later.scales is first.scales and later.overview is first.overview
    largest = max(MIN_STATE_LIMIT, np.abs(whole.layers[0].hidden_state).max())
    assert first.scale(0, "hidden_state").limit == pytest.approx(largest, rel=1e-5)


def test_units_that_range_most_widely_come_first(both):
    run, whole = both
    for order, layer in zip(order_by_range(run), whole.layers, strict=True):
        ranges = np.ptp(layer.memory, axis=(0, 1))
        assert (np.diff(ranges[order]) <= 1e-5).all()


@pytest.mark.parametrize(
    ("start", "stop", "statistic"),
    [(0, STEPS, "mean"), (0, 1, "low"), (17, 260, "high"), (1, 4999, "low"), (4000, 4900, "mean")],
)
def test_zoomed_strips_hold_the_bins(both, start, stop, statistic):
    run, _ = both
    units, sequence = np.array([7, 3, 19]), stop % ROWS
    figure = zoomed_strips(run, 1, start, stop, units, sequence=sequence, statistic=statistic)
    arrays = ["hidden_state"] if run.shape.variant == "rnn" else ["cell_state", "hidden_state", "candidate"]
    assert len(figure.data) == len(run.shape.levels())
    for panel, array in zip(figure.data, arrays, strict=False):
        zoom = run.zoom("l1", array, start, stop, BINS)
        assert np.allclose(panel.z, getattr(zoom, statistic)[:, sequence][:, units].T, atol=2e-5)
        assert list(panel.x) == (zoom.edges[:-1] + 1).tolist()
    assert figure.layout.xaxis.range == (start + 1, stop + 1)
    assert not figure.layout.shapes and f"{start + 1:,} to {stop:,}" in figure.layout.meta["said"]


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_labels_under_a_strip_are_round_and_keep_away_from_its_end(start: int, steps: int):
    ticks = _ticks(start, start + steps)
    assert 1 <= len(ticks) <= 6 if steps >= 5 else len(ticks) <= steps
    assert all(start < tick <= start + steps - steps // 8 for tick in ticks)
    apart = {after - tick for tick, after in pairwise(ticks)}
    assert len(apart) <= 1 and all(str(size).rstrip("0") in ("1", "2", "5") for size in apart)
