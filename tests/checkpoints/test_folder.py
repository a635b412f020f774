"""Models of several files and folders: what is read, what is missing, and what each other folder is."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file, save_model
from torch import nn
from typer.testing import CliRunner

import lstm_viz
from lstm_viz.checkpoints import CheckpointError, open_path
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import several_files
from lstm_viz.checkpoints.readers.several_files import shards_in
from lstm_viz.cli.program import program

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    lstm, head = nn.LSTM(2, 3).state_dict(), nn.Linear(3, 4).state_dict()
    return {f"rnn.{name}": part for name, part in lstm.items()} | {f"head.{name}": part for name, part in head.items()}


def sharded(folder: Path, kind: str = "safetensors") -> Path:
    """Weights of one LSTM in two files, another layer in a third, and their index."""
    folder.mkdir(exist_ok=True)
    weights = state()
    parts = [
        ["rnn.weight_ih_l0", "rnn.bias_ih_l0"],
        ["rnn.weight_hh_l0", "rnn.bias_hh_l0"],
        ["head.weight", "head.bias"],
    ]
    ending, write = ("safetensors", save_file) if kind == "safetensors" else ("bin", torch.save)
    stem = "model" if kind == "safetensors" else "pytorch_model"
    names = {}
    for number, part in enumerate(parts, 1):
        name = f"{stem}-{number:05}-of-00003.{ending}"
        write({key: weights[key] for key in part}, str(folder / name))
        names |= dict.fromkeys(part, name)
    index = folder / f"{stem}.{ending}.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": names}))
    return index


def assert_is_state(models, name: str = "rnn") -> None:
    assert list(models) == [name]
    assert all(torch.equal(part, state()[f"rnn.{key}"]) for key, part in models[name].state_dict().items())


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_shards_are_read_by_their_index_or_their_folder(kind, tmp_path):
    index = sharded(tmp_path / "model", kind)
    (index.parent / "config.json").write_text("{}")
    assert_is_state(lstm_viz.load_models(index))
    assert_is_state(lstm_viz.load_models(index.parent))
    # Only what holds an LSTM's weights is read.
    next(index.parent.glob("*00003-of*")).unlink()
    assert_is_state(lstm_viz.load_models(index))


def test_a_missing_shard_is_named(tmp_path):
    index = sharded(tmp_path / "model")
    next(index.parent.glob("*00002-of*")).unlink()
    with pytest.raises(CheckpointError, match=r"“model-00002-of-00003.safetensors” of them is not beside"):
        lstm_viz.load_models(index)
    with pytest.raises(CheckpointError, match="lacks “weight_hh_l0”"):
        lstm_viz.load_models(next(index.parent.glob("*00001-of*")))


def test_a_name_that_save_model_left_out_is_there(tmp_path):
    a, b = nn.LSTM(2, 3), nn.LSTM(2, 3)
    b.weight_hh_l0 = a.weight_hh_l0
    save_model(nn.ModuleDict({"a": a, "b": b}), str(tmp_path / "model.safetensors"))
    models = lstm_viz.load_models(tmp_path / "model.safetensors")
    assert list(models) == ["a", "b"]
    assert torch.equal(models["b"].weight_hh_l0, a.weight_hh_l0)


@pytest.mark.parametrize("kind", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_eight_bits_are_read_exactly_and_said(kind, tmp_path):
    part = {name: value.to(kind) for name, value in nn.LSTM(2, 3).state_dict().items()}
    for name, write in (("m.safetensors", save_file), ("m.pt", torch.save)):
        write(part, str(tmp_path / name))
        checkpoint = open_path(tmp_path / name)
        assert all(
            torch.equal(value, part[key].float()) for key, value in checkpoint.models["lstm"].state_dict().items()
        )
        assert any("stored in 8 bits" in note for note in checkpoint.found["lstm"].notes)


def test_an_unpacked_checkpoint_is_read(tmp_path):
    torch.save(state(), tmp_path / "model.pt")
    with zipfile.ZipFile(tmp_path / "model.pt") as archive:
        archive.extractall(tmp_path)
    assert_is_state(lstm_viz.load_models(tmp_path / "model"))
    (tmp_path / "model" / "data" / "1").unlink()
    with pytest.raises(CheckpointError, match="lacks the file data/1"):
        lstm_viz.load_models(tmp_path / "model")


def test_a_hugging_face_folder_is_read_by_its_whole_model(tmp_path):
    save_file(state(), str(tmp_path / "model.safetensors"))
    torch.save({}, tmp_path / "pytorch_model.bin")
    (tmp_path / "config.json").write_text("{}")
    checkpoint = open_path(tmp_path)
    assert_is_state(checkpoint.models)
    assert checkpoint.notes[-1] == "The folder's file “model.safetensors” was opened."


def test_the_only_model_of_a_folder_is_opened_and_several_are_named(tmp_path):
    inside = tmp_path / "version_0" / "checkpoints"
    inside.mkdir(parents=True)
    torch.save(state(), inside / "epoch=3.ckpt")
    assert_is_state(lstm_viz.load_models(tmp_path))
    torch.save(state(), inside / "last.ckpt")
    with pytest.raises(CheckpointError, match=r"2 models' files: .*last\.ckpt.*Choose one"):
        lstm_viz.load_models(tmp_path)


FOLDERS = {
    "a SavedModel": (["saved_model.pb", "variables/variables.index"], "tf2onnx.convert --saved-model folder"),
    "a TensorFlow checkpoint": (["checkpoint", "ckpt-1.index", "ckpt-1.data-00000-of-00001"], "model.save"),
    "a distributed checkpoint": ([".metadata", "__0_0.distcp"], "dcp_to_torch folder model.pt"),
    "DeepSpeed": (["latest", "zero_to_fp32.py"], "python folder/zero_to_fp32.py"),
    "Orbax": (["_METADATA", "manifest.ocdbt", "d/0"], "safetensors.numpy.save_file"),
    "Core ML": (["Manifest.json", "Data/model.mlmodel"], "Core ML package"),
    "an unpacked .keras": (["config.json", "metadata.json", "model.weights.h5"], "zip ../model.keras"),
    "an empty folder": ([], "a folder without a model's file"),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_other_folders_are_refused_with_the_next_step(case, tmp_path):
    names, said = FOLDERS[case]
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    with pytest.raises(CheckpointError, match=said):
        lstm_viz.load_models(folder)
    shown = CliRunner().invoke(program, ["models", str(folder)])
    assert shown.exit_code != 0
    assert not isinstance(shown.exception, IsADirectoryError)


CONFIG = """
experiment_name: a_run   # a comment
model: cudalstm
hidden_size: 3
dynamic_inputs:
- prcp(mm/day)
- tmax(C)
static_attributes:
- elev_mean
- area
learning_rate:
  0: 1e-3
  10: 5e-4
target_variables: [QObs(mm/d)]
save_weights_every: 1
"""
SCALER = """
attribute_means:
  area: 10.5
  elev_mean: 300.0
attribute_stds:
  area: 2.0
  elev_mean: 50.0
xarray_feature_center:
  coords: {}
  attrs: {}
  dims: {}
  data_vars:
    prcp(mm/day):
      dims: []
      attrs: {}
      data: 3.25
    tmax(C):
      dims: []
      attrs: {}
      data: -1.5
xarray_feature_scale:
  coords: {}
  data_vars:
    prcp(mm/day):
      dims: []
      data: 7.0
    tmax(C):
      dims: []
      data: 9.0
"""


def a_run(folder: Path) -> Path:
    """A run's folder as NeuralHydrology leaves it, with two epochs."""
    (folder / "train_data").mkdir(parents=True)
    (folder / "config.yml").write_text(CONFIG)
    (folder / "train_data" / "train_data_scaler.yml").write_text(SCALER)
    for epoch in (1, 30):
        torch.manual_seed(epoch)
        weights = {f"lstm.{name}": part for name, part in nn.LSTM(4, 3).state_dict().items()}
        torch.save(weights, folder / f"model_epoch{epoch:03}.pt")
        torch.save({"state": {}, "param_groups": []}, folder / f"optimizer_state_epoch{epoch:03}.pt")
    return folder


def test_a_run_of_neuralhydrology_is_read_with_its_features_and_their_scale(tmp_path):
    folder = a_run(tmp_path / "run")
    checkpoint = open_path(folder)
    assert checkpoint.format == "NeuralHydrology"
    torch.manual_seed(30)
    assert torch.equal(checkpoint.models["lstm"].weight_ih_l0, nn.LSTM(4, 3).weight_ih_l0)
    assert "These are the weights of “model_epoch030.pt”." in checkpoint.notes
    assert "By config.yml its features are, in this order: prcp(mm/day), tmax(C), area, elev_mean." in checkpoint.notes
    (scale,) = [note for note in checkpoint.notes if "scaler" in note]
    assert "prcp(mm/day): 3.25, 7; tmax(C): -1.5, 9; area: 10.5, 2; elev_mean: 300, 50." in scale
    torch.manual_seed(1)
    assert torch.equal(lstm_viz.load_models(folder, epoch=1)["lstm"].weight_ih_l0, nn.LSTM(4, 3).weight_ih_l0)
    with pytest.raises(CheckpointError, match=r"no weights of epoch 7\. It has those of 1, 30\."):
        lstm_viz.load_models(folder, epoch=7)
    shown = CliRunner().invoke(program, ["models", str(folder), "--epoch", "1"])
    assert "model_epoch001.pt" in shown.output


def test_a_run_without_its_scaler_says_so(tmp_path):
    folder = a_run(tmp_path / "run")
    (folder / "train_data" / "train_data_scaler.yml").unlink()
    assert any("is not in the folder" in note for note in open_path(folder).notes)


HOSTILE_INDICES = {
    "nothing": b"",
    "a list": b"[]",
    "no map": b'{"metadata": {}}',
    "a map of numbers": b'{"weight_map": {"rnn.weight_ih_l0": 3}}',
    "a map that is a list": b'{"weight_map": ["a"]}',
    "no LSTM": b'{"weight_map": {"head.weight": "a"}}',
    "brackets without end": b'{"weight_map":' * 10**5,
    "a file of an empty name": b'{"weight_map": {"rnn.weight_ih_l0": ""}}',
    "a name of 10,000 letters": b'{"weight_map": {"rnn.weight_ih_l0": "' + b"a" * 10_000 + b'"}}',
    "200,000 names": json.dumps({"weight_map": {f"rnn.weight_ih_l{k}": "a" for k in range(200_000)}}).encode(),
    "broken text": b'{"weight_map": {"\xff\xfe": "a"}}',
    "half of it": b'{"weight_map": {"rnn.weight_ih_l0": "a"',
}


@pytest.mark.parametrize("case", HOSTILE_INDICES)
def test_a_hostile_index_is_refused_in_a_sentence(case):
    with pytest.raises(CheckpointError) as refusal:
        shards_in(HOSTILE_INDICES[case], CheckpointLimits())
    assert 20 < len(str(refusal.value)) < 400


@pytest.mark.parametrize("name", ["../secret.safetensors", "/etc/passwd", "a/b.safetensors", ".."])
def test_an_index_reads_nothing_outside_its_folder(name, tmp_path):
    save_file(state(), str(tmp_path / "secret.safetensors"))
    inside = tmp_path / "model"
    inside.mkdir()
    index = inside / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": dict.fromkeys(state(), name)}))
    with pytest.raises(CheckpointError, match=r"outside its folder|not beside"):
        lstm_viz.load_models(index)


HOSTILE_SETTINGS = {
    "levels without end": "\n".join(" " * k + "a:" for k in range(200)).encode(),
    "lines without end": b"a: 1\n" * 300_000,
    "an anchor": b"a: &x 1\n",
    "an alias": b"a: *x\n",
    "a tag that calls": b"a: !!python/object/apply:os.system ['id']\n",
    "a text of several lines": b"a: |\n  b\n",
    "brackets without end": b"a: " + b"[" * 10_000,
    "no text": b"\xff\xfe\x00",
    "a list": b"- a\n",
    "a word": b"word\n",
    "a tab": b"a:\n\tb: 1\n",
    "a broken list": b"a: [1, 2\n",
}


@pytest.mark.parametrize("case", HOSTILE_SETTINGS)
def test_hostile_settings_are_refused_in_a_sentence(case, tmp_path):
    folder = a_run(tmp_path / "run")
    files = {
        "config.yml": memoryview(HOSTILE_SETTINGS[case]),
        "model_epoch030.pt": memoryview((folder / "model_epoch030.pt").read_bytes()),
    }
    with pytest.raises(CheckpointError) as refusal:
        several_files.READERS["neuralhydrology"](files, CheckpointLimits())
    assert 20 < len(str(refusal.value)) < 400


def test_two_shards_with_one_name_are_refused(tmp_path):
    index = sharded(tmp_path / "model")
    again = next(index.parent.glob("*00002-of*"))
    save_file(state(), str(again))
    with pytest.raises(CheckpointError, match=r"is in .* and in another"):
        lstm_viz.load_models(index)


def test_numbers_are_those_of_numpy_too(tmp_path):
    save_file({name: part.double() for name, part in state().items()}, str(tmp_path / "m.safetensors"))
    found = open_path(tmp_path / "m.safetensors").found["rnn"]
    assert np.array_equal(found.parameters["weight_hh_l0"], state()["rnn.weight_hh_l0"].double())
