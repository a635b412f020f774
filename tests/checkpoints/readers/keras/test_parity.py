"""LSTMs read from Keras' files give what Keras' own layers give."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from tests.checkpoints.readers.keras.keras_files import (
    CLOSE,
    WEIGHTS,
    WHOLE,
    far,
    keras_run,
    model_of,
    opened,
    own_run,
    saved,
    scattered,
    sequences,
)

EVERY = (*WHOLE, WEIGHTS)
SIZES = st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 3), st.integers(1, 12))
TOLD = {"return_sequences": True, "return_state": True}


def of_model(model, number=0):
    """A model's layer."""
    return model.layers[number]


@settings(max_examples=15)
@given(SIZES, st.booleans(), st.sampled_from(EVERY))
def test_an_lstm(sizes, bias, ending):
    features, units, batch, time = sizes
    model = model_of(layers.LSTM(units, use_bias=bias, return_sequences=True), features=features)
    layer, x = of_model(model), sequences(features, batch, time)
    layer.return_state = True
    opening = opened(saved_without_states(model, ending), f"model{ending}")
    assert far(own_run(opening, x), keras_run(layer, x)) < CLOSE


def saved_without_states(model, ending):
    """Sequential models hand on no states; the layer is asked for them here alone."""
    model.layers[0].return_state = False
    data = saved(model, ending)
    model.layers[0].return_state = True
    return data


@settings(max_examples=10)
@given(SIZES, st.booleans(), st.sampled_from(EVERY))
def test_a_bidirectional_lstm(sizes, bias, ending):
    features, units, batch, time = sizes
    x, given_in = sequences(features, batch, time), keras.Input((None, features))
    layer = layers.Bidirectional(layers.LSTM(units, use_bias=bias, **TOLD), name="both")
    model = scattered(keras.Model(given_in, layer(given_in)))
    opening = opened(saved(model, ending), f"model{ending}")
    assert list(opening.models) == ["both"]
    assert far(own_run(opening, x), keras_run(layer, x)) < CLOSE


@settings(max_examples=8)
@given(SIZES, st.booleans(), st.sampled_from(WHOLE))
def test_an_lstm_that_reads_from_the_end(sizes, bias, ending):
    features, units, batch, time = sizes
    x, given_in = sequences(features, batch, time), keras.Input((None, features))
    layer = layers.LSTM(units, use_bias=bias, go_backwards=True, **TOLD)
    model = scattered(keras.Model(given_in, layer(given_in)))
    opening = opened(saved(model, ending), f"model{ending}")
    steps, *states = keras_run(layer, x)
    assert far(own_run(opening, x), [steps[::-1], *states]) < CLOSE
    assert "reads from the end" in next(iter(opening.found.values())).notes[0]


@pytest.mark.parametrize("ending", WHOLE)
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("bias", [(True, True, True), (True, False, True)])
def test_layers_that_feed_each_other_are_one_lstm(ending, both, bias):
    single = [layers.LSTM(5, use_bias=own, return_sequences=True) for own in bias]
    made = [layers.Bidirectional(layer) if both else layer for layer in single]
    model = model_of(made[0], layers.Dropout(0.2), made[1], layers.SpatialDropout1D(0.1), made[2])
    opening, x = opened(saved(model, ending), f"model{ending}"), sequences()
    (found,) = opening.found.values()
    assert found.lstm_shape.num_layers == 3
    assert found.notes[-1].startswith("Its layers are ")
    assert far(own_run(opening, x)[:1], keras_run(model, x)) < CLOSE


@pytest.mark.parametrize("ending", WHOLE)
def test_layers_of_other_sizes_stay_apart_and_say_so(ending):
    model = model_of(
        layers.LSTM(6, return_sequences=True, name="first"), layers.LSTM(4, return_sequences=True, name="second")
    )
    opening, x = opened(saved(model, ending), f"model{ending}"), sequences()
    first = own_run(opening, x, "first")[0]
    assert far(own_run(opening, first.swapaxes(0, 1), "second")[:1], keras_run(model, x)) < CLOSE
    assert "reads the states of “first”" in opening.found["second"].notes[0]


@pytest.mark.parametrize("ending", WHOLE)
@pytest.mark.parametrize("inner", ["Sequential", "Functional"])
def test_models_inside_models(ending, inner):
    inside = [layers.LSTM(4, return_sequences=True, name="deep"), layers.Dense(3, name="between")]
    if inner == "Sequential":
        model_inside = keras.Sequential([keras.Input((None, 3)), *inside], name="inner")
    else:
        start = keras.Input((None, 3))
        model_inside = keras.Model(start, inside[1](inside[0](start)), name="inner")
    outer = keras.Sequential([keras.Input((None, 3)), model_inside], name="outer")
    start = keras.Input((None, 3))
    y = layers.LSTM(2, return_sequences=True, name="top")(layers.Activation("relu")(outer(start)))
    model = scattered(keras.Model(start, y))
    opening, x = opened(saved(model, ending), f"model{ending}"), sequences()
    assert list(opening.models) == ["outer.inner.deep", "top"]
    assert far(own_run(opening, x, "outer.inner.deep")[:1], keras_run(inside[0], x)) < CLOSE
    between = np.maximum(np.asarray(model_inside(x).detach()), 0)
    assert far(own_run(opening, between, "top")[:1], keras_run(model, x)) < CLOSE
    (dense,) = opening.neighbours
    assert (dense.name, list(dense.adjacent_to)) == ("outer.inner.between", ["outer.inner.deep"])


@pytest.mark.parametrize("ending", EVERY)
@pytest.mark.parametrize("cells", [1, 3])
def test_cells_in_an_rnn(ending, cells):
    made = [layers.LSTMCell(4, use_bias=number != 1) for number in range(cells)]
    model = model_of(layers.RNN(made if cells > 1 else made[0], return_sequences=True, name="rnn"))
    opening, x = opened(saved(model, ending), f"model{ending}"), sequences()
    if ending == WEIGHTS and cells > 1:
        assert list(opening.models) == ["rnn.lstm_cell", "rnn.lstm_cell_1", "rnn.lstm_cell_2"]
        for name in opening.models:
            x = own_run(opening, x, name)[0].swapaxes(0, 1)
        assert far([x.swapaxes(0, 1)], keras_run(model, sequences())) < CLOSE
    else:
        assert far(own_run(opening, x)[:1], keras_run(model, x)) < CLOSE


@pytest.mark.parametrize(("kind", "close"), [("float64", 1e-12), ("float16", CLOSE), ("bfloat16", CLOSE)])
@pytest.mark.parametrize("ending", (".keras", WEIGHTS))
def test_other_number_formats(kind, close, ending):
    """Weights of 16 bits are read bit for bit: a layer of 32 bits that has them gives the same."""
    made = {"units": 4, "return_sequences": True, "recurrent_initializer": "zeros"}
    model = model_of(layers.LSTM(dtype=kind, **made))
    wider = layers.LSTM(dtype="float64" if kind == "float64" else "float32", **made)
    opening, x = opened(saved(model, ending), f"model{ending}"), sequences().astype("f8" if kind == "float64" else "f")
    wider(x)
    wider.set_weights([np.asarray(part, dtype=wider.variable_dtype) for part in model.get_weights()])
    assert far(own_run(opening, x)[:1], keras_run(wider, x)) < close
    assert any("16 bits" in note for note in opening.contents.lstms[0].notes) == (kind != "float64")


class Encoder(keras.Model):
    """A person's own class: its description tells nothing of its layers."""

    def __init__(self):
        super().__init__()
        self.encoder = layers.LSTM(4, return_sequences=True)
        self.both = layers.Bidirectional(layers.LSTM(3, return_sequences=True))

    def call(self, x):
        return self.both(self.encoder(x))


@pytest.mark.parametrize("ending", (".keras", WEIGHTS))
def test_a_model_of_a_persons_own_class(ending):
    model, x = Encoder(), sequences()
    model(x)
    scattered(model)
    opening = opened(saved(model, ending), f"model{ending}")
    assert sorted(opening.models) == ["both", "encoder"]
    between = own_run(opening, x, "encoder")[0].swapaxes(0, 1)
    assert far(own_run(opening, between, "both")[:1], [np.asarray(model(x).detach()).swapaxes(0, 1)]) < CLOSE
    assert all("is assumed" in found.notes[0] for found in opening.found.values())
