"""The kind of a dropped file, told by its content whatever it is called."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import nn

import lstm_viz
from lstm_viz.ui.explore.file_kind import file_kind
from tests.checkpoints.readers.onnx.onnx_models import Made


def written(write) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


STATE = nn.LSTM(2, 3).state_dict()
ARRAYS = {name: part.numpy() for name, part in STATE.items()}
FILES = {
    "a run": ("run", lambda: written(lstm_viz.trace(nn.LSTM(2, 3), torch.ones(4, 1, 2)).save)),
    "torch": ("model", lambda: written(lambda file: torch.save(STATE, file))),
    "safetensors": ("model", lambda: save(STATE)),
    "onnx": ("model", lambda: Made(features=2, hidden=3).model().SerializeToString()),
    "weights in npz": (
        "model",
        lambda: written(lambda file: np.savez(file, **{k: v.numpy() for k, v in STATE.items()})),
    ),
    "arrays in npz": ("sequence", lambda: written(lambda file: np.savez(file, x=np.ones((9, 2))))),
    "an array": ("sequence", lambda: written(lambda file: np.save(file, np.ones((9, 2))))),
    "a table": ("sequence", lambda: b"day,rain\n1,2\n"),
    "json rows": ("sequence", lambda: b'[{"rain": 1}, {"rain": 2}]'),
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("name", ["file", "file.csv", "download (1).bak"])
def test_content_decides(what, name):
    kind, make = FILES[what]
    assert file_kind(name, make()) == kind


def test_where_content_leaves_it_open_the_ending_decides():
    assert file_kind("model.pt", b"not a model") == "model"
    assert file_kind("config.yml", b"hidden_size: 8") == "part of a model"
    assert file_kind("data.h5", b"\x89HDF\r\n\x1a\n" + bytes(64)) == "sequence"
