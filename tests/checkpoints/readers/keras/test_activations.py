"""LSTMs of other activations, of every Keras: against Keras 3's layers, and Keras 2's documented formulas."""

from __future__ import annotations

import io
import json
import zipfile

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.checkpoints import CheckpointError
from tests.checkpoints.readers.keras.hostile_files import TENSORS, archive, layer, sequential
from tests.checkpoints.readers.keras.keras_files import (
    CLOSE,
    WHOLE,
    far,
    keras_run,
    model_of,
    older_file,
    opened,
    own_run,
    saved,
    sequences,
)

#: Keras' names that the layers of Keras 3 compute.
NAMES = [
    "celu", "elu", "hard_sigmoid", "hard_tanh", "leaky_relu", "linear", "mish", "relu", "relu6", "selu", "sigmoid",
    "silu", "softplus", "softsign", "swish", "tanh",
]  # fmt: skip


@pytest.mark.parametrize("ending", WHOLE)
@pytest.mark.parametrize("setting", ["activation", "recurrent_activation"])
@pytest.mark.parametrize("name", NAMES)
def test_every_activation_is_that_of_keras_3(name, setting, ending):
    model = model_of(layers.LSTM(4, return_sequences=True, **{setting: name}))
    opening, x = opened(saved(model, ending), f"model{ending}"), sequences()
    assert far(own_run(opening, x)[:1], keras_run(model, x)) < CLOSE


@pytest.mark.parametrize("ending", WHOLE)
def test_layers_of_hard_gates_both_ways(ending):
    single = [
        layers.LSTM(5, recurrent_activation="hard_sigmoid", activation="softsign", return_sequences=True) for _ in "ab"
    ]
    model = model_of(*(layers.Bidirectional(one) for one in single))
    opening, x = opened(saved(model, ending), f"model{ending}"), sequences()
    (found,) = opening.found.values()
    assert found.lstm_shape.num_layers == 2
    assert far(own_run(opening, x)[:1], keras_run(model, x)) < CLOSE


def hard_sigmoid_of_keras_2(x):
    """As Keras' documentation has it until version 2: 0 below -2.5, 1 above 2.5, 0.2 x + 0.5 between."""
    return np.where(x < -2.5, 0, np.where(x > 2.5, 1, 0.2 * x + 0.5))


def by_hand(weights, x, gate):
    """h of every step of (batch, time, features) by Keras' own order of gates: i, f, c, o."""
    kernel, recurrent, bias = weights
    h = c = np.zeros((len(x), len(recurrent)))
    found = []
    for step in x.swapaxes(0, 1):
        i, f, g, o = np.split(step @ kernel + h @ recurrent + bias, 4, axis=1)
        c = gate(f) * c + gate(i) * np.tanh(g)
        h = gate(o) * np.tanh(c)
        found.append(h)
    return np.array(found)


HARD = {"name": "lstm", "units": 4, "activation": "tanh", "recurrent_activation": "hard_sigmoid"}


@pytest.mark.parametrize("version", ["2.2.4", "2.1.6-tf", "2.15.0", "2.3.1"])
def test_hard_sigmoid_of_keras_2(version):
    weights, x = [3 * part for part in model_of(layers.LSTM(4)).get_weights()], sequences()
    named = {f"lstm/{part}": array for part, array in zip(("kernel", "recurrent_kernel", "bias"), weights, strict=True)}
    opening = opened(older_file([("LSTM", HARD)], {"lstm": named}, version), "model.h5")
    ours = own_run(opening, x)[0]
    assert far([ours], [by_hand(weights, x, hard_sigmoid_of_keras_2)]) < CLOSE
    other = by_hand(weights, x, lambda part: np.clip(part + 3, 0, 6) / 6)
    assert np.abs(ours - other).max() > 1e-3  # Keras 3's is another function


def test_what_gates_use_where_the_settings_leave_it_out():
    weights, x = [3 * part for part in model_of(layers.LSTM(4)).get_weights()], sequences()
    named = {f"lstm/{part}": array for part, array in zip(("kernel", "recurrent_kernel", "bias"), weights, strict=True)}
    unsaid = {name: value for name, value in HARD.items() if name != "recurrent_activation"}
    files = {version: older_file([("LSTM", unsaid)], {"lstm": named}, version) for version in ("2.1.6", "2.2.4-tf")}
    ours = own_run(opened(files["2.1.6"], "model.h5"), x)[0]
    assert far([ours], [by_hand(weights, x, hard_sigmoid_of_keras_2)]) < CLOSE
    with pytest.raises(CheckpointError, match="hard_sigmoid in TensorFlow 1 and sigmoid in TensorFlow 2"):
        opened(files["2.2.4-tf"], "model.h5")


def test_hard_sigmoid_of_keras_1():
    gates = {"name": "lstm_1", "output_dim": 4, "activation": "tanh", "inner_activation": "hard_sigmoid"}
    weights = model_of(layers.LSTM(4)).get_weights()
    split = [[np.split(part, 4, axis=-1)[place] for part in weights] for place in (0, 2, 1, 3)]
    named = {
        f"lstm_1_{part}_{gate}": array
        for gate, arrays in zip("icfo", split, strict=True)
        for part, array in zip("WUb", arrays, strict=True)
    }
    opening = opened(older_file([("LSTM", gates)], {"lstm_1": named}, "1.2.2", kind="list"), "model.h5")
    assert far(own_run(opening, sequences())[:1], [by_hand(weights, sequences(), hard_sigmoid_of_keras_2)]) < CLOSE


def versioned(version):
    data = archive(sequential(layer(recurrent_activation="hard_sigmoid", return_sequences=True)))
    told = json.dumps({"keras_version": "3.15.1"}).encode()
    assert told in data
    return rezipped(data, json.dumps({"keras_version": version}) if version else "{}")


def rezipped(data, metadata):
    """The archive with another description of itself."""
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(memory, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, metadata if entry == "metadata.json" else old.read(entry))
    return memory.getvalue()


@pytest.mark.parametrize(("version", "slope"), [("2.13.1", 0.2), ("2.21.0", 0.2), ("3.0.0", 1 / 6), ("3.15.1", 1 / 6)])
def test_the_archives_own_version_tells_which_hard_sigmoid_it_is(version, slope):
    opening, x = opened(versioned(version)), sequences()
    assert far(own_run(opening, x)[:1], [by_hand(TENSORS, x, lambda part: np.clip(slope * part + 0.5, 0, 1))]) < CLOSE


@pytest.mark.parametrize("version", ["", "x", "three"])
def test_hard_sigmoid_of_an_unknown_keras_is_refused(version):
    with pytest.raises(CheckpointError, match=r"“lstm” was left out: .* the file doesn't say which Keras wrote it"):
        opened(versioned(version))


def test_cells_of_other_activations_are_no_layers_of_one_lstm():
    model = model_of(
        layers.LSTM(4, return_sequences=True, name="lower"),
        layers.LSTM(4, return_sequences=True, activation="relu", name="upper"),
    )
    opening, x = opened(saved(model, ".keras")), sequences()
    assert list(opening.models) == ["lower", "upper"]
    between = own_run(opening, x, "lower")[0].swapaxes(0, 1)
    assert far(own_run(opening, between, "upper")[:1], keras_run(model, x)) < CLOSE
    both = layers.Bidirectional(
        layers.LSTM(4), backward_layer=layers.LSTM(4, go_backwards=True, activation="relu"), name="both"
    )
    with pytest.raises(CheckpointError, match=r"“both” has cells of .*ReLU candidate.* and .*tanh candidate"):
        opened(saved(model_of(both), ".keras"))


def test_a_function_of_a_persons_own_is_left_out_by_name():
    @keras.saving.register_keras_serializable("me")
    def bent(x):
        return keras.ops.tanh(x) / 2

    with pytest.raises(CheckpointError, match=r"“lstm” was left out: .*bent.*which is not known here"):
        opened(saved(model_of(layers.LSTM(4, activation=bent, name="lstm")), ".keras"))
