"""Keras models made for the tests, their files in every form, and what Keras itself computes."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import h5py
import keras
import numpy as np

import lstm_viz
from lstm_viz.checkpoints import Checkpoint
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read

#: Rounding alone.
CLOSE = 2e-6
#: Forms of whole models, and of weights alone.
WHOLE, WEIGHTS = (".keras", ".h5"), ".weights.h5"


def opened(data: bytes, name: str = "model.keras", limits: CheckpointLimits | None = None) -> Checkpoint:
    """What is found in a file, read in this process: starting one for each of hundreds takes minutes."""
    return Checkpoint(read(data, name, limits or CheckpointLimits()))


def model_of(*layers, features=3) -> keras.Model:
    """The layers one after another, their weights made up."""
    return scattered(keras.Sequential([keras.layers.Input((None, features)), *layers]))


def scattered(model, seed=0):
    """Weights of every kind, as large as trained ones are: Keras' own biases are zeros and ones."""
    rng = np.random.default_rng(seed)
    sizes = [1 / np.sqrt(part.shape[0]) if part.ndim > 1 else 0.5 for part in model.get_weights()]
    made = zip(model.get_weights(), sizes, strict=True)
    model.set_weights([rng.normal(0, size, part.shape).astype(part.dtype) for part, size in made])
    return model


def saved(model, ending: str) -> bytes:
    """A model's file as Keras writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{ending}"
        (model.save_weights if ending == WEIGHTS else model.save)(path)
        return path.read_bytes()


def loaded(data: bytes, ending: str = ".h5", *, safe_mode: bool = True):
    """The model that Keras reads in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{ending}"
        path.write_bytes(data)
        return keras.models.load_model(path, compile=False, safe_mode=safe_mode)


def sequences(features=3, batch=2, time=7, seed=1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(batch, time, features)).astype("f")


def numbers(value):
    return [np.asarray(part.detach()) for part in (value if isinstance(value, list | tuple) else [value])]


def keras_run(layer, x):
    """(h of every step (time, batch, units), then h and c of each way) of a layer that returns them."""
    steps, *states = numbers(layer(x))
    return [steps.swapaxes(0, 1), *states]


def own_run(opening: Checkpoint, x, name=None):
    """The same of ours: the steps, then h and c of each layer and way."""
    name = name or next(iter(opening.models))
    module, found = opening.models[name], opening.found[name]
    run = lstm_viz.trace(module, x.swapaxes(0, 1), device="cpu")
    ways = len(found.lstm_shape.directions)
    h, c = (state.reshape(found.lstm_shape.num_layers, -1, *state.shape[1:])[:, -ways:] for state in run.final_state)
    states = [part[layer, way] for layer in range(len(h)) for way in range(ways) for part in (h, c)]
    return [run.output[..., -ways * found.lstm_shape.hidden_size :], *states]


def far(ours, theirs) -> float:
    """The largest difference."""
    assert [part.shape for part in ours] == [part.shape for part in theirs]
    return max(float(np.abs(own - other).max()) for own, other in zip(ours, theirs, strict=True))


def older_file(layers, weights, version="2.11.0", kind="Sequential", described=True) -> bytes:
    """A file as Keras 2 lays it out. layers: (class, settings); weights: by layer, arrays by name, ":0" after each."""
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        base = made
        if described:
            nodes = [{"class_name": name, "config": settings} for name, settings in layers]
            config = nodes if kind == "list" else {"name": "sequential", "layers": nodes}
            text = json.dumps({"class_name": "Sequential" if kind == "list" else kind, "config": config})
            made.attrs["model_config"] = text.encode()
            base = made.create_group("model_weights")
        base.attrs["layer_names"] = [name.encode() for name in weights]
        base.attrs["backend"] = b"tensorflow"
        base.attrs["keras_version"] = version.encode()
        for layer, arrays in weights.items():
            group = base.create_group(layer)
            group.attrs["weight_names"] = [f"{name}:0".encode() for name in arrays]
            for name, array in arrays.items():
                group[f"{name}:0"] = array
    return file.getvalue()
