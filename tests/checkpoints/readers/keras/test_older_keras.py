"""Files as Keras 1 and 2 laid them out. Keras 3 reads most of them itself; what it can't is held against its layers."""

from __future__ import annotations

import io
import json

import h5py
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from lstm_viz.checkpoints import CheckpointError
from lstm_viz.checkpoints.readers.keras.lstm_layer import convert_cell
from lstm_viz.checkpoints.stored_tensor import in_memory
from tests.checkpoints.readers.keras.keras_files import (
    CLOSE,
    far,
    keras_run,
    loaded,
    model_of,
    older_file,
    opened,
    own_run,
    saved,
    sequences,
)

#: What Keras 2 writes of an LSTM besides.
OLD = {"activation": "tanh", "recurrent_activation": "sigmoid", "implementation": 2}
CELL = ("kernel", "recurrent_kernel", "bias")


def told(name, units, **more):
    return {"name": name, "units": units, "return_sequences": True, **OLD, **more}


def start(features=3):
    return "InputLayer", {"batch_input_shape": [None, None, features], "dtype": "float32", "name": "input_1"}


def lstm_weights(units, features=3, bias=True):
    """Those of an LSTM: kernel, recurrent kernel, bias."""
    return model_of(layers.LSTM(units, use_bias=bias), features=features).get_weights()


def named(stem, arrays, names=CELL):
    return {f"{stem}/{name}": array for name, array in zip(names, arrays, strict=False)}


def checked(data, x, name=None):
    """The file's LSTM against Keras' own reading of the file."""
    opening = opened(data, "model.h5")
    assert far(own_run(opening, x, name)[:1], keras_run(loaded(data), x)) < CLOSE
    return opening


@pytest.mark.parametrize("stem", ["lstm/lstm_cell", "lstm/lstm_cell_7", "lstm", "sequential/lstm/lstm_cell"])
@pytest.mark.parametrize("bias", [True, False])
def test_names_of_every_keras_2(stem, bias):
    weights = {"lstm": named(stem, lstm_weights(4, bias=bias))}
    checked(older_file([start(), ("LSTM", told("lstm", 4, use_bias=bias))], weights), sequences())


def test_both_ways():
    inside = {"module": "keras.layers", "class_name": "LSTM", "config": told("lstm", 4)}
    forward, backward = lstm_weights(4), [-array for array in lstm_weights(4)]
    arrays = named("both/forward_lstm/lstm_cell_1", forward) | named("both/backward_lstm/lstm_cell_2", backward)
    layer = ("Bidirectional", {"name": "both", "layer": inside, "merge_mode": "concat"})
    described = checked(older_file([start(), layer], {"both": arrays}), sequences())
    bare = opened(older_file([], {"both": arrays}, described=False), "weights.h5")
    assert list(bare.models) == ["both"]
    assert far(own_run(bare, sequences()), own_run(described, sequences())) == 0


def test_a_stack_with_an_embedding_and_a_dense_layer():
    table = np.random.default_rng(0).normal(size=(9, 3)).astype("f")
    dense = [np.ones((4, 2), "f"), np.array([1.0, 2.0], "f")]
    weights = {
        "embedding": {"embedding/embeddings": table},
        "lstm": named("lstm/lstm_cell", lstm_weights(4)),
        "dropout": {},
        "lstm_1": named("lstm_1/lstm_cell", lstm_weights(4, 4)),
        "dense": named("dense", dense, ("kernel", "bias")),
    }
    described = [
        ("InputLayer", {"batch_input_shape": [None, None], "dtype": "int32", "name": "input_1"}),
        ("Embedding", {"name": "embedding", "input_dim": 9, "output_dim": 3}),
        ("LSTM", told("lstm", 4)),
        ("Dropout", {"name": "dropout", "rate": 0.5}),
        ("LSTM", told("lstm_1", 4)),
        ("Dense", {"name": "dense", "units": 2, "activation": "softmax"}),
    ]
    opening = opened(older_file(described, weights), "model.h5")
    ids = np.array([[1, 4, 8, 0, 2]])
    theirs = np.asarray(loaded(older_file(described, weights))(ids).detach()).swapaxes(0, 1)
    embedding, linear = opening.neighbours
    states = own_run(opening, embedding.weight[ids])[0]
    scores = np.exp(states @ linear.weight.T + linear.bias)
    assert far([scores / scores.sum(-1, keepdims=True)], [theirs]) < CLOSE
    assert (linear.activation, list(linear.adjacent_to)) == ("softmax", ["lstm"])


def test_a_model_inside_a_model_of_keras_2():
    weights = {"inner": named("deep/lstm_cell", lstm_weights(4)) | named("wide/lstm_cell", lstm_weights(5, 4))}
    inner = {"name": "inner", "layers": [{"class_name": name, "config": settings} for name, settings in
             (start(), ("LSTM", told("deep", 4)), ("LSTM", told("wide", 5)))]}  # fmt: skip
    calls = {"name": "inner", "inbound_nodes": [[["input_1", 0, 0, {}]]], "class_name": "Sequential", "config": inner}
    outside = {"class_name": "InputLayer", "config": start()[1], "name": "input_1", "inbound_nodes": []}
    data = functional([outside, calls], weights, "inner")
    opening, x = opened(data, "model.h5"), sequences()
    assert list(opening.models) == ["inner.deep", "inner.wide"]
    between = own_run(opening, x, "inner.deep")[0].swapaxes(0, 1)
    assert far(own_run(opening, between, "inner.wide")[:1], keras_run(loaded(data), x)) < CLOSE


def functional(nodes, weights, end):
    """A file of a functional model of Keras 2."""
    file = io.BytesIO(older_file([], weights, kind="Functional"))
    with h5py.File(file, "r+") as changed:
        config = {"name": "model", "layers": nodes, "input_layers": [["input_1", 0, 0]], "output_layers": [[end, 0, 0]]}
        changed.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": config}).encode()
    return file.getvalue()


def test_layers_listed_as_keras_2_did_at_first():
    weights = {"lstm_1": named("lstm_1", lstm_weights(4))}
    data = older_file([("LSTM", told("lstm_1", 4))], weights, version="2.1.6", kind="list")
    layer = layers.LSTM(4, return_sequences=True)
    assert (
        far(own_run(opened(data, "m.h5"), sequences())[:1], keras_run(with_weights(layer, weights), sequences()))
        < CLOSE
    )


def with_weights(layer, weights, features=3):
    layer.build((None, None, features))
    layer.set_weights([array for arrays in weights.values() for array in arrays.values()])
    return layer


def in_cudnn(weights, seed=0):
    """An LSTM's weights as a CuDNNLSTM has them, by Keras 2's own rule (its hdf5_format): each gate's kernel is
    transposed and read again in its old shape, the recurrent ones are transposed, the bias is split in two.
    """
    kernel, recurrent, bias = weights
    kernels = [gate.T.reshape(gate.shape, order="C") for gate in np.hsplit(kernel, 4)]
    first = np.random.default_rng(seed).normal(size=bias.shape).astype("f")
    return [np.hstack(kernels), np.hstack([gate.T for gate in np.hsplit(recurrent, 4)]), np.r_[first, bias - first]]


@settings(max_examples=15)
@given(st.integers(1, 7), st.integers(1, 7), st.booleans())
def test_a_cudnn_lstm(features, units, described):
    plain = lstm_weights(units, features)
    weights = {"cu_dnnlstm": named("cu_dnnlstm", in_cudnn(plain))}
    settings = {"name": "cu_dnnlstm", "units": units, "return_sequences": True}
    data = older_file([("CuDNNLSTM", settings)], weights, version="2.2.4", described=described)
    layer, x = layers.LSTM(units, return_sequences=True, return_state=True), sequences(features)
    with_weights(layer, {"": dict(enumerate(plain))}, features)
    assert far(own_run(opened(data, "model.h5"), x), keras_run(layer, x)) < CLOSE


def test_cudnns_kernels_are_taken_as_keras_2_takes_them():
    """In its hdf5_format: kernel.T.reshape(kernel.shape, order="F") of each gate, recurrent ones .T."""
    rng = np.random.default_rng(0)
    kernel, recurrent = rng.normal(size=(2, 12)), rng.normal(size=(3, 12))
    taken = convert_cell("lstm", "l0", [in_memory(kernel), in_memory(recurrent), in_memory(np.zeros(24))])
    plain = np.hstack([gate.T.reshape(gate.shape, order="F") for gate in np.hsplit(kernel, 4)])
    assert np.array_equal(taken["weight_ih_l0"].T, plain)
    assert np.array_equal(taken["weight_hh_l0"].T, np.hstack([gate.T for gate in np.hsplit(recurrent, 4)]))


def test_both_ways_of_cudnn():
    forward, backward = lstm_weights(4), [-array for array in lstm_weights(4)]
    arrays = named("both/forward_cu", in_cudnn(forward)) | named("both/backward_cu", in_cudnn(backward, 1))
    inside = {"class_name": "CuDNNLSTM", "config": {"name": "cu", "units": 4, "return_sequences": True}}
    data = older_file([("Bidirectional", {"name": "both", "layer": inside})], {"both": arrays})
    layer = layers.Bidirectional(layers.LSTM(4, return_sequences=True))
    with_weights(layer, {"": dict(enumerate([*forward, *backward]))})
    assert far(own_run(opened(data, "model.h5"), sequences())[:1], keras_run(layer, sequences())) < CLOSE


def keras_1(weights):
    """Twelve tensors, three for each of the gates i, c, f, o."""
    gates = [[np.split(part, 4, axis=-1)[place] for part in weights] for place in (0, 2, 1, 3)]
    return {f"lstm_1_{part}_{gate}": array for gate, arrays in zip("icfo", gates, strict=True)
            for part, array in zip("WUb", arrays, strict=True)}  # fmt: skip


def test_keras_1():
    plain = lstm_weights(4)
    said = {"name": "lstm_1", "output_dim": 4, "activation": "tanh", "inner_activation": "sigmoid"}
    data = older_file([("LSTM", said)], {"lstm_1": keras_1(plain)}, version="1.2.2", kind="list")
    layer = with_weights(layers.LSTM(4, return_sequences=True), {"": dict(enumerate(plain))})
    assert far(own_run(opened(data, "model.h5"), sequences())[:1], keras_run(layer, sequences())) < CLOSE


@pytest.mark.parametrize(("version", "said"), [("2.11.0", "is assumed"), ("2.2.4-tf", "TensorFlow 1"), ("3.1.0", "")])
def test_weights_alone(version, said):
    weights = {"lstm": named("lstm/lstm_cell", lstm_weights(4)), "dense": named("dense", [np.ones((4, 1), "f"),
               np.ones(1, "f")], ("kernel", "bias"))}  # fmt: skip
    opening = opened(older_file([], weights, version, described=False), "weights.hdf5")
    layer = with_weights(layers.LSTM(4, return_sequences=True), {"lstm": weights["lstm"]})
    assert far(own_run(opening, sequences())[:1], keras_run(layer, sequences())) < CLOSE
    assert said in opening.found["lstm"].notes[0]
    assert [near.name for near in opening.neighbours] == ["dense"]


def test_weights_alone_of_a_keras_with_other_gates_are_refused():
    weights = {"lstm_1": named("lstm_1", lstm_weights(4))}
    with pytest.raises(CheckpointError, match=r"Keras 2\.2\.4 wrote it, whose gates use hard_sigmoid"):
        opened(older_file([], weights, "2.2.4", described=False), "weights.h5")


def test_long_lists_of_names_stand_in_pieces():
    """HDF5 keeps 64 kB of names in one attribute; Keras cuts longer lists."""
    model = model_of(*(layers.Dense(3, name=f"{'long' * 200}_{number}") for number in range(90)),
                     layers.LSTM(4, return_sequences=True, name="last"))  # fmt: skip
    opening = opened(saved(model, ".h5"), "model.h5")
    before = np.asarray(keras.Sequential(model.layers[:-1])(sequences()).detach())
    assert far(own_run(opening, before)[:1], keras_run(model, sequences())) < CLOSE
