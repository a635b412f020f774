"""A run concatenated from stretches is the run made at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.analysis.slicing import concatenate
from lstm_viz.traces import GATE_ARRAYS


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(1, 2), st.sampled_from([0, 2]))
def test_stretches_make_the_whole(lengths, layers, project):
    torch.manual_seed(0)
    module = nn.LSTM(3, 4, num_layers=layers, proj_size=project, dtype=torch.float64)
    x, state, parts = torch.randn(sum(lengths), 2, 3, dtype=torch.float64), None, []
    for part in x.split(lengths):
        parts.append(lstm_viz.trace(module, part, state))
        state = parts[-1].final_state
    whole, once = concatenate(parts), lstm_viz.trace(module, x)
    assert np.allclose(whole.output, once.output, atol=1e-12)
    assert all(np.allclose(a, b, atol=1e-12) for a, b in zip(whole.final_state, once.final_state, strict=True))
    for mine, theirs in zip(whole.layers, once.layers, strict=True):
        for name in (*GATE_ARRAYS, "event", "previous_cell_state", "previous_hidden_state"):
            assert np.allclose(getattr(mine, name), getattr(theirs, name), atol=1e-12), name
        for gate in theirs.preactivations:
            assert np.allclose(mine.preactivations[gate], theirs.preactivations[gate], atol=1e-12)


def test_what_reads_from_the_end_is_not_joined():
    run = lstm_viz.trace(nn.LSTM(2, 3, bidirectional=True), torch.randn(4, 1, 2))
    with pytest.raises(ValueError, match="reads from the end"):
        concatenate([run, run])
