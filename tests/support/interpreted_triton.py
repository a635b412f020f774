"""The Triton kernel interpreted on the CPU: `tests/recording/triton_gpu/test_record.py` runs it in a child process.

`TRITON_INTERPRET=1 python -m pytest tests/support/interpreted_triton.py` runs it alone. Only the device differs; memory
layout and launch are those of a GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from benchmarks.accuracy import float64_reference, largest_difference
from benchmarks.implementations import recorded_on_gpu
from benchmarks.sizes import Size
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.triton_gpu import record
from lstm_viz.traces import AGREEMENT_LIMITS, Trace
from tests.recording.test_trace import Case
from tests.support.reference_equations import assert_follows_equations

DERIVED = ("learned", "kept", "readout")
EXACT = [torch.float32, torch.float64]
HALF = [torch.bfloat16, torch.float16]


@pytest.fixture(autouse=True, scope="module")
def on_the_cpu() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "DEVICES", ("cpu",))
        patch.setattr(compiled_kernel, "ready", lambda: None)
        yield


@st.composite
def cases(draw: st.DrawFn, dtypes: list[torch.dtype]) -> Case:
    """Units of up to two groups of threads, of which the last is seldom full."""
    dtype, hidden = draw(st.sampled_from(dtypes)), draw(st.sampled_from([1, 5, 32, 40]))
    time, batch, features = (draw(st.integers(1, top)) for top in (6, 3, 4))
    options: dict[str, Any] = {
        "num_layers": draw(st.integers(1, 2)),
        "bias": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
        "proj_size": draw(st.integers(0, min(3, hidden - 1))),
        "dtype": dtype,
    }
    torch.manual_seed(draw(st.integers(0, 10**6)))
    module = nn.LSTM(features, hidden, **options)
    rows = options["num_layers"] * (1 + options["bidirectional"])
    sizes = options["proj_size"] or hidden, hidden
    state = tuple(torch.randn(rows, batch, size, dtype=dtype) for size in sizes)
    lengths = draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    x = torch.randn(time, batch, features, dtype=dtype)
    return Case(module, x, draw(st.sampled_from([None, state])), lengths)


def assert_recorded(trace: Trace, limit: float) -> None:
    assert trace.way == "Triton" and trace.difference is not None and trace.difference <= limit
    assert_follows_equations(trace, limit)


@given(cases(EXACT), st.booleans())
@settings(max_examples=25, deadline=None)
def test_every_array_is_the_equations(case: Case, everything: bool) -> None:
    assert_recorded(case.trace(everything=everything), AGREEMENT_LIMITS[str(case.x.dtype).split(".")[1]])


@given(cases(HALF))
@settings(max_examples=10, deadline=None)
def test_half_formats_are_added_up_in_float32(case: Case) -> None:
    """As near to the equations as h is, which is the module's own; what follows from h, to float32's last digits."""
    trace = case.trace(everything=True)
    assert_recorded(trace, AGREEMENT_LIMITS[trace.dtype])
    for layer in trace.layers:
        for name, sums in layer.preactivations.items():
            assert sums.dtype == np.float32
            squash = np.tanh if name == "candidate" else lambda x: 1 / (1 + np.exp(-x))
            np.testing.assert_allclose(getattr(layer, name), squash(sums), atol=1e-6, rtol=0)
        np.testing.assert_allclose(layer.cell_state, layer.kept + layer.learned, atol=1e-6, rtol=0)


@given(cases(EXACT))
@settings(max_examples=10, deadline=None)
def test_what_is_written_down_is_what_is_worked_out(case: Case) -> None:
    derived, recorded = case.trace(check=False), case.trace(check=False, everything=True)
    limit = 10 * AGREEMENT_LIMITS[derived.dtype]
    for one, other in zip(derived.layers, recorded.layers, strict=True):
        assert set(DERIVED) <= set(vars(other)) and not set(DERIVED) & set(vars(one))
        assert isinstance(other.preactivations, dict) and not isinstance(one.preactivations, dict)
        for name in DERIVED:
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=limit, err_msg=name)
        for name, values in one.preactivations.items():
            np.testing.assert_allclose(values, other.preactivations[name], atol=limit, rtol=limit, err_msg=name)


@pytest.mark.parametrize("size", [30.0, 1e4])
def test_gates_that_are_wide_open_or_shut_stay_numbers(size: float) -> None:
    torch.manual_seed(0)
    module, x = nn.LSTM(2, 3), size * torch.randn(4, 2, 2)
    assert_recorded(lstm_viz.trace(module, x), 2e-6)


def test_what_the_benchmark_times_is_the_kernels_recording() -> None:
    size = Size(3, 5, 2, 7)
    case = size.case()
    assert largest_difference(recorded_on_gpu(case)(), float64_reference(size, case)) < 2e-6
