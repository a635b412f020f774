"""What stands round an LSTM in its model, and what is beside it, is said: embeddings, own classes, states, biases."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

import lstm_viz
from lstm_viz.checkpoints import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.load import Checkpoint
from lstm_viz.checkpoints.readers import read
from lstm_viz.recording.start import STATE_NOTE

CLOSE = 1e-6


class Turned(nn.Module):
    """A model that reads its input from the end, of which its weights say nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x.flip(0))[0]


def saved(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def opened(data: bytes, name: str = "model.pt") -> Checkpoint:
    return Checkpoint(read(data, name, CheckpointLimits()))


def prefixed(before: str, module: nn.Module) -> dict[str, torch.Tensor]:
    return {before + name: part for name, part in module.state_dict().items()}


def test_an_embedding_before_it_is_said(tmp_path):
    file = tmp_path / "model.pt"
    file.write_bytes(saved(prefixed("embedding.", nn.Embedding(9, 3)) | prefixed("lstm.", nn.LSTM(3, 4))))
    with pytest.warns(
        RuntimeWarning, match=r"“lstm”: Before it comes the embedding “embedding” of 9 kinds .*not the ids"
    ):
        (module,) = lstm_viz.load_models(file).values()
    assert any("the embedding “embedding” of 9 kinds" in note for note in module.origin.notes)


def test_a_model_of_an_own_class_says_that_its_forward_is_not_there():
    (note,) = opened(saved(Turned())).notes
    assert "test_what_stands_round_an_lstm.Turned” does in its forward before and after an LSTM" in note
    (inner,) = opened(saved(nn.Sequential(Turned()))).notes
    assert inner == note


@pytest.mark.parametrize("make", [lambda: nn.LSTM(3, 4), lambda: nn.Sequential(nn.Linear(2, 3), nn.LSTM(3, 4))])
def test_a_model_of_torchs_classes_alone_says_nothing(make):
    assert opened(saved(make())).notes == ()


@pytest.mark.parametrize("name", ["h", "memory", "zustand"])
def test_a_parameter_of_a_states_shape_is_said(name):
    (found,) = opened(saved(prefixed("lstm.", nn.LSTM(3, 4)) | {name: torch.ones(1, 2, 4)})).contents.lstms
    assert any(f"“{name}” (1 × 2 × 4)" in note and "starts from" in note for note in found.notes)


@pytest.mark.parametrize("name", ["conv.weight", "pos_embedding", "mask"])
def test_a_parameter_of_another_layers_name_is_not_taken_for_a_state(name):
    (found,) = opened(saved(prefixed("lstm.", nn.LSTM(3, 4)) | {name: torch.ones(1, 2, 4)})).contents.lstms
    assert found.notes == ()


def test_short_names_of_biases_beside_long_ones_of_weights():
    torch.manual_seed(0)
    lstm, x = nn.LSTM(3, 4), torch.randn(5, 2, 3)
    names = {"weight_ih_l0": "weight_ih", "weight_hh_l0": "weight_hh", "bias_ih_l0": "b_ih", "bias_hh_l0": "b_hh"}
    cell = {f"cell.{names[name]}": part for name, part in lstm.state_dict().items()}
    (module,) = opened(saved(cell)).models.values()
    trace = lstm_viz.trace(module, x)
    assert np.abs(np.asarray(trace.output) - lstm(x)[0].detach().numpy()).max() < CLOSE


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("model.tflite", b"\x1c\0\0\0TFL3" + bytes(99), "tf2onnx.convert --tflite model.tflite"),
        ("graph.pb", b"\x08\x01\x12\x04abcd", "tf2onnx.convert --graphdef graph.pb"),
        ("model.index", b"\0\0\1\2" * 9, "model.load_weights"),
        ("model.bin", b"\x3d\x9a\x11\xbe" * 99, "export the model there to ONNX"),
    ],
)
def test_the_next_step_of_a_file_of_another_kind_is_one_that_works(name, data, said):
    with pytest.raises(CheckpointError) as error:
        opened(data, name)
    assert said in str(error.value)
    assert "load it with TensorFlow" not in str(error.value)
    assert "model.state_dict()" not in str(error.value)


def test_a_pickle_of_an_unpacked_checkpoint_says_what_to_open():
    with zipfile.ZipFile(io.BytesIO(saved(nn.LSTM(3, 4).state_dict()))) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("data.pkl")]
        data = archive.read(name)
    with pytest.raises(CheckpointError, match="open the folder that it is in"):
        opened(data, "data.pkl")


def test_a_refused_model_of_no_class_of_its_own_names_none():
    model = nn.Module()
    model.cell = nn.LSTMCell(3, 4)
    model.cell.ln_ih = nn.LayerNorm(16)
    with pytest.raises(CheckpointError) as error:
        opened(saved(model))
    assert "torch.nn.modules.module" not in str(error.value)
    model = Turned()
    model.lstm.ln_ih = nn.LayerNorm(16)
    with pytest.raises(CheckpointError, match=r"It holds an object of “.*\.Turned”"):
        opened(saved(model))


def test_a_fixed_start_is_said_once(tmp_path):
    random = np.random.default_rng(0)
    sizes = {"W": (1, 16, 3), "R": (1, 16, 4), "h": (1, 2, 4), "c": (1, 2, 4)}
    tensors = [numpy_helper.from_array(random.normal(size=size).astype("f"), name) for name, size in sizes.items()]
    node = helper.make_node("LSTM", ["x", "W", "R", "", "", "h", "c"], ["Y"], hidden_size=4)
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [5, 2, 3])]
    out = [helper.make_tensor_value_info("Y", TensorProto.FLOAT, [5, 1, 2, 4])]
    model = helper.make_model(
        helper.make_graph([node], "g", given, out, tensors), opset_imports=[helper.make_opsetid("", 17)]
    )
    (module,) = opened(model.SerializeToString(), "model.onnx").models.values()
    notes = lstm_viz.trace(module, np.zeros((5, 2, 3), "f")).notes
    assert [note for note in notes if "state that" in note] == [STATE_NOTE]
