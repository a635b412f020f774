"""The compiled kernel reads x in place, and copies and checks it on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording import inputs
from lstm_viz.recording.numba_cpu import layer, partition
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.traces import GATE_ARRAYS

OPTIONS = {"plain": {}, "both ways": {"bidirectional": True, "num_layers": 2}, "batch first": {"batch_first": True}}


@pytest.fixture(params=["one thread", "sequences split", "units split"], autouse=True)
def splitting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Who reads which events."""
    compiled_kernel.wait()
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1 if request.param == "one thread" else 2)
    monkeypatch.setattr(partition, "MIN_PER_THREAD", 1)
    monkeypatch.setattr(layer, "should_split_units", lambda *_: request.param == "units split")
    return request.param


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_trace_holds_events_of_its_own(options: dict[str, Any], kind: torch.dtype) -> None:
    module, x = nn.LSTM(5, 40, dtype=kind, **options), torch.randn(7, 6, 5, dtype=kind)
    trace = lstm_viz.trace(module, x, device="cpu")
    given = x.numpy().copy()
    read = given.swapaxes(0, 1) if module.batch_first else given
    x.zero_()
    for found in trace.layers[: 1 + module.bidirectional]:
        np.testing.assert_array_equal(found.event, read)
        assert not found.event.flags.writeable
    assert trace.way == "Numba" and trace.difference < 2e-6


@pytest.mark.parametrize("cell", [nn.LSTM, CourseLSTM])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("place", [(0, 0, 0), (6, 3, 4), (3, 2, 1)])
def test_what_is_not_finite_is_named(cell: type[nn.Module], bad: float, place: tuple[int, int, int]) -> None:
    module, x = cell(5, 40), torch.randn(7, 4, 5)
    x[place] = bad
    with pytest.raises(ValueError, match="step {} of sequence {}, feature {}".format(*place)):
        lstm_viz.trace(module, x, device="cpu")
    x[place] = 3e38
    assert lstm_viz.trace(module, x, device="cpu", check=False).way == "Numba"


@pytest.mark.parametrize(
    "x",
    [
        torch.randn(4, 7, 5).transpose(0, 1),
        torch.randn(7, 4, 10)[..., ::2],
        torch.randn(1, 4, 5).expand(7, 4, 5),
        torch.randn(7, 4, 5, dtype=torch.float64),
        torch.randn(7, 4, 5, dtype=torch.complex64).conj().imag,
    ],
    ids=["transposed", "every other", "repeated", "another format", "negated"],
)
def test_what_lies_otherwise_is_copied_first(x: torch.Tensor) -> None:
    trace = lstm_viz.trace(nn.LSTM(5, 40), x, device="cpu")
    np.testing.assert_array_equal(trace.layers[0].event, x.float().resolve_neg().numpy())
    assert trace.difference < 2e-6


def test_x_is_gone_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "contiguous_copy", lambda *_: pytest.fail("copied before it was read"))
    lstm_viz.trace(nn.LSTM(5, 40), torch.randn(7, 4, 5), device="cpu", check=False)


@pytest.mark.parametrize("cell", [nn.LSTM, CourseLSTM])
def test_a_refused_run_leaves_nothing_behind(cell: type[nn.Module]) -> None:
    """What threads work with is kept for the next run; NaN in it, beside the last unit too, may reach no number."""
    module, x = cell(5, 37), torch.randn(7, 4, 5)
    before = lstm_viz.trace(module, x, device="cpu", everything=True)
    with pytest.raises(ValueError, match="step 0"):
        lstm_viz.trace(module, x * float("nan"), device="cpu")
    after = lstm_viz.trace(module, x, device="cpu", everything=True)
    for name in GATE_ARRAYS:
        np.testing.assert_array_equal(getattr(before.layers[0], name), getattr(after.layers[0], name))
