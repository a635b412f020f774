"""What a Keras file says of its layers: which are left out and why, what differs, what stands round an LSTM."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.checkpoints import CheckpointError, open_checkpoint
from tests.checkpoints.readers.keras.keras_files import (
    CLOSE,
    WEIGHTS,
    WHOLE,
    far,
    keras_run,
    loaded,
    model_of,
    older_file,
    opened,
    own_run,
    saved,
    scattered,
    sequences,
)


def functional(start, *ends):
    return scattered(keras.Model(start, list(ends)))


def start(*shape):
    return keras.Input(shape or (None, 3))


@pytest.mark.parametrize("ending", WHOLE)
@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"recurrent_activation": "gelu"}, "for its gates it uses “gelu” (recurrent_activation)"),
        ({"activation": "softmax"}, "for its candidate and its output it uses “softmax” (activation)"),
    ],
)
def test_an_lstm_of_activations_that_are_not_known_is_left_out_by_name(ending, told, said):
    x = start()
    model = functional(x, layers.LSTM(4, name="odd", **told)(x), layers.LSTM(4, name="usual")(x))
    opening = opened(saved(model, ending), f"model{ending}")
    assert list(opening.models) == ["usual"]
    assert opening.notes[0].startswith("“odd” was left out: ")
    assert said in opening.notes[0]


@pytest.mark.parametrize("ending", WHOLE)
def test_other_recurrent_layers_are_left_out_by_name(ending):
    x, film = start(), start(None, 8, 2)
    ends = [
        layers.GRU(4, name="gru")(x),
        layers.SimpleRNN(4, name="simple")(x),
        layers.Bidirectional(layers.GRU(4), name="both")(x),
        layers.RNN(layers.GRUCell(4), name="cell")(x),
        layers.RNN([layers.LSTMCell(4), layers.LSTMCell(5)], name="unlike")(x),
        layers.Bidirectional(layers.RNN([layers.LSTMCell(4), layers.LSTMCell(4)]), name="deep")(x),
        layers.LSTM(4, name="lstm")(x),
    ]
    model = functional([x, film], *ends, layers.ConvLSTM1D(2, 3, name="conv")(film))
    opening = opened(saved(model, ending), f"model{ending}")
    assert list(opening.models) == ["lstm"]
    assert sorted(note.split("”")[0][1:] for note in opening.notes) == sorted(
        ["gru", "simple", "both", "cell", "unlike", "deep", "conv"]
    )
    with pytest.raises(CheckpointError, match="“gru” is a GRU layer and was left out"):
        opened(saved(model_of(layers.GRU(4, name="gru")), ending), f"model{ending}")


@pytest.mark.parametrize("ending", WHOLE)
def test_two_ways_that_no_lstm_has_are_left_out_by_name(ending):
    x = start()
    ends = [
        layers.Bidirectional(layers.LSTM(4), backward_layer=layers.LSTM(5, go_backwards=True), name="unlike")(x),
        layers.Bidirectional(layers.LSTM(4, go_backwards=True), backward_layer=layers.LSTM(4), name="turned")(x),
        layers.RNN([layers.LSTMCell(4), layers.LSTMCell(4)], go_backwards=True, name="from_the_end")(x),
        layers.Bidirectional(layers.LSTM(4), backward_layer=layers.LSTM(4, go_backwards=True), name="two")(x),
    ]
    opening = opened(saved(functional(x, *ends), ending), f"model{ending}")
    assert list(opening.models) == ["two"]
    assert [note.split("”")[0][1:] for note in opening.notes] == ["unlike", "turned", "from_the_end"]
    assert "cells of 4 and 5 units" in opening.notes[0]


@pytest.mark.parametrize("ending", WHOLE)
def test_what_the_model_does_before_is_told(ending):
    """A convolution's output is read, not the person's columns."""
    conv = layers.Conv1D(6, 3, activation="relu", name="conv")
    model = model_of(conv, layers.Dropout(0.1), layers.LSTM(4, return_sequences=True, name="lstm"))
    opening, x = opened(saved(model, ending), f"model{ending}"), sequences()
    assert opening.found["lstm"].notes == (
        "In the model it reads what “conv” (Conv1D) gives, not the sequence itself.",
    )
    assert far(own_run(opening, np.asarray(conv(x).detach()))[:1], keras_run(model, x)) < CLOSE


@pytest.mark.parametrize("ending", [*WHOLE, WEIGHTS])
def test_a_file_without_recurrent_layers_is_refused_with_what_it_has(ending):
    with pytest.raises(CheckpointError, match=r"No LSTM was found.*ense"):
        opened(saved(model_of(layers.Dense(4)), ending), f"model{ending}")


def test_a_gru_among_bare_weights_is_left_out():
    with pytest.raises(CheckpointError, match="has the weights of a GRU"):
        opened(saved(model_of(layers.GRU(4, reset_after=False)), WEIGHTS), "model.weights.h5")


@pytest.mark.parametrize("mode", ["sum", "ave", "mul"])
def test_ways_that_are_not_put_side_by_side_are_told(mode):
    lower = layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode=mode, name="both")
    model = model_of(lower, layers.Bidirectional(layers.LSTM(4), name="upper"))
    opening = opened(saved(model, ".keras"))
    assert list(opening.models) == ["both", "upper"]
    assert opening.found["both"].notes == (
        f"Keras hands its two ways on with merge_mode “{mode}”; here they stand side by side.",
    )
    steps = own_run(opening, sequences(), "both")[0]
    joined = {"sum": np.add, "ave": lambda a, b: (a + b) / 2, "mul": np.multiply}[mode](steps[..., :4], steps[..., 4:])
    assert far([joined], keras_run(lower, sequences())) < CLOSE


def test_what_keras_does_besides_is_told():
    ids = keras.Input((None,))
    y, h, c = layers.LSTM(4, return_sequences=True, return_state=True, name="reader")(
        layers.Embedding(9, 3, mask_zero=True)(ids)
    )
    z = layers.LSTM(4, return_sequences=True, name="writer")(layers.Dense(4)(y), initial_state=[h, c])
    opening = opened(saved(functional(ids, z), ".keras"))
    assert list(opening.models) == ["reader", "writer"]
    assert any("masked" in note for note in opening.found["reader"].notes)
    assert any("first state" in note for note in opening.found["writer"].notes)


def test_a_state_kept_from_batch_to_batch_and_time_before_batch_are_told():
    (found,) = opened(older({"stateful": True, "time_major": True}), "model.h5").contents.lstms
    assert not found.batch_first
    assert [note.split()[2] for note in found.notes] == ["it", "have"]
    assert "stateful" in found.notes[0]


@pytest.mark.parametrize("ending", WHOLE)
def test_what_stands_before_and_after(ending):
    ids = keras.Input((None,))
    x = layers.SpatialDropout1D(0.1)(layers.Embedding(9, 5, name="words")(ids))
    y = layers.LSTM(4, return_sequences=True, name="lstm")(x)
    each = layers.TimeDistributed(layers.Dense(3, activation="sigmoid"), name="each")(layers.Dropout(0.1)(y))
    last = layers.LSTM(2, name="last")(y)
    model = functional(ids, each, layers.Activation("softmax")(layers.Dense(6, name="scores", use_bias=False)(last)))
    opening = opened(saved(model, ending), f"model{ending}")
    assert {near.name: near.description for near in opening.neighbours} == {
        "words": "an embedding of 9 kinds before “lstm” (the model looks its rows up and hands them to the LSTM, "
        "through SpatialDropout1D)",
        "each": "a linear layer of 3 outputs and sigmoid after “lstm” (the model multiplies it with the LSTM's states, "
        "through Dropout)",
        "scores": "a linear layer of 6 outputs and softmax after “last” (the model multiplies it with the LSTM's last "
        "states)",
    }
    embedding, dense, scores = opening.neighbours
    tokens = np.array([[3, 1, 8, 0]])
    states = own_run(opening, embedding.weight[tokens], "lstm")[0]
    assert scores.bias is None
    theirs = [np.asarray(part.detach()) for part in model(tokens)]
    assert far([1 / (1 + np.exp(-(states @ dense.weight.T + dense.bias)))], [theirs[0].swapaxes(0, 1)]) < CLOSE
    final = np.exp(own_run(opening, states.swapaxes(0, 1), "last")[0][-1] @ scores.weight.T)
    assert far([final / final.sum(-1, keepdims=True)], [theirs[1]]) < CLOSE


@pytest.mark.parametrize("ending", WHOLE)
def test_one_that_feeds_two_is_joined_with_neither(ending):
    x = start()
    lower = layers.LSTM(4, return_sequences=True, name="lower")(x)
    model = functional(x, layers.LSTM(4, name="left")(lower), layers.LSTM(4, name="right")(lower))
    opening = opened(saved(model, ending), f"model{ending}")
    assert sorted(opening.models) == ["left", "lower", "right"]


@pytest.mark.parametrize("ending", WHOLE)
def test_a_layer_that_is_called_twice_is_found_once(ending):
    x, z, shared = start(), start(), layers.LSTM(4, name="shared")
    model = functional([x, z], layers.Dense(2, name="head")(layers.Concatenate()([shared(x), shared(z)])))
    opening = opened(saved(model, ending), f"model{ending}")
    assert list(opening.models) == ["shared"]
    assert opening.neighbours == ()


@keras.saving.register_keras_serializable("owned")
class Squashed(layers.Layer):
    """A person's own layer, an LSTM inside."""

    def __init__(self, **more):
        super().__init__(**more)
        self.inner = layers.LSTM(3, return_sequences=True)

    def call(self, x):
        return self.inner(x)


@keras.saving.register_keras_serializable("owned")
class Odd(layers.LSTM):
    """An LSTM that computes who knows what."""


def test_what_is_a_persons_own_is_named_and_not_run(tmp_path):
    """Keras runs a Lambda's code when it loads the file and is told to trust it."""
    marker, said = tmp_path / "ran", str(tmp_path / "ran")
    ran = layers.Lambda(
        lambda x: (__import__("pathlib").Path(said).touch(), x)[1], output_shape=(None, 3), name="lambda"
    )
    own = [Squashed(name="squashed"), Odd(4, name="odd", return_sequences=True)]
    data = saved(model_of(ran, *own, layers.LSTM(2, name="last")), ".keras")
    loaded(data, ".keras", safe_mode=False)(sequences())
    assert marker.exists()
    marker.unlink()
    opening = opened(data)
    open_checkpoint(data, "model.keras")
    assert not marker.exists()
    assert sorted(opening.models) == ["last", "squashed.inner"]
    assert "is assumed" in opening.found["squashed.inner"].notes[0]
    assert [note.split(",")[0] for note in opening.notes] == [
        "The model has “lambda”",
        "The model has “Squashed”",
        "The model has “odd”",
    ]
    assert "Lambda, which is a program. It was not run." in opening.notes[0]


def test_dictionaries_round_activations_are_read():
    described = older({"activation": {"class_name": "function", "config": "tanh"}})
    assert list(opened(described, "model.h5").models) == ["lstm"]


def older(told):
    """A file of Keras 2 of one LSTM."""
    names = ("lstm/kernel", "lstm/recurrent_kernel", "lstm/bias")
    weights = dict(zip(names, model_of(layers.LSTM(4)).get_weights(), strict=True))
    return older_file([("LSTM", {"name": "lstm", "units": 4, **told})], {"lstm": weights})
