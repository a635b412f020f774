"""Which layers of a Keras model are one LSTM, what each reads, and whose class it is: as the model computes it."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.checkpoints import CheckpointError
from tests.checkpoints.readers.keras.keras_files import (
    CLOSE,
    WEIGHTS,
    WHOLE,
    far,
    keras_run,
    model_of,
    older_file,
    opened,
    own_run,
    saved,
    scattered,
)

INNER = {
    "LSTM": lambda: layers.LSTM(4, name="inner"),
    "Sequential": lambda: keras.Sequential([layers.LSTM(4, name="inner")], name="sentence"),
    "Bidirectional": lambda: layers.Bidirectional(layers.LSTM(2), name="inner"),
    "two LSTMs": lambda: keras.Sequential(
        [layers.LSTM(4, return_sequences=True, name="inner"), layers.LSTM(4, name="last")], name="sentence"
    ),
}


def sentences(batch=2, outer=3, inner=5, features=3):
    return np.random.default_rng(0).normal(size=(batch, outer, inner, features)).astype("f")


def hierarchical(inner, units=4):
    return scattered(
        keras.Sequential(
            [keras.Input((3, 5, 3)), layers.TimeDistributed(inner, name="each"), layers.LSTM(units, name="top")]
        )
    )


@pytest.mark.parametrize("ending", WHOLE)
@pytest.mark.parametrize("units", [4, 6])
@pytest.mark.parametrize("kind", INNER)
def test_an_lstm_run_on_each_sentence_is_no_layer_of_the_one_that_reads_the_sentences(kind, units, ending):
    model, x = hierarchical(INNER[kind](), units), sentences()
    opening = opened(saved(model, ending), f"model{ending}")
    lower, top = opening.models
    steps = own_run(opening, x.reshape(6, 5, 3), lower)[0]  # (time, batch * outer, units * directions)
    half = steps.shape[-1] // 2
    last = np.concatenate([steps[-1, :, :half], steps[0, :, half:]], -1) if kind == "Bidirectional" else steps[-1]
    upper = own_run(opening, last.reshape(2, 3, -1), top)[0]
    assert far([upper[-1]], [np.asarray(model(x).detach())]) < CLOSE
    assert opening.found[lower].lstm_shape.num_layers == (2 if kind == "two LSTMs" else 1)
    assert any("on each inner sequence by itself" in note for note in opening.found[lower].notes)
    (note,) = opening.found[top].notes
    assert note.startswith("In the model it reads the last states of each inner sequence of “each")


def test_the_same_of_a_file_as_keras_2_writes_it():
    model = hierarchical(INNER["LSTM"]())
    inner, top = model.layers
    described = {"name": "inner", "units": 4, "return_sequences": False}
    nodes = [
        ("TimeDistributed", {"name": "each", "layer": {"class_name": "LSTM", "config": described}}),
        ("LSTM", {"name": "top", "units": 4}),
    ]
    names = ("lstm_cell/kernel", "lstm_cell/recurrent_kernel", "lstm_cell/bias")
    weights = {
        name: {f"{name}/{part}": array for part, array in zip(names, layer.get_weights(), strict=True)}
        for name, layer in (("each", inner), ("top", top))
    }
    opening = opened(older_file(nodes, weights), "model.h5")
    assert list(opening.models) == ["each", "top"]
    assert "last states of each inner sequence" in opening.found["top"].notes[0]


@pytest.mark.parametrize("ending", WHOLE)
def test_layers_within_each_sentence_are_one_lstm(ending):
    """Two wrappers, one rate: the lower hands its inner sequence on whole."""
    lower, upper = layers.LSTM(4, return_sequences=True), layers.LSTM(4, return_sequences=True)
    model = keras.Sequential([keras.Input((3, 5, 3)), layers.TimeDistributed(lower), layers.TimeDistributed(upper)])
    x, opening = sentences(), opened(saved(scattered(model), ending), f"model{ending}")
    (found,) = opening.found.values()
    assert found.lstm_shape.num_layers == 2
    theirs = np.asarray(model(x).detach()).reshape(6, 5, 4)
    assert far(own_run(opening, x.reshape(6, 5, 3))[:1], [theirs.swapaxes(0, 1)]) < CLOSE


def start(name=None):
    return keras.Input((7, 3), name=name)


def sequence_lstm(name, **told):
    return layers.LSTM(3, return_sequences=True, name=name, **told)


def between(x, add):
    """lower -> what `add` makes of its states and of x -> upper."""
    states = sequence_lstm("lower")(x)
    return sequence_lstm("upper")(add(states, x))


BETWEEN = {
    "a sum": (lambda h, x: layers.Add(name="it")([h, x]), "what “it” (Add) gives"),
    "a sum, the other way round": (lambda h, x: layers.Add(name="it")([x, h]), "what “it” (Add) gives"),
    "a norm": (lambda h, x: layers.LayerNormalization(name="it")(h), "what “it” (LayerNormalization) gives"),
    "the end first": (lambda h, x: keras.ops.flip(h, axis=1), "(Flip) gives"),
    "every second step": (lambda h, x: h[:, ::2], "(GetItem) gives"),
    "another axis": (lambda h, x: layers.Permute((2, 1), name="it")(h), "what “it” (Permute) gives"),
    "a mean of pairs": (lambda h, x: layers.AveragePooling1D(2, name="it")(h), "what “it” (AveragePooling1D) gives"),
    "more steps": (lambda h, x: layers.UpSampling1D(2, name="it")(h), "what “it” (UpSampling1D) gives"),
    "zeros round it": (lambda h, x: layers.ZeroPadding1D(1, name="it")(h), "what “it” (ZeroPadding1D) gives"),
    "its last state, repeated": (lambda h, x: layers.RepeatVector(4, name="it")(h[:, -1]), "“it” (RepeatVector)"),
    "nothing but a mask": (lambda h, x: layers.Masking(name="it")(h), "the states of “lower”"),
}


@pytest.mark.parametrize("what", BETWEEN)
def test_what_stands_between_two_lstms_keeps_them_apart_and_is_told(what):
    add, said = BETWEEN[what]
    x = start()
    opening = opened(saved(scattered(keras.Model(x, between(x, add))), ".keras"))
    assert sorted(opening.models) == ["lower", "upper"]
    assert said in opening.found["upper"].notes[0]


def used_by_a_sum(x):
    states = sequence_lstm("lower")(x)
    return layers.Add()([states, sequence_lstm("upper")(states)])


def used_by_a_sum_after_dropout(x):
    states = layers.Dropout(0.1)(sequence_lstm("lower")(x))
    return layers.Add()([sequence_lstm("upper")(states), states])


def given_out(x):
    states = sequence_lstm("lower")(x)
    return [states, sequence_lstm("upper")(states)]


def read_as_a_state(x):
    states = sequence_lstm("lower")(x)
    upper = sequence_lstm("upper")(states)
    return layers.LSTM(3, name="more")(x, initial_state=[states[:, -1], upper[:, -1]])


@pytest.mark.parametrize("make", [used_by_a_sum, used_by_a_sum_after_dropout, given_out, read_as_a_state])
def test_states_that_go_elsewhere_too_are_no_inner_layers(make):
    x = start()
    opening = opened(saved(scattered(keras.Model(x, make(x))), ".keras"))
    assert {"lower", "upper"} <= set(opening.models)
    assert opening.found["upper"].notes[0] == "In the model it reads the states of “lower”, not the sequence itself."


def test_last_states_handed_on_do_not_keep_layers_apart():
    """An encoder of two layers whose states start a decoder: every layer's last states are in a run of both."""
    x, y = start(), start()
    states, *first = sequence_lstm("lower", return_state=True)(x)
    _, *second = sequence_lstm("upper", return_state=True)(states)
    decoder = sequence_lstm("decoder")(y, initial_state=first)
    model = keras.Model([x, y], [decoder, *second])
    opening = opened(saved(scattered(model), ".keras"))
    assert sorted(opening.models) == ["decoder", "lower"]
    assert opening.found["lower"].lstm_shape.num_layers == 2
    assert any("first state" in note for note in opening.found["decoder"].notes)


def test_an_upper_one_that_is_called_on_other_input_too_stands_apart_and_says_so():
    x, upper = start(), sequence_lstm("upper")
    model = keras.Model(x, [upper(sequence_lstm("lower")(x)), upper(x)])
    opening = opened(saved(scattered(model), ".keras"))
    assert sorted(opening.models) == ["lower", "upper"]
    notes = " ".join(opening.found["upper"].notes)
    assert "calls it 2 times" in notes
    assert "the states of “lower”" in notes


def test_the_inputs_of_a_model_inside_are_told_apart():
    """The first input of the inner model is the outer one's own; its second is what the lower LSTM gives."""
    a, b = start("a"), start("b")
    inner = keras.Model([a, b], [sequence_lstm("of_a")(a), sequence_lstm("of_b")(b)], name="inner")
    x, z = start("x"), start("z")
    model = scattered(keras.Model([x, z], inner([z, sequence_lstm("lower")(x)])))
    opening = opened(saved(model, ".keras"))
    assert opening.found["inner.of_a"].notes == ()
    assert opening.found["lower"].lstm_shape.num_layers == 2  # inner.of_b is its second layer
    assert far(own_run(opening, np.ones((2, 7, 3), "f"), "lower")[:1],
               keras_run(lambda ones: model([ones, 0 * ones])[1], np.ones((2, 7, 3), "f"))) < CLOSE  # fmt: skip


@pytest.mark.parametrize("mode", ["sum", "ave", "mul"])
def test_ways_joined_into_one_are_told_of_whoever_reads_them(mode):
    both = layers.Bidirectional(sequence_lstm("one"), merge_mode=mode, name="both")
    opening = opened(saved(model_of(both, sequence_lstm("upper")), ".keras"))
    assert f"joined by merge_mode “{mode}”" in opening.found["upper"].notes[0]


def test_states_that_come_last_step_first_are_told():
    model = model_of(sequence_lstm("lower", go_backwards=True), sequence_lstm("upper"))
    opening = opened(saved(model, ".keras"))
    assert "the states of “lower”, last step first" in opening.found["upper"].notes[0]


@pytest.mark.parametrize("first", [layers.Dropout(0.1), layers.GaussianNoise(0.1)])
def test_what_does_nothing_before_an_lstm_is_not_told(first):
    assert opened(saved(model_of(first, layers.LSTM(4)), ".keras")).contents.lstms[0].notes == ()


def test_masked_steps_are_told_of_every_lstm_that_sees_the_mask():
    x = start()
    states = layers.Bidirectional(sequence_lstm("one"), name="lower")(layers.Masking()(x))
    model = scattered(keras.Model(x, layers.LSTM(5, name="upper")(states)))
    opening = opened(saved(model, ".keras"))
    assert all(any("masked" in note for note in found.notes) for found in opening.contents.lstms)


@keras.saving.register_keras_serializable("me", "LSTM")
class OwnLSTM(layers.LSTM):
    """An LSTM of a person's own, registered under Keras' name, that gives three times what Keras' does."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return 3 * super().call(sequences, initial_state=initial_state, mask=mask, training=training)


@keras.saving.register_keras_serializable("me", "LSTMCell")
class OwnCell(layers.LSTMCell):
    """The same of a cell."""


OWN = {
    "the layer": lambda: OwnLSTM(4, name="own"),
    "both ways": lambda: layers.Bidirectional(OwnLSTM(4), name="own"),
    "each sentence": lambda: layers.TimeDistributed(OwnLSTM(4), name="own"),
    "a cell": lambda: layers.RNN(OwnCell(4), name="own"),
}


@pytest.mark.parametrize("ending", WHOLE)
@pytest.mark.parametrize("what", OWN)
def test_an_lstm_of_a_persons_own_class_is_left_out_by_name(what, ending):
    shape = (3, 5, 3) if what == "each sentence" else (5, 3)
    model = scattered(keras.Sequential([keras.Input(shape), OWN[what]()]))
    with pytest.raises(CheckpointError, match=r"“own” .*me>LSTM.*left out|“own” was left out: its class “me>LSTM”"):
        opened(saved(model, ending), f"model{ending}")


def test_an_own_class_beside_keras_own_is_left_out_alone():
    x = start()
    model = scattered(keras.Model(x, [OwnLSTM(4, name="own")(x), layers.LSTM(4, name="plain")(x)]))
    opening = opened(saved(model, ".keras"))
    assert list(opening.models) == ["plain"]
    assert opening.notes[0].startswith("“own” was left out: its class “me>LSTM” is not Keras' own")


@keras.saving.register_keras_serializable("me")
class Doubled(keras.Model):
    """A functional model whose class computes something else than its layers say."""

    def call(self, x, *more, **named):
        return 2 * super().call(x, *more, **named)


def test_a_model_class_of_a_persons_own_that_lists_its_layers_is_told():
    x = start()
    model = Doubled(x, sequence_lstm("lstm")(x), name="doubled")
    opening = opened(saved(model, ".keras"))
    assert list(opening.models) == ["lstm"]
    assert any("“doubled” is of the class “me>Doubled”" in note for note in opening.notes)


def test_bare_weights_say_all_that_is_assumed():
    (found,) = opened(saved(model_of(layers.LSTM(4)), WEIGHTS), "model.weights.h5").contents.lstms
    assert all(word in found.notes[0] for word in ("own LSTM", "sigmoid", "tanh", "go_backwards", "time_major"))
