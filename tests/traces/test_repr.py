"""What a trace says of itself: one line, and a table that any notebook shows."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.recording.hooks.traces import Traces


def cells(html: str) -> list[list[str]]:
    """Rows of the tables of a piece of XHTML."""
    tree = ElementTree.fromstring(f"<div>{html}</div>")
    return [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]


@pytest.fixture
def trace():
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    return lstm_viz.trace(lstm, torch.randn(6, 2, 3), lengths=[6, 4])


def test_the_table_holds_the_traces_numbers(trace):
    head, *rows = cells(trace._repr_html_())
    assert head[:4] == ["layer", "reads", "units", "forget gate, mean"] and len(rows) == 4
    for row, layer in zip(rows, trace.layers, strict=True):
        inside = layer.forget_gate[~np.isnan(layer.forget_gate)]
        assert row[0] == layer.name and row[2] == "5"
        assert float(row[3]) == pytest.approx(inside.mean(), abs=0.005)
        assert float(row[6]) == pytest.approx(np.nanmax(np.abs(layer.cell_state)), rel=0.01)
    assert rows[0][1] == "3 features" and rows[3][1] == "10 units of the layer below, from the end"


def test_it_says_how_the_run_was_made_and_brings_no_script(trace):
    html = trace._repr_html_()
    assert trace.agreement in html and "float32 on cpu" in html and "(4 to 6 steps long)" in html
    assert "<script" not in html and "http" not in html and "#" not in html


def test_what_it_names_is_there(trace):
    for name in (code.text for code in ElementTree.fromstring(f"<div>{trace._repr_html_()}</div>").iter("code")):
        plain = name.lstrip(".").partition("(")[0]
        owner = trace if hasattr(trace, plain) else trace.layers[0]
        assert name.startswith("lstm_viz.") or hasattr(owner, plain)


def test_one_line(trace):
    assert "\n" not in repr(trace) and len(repr(trace)) < 200
    assert repr(trace.layers[1]) == (
        "<LayerTrace l0_reverse: 6 steps × 2 sequences (4 to 6 steps long), 5 units, read from the end>"
    )


def test_a_plain_rnn_has_no_gates_to_tell_of():
    trace = lstm_viz.trace(nn.RNN(3, 5), torch.randn(1, 1, 3))
    assert cells(trace._repr_html_())[0] == ["layer", "reads", "units", "largest |STM|"]
    assert repr(trace).startswith("<Trace: 1 step × 1 sequence, 5 units in l0; float32 on cpu, ")


def test_names_of_a_stranger_s_model_are_text():
    traces = Traces("<script>", ["<b>"])
    traces.leave_out("<b>", "x & y")
    assert cells(traces._repr_html_()) == [["module of <script>", "recorded"], ["<b>", "not called"]]
    assert "x &amp; y" in traces._repr_html_() and "x & y (once)" in repr(traces)
