"""A report: its numbers are the trace's, as NumPy and pandas reckon them, and no name in it is mark-up."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz import trace
from lstm_viz.analysis.saturation import FACTORS, saturation
from lstm_viz.figures.gates.saturation import saturations
from lstm_viz.figures.memory.heatmap import MAX_COLUMNS, pool_steps, run_heatmaps
from lstm_viz.figures.options import batch_of
from lstm_viz.standalone.report_tables import layer_table, parameter_counts, unit_table

torch.manual_seed(5)
LENGTHS = [30, 22, 9]
NETWORK = torch.nn.LSTM(3, 12, num_layers=2)
RUN = trace(NETWORK, 3 * torch.randn(30, 3, 3), lengths=LENGTHS)
PLAIN = trace(torch.nn.RNN(3, 4), torch.randn(9, 2, 3))


def read(html: str) -> pd.DataFrame:
    """A table as another reader sees it."""
    parsed = ElementTree.fromstring(f"<div>{html}</div>".replace("−", "-"))
    heads, *rows = [["".join(cell.itertext()) for cell in row] for row in parsed.iter("tr")]
    return pd.DataFrame([row[1:] for row in rows], [row[0] for row in rows], heads[1:])


@pytest.mark.parametrize("gate", FACTORS)
def test_saturation_counts_the_steps_inside_the_sequences(gate):
    found = saturation(RUN.layers[1])[gate]
    rows = np.concatenate([getattr(RUN.layers[1], gate)[:stop, k] for k, stop in enumerate(LENGTHS)])
    np.testing.assert_allclose(found.closed, (rows < 0.1).mean(axis=0))
    np.testing.assert_allclose(found.open, (rows > 0.9).mean(axis=0))
    dots = saturations(RUN.layers[1]).data[2 * FACTORS.index(gate) + 1]
    np.testing.assert_allclose(dots.x, found.closed, atol=1e-4)
    np.testing.assert_allclose(dots.y, found.open, atol=1e-4)


@settings(max_examples=25)
@given(time=st.integers(1, 2500), units=st.integers(1, 5), seed=st.integers(0, 99))
def test_columns_are_means_that_weigh_up_to_the_whole(time, units, seed):
    values = np.random.default_rng(seed).normal(size=(time, units))
    found = pool_steps(values, np.arange(units)[::-1])
    count = found.values.shape[1]
    assert count == min(time, MAX_COLUMNS)
    widths = np.diff(np.linspace(0, time, count + 1).round())
    np.testing.assert_allclose(found.values @ widths, values.sum(axis=0)[::-1], atol=1e-8)
    assert found.steps[0] >= 1 and found.steps[-1] <= time


def test_a_short_run_s_field_is_the_trace_itself():
    figure = run_heatmaps(RUN.layers[0], np.arange(12), 1)
    assert [len(heat.z) for heat in figure.data] == [12] * 5
    np.testing.assert_allclose(figure.data[2].z, RUN.layers[0].forget_gate[:22, 1].T, atol=1e-4)
    assert figure.data[0].zmax >= np.abs(RUN.layers[0].cell_state[:22, 1]).max()


def test_each_layer_s_row_says_what_numpy_finds():
    found = read(layer_table(RUN))
    assert found.index.tolist() == ["l0", "l1"]
    for layer in RUN.layers:
        row = found.loc[layer.name]
        assert float(row["memory from"]) == pytest.approx(np.nanmin(layer.cell_state), abs=5.1e-3)
        assert float(row["forget factor, mean"]) == pytest.approx(np.nanmean(layer.forget_gate), abs=5.1e-3)
        share = 100 * (layer.input_gate > 0.9).sum() / np.isfinite(layer.input_gate).sum()
        assert float(row["ignore factor, open"].removesuffix(" %")) == pytest.approx(share, abs=0.51)


def test_the_units_to_look_at_lead_to_where_they_write():
    batch = batch_of(RUN)
    html = unit_table(RUN, batch, layer=1, sequence=1, offset=0)
    found = read(html)
    layer = RUN.layers[1]
    ranges = np.nanmax(layer.cell_state, axis=(0, 1)) - np.nanmin(layer.cell_state, axis=(0, 1))
    order = np.argsort(-ranges)
    assert (found.index.astype(int) - 1).tolist() == order[:10].tolist()
    writes = 2 + np.argmax(np.abs(layer.learned[1:22, 1, order[0]]))
    assert found.iloc[0]["writes most at"] == f"step {writes}"
    assert f"&quot;step&quot;: {writes - 1}, &quot;unit&quot;: {order[0]}, &quot;sequence&quot;: 1" in html


def test_half_lives_are_those_of_the_mean_and_of_the_median_factor():
    torch.manual_seed(1)
    network = torch.nn.LSTM(2, 4)
    with torch.no_grad():
        for weights in network.parameters():
            weights *= 4
    run = trace(network, torch.randn(60, 1, 2))
    found = read(unit_table(run, batch_of(run), layer=0, sequence=0, offset=0))
    assert (found["half-life"] != found["at its middle factor"]).any()
    for unit, row in found.iterrows():
        logs = np.log(run.layers[0].forget_gate[:, 0, int(str(unit)) - 1])
        for head, typical in (("half-life", logs.mean()), ("at its middle factor", np.median(logs))):
            steps = np.log(0.5) / typical
            assert float(row[head].split()[0]) == pytest.approx(steps, abs=0.51 if steps >= 9.95 else 0.051)


def test_parameters_are_torch_s_with_the_biases_of_a_gate_as_one():
    weights = sum(part.numel() for name, part in NETWORK.named_parameters() if "weight" in name)
    biases = sum(part.numel() for name, part in NETWORK.named_parameters() if "bias_ih" in name)
    assert parameter_counts(RUN) == f"{weights:,} weights, {biases:,} biases"


@pytest.mark.parametrize("run", [RUN, PLAIN], ids=["LSTM", "RNN"])
def test_a_report_holds_a_picture_for_each_place(run, tmp_path):
    picture = run.report(tmp_path / "report.html", layer=len(run.layers) - 1)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == picture.html
    places = re.findall(r'data-figure="([\w-]+)"', picture.html)
    assert len(places) == len(set(places)) == (len(run.layers) * 3 if run is RUN else 1)
    assert run.agreement in picture.html
    assert "<table>" not in run.show().html


def test_a_stranger_s_words_stay_words():
    labels = np.full((30, 3), "</td><script>", dtype=object)
    html = unit_table(RUN, replace(batch_of(RUN), step_labels=labels), layer=0, sequence=0, offset=0)
    assert "<script>" not in html and "&lt;/td&gt;&lt;script&gt;" in html
