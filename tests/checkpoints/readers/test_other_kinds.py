"""Files of other kinds: each is refused as what it truly is, with the line to type or the program that exports it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import subprocess
import tarfile
import zipfile
import zlib

import numpy as np
import pytest
import torch
from torch import nn

from lstm_viz.checkpoints import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read
from lstm_viz.checkpoints.readers.formats import EXTENSIONS
from tests.checkpoints.readers.pickled_files import saved

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12345\n"
HTML = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title>"
OPENVINO = b'<?xml version="1.0"?>\n<net name="model" version="11"><layers>'
LEVELDB = bytes(100) + 0xDB4775248B80FB57.to_bytes(8, "little")


def tarred(name: str = "model.pt") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        made.addfile(tarfile.TarInfo(name))
    return file.getvalue()


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return file.getvalue()


def locked(tmp_path) -> bytes:
    """An archive whose one member says that it is encrypted."""
    data = bytearray(zipped("policy.pth"))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


#: The file's bytes, a name, and words of the sentence: what it is, and the next step.
KINDS = {
    "a Git LFS pointer": (LFS, "model.pt", "Git LFS pointer", "git lfs pull"),
    "a Git LFS pointer of safetensors": (LFS, "model.safetensors", "Git LFS pointer", "git lfs pull"),
    "a Git LFS pointer of ONNX": (LFS, "model.onnx", "Git LFS pointer", "git lfs pull"),
    "a Git LFS pointer of Keras": (LFS, "model.h5", "Git LFS pointer", "git lfs pull"),
    "a web page": (HTML, "model.pth", "web page", "Download the model's file itself"),
    "a web page in capitals": (b"\xef\xbb\xbf<HTML>", "pytorch_model.bin", "web page", "Download"),
    "OpenVINO's graph": (OPENVINO, "model.xml", "OpenVINO", "ONNX"),
    "an XML error": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code>', "model.pt", "XML", "Choose"),
    "GGUF": (b"GGUF\3\0\0\0", "model.gguf", "GGUF", "ONNX"),
    "GGUF with another ending": (b"GGUF\3\0\0\0", "model.bin", "GGUF", "ONNX"),
    "ggml": (b"lmgg" + bytes(40), "ggml-base.bin", "ggml", "ONNX"),
    "TensorFlow Lite": (b"\x1c\0\0\0TFL3" + bytes(40), "model.tflite", "TensorFlow Lite", "model.save('model.keras')"),
    "ExecuTorch": (b"\x1c\0\0\0ET12" + bytes(40), "model.pte", "ExecuTorch", "model.state_dict()"),
    "a graph of TensorFlow": (b"\x08\x01\x12", "saved_model.pb", "graph of TensorFlow", "model.save('model.keras')"),
    "a TensorFlow index": (LEVELDB, "ckpt.index", "index of a TensorFlow checkpoint", "model.save('model.keras')"),
    "TensorFlow's numbers": (b"\x01\x02", "ckpt.data-00000-of-00001", "TensorFlow checkpoint", "model.save"),
    "Flax": (b"\x82\xa6params", "flax_model.msgpack", "Flax", "msgpack_restore"),
    "MATLAB": (b"MATLAB 5.0 MAT-file, Platform", "net.mat", "MATLAB", "exportONNXNetwork"),
    "Core ML": (b"\x08\x04\x12", "model.mlmodel", "Core ML", "converted from"),
    "R": (b"RDX3\nX\n\0\0\0\3", "model.rds", "R object", "ONNX"),
    "R, packed": (gzip.compress(b"RDX3\n"), "model.rds", "gzip", ".rds file of R"),
    "gzip": (gzip.compress(b"x"), "model.pt.gz", "packed with gzip", "gunzip"),
    "bzip2": (bz2.compress(b"x"), "model.pt.bz2", "bzip2", "bunzip2"),
    "xz": (lzma.compress(b"x"), "model.pt.xz", "xz", "unxz"),
    "Zstandard": (b"\x28\xb5\x2f\xfd" + bytes(9), "model.pt.zst", "Zstandard", "unzstd"),
    "tar": (tarred(), "model.tar", "tar archive", "tar xf"),
    "zlib": (zlib.compress(b"x"), "model.joblib", "zlib", "joblib.load"),
    "joblib's ending": (b"\0\0", "model.joblib", "joblib", "joblib.load"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "model.png", "picture (PNG)", "Choose"),
    "a Parquet table": (b"PAR1" + bytes(9), "model.bin", "Parquet", "Choose"),
    "a program's text": (b"import torch\n", "model.py", "program's text", "Choose"),
    "a notebook": (b'{"cells": []}', "model.ipynb", "notebook", "Choose"),
    "Paddle's program": (b"\x08\x01", "inference.pdmodel", "Paddle", ".pdparams"),
    "MXNet": (b"\x12\x01", "model.params", "MXNet", "ONNX"),
    "settings": (b"model: lstm\n", "config.yml", "settings", "file of weights"),
    "another archive": (zipped("a.txt", "b/model.pt"), "all.zip", "“b/model.pt”", "Unpack it"),
    "an array": (b"\x93NUMPY", "a.npy", "header", "save"),
    "bare numbers": (np.arange(99, dtype="<f4").tobytes(), "model.bin", "neither an archive nor a pickle", "export"),
    "a text": (b"hello, world", "model.pt", "a plain text", "the model's file itself"),
    "a text of many bytes": ("é".encode() * 9_000, "model.bin", "a plain text", "the model's file itself"),
    "an error in JSON": (b'{"error": "not found"}', "pytorch_model.bin", "a text in JSON", "download"),
    "a pointer of git-annex": (b"/annex/objects/SHA256E-s9--a.pth\n", "model.pth", "a git-annex pointer", "annex get"),
    "a file of Lua's Torch": (bytes(range(64)), "model.t7", "Lua's Torch", "torchfile"),
    "numbers of an ONNX model": (bytes(64), "model.onnx.data", "the numbers of a model", "onnx.save"),
    "no ending": (bytes(range(9)), "model", "has no ending", "Choose the file"),
    "an ending that is none": (bytes(range(9)), "model.xyz", "“.xyz”", "Choose the file"),
}


@pytest.mark.parametrize("case", KINDS)
def test_another_kind_of_file_is_called_what_it_is(case):
    data, name, what, next_step = KINDS[case]
    with pytest.raises(CheckpointError) as refusal:
        read(data, name, CheckpointLimits())
    said = str(refusal.value)
    assert what in said
    assert next_step in said
    assert "Copy it again from its source" not in said
    assert len(said) < 500


def test_an_archive_with_a_password_says_so(tmp_path):
    with pytest.raises(CheckpointError, match="locked with a password"):
        read(locked(tmp_path), "model.zip", CheckpointLimits())


def test_an_archive_that_zip_itself_locked_says_so(tmp_path):
    (tmp_path / "policy.pth").write_bytes(b"x")
    try:
        subprocess.run(["zip", "-q", "-P", "secret", "m.zip", "policy.pth"], cwd=tmp_path, check=True)
    except FileNotFoundError:
        pytest.skip("the program zip is not installed")
    with pytest.raises(CheckpointError, match="locked with a password"):
        read((tmp_path / "m.zip").read_bytes(), "m.zip", CheckpointLimits())


def an_object(module: str, name: str, state: dict) -> bytes:
    """A pickle of an object whose class is not installed here."""
    inside = pickle.dumps(state, 2)[2:-1]
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b")\x81" + inside + b"b."


def test_a_pickle_of_another_library_is_called_by_its_class():
    data = an_object("sklearn.linear_model", "Ridge", {"alpha": 1.0})
    with pytest.raises(CheckpointError, match=r"no tensors .* an object of “sklearn\.linear_model\.Ridge”"):
        read(data, "model.pkl", CheckpointLimits())
    network = an_object("madmom.ml.nn", "NeuralNetwork", {"layers": [{"weights": np.ones((3, 4), "f4")}]})
    with pytest.raises(
        CheckpointError, match=r"No LSTM was found.*layers\.0\.weights.* “madmom\.ml\.nn\.NeuralNetwork”"
    ):
        read(network, "notes.pkl", CheckpointLimits())


def test_every_ending_that_the_app_takes_is_of_a_reader():
    assert {".pt", ".jit", ".ptl", ".pt2", ".npz", ".pdparams", ".zip", ".safetensors", ".onnx", ".keras"} <= set(
        EXTENSIONS
    )
    (lstm,) = read(saved(nn.LSTM(2, 3).state_dict()), "any.name", CheckpointLimits()).lstms
    assert torch.is_tensor(torch.from_numpy(lstm.parameters["weight_hh_l0"].copy()))
