"""torch.export's programs: weights of both layouts, what the graph says of each LSTM, and what stands before it."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
import torch
from torch import nn

from lstm_viz.checkpoints import Checkpoint, CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read
from lstm_viz.checkpoints.state_dict import REVERSED_NOTE
from lstm_viz.sandbox.half_precision import widened
from tests.checkpoints.readers.pickled_files import saved

pytestmark = pytest.mark.filterwarnings("ignore")


class Net(nn.Module):
    def __init__(self, flipped: bool = False, own: bool = False, **options):
        super().__init__()
        kind = type("OwnLSTM", (nn.LSTM,), {}) if own else nn.LSTM
        self.rnn = kind(3, 5, **options)
        self.head = nn.Linear(5 * (2 if self.rnn.bidirectional else 1), 2)
        self.flipped = flipped

    def forward(self, x):
        return self.rnn(x.flip(1) if self.flipped else x)[0]


class Started(Net):
    def __init__(self):
        super().__init__()
        self.h0 = nn.Parameter(torch.ones(1, 4, 5))

    def forward(self, x):
        return self.rnn(x, (self.h0, self.h0))[0]


def program(module: nn.Module) -> torch.export.ExportedProgram:
    return torch.export.export(module.eval(), (torch.zeros(2, 4, 3),))


def exported(module: nn.Module) -> bytes:
    file = io.BytesIO()
    torch.export.save(program(module), file)
    return file.getvalue()


def older(module: nn.Module) -> bytes:
    """The layout before torch 2.8: the state_dict as torch.save writes it, and the graph, in an archive."""
    with zipfile.ZipFile(io.BytesIO(exported(module))) as new:
        graph = new.read("archive/models/model.json")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as old:
        old.writestr("serialized_exported_program.json", graph)
        old.writestr("serialized_state_dict.pt", saved(module.state_dict()))
        old.writestr("version", "5.3")
    return file.getvalue()


@pytest.mark.parametrize("write", [exported, older])
@pytest.mark.parametrize("options", [{}, {"batch_first": True}, {"num_layers": 2, "bidirectional": True}], ids=str)
def test_an_exported_program_gives_the_weights_and_outputs_of_torch(write, options):
    module = Net(**options).eval()
    contents = read(write(module), "model.pt2", CheckpointLimits())
    (lstm,) = contents.lstms
    assert (contents.format, lstm.name, lstm.kind, lstm.notes) == ("torch.export", "rnn", "torch.nn.LSTM", ())
    assert lstm.batch_first == options.get("batch_first", False)
    assert all(np.array_equal(part, module.rnn.state_dict()[name]) for name, part in lstm.parameters.items())
    x = torch.randn(2, 4, 3)
    seen = x.transpose(0, 1) if lstm.batch_first else x
    with torch.no_grad():
        output = Checkpoint(contents).models["rnn"](seen)[0]
        right = program(module).module()(x)
    assert torch.allclose(output.transpose(0, 1) if lstm.batch_first else output, right, atol=1e-6)


def test_a_program_is_known_by_what_is_in_it():
    (lstm,) = read(exported(Net()), "model.pt", CheckpointLimits()).lstms
    assert lstm.name == "rnn"


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_numbers_of_other_formats_are_exact(dtype):
    module = Net().to(dtype)
    file = io.BytesIO()
    torch.export.save(torch.export.export(module.eval(), (torch.zeros(2, 4, 3, dtype=dtype),)), file)
    (lstm,) = read(file.getvalue(), "model.pt2", CheckpointLimits()).lstms
    for name, part in lstm.parameters.items():
        assert np.array_equal(widened(part), module.rnn.state_dict()[name].to(torch.float64).numpy())


def test_what_stands_before_the_lstm_is_said():
    (flipped,) = read(exported(Net(flipped=True)), "model.pt2", CheckpointLimits()).lstms
    assert "it reads what “aten.flip.default” gives" in flipped.notes[0]
    (started,) = read(exported(Started()), "model.pt2", CheckpointLimits()).lstms
    assert any("starts from states" in note for note in started.notes)


@pytest.mark.parametrize("options", [{"batch_first": True}, {"batch_first": True, "num_layers": 2}], ids=str)
def test_a_reversal_before_the_lstm_is_its_direction(options):
    module = Net(flipped=True, **options).eval()
    contents = read(exported(module), "model.pt2", CheckpointLimits())
    x = torch.randn(2, 4, 3)
    with torch.no_grad():
        states = Checkpoint(contents).models["rnn"](x.transpose(0, 1))[0][..., 5:]
        right = module(x)
    assert torch.allclose(states.flip(0).transpose(0, 1), right, atol=1e-6)
    (lstm,) = contents.lstms
    assert lstm.notes == (REVERSED_NOTE,) and Checkpoint(contents).models["rnn"].origin.direction == "backward"


def test_a_class_of_ones_own_is_said():
    (lstm,) = read(exported(Net(own=True)), "model.pt2", CheckpointLimits()).lstms
    assert any("OwnLSTM”, whose forward is not in the file" in note for note in lstm.notes)


def test_a_program_whose_lstm_was_taken_apart_is_found_by_names_and_that_is_said():
    module = Net().eval()
    file = io.BytesIO()
    torch.export.save(program(module).run_decompositions(), file)
    (lstm,) = read(file.getvalue(), "model.pt2", CheckpointLimits()).lstms
    assert any("no call of torch's LSTM" in note for note in lstm.notes)


def changed(module: nn.Module, member: str, change) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(exported(module))) as before, zipfile.ZipFile(file, "w") as after:
        for name in before.namelist():
            body = before.read(name)
            after.writestr(name, change(body) if name.endswith(member) else body)
    return file.getvalue()


def relisted(change):
    def apply(body: bytes) -> bytes:
        table = json.loads(body)
        change(table["config"])
        return json.dumps(table).encode()

    return lambda: changed(Net(), "model_weights_config.json", apply)


def meta(**parts):
    return relisted(lambda table: table["rnn.weight_hh_l0"]["tensor_meta"].update(parts))


HOSTILE = {
    "a shape of 10**15": meta(sizes=[{"as_int": 2**40}, {"as_int": 5}]),
    "a shape below zero": meta(sizes=[{"as_int": -4}, {"as_int": 5}]),
    "a shape of text": meta(sizes=[{"as_int": "20"}, {"as_int": 5}]),
    "a shape of truth": meta(sizes=[{"as_int": True}, {"as_int": 5}]),
    "a shape that is symbolic": meta(sizes=[{"as_expr": {"expr_str": "__import__('os')"}}, {"as_int": 5}]),
    "strides below zero": meta(strides=[{"as_int": -5}, {"as_int": 1}]),
    "strides out of the file": meta(strides=[{"as_int": 10**9}, {"as_int": 1}]),
    "an offset out of the file": meta(storage_offset={"as_int": 10**9}),
    "an offset below zero": meta(storage_offset={"as_int": -1}),
    "65 axes": meta(sizes=[{"as_int": 1}] * 65, strides=[{"as_int": 1}] * 65),
    "no shape": meta(sizes=None),
    "a dtype that is none": meta(dtype=99),
    "a dtype of whole numbers": meta(dtype=5),
    "a path out of the archive": relisted(lambda t: t["rnn.weight_hh_l0"].update(path_name="../../etc/passwd")),
    "a weight that is not there": relisted(lambda t: t["rnn.weight_hh_l0"].update(path_name="weight_99")),
    "a pickle that is none": relisted(lambda t: t["rnn.weight_hh_l0"].update(use_pickle=True)),
    "a table that is a list": lambda: changed(Net(), "model_weights_config.json", lambda b: b"[]"),
    "a table without an end": lambda: changed(Net(), "model_weights_config.json", lambda b: b[:-9]),
    "a table of nothing but brackets": lambda: changed(Net(), "model_weights_config.json", lambda b: b"[" * 10**6),
    "a table of 200,000 weights": relisted(
        lambda t: t.update({f"w{k}": t["rnn.weight_hh_l0"] for k in range(200_000)})
    ),
    "a graph of nothing but brackets": lambda: changed(Net(), "models/model.json", lambda b: b'{"a":' * 10**6),
    "a graph that is a number": lambda: changed(Net(), "models/model.json", lambda b: b"7"),
    "a graph without nodes": lambda: changed(Net(), "models/model.json", lambda b: b'{"graph_module": {}}'),
    "numbers that are cut": lambda: changed(Net(), "data/weights/weight_1", lambda b: b[:-4]),
    "a large number": lambda: changed(Net(), "model_weights_config.json", lambda b: b"9" * 10**5),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_program_is_refused_in_a_sentence(case):
    with pytest.raises(CheckpointError) as refusal:
        read(HOSTILE[case](), "model.pt2", CheckpointLimits())
    assert 20 < len(str(refusal.value)) < 400
