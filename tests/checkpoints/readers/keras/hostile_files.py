"""Keras files with something wrong in them, made with h5py and zipfile alone."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import h5py
import numpy as np

#: Where Keras 3 keeps a cell's tensors.
CELL = "layers/lstm/cell/vars"
RNG = np.random.default_rng(0)
TENSORS = [RNG.normal(size=shape).astype("f") for shape in ((3, 16), (4, 16), (16,))]


def layer(kind="LSTM", name="lstm", **settings):
    """A layer's description."""
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name, "units": 4, **settings}}


def sequential(*layers):
    """A model's description."""
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "model", "layers": list(layers)}}


def hdf5(change: Callable[[h5py.File], object] = lambda file: None, **how) -> bytes:
    """A Keras 3 file of weights, changed."""
    memory = io.BytesIO()
    with h5py.File(memory, "w", **how) as file:
        for number, tensor in enumerate(TENSORS):
            file[f"{CELL}/{number}"] = tensor
        file.create_group("layers/lstm/vars").attrs["name"] = "lstm"
        change(file)
    return memory.getvalue()


def instead(value, place=f"{CELL}/0", **how) -> bytes:
    """A file of weights, one of its tensors another."""

    def change(file):
        del file[place]
        file.create_dataset(place, data=value, **how)

    return hdf5(change)


def declared(shape, place=f"{CELL}/0", kind="f4", **how) -> bytes:
    """A file of weights, one of its tensors without any number."""

    def change(file):
        del file[place]
        file.create_dataset(place, shape, kind, **how)

    return hdf5(change)


def archive(config=None, weights: bytes | None = None, *more, compression=zipfile.ZIP_STORED, text=None) -> bytes:
    """A .keras file; `more` are further members, (name, bytes)."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", compression) as made:
        made.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        made.writestr("config.json", text or json.dumps(sequential(layer()) if config is None else config))
        made.writestr("model.weights.h5", hdf5() if weights is None else weights)
        for name, content in more:
            made.writestr(name, content)
    return memory.getvalue()


def older(change: Callable[[h5py.File], object] = lambda file: None, config=None) -> bytes:
    """A whole model as Keras 2 lays it out, changed."""
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file.attrs["model_config"] = json.dumps(sequential(layer()) if config is None else config)
        group = file.create_group("model_weights/lstm")
        file["model_weights"].attrs["layer_names"] = [b"lstm"]
        names = [f"lstm/lstm_cell/{name}:0" for name in ("kernel", "recurrent_kernel", "bias")]
        group.attrs["weight_names"] = [name.encode() for name in names]
        for name, tensor in zip(names, TENSORS, strict=True):
            group[name] = tensor
        change(file)
    return memory.getvalue()
