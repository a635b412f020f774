"""A layer walked step by step in torch, held to nn.LSTM and to gates worked out from its h."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import lstm_viz
from lstm_viz.recording import trace as trace_module
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.torch_cpu import standard_layer
from lstm_viz.recording.torch_cpu.step_loop import run_step_loop
from lstm_viz.traces import AGREEMENT_LIMITS, GATE_ARRAYS, Trace


@pytest.fixture(autouse=True)
def without_numba() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_kernel, "ready", lambda: None)
        yield


def looped_and_worked_out(module: nn.LSTM, x: Tensor, **options: Any) -> tuple[Trace, Trace, int]:
    """The run step by step, the same worked out from h, and how many layers were walked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standard_layer, "runs_in_onednn", lambda *_: False)
        patch.setattr(standard_layer, "run_step_loop", walked := Mock(side_effect=run_step_loop))
        found = lstm_viz.trace(module, x, device="cpu", **options)
        patch.setattr(trace_module, "record_standard_layer", lambda *_: None)
        return found, lstm_viz.trace(module, x, device="cpu", **options), walked.call_count


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_loop_is_the_module_s_own_run(data: st.DataObject) -> None:
    time, batch, features, hidden = (data.draw(st.integers(1, top)) for top in (23, 5, 6, 40))
    dtype = data.draw(st.sampled_from([torch.float32, torch.float64]))
    torch.manual_seed(data.draw(st.integers(0, 10**6)))
    layers, both = data.draw(st.integers(1, 2)), data.draw(st.booleans())
    options: dict[str, Any] = {"num_layers": layers, "bidirectional": both, "bias": data.draw(st.booleans())}
    short = data.draw(st.integers(0, hidden - 1))
    module = nn.LSTM(features, hidden, proj_size=short, dtype=dtype, **options)
    rows = layers * (1 + both)
    state = tuple(torch.randn(rows, batch, size, dtype=dtype) for size in (short or hidden, hidden))
    lengths = data.draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    x = torch.randn(time, batch, features, dtype=dtype)
    found, wanted, walked = looped_and_worked_out(module, x, state=state, lengths=lengths)
    limit = AGREEMENT_LIMITS[str(dtype).removeprefix("torch.")]
    assert walked == rows and found.way == "PyTorch"
    assert found.difference is not None and found.difference <= limit
    for one, other in zip(found.layers, wanted.layers, strict=True):
        for name in GATE_ARRAYS:
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=limit, rtol=limit, err_msg=name)


@pytest.mark.parametrize(
    ("module", "walked"),
    [
        (nn.LSTM(3, 4, dtype=torch.float64), 1),
        (nn.LSTM(3, 4, proj_size=2), 1),
        (nn.LSTM(3, 4, dtype=torch.bfloat16), 0),
        (lstm_viz.CourseLSTM(3, 4), 0),
        (nn.RNN(3, 4), 0),
    ],
)
def test_what_is_walked(monkeypatch: pytest.MonkeyPatch, module: nn.Module, walked: int) -> None:
    """Half formats round at each step of forward, and the other cells are no standard ones."""
    monkeypatch.setattr(standard_layer, "run_step_loop", loop := Mock(side_effect=run_step_loop))
    run = lstm_viz.trace(module, torch.randn(5, 2, 3), device="cpu")
    assert loop.call_count == walked and run.agreement.startswith("equal to")


@pytest.mark.parametrize("proj_size", [0, 3])
def test_a_caller_s_state_stays_as_it_is(proj_size: int) -> None:
    module = nn.LSTM(3, 4, proj_size=proj_size, dtype=torch.float64)
    state = torch.randn(1, 2, proj_size or 4, dtype=torch.float64), torch.randn(1, 2, 4, dtype=torch.float64)
    before = [part.clone() for part in state]
    lstm_viz.trace(module, torch.randn(6, 2, 3, dtype=torch.float64), state, device="cpu")
    assert all(torch.equal(one, other) for one, other in zip(before, state, strict=True))
