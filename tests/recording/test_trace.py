"""Recorded numbers against torch's own modules and against the equations in float64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstm_viz
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording import module_spec
from lstm_viz.recording import trace as trace_module
from lstm_viz.recording.module_spec import GATES
from lstm_viz.recording.numba_cpu import layout, partition
from lstm_viz.recording.numba_cpu.layout import pack_panels, pad_gates
from lstm_viz.recording.weight_cache import WeightCache
from lstm_viz.traces import GATE_ARRAYS, Trace
from tests.support.reference_equations import assert_follows_equations

DEVICES = ["cpu", *([str(torch.accelerator.current_accelerator())] if torch.accelerator.is_available() else [])]
#: Every test runs each backend.
pytestmark = pytest.mark.usefixtures("way")

LIMITS = {torch.float32: 2e-6, torch.float64: 1e-12}


@dataclass
class Case:
    """A module and what it is given."""

    module: nn.Module
    x: torch.Tensor
    state: Any
    lengths: list[int] | None

    def trace(self, **options: Any) -> Trace:
        return lstm_viz.trace(self.module, self.x, self.state, self.lengths, **options)


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[str, ...] = ("lstm", "rnn", "course")) -> Case:
    kind = draw(st.sampled_from(kinds))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    time, batch, features, hidden = (draw(st.integers(1, top)) for top in (40, 5, 6, 9))
    options: dict[str, Any] = {
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
        "dtype": dtype,
    }
    if kind != "course":
        options["bidirectional"] = draw(st.booleans())
    if kind == "lstm" and hidden > 1:
        options["proj_size"] = draw(st.integers(0, hidden - 1))
    torch.manual_seed(draw(st.integers(0, 10**6)))
    module = {"lstm": nn.LSTM, "rnn": nn.RNN, "course": CourseLSTM}[kind](features, hidden, **options)
    shape = (batch, time, features) if options["batch_first"] else (time, batch, features)
    x = torch.randn(shape, dtype=dtype)
    rows = options["num_layers"] * (1 + options.get("bidirectional", False))
    sizes = [options.get("proj_size", 0) or hidden, hidden][: 1 if kind == "rnn" else 2]
    state: Any = tuple(torch.randn(rows, batch, size, dtype=dtype) for size in sizes)
    state = state if len(state) > 1 else state[0]
    lengths = draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    return Case(module, x, draw(st.sampled_from([None, state])), lengths)


def own_run(case: Case) -> tuple[torch.Tensor, Any]:
    """torch's output, (time, batch, ...), and final state, on packed sequences where lengths differ."""
    module, x = case.module, case.x
    if case.lengths is not None:
        packed = pack_padded_sequence(
            x, torch.tensor(case.lengths), batch_first=module.batch_first, enforce_sorted=False
        )
        output, end = module(packed, case.state)
        time = x.shape[1 if module.batch_first else 0]
        return pad_packed_sequence(output, total_length=time)[0], end
    output, end = module(x, case.state)
    return (output.transpose(0, 1) if module.batch_first else output), end


@given(cases(kinds=("lstm", "rnn")))
@settings(max_examples=60, deadline=None)
def test_output_and_state_are_torchs(case: Case) -> None:
    limit = LIMITS[case.x.dtype]
    with torch.no_grad():
        output, end = own_run(case)
    trace = case.trace()
    np.testing.assert_allclose(trace.output, output.numpy(), atol=limit, rtol=0)
    ends = end if isinstance(end, tuple) else (end,)
    found = trace.final_state if isinstance(trace.final_state, tuple) else (trace.final_state,)
    for ours, theirs in zip(found, ends, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=limit, rtol=0)
    assert trace.difference is not None and trace.difference <= limit


@given(cases())
@settings(max_examples=60, deadline=None)
def test_every_array_is_the_equations(case: Case) -> None:
    assert_follows_equations(case.trace(), LIMITS[case.x.dtype])


@given(cases())
@settings(max_examples=40, deadline=None)
def test_what_goes_into_a_gate_makes_the_gate(case: Case) -> None:
    trace = case.trace(check=False)
    assert trace.difference is None
    for layer in trace.layers:
        for name, weights in layer.weights.items():
            found = layer.preactivations[name]
            wanted = layer.event @ weights.input.T + layer.previous_hidden_state @ weights.recurrent.T
            np.testing.assert_allclose(found, wanted + weights.bias, atol=4e-6, rtol=1e-6)
            squash = np.tanh if name in ("candidate", "hidden_state") else lambda x: 1 / (1 + np.exp(-x))
            np.testing.assert_allclose(getattr(layer, name), squash(found), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("module", "sequence"), [(nn.LSTM(3, 4, 2), 1), (CourseLSTM(3, 4, 2), 0)])
def test_one_sequence_without_a_batch(module: nn.Module, sequence: int) -> None:
    x = torch.randn(6, 2, 3)
    single, both = lstm_viz.trace(module, x[:, sequence]), lstm_viz.trace(module, x)
    np.testing.assert_allclose(single.output[:, 0], both.output[:, sequence], atol=1e-6)
    assert single.final_state[0].shape == (2, 4)
    again = lstm_viz.trace(module, x[:, sequence], state=single.final_state)
    assert not np.allclose(again.output, single.output)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.RNN, CourseLSTM])
def test_half_formats_are_recorded_in_float32(kind: type[nn.Module], dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    module = kind(4, 16).to(dtype)
    trace = lstm_viz.trace(module, torch.randn(50, 3, 4))
    assert trace.dtype == str(dtype).removeprefix("torch.")
    assert trace.output.dtype == np.float32
    assert trace.agreement.startswith("equal to")


def test_long_runs_cross_block_borders() -> None:
    """Longer than what is worked on at once, in each direction, against torch."""
    torch.manual_seed(0)
    module, x = nn.LSTM(4, 64, bidirectional=True), torch.randn(700, 8, 4)
    trace = lstm_viz.trace(module, x, lengths=[700, 650, 520, 519, 513, 300, 2, 1])
    assert trace.difference <= 2e-6
    assert lstm_viz.trace(CourseLSTM(4, 64), x).difference <= 2e-6


@pytest.mark.parametrize("device", DEVICES)
def test_every_device_gives_the_same_numbers(device: str) -> None:
    module, x = nn.LSTM(4, 64, 2, bidirectional=True), torch.randn(300, 8, 4)
    trace, reference = lstm_viz.trace(module, x, device=device), lstm_viz.trace(module, x, device="cpu")
    assert trace.device == str(torch.empty(0, device=device).device)
    assert next(module.parameters()).device.type == "cpu"
    np.testing.assert_allclose(trace.output, reference.output, atol=2e-6)
    assert trace.difference <= 2e-6


def test_the_trace_says_which_way_it_was_recorded(way: str) -> None:
    assert lstm_viz.trace(nn.LSTM(3, 4), torch.ones(5, 2, 3), device="cpu").way == way
    assert lstm_viz.trace(nn.RNN(3, 4), torch.ones(5, 2, 3), device="cpu").way == "PyTorch"


def test_a_gpu_is_chosen_where_there_is_one() -> None:
    trace = lstm_viz.trace(nn.LSTM(3, 4), torch.ones(5, 2, 3))
    assert trace.device == str(torch.empty(0, device=DEVICES[-1]).device)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_wrong_reading_of_the_weights_shows_in_the_difference(layers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gates in the order of another library (i, o, f, g) make another h than the one put in."""
    swapped = ("input_gate", "output_gate", "forget_gate", "candidate")
    monkeypatch.setitem(GATES, "standard", swapped)
    monkeypatch.setattr(module_spec, "weight_cache", WeightCache())  # what is laid out wrongly here is kept for nobody
    roll = lambda weight: np.roll(weight.numpy(), 16, axis=0)  # noqa: E731
    rolled = lambda weight, gates, _, width: pack_panels(pad_gates(roll(weight), gates), width)  # noqa: E731
    monkeypatch.setattr(layout, "_pack", rolled)
    # It has gates that fit their h, or is not used.
    monkeypatch.setattr(trace_module, "record_standard_layer", lambda *_: None)
    trace = lstm_viz.trace(nn.LSTM(3, 16, layers), torch.randn(30, 4, 3))
    assert trace.difference > 1e-3
    assert trace.agreement.startswith("differs from torch.nn.LSTM")


def test_threads_give_each_sequence_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    module, x = nn.LSTM(4, 24, bidirectional=True), torch.randn(50, 7, 4)
    alone = lstm_viz.trace(module, x, lengths=[50, 3, 20, 50, 1, 49, 7], check=False)
    monkeypatch.setattr(partition, "MIN_PER_THREAD", 1)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    shared = lstm_viz.trace(module, x, lengths=[50, 3, 20, 50, 1, 49, 7], check=False)
    for one, other in zip(alone.layers, shared.layers, strict=True):
        for name in GATE_ARRAYS:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@given(cases(kinds=("lstm", "course")))
@settings(max_examples=25, deadline=None)
def test_what_is_written_down_is_what_is_worked_out(case: Case) -> None:
    asked, written = case.trace(check=False), case.trace(check=False, everything=True)
    limit = 10 * LIMITS[case.x.dtype]
    for one, other in zip(asked.layers, written.layers, strict=True):
        for name in ("learned", "kept", "readout"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=limit, err_msg=name)
        assert list(one.preactivations) == list(other.preactivations)
        for name, values in one.preactivations.items():
            np.testing.assert_allclose(values, other.preactivations[name], atol=limit, rtol=limit, err_msg=name)
