"""Recorded numbers against torch's own modules and against the equations in float64."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import prune
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstm_viz
from lstm_viz.cells import fused, shares, tracing
from lstm_viz.cells.compiling import compiled
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.cells.equations import Gate, Gates, Readout, course_step, rnn_step, standard_step
from lstm_viz.cells.plans import GATES
from lstm_viz.cells.tiles import by_gate, tiled
from lstm_viz.traces import GATE_ARRAYS, LayerTrace, Trace

DEVICES = ["cpu", *([str(torch.accelerator.current_accelerator())] if torch.accelerator.is_available() else [])]
LIMITS = {torch.float32: 2e-6, torch.float64: 1e-12}


@pytest.fixture(params=["PyTorch", "Numba"], scope="module", autouse=True)
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every test runs each way of recording; on the CPU the compiled one is waited for."""
    kernels = compiled.wait() if request.param == "Numba" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "ready", lambda: kernels)
        yield request.param


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


def equations_run(layer: LayerTrace, sequence: int) -> dict[str, np.ndarray]:
    """One sequence through the textbook's steps in float64, from the trace's own weights and events."""
    length = int(layer.lengths[sequence])

    def exact(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array.astype(np.float64))

    gates = [Gate(exact(g.input), exact(g.recurrent), exact(g.bias)) for g in layer.weights.values()]
    hidden = exact(layer.initial_hidden_state[[sequence]])
    memory = None if layer.initial_cell_state is None else exact(layer.initial_cell_state[[sequence]])
    made = []
    for t in range(length - 1, -1, -1) if layer.reverse else range(length):
        event = exact(layer.event[t, [sequence]])
        if layer.variant == "rnn":
            hidden = rnn_step(event, hidden, gates[0])
            made.append({"hidden_state": hidden})
            continue
        if layer.variant == "course":
            use = Readout(exact(layer.readout_weights.kept), exact(layer.readout_weights.bias))
            step = course_step(event, hidden, memory, Gates(*gates), use)
        else:
            projection = None if layer.projection is None else exact(layer.projection)
            step = standard_step(event, hidden, memory, Gates(*gates), projection)
        hidden, memory = step.hidden_state, step.cell_state
        made.append(step._asdict())
    made = made[::-1] if layer.reverse else made
    return {name: np.concatenate([step[name].numpy() for step in made]) for name in made[0]}


@given(cases())
@settings(max_examples=60, deadline=None)
def test_every_array_is_the_equations(case: Case) -> None:
    trace = case.trace()
    limit = LIMITS[case.x.dtype]
    for layer in trace.layers:
        for sequence, length in enumerate(layer.lengths):
            for name, wanted in equations_run(layer, sequence).items():
                found = getattr(layer, name)[:, sequence]
                np.testing.assert_allclose(found[:length], wanted, atol=limit, rtol=0, err_msg=name)
                assert np.isnan(found[length:]).all(), name


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


def test_the_module_is_left_as_it_was() -> None:
    module = nn.LSTM(3, 4, num_layers=2, dropout=0.5).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    places = [parameter.data_ptr() for parameter in module.parameters()]
    x = torch.randn(6, 2, 3, requires_grad=True)
    random = torch.random.get_rng_state()
    first, second = lstm_viz.trace(module, x), lstm_viz.trace(module, x)
    assert module.training and module.dropout == 0.5
    assert torch.equal(random, torch.random.get_rng_state())
    assert np.array_equal(first.output, second.output), "dropout was applied"
    assert places == [parameter.data_ptr() for parameter in module.parameters()]
    assert all(parameter.requires_grad and parameter.grad is None for parameter in module.parameters())
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_dropout_in_training_is_the_modules_evaluation() -> None:
    module = nn.LSTM(3, 4, num_layers=2, dropout=0.5)
    x = torch.randn(6, 2, 3)
    trace = lstm_viz.trace(module.train(), x)
    np.testing.assert_allclose(trace.output, module.eval()(x)[0].detach().numpy(), atol=2e-6)


def test_pruned_weights_are_read_as_forward_uses_them() -> None:
    module = nn.LSTM(3, 4)
    prune.random_unstructured(module, "weight_hh_l0", 0.5)
    trace = lstm_viz.trace(module, torch.ones(5, 2, 3))
    recurrent = np.concatenate([weights.recurrent for weights in trace.layers[0].weights.values()])
    np.testing.assert_array_equal(recurrent, module.weight_hh_l0.detach().numpy())


def test_padding_changes_nothing() -> None:
    module, x = nn.LSTM(3, 4, bidirectional=True), torch.randn(9, 2, 3)
    filled = x.clone()
    filled[5:, 1] = float("nan")
    plain = lstm_viz.trace(module, x, lengths=[9, 5])
    padded = lstm_viz.trace(module, filled, lengths=np.array([9, 5]))
    assert (padded.output[5:, 1] == 0).all()
    for layer, other in zip(plain.layers, padded.layers, strict=True):
        for name in (*GATE_ARRAYS, "event"):
            np.testing.assert_array_equal(getattr(layer, name), getattr(other, name), err_msg=name)


def test_arrays_can_not_be_written_to() -> None:
    trace = lstm_viz.trace(nn.LSTM(3, 4), torch.ones(5, 2, 3))
    for array in (trace.output, trace.layers[0].forget_gate, trace.layers[0].event):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_trace_shares_no_memory_with_what_it_came_from() -> None:
    module, x, start = nn.LSTM(3, 4), torch.ones(5, 2, 3), torch.ones(1, 2, 4)
    trace = lstm_viz.trace(module, x, (start, start))
    kept = trace.layers[0].weights["candidate"].recurrent.copy()
    with torch.no_grad():
        for tensor in (x, start, *module.parameters()):
            tensor.zero_()
    layer = trace.layers[0]
    assert (layer.event == 1).all() and (layer.initial_cell_state == 1).all()
    np.testing.assert_array_equal(layer.weights["candidate"].recurrent, kept)


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


def test_settings_of_the_process_come_back_after_runs_in_parallel() -> None:
    kernels = (torch.backends.cudnn.rnn, torch.backends.cuda.matmul, torch.backends.mkldnn.matmul)
    before = [kernel.fp32_precision for kernel in kernels]
    module, x = nn.LSTM(3, 16), torch.randn(200, 4, 3)
    wanted = lstm_viz.trace(module, x).output
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: lstm_viz.trace(module, x), range(12)))
    assert all(np.array_equal(run.output, wanted) for run in runs)
    assert [kernel.fp32_precision for kernel in kernels] == before


@pytest.mark.parametrize("layers", [1, 2])
def test_a_wrong_reading_of_the_weights_shows_in_the_difference(layers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gates in the order of another library (i, o, f, g) make another h than the one put in."""
    swapped = ("input_gate", "output_gate", "forget_gate", "candidate")
    monkeypatch.setitem(GATES, "standard", swapped)
    monkeypatch.setattr(
        fused, "_tiles", lambda weight, gates, *_: tiled(by_gate(np.roll(weight.numpy(), 16, axis=0), gates))
    )
    monkeypatch.setattr(tracing, "record_workspace", lambda *_: None)  # it has gates that fit their h, or is not used
    trace = lstm_viz.trace(nn.LSTM(3, 16, layers), torch.randn(30, 4, 3))
    assert trace.difference > 1e-3
    assert trace.agreement.startswith("differs from torch.nn.LSTM")


def test_threads_give_each_sequence_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    module, x = nn.LSTM(4, 24, bidirectional=True), torch.randn(50, 7, 4)
    alone = lstm_viz.trace(module, x, lengths=[50, 3, 20, 50, 1, 49, 7], check=False)
    monkeypatch.setattr(shares, "WORTH_A_THREAD", 1)
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
