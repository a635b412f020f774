"""A Normalization layer before an LSTM: a table is scaled by it, as Keras itself does."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

import lstm_viz
from lstm_viz.checkpoints import open_path
from lstm_viz.sequences import SequenceError, read_sequence

X = np.random.default_rng(0).normal([3.0, 100.0], [2.0, 30.0], (20, 9, 2)).astype(np.float32)
TABLE = "a,b\n" + "\n".join(f"{a!r},{b!r}" for a, b in X[0].astype(float).tolist())


def adapted(**options: object) -> layers.Layer:
    layer = layers.Normalization(**options)
    layer.adapt(X)
    return layer


BEFORE = {
    "learned": lambda: [adapted()],
    "learned, with dropout after it": lambda: [adapted(), layers.Dropout(0.5)],
    "given": lambda: [layers.Normalization(mean=[3.0, 100.0], variance=[4.0, 900.0])],
    "a feature that never changes": lambda: [layers.Normalization(mean=[3.0, 100.0], variance=[4.0, 0.01])],
}


@pytest.mark.parametrize("case", BEFORE)
@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_table_goes_through_the_lstm_as_through_keras(case, ending, tmp_path):
    model = keras.Sequential([keras.Input((None, 2)), *BEFORE[case](), layers.LSTM(4, return_sequences=True)])
    model.save(tmp_path / f"m.{ending}")
    (lstm,) = open_path(tmp_path / f"m.{ending}").models.values()
    batch = read_sequence(TABLE, scaling=lstm.origin.inputs)
    output = lstm_viz.trace(lstm, batch.values).output[:, 0]
    assert np.abs(output - np.asarray(model(X[:1]).detach())[0]).max() < 1e-6
    assert np.abs(batch.original[:, 0] - X[0]).max() < 1e-6
    assert not any("not the sequence itself" in note for note in lstm.origin.notes)
    with pytest.raises(SequenceError, match="its file does not name them"):
        read_sequence("a\n1\n2\n", scaling=lstm.origin.inputs)


@pytest.mark.parametrize(
    "before",
    [
        lambda: [adapted(invert=True)],
        lambda: [layers.Normalization(axis=None, mean=3.0, variance=4.0)],
        lambda: [layers.Dense(2), layers.Normalization(mean=[3.0, 100.0], variance=[4.0, 900.0])],
    ],
)
def test_what_is_no_scaling_of_the_models_own_input_is_said(before, tmp_path):
    model = keras.Sequential([keras.Input((None, 2)), *before(), layers.LSTM(4)])
    model.save(tmp_path / "m.keras")
    (lstm,) = open_path(tmp_path / "m.keras").models.values()
    assert lstm.origin.inputs is None
    assert any("(Normalization) gives, not the sequence itself" in note for note in lstm.origin.notes)
