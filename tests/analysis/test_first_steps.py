"""The first steps of a run, sliced from its record, against the run of those steps alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.analysis.slicing import first_steps
from lstm_viz.analysis.what_if import hold
from lstm_viz.cells.course import CourseLSTM
from tests.support.random_runs import runs


@given(kind=st.sampled_from([torch.nn.LSTM, CourseLSTM]), steps=st.integers(1, 9), layers=st.integers(1, 2))
@settings(max_examples=20)
def test_it_is_the_run_of_the_first_steps(kind: type, steps: int, layers: int) -> None:
    torch.manual_seed(steps)
    module, x = kind(2, 3, num_layers=layers).double(), torch.randn(9, 2, 2).double()
    lengths = [9, 4]
    part = first_steps(lstm_viz.trace(module, x, lengths=lengths), steps)
    alone = lstm_viz.trace(module, x[:steps], lengths=[min(length, steps) for length in lengths])
    assert np.array_equal(part.lengths, alone.lengths)
    assert np.allclose(part.output, alone.output, atol=1e-12)
    for one, other in zip(part.layers, alone.layers, strict=True):
        for name in ("kept", "learned", "cell_state", "readout", "previous_hidden_state"):
            assert np.allclose(getattr(one, name), getattr(other, name), atol=1e-12, equal_nan=True)


@given(run=runs(("lstm", "course")), value=st.floats(0, 1), data=st.data())
@settings(max_examples=20)
def test_what_is_held_in_it_is_what_is_held_in_the_whole(run, value, data) -> None:
    assume(run.trace.directions == 1)
    steps = data.draw(st.integers(1, len(run.trace.output)))
    start = data.draw(st.integers(0, steps - 1))
    part = hold(first_steps(run.trace, steps), "l0", "forget_gate", value, start)
    whole = hold(run.trace, "l0", "forget_gate", value, start)
    assert np.array_equal(part.output, whole.output[:steps])
    assert np.array_equal(part.layers[0].cell_state, whole.layers[0].cell_state[:steps], equal_nan=True)


def test_a_layer_that_reads_from_the_end_has_no_first_steps() -> None:
    trace = lstm_viz.trace(torch.nn.LSTM(1, 2, bidirectional=True), torch.zeros(3, 1, 1))
    with pytest.raises(ValueError, match="reads from the end"):
        first_steps(trace, 2)
