"""Untrusted trace files: read in a process of their own, the same to the bit, or refused with a sentence."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.sandbox.wire import encode, encode_error
from lstm_viz.sequences import load_example
from lstm_viz.storage import TraceFileError, load_trace
from lstm_viz.storage.netcdf.read import read_arrays
from lstm_viz.storage.netcdf.untrusted import TRACE_FILES, TraceFileLimits, encode_arrays, load_untrusted_trace
from lstm_viz.traces import Trace
from tests.support.trace_equality import assert_same


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
    assert_same(load_untrusted_trace(data), load_trace(data))


def test_a_plain_rnn_too():
    data = stored(run(nn.RNN))
    assert_same(load_untrusted_trace(data), load_trace(data))


def test_too_large_is_said_before_it_is_read():
    data = stored(run())
    with pytest.raises(TraceFileError, match="the limit is"):
        load_untrusted_trace(data, limits=TraceFileLimits(file_bytes=1000))
    with pytest.raises(TraceFileError, match="the limit is"):
        load_untrusted_trace(data, limits=TraceFileLimits(number_bytes=1000))


def test_a_reader_that_hangs_is_ended():
    with pytest.raises(TraceFileError, match="seconds"):
        load_untrusted_trace(stored(run()), limits=TraceFileLimits(wall_seconds=0.001))


GOOD = stored(run())


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.booleans())
@settings(max_examples=60)
def test_a_damaged_file_is_refused_or_read_whole(flips, cut):
    data = bytearray(GOOD)
    for place, value in flips:
        data[place] = value
    damaged = bytes(data[: flips[0][0]] if cut else data)
    try:
        reply = bytearray(b"".join(encode(encode_arrays(read_arrays(damaged)))))
    except TraceFileError as refusal:
        reply = bytearray(b"".join(encode_error(str(refusal))))
    try:
        stored_arrays = TRACE_FILES.result(reply)
    except TraceFileError as refusal:
        assert str(refusal).endswith(".")
    else:
        assert all(isinstance(array, np.ndarray) for array in stored_arrays.arrays.values())


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"{}\n",
        b"[1]\n",
        b'{"arrays": [["<O8", [1]]], "head": {"names": ["a"], "attributes": {}}}\n' + bytes(64),
        b'{"arrays": [["<f8", [1]]], "head": {"names": [], "attributes": {}}}\n' + bytes(64),
        b'{"arrays": [], "head": {"names": [], "attributes": {"device": ["cpu"]}}}\n',
    ],
)
def test_an_answer_that_lies_is_refused(reply):
    with pytest.raises(TraceFileError, match="answer is damaged"):
        TRACE_FILES.result(bytearray(reply))
