"""Slices of a record against the whole of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.analysis.slicing import slice_steps
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.traces import Trace

KINDS = {"lstm": nn.LSTM, "rnn": nn.RNN, "course": CourseLSTM}
RECORDED = ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state")
MADE = ("learned", "kept", "readout", "previous_cell_state")


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    kind = draw(st.sampled_from(list(KINDS)))
    time, batch, features, hidden = (draw(st.integers(low, top)) for low, top in ((1, 30), (1, 4), (1, 4), (2, 7)))
    options: dict[str, Any] = {"num_layers": draw(st.integers(1, 2))}
    if kind != "course":
        options["bidirectional"] = draw(st.booleans())
    if kind == "lstm":
        options["proj_size"] = draw(st.integers(0, hidden - 1))
    torch.manual_seed(draw(st.integers(0, 10**6)))
    module = KINDS[kind](features, hidden, **options)
    lengths = draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    rows = options["num_layers"] * (1 + options.get("bidirectional", False))
    widths = [options.get("proj_size", 0) or hidden, hidden][: 1 if kind == "rnn" else 2]
    start = [torch.randn(rows, batch, width) for width in widths]
    state = draw(st.sampled_from([None, start[0] if kind == "rnn" else tuple(start)]))
    return lstm_viz.trace(module, torch.randn(time, batch, features), state=state, lengths=lengths, check=False)


@given(trace=traces(), data=st.data())
@settings(max_examples=80)
def test_a_cut_is_that_stretch_of_the_whole(trace: Trace, data: st.DataObject) -> None:
    time = len(trace.output)
    start = data.draw(st.integers(0, time - 1), "start")
    stop = data.draw(st.integers(start + 1, time), "stop")
    for layer in trace.layers:
        width = layer.memory.shape[-1]
        units = data.draw(st.none() | st.permutations(range(width)).map(lambda order: np.array(order[:3])), "units")
        part = slice_steps(layer, start, stop, units)
        chosen = np.arange(width) if units is None else units
        outputs = chosen if layer.hidden_state.shape[-1] == width else np.arange(layer.hidden_state.shape[-1])
        names = {"hidden_state": outputs, "previous_hidden_state": outputs, "memory": chosen}
        if layer.cell_state is not None:
            names |= dict.fromkeys((*RECORDED, *MADE), chosen)
        if layer.hidden_state.shape[-1] != width:
            del names["memory"]
        for name, places in names.items():
            found, wanted = getattr(part, name), getattr(layer, name)[start:stop][..., places]
            np.testing.assert_array_equal(found, wanted.astype(np.float32), err_msg=f"{layer.name} {name}")
        for name, values in layer.preactivations.items():
            np.testing.assert_array_equal(part.preactivations[name], values[start:stop][..., chosen])
        assert (part.lengths == np.clip(layer.lengths - start, 0, stop - start)).all()
        assert part.units == len(chosen) and part.reverse == layer.reverse


def test_a_cut_of_a_cut_is_a_cut() -> None:
    torch.manual_seed(1)
    layer = lstm_viz.trace(nn.LSTM(2, 5, bidirectional=True), torch.randn(20, 3, 2), lengths=[20, 11, 4]).layers[1]
    once, twice = slice_steps(layer, 6, 12), slice_steps(slice_steps(layer, 3, 17), 3, 9)
    for name in (*RECORDED, *MADE, "hidden_state", "previous_hidden_state"):
        np.testing.assert_array_equal(getattr(once, name), getattr(twice, name), err_msg=name)


def test_a_cut_shares_no_memory_with_the_whole() -> None:
    """A viewport may live long after its trace; it must not keep all of it."""
    layer = lstm_viz.trace(nn.LSTM(2, 5), torch.randn(20, 3, 2)).layers[0]
    part = slice_steps(layer, 0, 4, np.array([0]))
    for name in (*RECORDED, "hidden_state", "event"):
        assert not np.shares_memory(getattr(part, name), getattr(layer, name)), name
