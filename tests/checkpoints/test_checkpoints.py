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

import lstm_viz
from lstm_viz.checkpoints import CheckpointError, open_checkpoint


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
    (found,) = open_checkpoint(file, f"model.{kind}").models.values()
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
    opened = open_checkpoint(file.read_bytes(), "model.pth")
    assert [neighbour.reading for neighbour in opened.neighbours] == [
        "an embedding of 9 kinds before “model.first”",
        "a linear layer of 5 outputs after “model.second”",
    ]
    assert opened.notes == ("“model.third” is a GRU and was left out.",)


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
    "another ending": (GOOD, "model.doc"),
    "half of it": (GOOD[: len(GOOD) // 2], "model.pt"),
    "half of safetensors": (SAFE[: len(SAFE) // 2], "model.safetensors"),
    "code": (saved({"lstm": Runs()}), "model.pt"),
    "bare pickle with code": (pickle.dumps(Runs()), "model.pt"),
    "a whole module": (saved(nn.LSTM(2, 3)), "model.pt"),
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
        open_checkpoint(*REFUSED[case])
    assert 20 < len(str(refusal.value)) < 400
    assert capsys.readouterr().out == ""
    assert ("could run code" in str(refusal.value)) == (case in ("code", "a whole module"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["pt", "safetensors"]), st.integers(0, 10**6), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_harmless(kind, place, bit):
    broken = bytearray(GOOD if kind == "pt" else SAFE)
    broken[place % len(broken)] ^= 1 << bit
    try:
        models = open_checkpoint(bytes(broken), f"model.{kind}").models
    except CheckpointError:
        return
    assert all(bool(part.isfinite().all()) for module in models.values() for part in module.parameters())
