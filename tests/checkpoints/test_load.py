"""Opening model files: the numbers are torch's own, and nothing in a file runs or breaks the app."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save as save_safetensors
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

import lstm_viz
from lstm_viz.checkpoints import Checkpoint, CheckpointError, open_checkpoint, open_path
from lstm_viz.checkpoints.contents import encode_contents
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.load import CHECKPOINT_READER
from lstm_viz.checkpoints.readers import read
from lstm_viz.sandbox.wire import encode


def opened(data: bytes, name: str) -> Checkpoint:
    """What `open_checkpoint` gives, read in this process: starting one for each of hundreds of files takes minutes."""
    return Checkpoint(read(data, name, CheckpointLimits()))


def saved(value) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def prefixed(module, before):
    return {before + name: part for name, part in module.state_dict().items()}


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_what_is_opened_computes_what_was_saved(data):
    options = {
        "num_layers": data.draw(st.integers(1, 3)),
        "bidirectional": data.draw(st.booleans()),
        "bias": data.draw(st.booleans()),
        "proj_size": data.draw(st.sampled_from([0, 2])),
        "dtype": data.draw(st.sampled_from([torch.float32, torch.float64])),
    }
    torch.manual_seed(data.draw(st.integers(0, 99)))
    module = nn.LSTM(3, 5, **options)
    state = prefixed(module, data.draw(st.sampled_from(["", "lstm.", "module.encoder.rnn."])))
    wrapped = data.draw(st.sampled_from([state, {"epoch": 1, "state_dict": state}, {"a": {"model_state": state}}]))
    kind = data.draw(st.sampled_from(["pt", "safetensors"]))
    file = saved(wrapped) if kind == "pt" else save_safetensors({k: v.contiguous() for k, v in state.items()})
    (found,) = opened(file, f"model.{kind}").models.values()
    x = torch.randn(4, 2, 3, dtype=options["dtype"])
    with torch.no_grad():
        assert torch.equal(found(x)[0], module(x)[0])
    run = lstm_viz.trace(found, x)
    assert np.allclose(run.output, module(x)[0].detach().numpy(), atol=2e-6)


def test_a_cells_names_and_several_modules_are_known(tmp_path):
    cell, lstm, gru = nn.LSTMCell(2, 3), nn.LSTM(3, 4), nn.GRU(2, 3)
    state = prefixed(cell, "first.") | prefixed(lstm, "second.") | prefixed(gru, "third.")
    state |= {"embedding.weight": torch.zeros(9, 2), "head.weight": torch.zeros(5, 4), "head.bias": torch.zeros(5)}
    optimiser = {"optimizer": {"state": {0: {"exp_avg": torch.zeros(12, 2)}}}}
    file = tmp_path / "model.pth"
    torch.save({"model": state} | optimiser, file)
    found = lstm_viz.load_models(file)
    assert [str(module) for module in found.values()] == ["LSTM(2, 3)", "LSTM(3, 4)"]
    x = torch.randn(1, 6, 2)
    with torch.no_grad():
        assert torch.allclose(found["model.first"](x)[0][0], cell(x[0])[0], atol=2e-6)
    checkpoint = open_checkpoint(file.read_bytes(), "model.pth")
    assert [neighbour.description for neighbour in checkpoint.neighbours] == [
        "an embedding of 9 kinds before “model.first” (its 2 columns fit the 2 features)",
        "a linear layer of 5 outputs after “model.second” (its 4 columns fit the 4 states)",
    ]
    assert np.array_equal(checkpoint.neighbours[1].bias, np.zeros(5))
    (left,) = checkpoint.notes
    assert left.startswith("“model.third” was left out: its weights have three rows a unit, as a torch.nn.GRU has")


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("ending", ["pt", "safetensors"])
def test_half_formats_are_read_exactly_and_said(kind, ending):
    state = {name: part.to(kind) for name, part in nn.LSTM(2, 3).state_dict().items()}
    found = opened(saved(state) if ending == "pt" else save_safetensors(state), f"model.{ending}")
    (module,) = found.models.values()
    assert all(torch.equal(part, state[name].float()) for name, part in module.state_dict().items())
    assert "stored in 16 bits" in found.found["lstm"].notes[0]


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("ending", ["pt", "safetensors"])
@pytest.mark.parametrize("units", [3, 400], ids=["through the pipe", "from the file"])
def test_half_formats_come_through_the_sandbox_exactly(kind, ending, units, tmp_path):
    module = nn.LSTM(2, units)
    state = {name: part.to(kind) for name, part in prefixed(module, "plain.").items()}
    state |= {name: part.to(kind) for name, part in prefixed(weight_norm(nn.LSTM(2, 5), "weight_hh_l0"), "n.").items()}
    state |= prefixed(nn.LSTM(3, 4), "mixed.") | {"mixed.bias_hh_l0": torch.ones(16, dtype=kind)}
    state |= {"head.weight": torch.randn(7, units).to(kind), "head.bias": torch.randn(7).to(kind)}
    if ending == "pt":  # read against its order in memory
        state["plain.weight_hh_l0"] = state["plain.weight_hh_l0"].T.contiguous().T
    path = tmp_path / f"model.{ending}"
    path.write_bytes(saved(state) if ending == "pt" else save_safetensors(state))
    opened = open_path(path)
    found = {name: part.state_dict() for name, part in opened.models.items()}
    assert all(torch.equal(part, state[f"plain.{name}"].float()) for name, part in found["plain"].items())
    assert all(torch.equal(part, state[f"mixed.{name}"].float()) for name, part in found["mixed"].items())
    g, v = (state[f"n.parametrizations.weight_hh_l0.original{k}"].double() for k in (0, 1))
    assert torch.equal(found["n"]["weight_hh_l0"], (v * (g / v.norm(dim=1, keepdim=True))).float())
    (head,) = opened.neighbours
    assert np.array_equal(head.weight, state["head.weight"].float().numpy())
    assert np.array_equal(head.bias, state["head.bias"].float().numpy())


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_half_formats_without_a_value_are_refused(kind, value):
    state = {name: part.to(kind) for name, part in nn.LSTM(2, 3).state_dict().items()}
    state["bias_ih_l0"][4] = value
    with pytest.raises(CheckpointError, match="bias_ih_l0” holds NaN or infinity"):
        opened(saved(state), "model.pt")


def test_a_broken_module_is_left_out_where_another_is_sound():
    state = prefixed(nn.LSTM(2, 3), "good.") | {"bad.weight_ih_l0": torch.zeros(12, 2)}
    found = opened(saved(state), "model.pt")
    assert list(found.models) == ["good"]
    (left,) = found.notes
    assert left.startswith("“bad” lacks “weight_hh_l0”: its weights are not all in this file.")


class Runs:
    """A pickle that would run code."""

    def __reduce__(self):
        return print, ("this ran",)


def script() -> bytes:
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), file)
    return file.getvalue()


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", b"\0" * 50_000_000)
    return file.getvalue()


GOOD = saved(nn.LSTM(2, 3).state_dict())
SAFE = save_safetensors(nn.LSTM(2, 3).state_dict())
REFUSED = {
    "empty": (b"", "model.pt"),
    "text": (b"hello, world", "model.pt"),
    "empty safetensors": (b"", "model.safetensors"),
    "text as safetensors": (b"hello, world", "model.safetensors"),
    "huge header": ((2**62).to_bytes(8, "little") + b"{}", "model.safetensors"),
    "another ending": (b"x" * 99, "model.doc"),
    "half of it": (GOOD[: len(GOOD) // 2], "model.pt"),
    "half of safetensors": (SAFE[: len(SAFE) // 2], "model.safetensors"),
    "code": (saved({"lstm": Runs()}), "model.pt"),
    "bare pickle with code": (pickle.dumps(Runs()), "model.pt"),
    "TorchScript": (script(), "model.pt"),
    "an archive that unpacks to more": (bomb(), "model.pt"),
    "no tensors": (saved({"epoch": 3}), "model.pt"),
    "no LSTM": (saved(nn.Linear(2, 3).state_dict()), "model.pt"),
    "a GRU": (saved(nn.GRU(2, 3).state_dict()), "model.pt"),
    "an RNN": (saved(nn.RNN(2, 3).state_dict()), "model.pt"),
    "not all weights": (saved({k: v for k, v in nn.LSTM(2, 3).state_dict().items() if "bias_hh" not in k}), "m.pt"),
    "no input weights": (saved({k: v for k, v in nn.LSTM(2, 3).state_dict().items() if "_ih" not in k}), "m.pt"),
    "shapes that don't fit": (saved(nn.LSTM(2, 3).state_dict() | {"bias_ih_l0": torch.zeros(5)}), "m.pt"),
    "a number in place of a matrix": (saved(nn.LSTM(2, 3).state_dict() | {"weight_hh_l0": torch.tensor(1.0)}), "m.pt"),
    "whole numbers": (saved(nn.LSTM(2, 3).state_dict() | {"bias_ih_l0": torch.zeros(12, dtype=torch.int64)}), "m.pt"),
    "not a number": (saved(nn.LSTM(2, 3).state_dict() | {"bias_ih_l0": torch.full((12,), torch.nan)}), "m.pt"),
    "far more than it holds": (saved({"weight_hh_l0": torch.zeros(1).expand(10**6, 10**5)}), "m.pt"),
    "layer 10000000": (saved({"weight_ih_l10000000": torch.zeros(4, 1)}), "m.pt"),
    "a million layers": (saved(nn.LSTM(2, 3).state_dict() | {"weight_ih_l1000000": torch.zeros(12, 3)}), "m.pt"),
    "missing layer": (saved(nn.LSTM(2, 3).state_dict() | {"weight_ih_l7": torch.zeros(12, 3)}), "m.pt"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cant_be_opened_is_refused_with_a_sentence(case, capsys):
    with pytest.raises(CheckpointError) as refusal:
        opened(*REFUSED[case])
    assert 20 < len(str(refusal.value)) < 400
    assert capsys.readouterr().out == ""


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["pt", "safetensors"]), st.integers(0, 10**6), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_harmless(kind, place, bit):
    broken = bytearray(GOOD if kind == "pt" else SAFE)
    broken[place % len(broken)] ^= 1 << bit
    try:
        models = opened(bytes(broken), f"model.{kind}").models
    except CheckpointError:
        return
    assert all(bool(part.isfinite().all()) for module in models.values() for part in module.parameters())


@pytest.mark.parametrize("case", ["empty", "code", "far more than it holds", "half of safetensors"])
def test_the_reading_process_refuses_with_the_same_sentence(case):
    with pytest.raises(CheckpointError) as here:
        opened(*REFUSED[case])
    with pytest.raises(CheckpointError) as there:
        open_checkpoint(*REFUSED[case])
    assert str(there.value) == str(here.value)


def test_limits_are_named_with_their_numbers():
    with pytest.raises(CheckpointError, match=r"has 2\.\d kB; the limit is 1,000 bytes"):
        open_checkpoint(GOOD, "model.pt", limits=CheckpointLimits(file_bytes=1000))
    with pytest.raises(CheckpointError, match=r"took more than 0\.001 seconds"):
        open_checkpoint(GOOD, "model.pt", limits=CheckpointLimits(wall_seconds=0.001))
    with pytest.raises(CheckpointError, match=r"The file has 4 tensors; the limit is 3\."):
        read(SAFE, "model.safetensors", CheckpointLimits(tensors=3))


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_an_answer_of_the_reading_process_says_what_was_found(data):
    sizes = st.integers(1, 9)
    module = nn.LSTM(
        data.draw(sizes), data.draw(sizes), dtype=data.draw(st.sampled_from([torch.float32, torch.double]))
    )
    head = nn.Linear(module.hidden_size, data.draw(sizes))
    found = read(saved(prefixed(module, "a.") | prefixed(head, "b.")), "model.pt", CheckpointLimits())
    again = CHECKPOINT_READER.result(bytearray(b"".join(encode(encode_contents(found)))))
    assert again.lstms[0].description == found.lstms[0].description
    assert [n.description for n in again.adjacent_layers] == [n.description for n in found.adjacent_layers]
    pairs = [*found.lstms[0].parameters.items(), *((n.name, n.weight) for n in found.adjacent_layers)]
    others = [*again.lstms[0].parameters.items(), *((n.name, n.weight) for n in again.adjacent_layers)]
    assert all(
        a[0] == b[0] and a[1].dtype == b[1].dtype and np.array_equal(a[1], b[1])
        for a, b in zip(pairs, others, strict=True)
    )


@pytest.mark.parametrize("name", ["array", "error", "shape"])
def test_a_module_may_have_any_name(name):
    state = prefixed(nn.LSTM(2, 3), f"{name}.") | {"embedding.weight": torch.zeros(9, 2)}
    found = open_checkpoint(saved(state), "model.pt")
    assert list(found.models) == [name]
    assert list(found.neighbours[0].adjacent_to) == [name]
