"""`lstm_viz.record`: the caller's run stays what it was, and the trace is that run's own."""

from __future__ import annotations

import copy
import io
import threading
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.checkpoint import checkpoint

import lstm_viz
from lstm_viz.recording.hooks.trace_call import spec_in_dtype


class Model(nn.Module):
    """Dropout before, inside and after: whatever draws a number more or less changes the output."""

    def __init__(self, **options) -> None:
        super().__init__()
        self.before = nn.Dropout(0.3)
        self.lstm = nn.LSTM(3, 4, num_layers=2, **{"dropout": 0.4, **options})
        self.cell = nn.LSTMCell(4 * (1 + self.lstm.bidirectional), 5)
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(5, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states = None
        for event in self.lstm(self.before(x))[0]:
            states = self.cell(event, states)
        return self.head(states[0])


def no_hooks(model: nn.Module) -> bool:
    parts = list(model.modules())
    return not any(part._forward_hooks or part._forward_pre_hooks for part in parts)


def trained(recording, kind=Model) -> list[torch.Tensor]:
    """Outputs, gradients and weights of a few steps of training."""
    torch.manual_seed(4)
    model, found = kind(), []
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    with recording(model):
        for _ in range(4):
            answer = model(torch.randn(6, 2, 3))
            optimizer.zero_grad()
            answer.square().sum().backward()
            found += [answer.detach(), *(weight.grad.clone() for weight in model.parameters())]
            optimizer.step()
    return [*found, *(weight.detach() for weight in model.parameters()), torch.get_rng_state()]


def test_training_is_the_same_to_the_last_bit():
    pairs = zip(trained(lambda model: nullcontext()), trained(lstm_viz.record), strict=True)
    assert all(torch.equal(plain, recorded) for plain, recorded in pairs)


def test_no_hook_stays_also_when_the_body_raises():
    model = Model()
    with pytest.raises(ZeroDivisionError), lstm_viz.record(model) as traces:
        model(torch.randn(6, 2, 3))
        raise ZeroDivisionError
    assert no_hooks(model) and [len(traces[name]) for name in traces] == [1, 1]


def test_hooks_of_others_stay_and_may_change_what_comes_out():
    lstm = nn.LSTM(3, 4)
    handle = lstm.register_forward_hook(lambda module, args, result: (result[0] * 2, result[1]))
    with lstm_viz.record(lstm) as traces:
        doubled, _ = lstm(torch.randn(6, 2, 3))
    assert np.array_equal(traces["LSTM"][0].output * 2, doubled.detach().numpy())
    assert list(lstm._forward_hooks) == [handle.id]


@settings(max_examples=40)
@given(
    layers=some.integers(1, 3),
    both=some.booleans(),
    projected=some.booleans(),
    batch_first=some.booleans(),
    shape=some.sampled_from(["padded", "one", "packed", "packed in order"]),
    started=some.booleans(),
    dropout=some.sampled_from([0.0, 0.4, 1.0]),
    seed=some.integers(0, 2**30),
)
def test_a_trace_is_the_call_s_own(layers, both, projected, batch_first, shape, started, dropout, seed):
    torch.manual_seed(seed)
    options = {"bidirectional": both, "proj_size": 2 * projected, "batch_first": batch_first}
    lstm = nn.LSTM(3, 4, layers, dropout=dropout if layers > 1 else 0, **options)
    lengths = [5, 5, 3, 1] if shape == "packed in order" else [3, 5, 1, 5]
    x = torch.randn(5, 3) if shape == "one" else torch.randn(5, 4, 3).swapaxes(0, int(batch_first))
    rows, out = layers * (1 + both), 2 if projected else 4
    sizes = [(rows, out), (rows, 4)] if shape == "one" else [(rows, 4, out), (rows, 4, 4)]
    state = tuple(torch.randn(size) for size in sizes) if started else None
    packed = shape.startswith("packed")
    if packed:
        x = pack_padded_sequence(x, torch.tensor(lengths), batch_first, enforce_sorted=shape == "packed in order")
    with lstm_viz.record(lstm) as traces:
        output, (h, c) = lstm(x, hx=state)
    (found,) = traces["LSTM"]
    if packed:
        output = pad_packed_sequence(output)[0]
        assert found.lengths.tolist() == lengths
    else:
        output = output[:, None] if shape == "one" else output.swapaxes(0, int(batch_first))
    assert np.array_equal(found.output, output.detach().numpy())
    assert all(np.array_equal(*pair) for pair in zip(found.final_state, (h.detach(), c.detach()), strict=True))
    assert len(found.layers) == rows and found.difference < 2e-6
    if not dropout:
        plain = lstm_viz.trace(lstm, pad_packed_sequence(x, batch_first)[0] if packed else x, state, found.lengths)
        for layer, wanted in zip(found.layers, plain.layers, strict=True):
            np.testing.assert_allclose(layer.cell_state, wanted.cell_state, atol=2e-6)
            np.testing.assert_allclose(layer.forget_gate, wanted.forget_gate, atol=2e-6)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_every_grad_mode(mode):
    model = Model().eval()
    x = torch.randn(6, 2, 3)
    with mode():
        plain = model(x)
        with lstm_viz.record(model) as traces:
            recorded = model(x)
    assert torch.equal(plain, recorded) and recorded.requires_grad == (mode is torch.enable_grad)
    assert recorded.is_inference() == plain.is_inference()
    assert [len(traces[name]) for name in ("lstm", "cell")] == [1, 1]


@pytest.mark.parametrize("kind", [nn.LSTM, nn.LSTMCell, nn.RNN, lstm_viz.CourseLSTM])
def test_autocast_keeps_its_numbers(kind):
    torch.manual_seed(1)
    module, x = kind(3, 4), torch.randn(2, 3) if kind is nn.LSTMCell else torch.randn(6, 2, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        try:
            plain = module(x)
        except RuntimeError as error:  # oneDNN has no such LSTM for a processor without AVX-512
            with pytest.raises(RuntimeError, match=str(error)[:40]), lstm_viz.record(module):
                module(x)
            assert not (module._forward_hooks or module._forward_pre_hooks)
            return
        with lstm_viz.record(module) as traces:
            recorded = module(x)
        still = torch.is_autocast_enabled("cpu")
    (found,) = traces[kind.__name__]
    assert still and torch.equal(plain[0], recorded[0])
    assert found.dtype == str(recorded[0].dtype).removeprefix("torch.")
    assert found.difference < 3e-2


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_number_formats(dtype):
    lstm = nn.LSTM(3, 4, num_layers=2, dtype=dtype)
    with lstm_viz.record(lstm) as traces:
        output, _ = lstm(torch.randn(6, 2, 3, dtype=dtype))
    (found,) = traces["LSTM"]
    assert np.array_equal(found.output, output.detach().to(torch.promote_types(dtype, torch.float32)).numpy())
    assert found.agreement.startswith("equal to torch.nn.LSTM")


def test_a_trace_keeps_the_weights_and_the_input_of_its_time():
    lstm, x = nn.LSTM(3, 4), torch.randn(6, 2, 3)
    with lstm_viz.record(lstm) as traces, torch.no_grad():
        first, _ = lstm(x)
        before = x.clone()
        x.zero_(), lstm.weight_ih_l0.zero_(), first.zero_()
        lstm(x)
    early, late = traces["LSTM"]
    assert np.array_equal(early.layers[0].event, before) and early.output.any()
    assert early.layers[0].weights["forget_gate"].input.any() and not late.layers[0].weights["forget_gate"].input.any()


def test_a_shared_module_gives_a_trace_a_call_under_its_first_name():
    lstm = nn.LSTM(3, 3)
    model = nn.ModuleDict({"encoder": lstm, "decoder": lstm})
    with lstm_viz.record(model) as traces:
        output, state = model["encoder"](torch.randn(6, 2, 3))
        model["decoder"](output, state)
    first, second = traces["encoder"]
    assert list(traces) == ["encoder"]
    assert np.array_equal(second.layers[0].initial_cell_state, first.final_state[1][0])
    assert [name for name, _ in traces.calls] == ["encoder", "encoder"]


def test_records_inside_records_each_have_their_own():
    model = Model()
    with lstm_viz.record(model) as outer:
        model(torch.randn(6, 2, 3))
        with lstm_viz.record(model.lstm) as inner:
            model(torch.randn(6, 2, 3))
    assert (len(outer["lstm"]), len(outer["cell"]), len(inner["LSTM"])) == (2, 2, 1)
    assert np.array_equal(outer["lstm"][1].output, inner["LSTM"][0].output)


def test_only_and_keep():
    model = nn.ModuleDict({"encoder": Model(), "decoder": nn.LSTM(3, 4), "step": nn.LSTMCell(3, 4)})
    with lstm_viz.record(model, only=["encoder.*", "step"], keep=2) as traces:
        for _ in range(5):
            model["encoder"](torch.randn(6, 2, 3))
            model["decoder"](torch.randn(6, 2, 3))
            last = model["step"](torch.ones(1, 3))
    assert {name: len(found) for name, found in traces.items()} == {"encoder.lstm": 2, "encoder.cell": 2, "step": 2}
    assert np.array_equal(traces["step"][-1].output[0], last[0].detach())


def test_threads():
    lstm = nn.LSTM(3, 4, num_layers=2, dropout=0.5).eval()
    inputs = [torch.full((6, 1, 3), float(number)) for number in range(12)]
    with lstm_viz.record(lstm) as traces:
        threads = [threading.Thread(target=lstm, args=(x,)) for x in inputs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = {float(trace.layers[0].event[0, 0, 0]): trace for trace in traces["LSTM"]}
    assert len(found) == 12
    for x in inputs:
        assert np.array_equal(found[float(x[0, 0, 0])].output, lstm(x)[0].detach())


def test_copies_and_files_made_meanwhile_record_nothing():
    model = Model()
    with lstm_viz.record(model) as traces:
        twin = copy.deepcopy(model)
        torch.save(model, file := io.BytesIO())
        twin(torch.randn(6, 2, 3))
    file.seek(0)
    torch.load(file, weights_only=False)(torch.randn(6, 2, 3))
    assert not traces.calls and repr(traces).count("not called") == 2


def test_a_call_repeated_by_a_backward_pass_is_no_call_of_the_caller_s():
    model = Model(dropout=0.0)
    with lstm_viz.record(model) as traces:
        checkpoint(model, torch.randn(6, 2, 3, requires_grad=True), use_reentrant=False).sum().backward()
    assert [len(traces[name]) for name in traces] == [1, 1]


def test_who_only_looks_at_the_model_sees_the_model_alone():
    model, x = nn.Sequential(nn.LSTM(3, 4)), torch.randn(6, 2, 3)
    with lstm_viz.record(model):
        looked_at = torch.export.export(model, (x,)).module()
    assert torch.equal(looked_at(x)[0], model(x)[0])


class Doubling(nn.LSTM):
    def forward(self, x, hx=None):
        output, state = super().forward(x, hx)
        return 2 * output, state


@pytest.mark.parametrize(
    ("module", "x", "reason"),
    [
        (nn.LSTM(3, 4), torch.full((6, 2, 3), torch.nan), "x holds NaN or infinity at step 0"),
        (Doubling(3, 4), torch.ones(6, 2, 3), "Doubling has a forward of its own"),
        (nn.RNN(3, 4, nonlinearity="relu"), torch.ones(6, 2, 3), "nonlinearity is 'relu'"),
        (nn.LSTMCell(3, 4), torch.full((2, 3), torch.inf), "x holds NaN or infinity at step 0"),
    ],
)
def test_what_cannot_be_recorded_runs_all_the_same_and_is_said(module, x, reason):
    plain = module(x)
    with pytest.warns(RuntimeWarning, match=reason), lstm_viz.record(module) as traces:
        recorded = module(x)
    assert torch.equal(plain[0], recorded[0]) or plain[0].isnan().any()
    assert not traces.calls and list(traces.left_out) == [type(module).__name__]


def test_what_is_refused_at_once():
    with pytest.raises(TypeError, match=r"holds no torch\.nn\.LSTM"), lstm_viz.record(nn.GRU(3, 4)):
        pass
    with pytest.raises(TypeError, match="a str came"), lstm_viz.record("model"):
        pass
    with pytest.raises(ValueError, match="'encoder'; what can be recorded is lstm, cell"):
        lstm_viz.record(Model(), only="encoder").__enter__()
    with pytest.raises(TypeError, match=r"_orig_mod\.lstm is compiled"):
        lstm_viz.record(torch.compile(Model(), backend="eager")).__enter__()
    with lstm_viz.record(Model()) as traces, pytest.raises(KeyError, match="there are lstm, cell"):
        traces["encoder"]


def test_a_call_under_autocast_changes_no_later_run():
    """It is recorded with its weights rounded to that format; they are not those of the next run."""
    module, x = nn.LSTM(3, 8), torch.randn(20, 2, 3)
    rounded = spec_in_dtype(module, torch.bfloat16).layer("l0").input
    assert torch.equal(rounded, module.weight_ih_l0.bfloat16().float())
    trace = lstm_viz.trace(module, x, device="cpu")
    assert trace.difference <= 2e-6
    np.testing.assert_array_equal(trace.layers[0].weights["candidate"].input, module.weight_ih_l0[16:24].detach())
