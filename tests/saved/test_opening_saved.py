"""Saved runs from anyone: read in a process of their own, the same to the bit, or refused with a sentence."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.saved.child import read_parts
from lstm_viz.saved.limits import SavedLimits
from lstm_viz.saved.messages import error_reply, parse_reply, parts_reply
from lstm_viz.saved.opening import open_saved
from lstm_viz.sequences import load_example
from lstm_viz.storage import TraceFileError, load_trace
from lstm_viz.traces import Trace
from tests.test_traces import assert_same


def stored(trace: Trace) -> bytes:
    file = io.BytesIO()
    trace.save(file)
    return file.getvalue()


def run(kind: type[nn.RNNBase] = nn.LSTM, **options: object) -> Trace:
    torch.manual_seed(0)
    batch = load_example("recall")
    module = kind(batch.values.shape[-1], 4, **options)
    return lstm_viz.trace(module, batch.values, lengths=batch.lengths).named(batch)


@pytest.mark.parametrize(
    "options", [{}, {"num_layers": 2, "bidirectional": True, "proj_size": 2}, {"dtype": torch.float64}], ids=str
)
def test_the_same_to_the_bit(options):
    data = stored(run(**options))
    assert_same(open_saved(data), load_trace(data))


def test_a_plain_rnn_too():
    data = stored(run(nn.RNN))
    assert_same(open_saved(data), load_trace(data))


def test_too_large_is_said_before_it_is_read():
    data = stored(run())
    with pytest.raises(TraceFileError, match="the limit is"):
        open_saved(data, limits=SavedLimits(file_bytes=1000))
    with pytest.raises(TraceFileError, match="the limit is"):
        open_saved(data, limits=SavedLimits(number_bytes=1000))


def test_a_reader_that_hangs_is_ended():
    with pytest.raises(TraceFileError, match="seconds"):
        open_saved(stored(run()), limits=SavedLimits(wall_seconds=0.001))


GOOD = stored(run())


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.booleans())
@settings(max_examples=60)
def test_a_damaged_file_is_refused_or_read_whole(flips, cut):
    data = bytearray(GOOD)
    for place, value in flips:
        data[place] = value
    damaged = bytes(data[: flips[0][0]] if cut else data)
    try:
        reply = bytearray(b"".join(parts_reply(read_parts(damaged))))
    except TraceFileError as refusal:
        reply = bytearray(b"".join(error_reply(str(refusal))))
    try:
        parts = parse_reply(reply)
    except TraceFileError as refusal:
        assert str(refusal).endswith(".")
    else:
        assert all(isinstance(array, np.ndarray) for array in parts.arrays.values())


@pytest.mark.parametrize("reply", [b"", b"{}\n", b"[1]\n", b'{"arrays": {"a": ["<O8", [1]]}, "attributes": {}}\n'])
def test_an_answer_that_lies_is_refused(reply):
    with pytest.raises(TraceFileError, match="answer is damaged"):
        parse_reply(bytearray(reply))
