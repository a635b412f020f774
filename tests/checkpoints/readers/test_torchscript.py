"""TorchScript programs: their weights are those that torch.jit.load gives, and their classes say what they are."""

from __future__ import annotations

import io
import warnings
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lstm_viz.checkpoints import Checkpoint, CheckpointError
from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read
from tests.checkpoints.readers.hostile_pickles import BOMBS, STEPS
from tests.support.call_counts import count_calls

pytestmark = pytest.mark.filterwarnings("ignore")


class Net(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.rnn = nn.LSTM(3, 5, **options)
        self.head = nn.Linear(5 * (2 if self.rnn.bidirectional else 1), 2)

    def forward(self, x):
        return self.rnn(x)[0]


class OwnLSTM(nn.LSTM):
    """A class of one's own, whose gates may be others."""


def written(program, mobile: bool = False) -> bytes:
    if mobile:
        return program._save_to_buffer_for_lite_interpreter()
    file = io.BytesIO()
    torch.jit.save(program, file)
    return file.getvalue()


def scripted(module):
    return torch.jit.script(module.eval())


def traced(module):
    return torch.jit.trace(module.eval(), torch.zeros(2, 4, 3))


def opened(data: bytes, name: str = "model.pt") -> Contents:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read(data, name, CheckpointLimits())


OPTIONS = [{}, {"batch_first": True}, {"num_layers": 2, "bidirectional": True, "dropout": 0.5}, {"bias": False}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("make", [scripted, traced])
@pytest.mark.parametrize("mobile", [False, True])
def test_a_program_gives_the_weights_and_outputs_of_torch(make, mobile, options):
    program = make(Net(**options))
    contents = opened(written(program, mobile), "model.ptl" if mobile else "model.pt")
    (lstm,) = contents.lstms
    assert (contents.format, lstm.name, lstm.kind, lstm.notes) == ("TorchScript", "rnn", "torch.nn.LSTM", ())
    assert lstm.batch_first == options.get("batch_first", False)
    assert all(np.array_equal(part, program.rnn.state_dict()[name]) for name, part in lstm.parameters.items())
    x = torch.randn(2, 4, 3)
    seen = x.transpose(0, 1) if lstm.batch_first else x
    with torch.no_grad():
        output = Checkpoint(contents).models["rnn"](seen)[0]
        assert torch.allclose(output.transpose(0, 1) if lstm.batch_first else output, program(x), atol=1e-6)
    assert [head.name for head in contents.adjacent_layers] == ["head"]


@pytest.mark.parametrize("mobile", [False, True])
@pytest.mark.parametrize("options", [{}, {"batch_first": True, "num_layers": 2, "bidirectional": True}], ids=str)
def test_a_frozen_program_is_read_by_its_call_of_torch_lstm(options, mobile):
    module = Net(**options).eval()
    contents = opened(written(torch.jit.freeze(scripted(module)), mobile))
    (lstm,) = contents.lstms
    assert "The program is frozen" in lstm.notes[0]
    assert lstm.batch_first == options.get("batch_first", False)
    assert all(np.array_equal(part, module.rnn.state_dict()[name]) for name, part in lstm.parameters.items())


def test_a_class_of_ones_own_is_said():
    module = nn.Sequential(OwnLSTM(3, 5))
    (lstm,) = opened(written(traced(module))).lstms
    assert "OwnLSTM”, whose forward is not in the file" in lstm.notes[0]


def test_a_program_without_an_lstm_is_refused():
    with pytest.raises(CheckpointError, match="No LSTM was found"):
        opened(written(scripted(nn.Linear(2, 3))))


def changed(change, added: dict[str, bytes] | None = None) -> bytes:
    """A program with each member changed, and others added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written(scripted(Net())))) as before, zipfile.ZipFile(file, "w") as after:
        for name in before.namelist():
            after.writestr(name, change(name, before.read(name)))
        for name, body in (added or {}).items():
            after.writestr(name, body)
    return file.getvalue()


def pickled(body: bytes) -> bytes:
    return changed(lambda name, old: body if name.endswith("/data.pkl") else old)


CODE = "archive/code/__torch__/more.py"
CALL = b"    _0 = torch.lstm(input, [hx, cx], weights, True, 1, 0., False, False, True)\n"
HARMLESS = {
    "a megabyte of calls": {CODE: CALL * 20_000},
    "calls without an end": {CODE: b"torch.lstm(" * 100_000},
    "brackets without an end": {CODE: b"torch.lstm(a, " + b"[" * 10**6},
    "lists of constants without an end": {CODE: b"    w = [" + b"CONSTANTS.c0, " * 100_000},
    "a million names": {CODE: b"a" * 10**6 + b" = [CONSTANTS.c0]"},
    "settings without an end": {CODE: b"class LSTM(Module):\n" + b"  batch_first : Final[bool] = True\n" * 50_000},
    "numbers of a million digits": {CODE: b"  a : Final[int] = " + b"9" * 10**6},
    "code of 40 MB": {CODE: b"#" * 40_000_000},
    "no text": {CODE: bytes(range(256)) * 1000},
    "a folder above": {"archive/code/../../../x.py": CALL},
}


@pytest.mark.parametrize("case", [case for case in BOMBS if BOMBS[case][:2] != b"PK"])
def test_a_hostile_program_ends_in_one_sentence(case):
    with pytest.raises(CheckpointError) as refusal:
        count_calls(lambda: read(pickled(BOMBS[case]), "model.pt", CheckpointLimits(pickle_steps=STEPS)), 300_000)
    assert 20 < len(str(refusal.value)) < 500


@pytest.mark.parametrize("case", HARMLESS)
def test_code_is_only_looked_at(case):
    data = changed(lambda _, old: old, HARMLESS[case])
    found = []
    count_calls(lambda: found.append(read(data, "model.pt", CheckpointLimits())), 3_000_000)
    assert [lstm.name for lstm in found[0].lstms] == ["rnn"]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([written(scripted(Net())), written(torch.jit.freeze(scripted(Net())))]), st.data())
def test_a_flipped_bit_is_refused_or_harmless(data, drawn):
    broken = bytearray(data)
    broken[drawn.draw(st.integers(0, len(data) - 1))] ^= 1 << drawn.draw(st.integers(0, 7))
    try:
        contents = read(bytes(broken), "model.pt", CheckpointLimits())
    except CheckpointError:
        return
    assert all(np.isfinite(part).all() for lstm in contents.lstms for part in lstm.parameters.values())
