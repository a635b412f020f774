"""Files of weights as other versions and other settings of Keras 3 lay them out."""

from __future__ import annotations

import io

import h5py
from keras import layers

from tests.checkpoints.readers.keras.keras_files import (
    CLOSE,
    WEIGHTS,
    far,
    keras_run,
    model_of,
    opened,
    own_run,
    saved,
    sequences,
)


def changed(data, change):
    file = io.BytesIO(data)
    with h5py.File(file, "r+") as made:
        change(made)
    return file.getvalue()


def test_weights_under_the_name_that_keras_2_13_gave():
    model = model_of(layers.LSTM(4, return_sequences=True), layers.Dense(2))
    data = changed(saved(model, WEIGHTS), lambda file: file.move("layers", "_layer_checkpoint_dependencies"))
    opening, x = opened(data, "model.weights.h5"), sequences()
    assert far(own_run(opening, x)[:1], keras_run(model.layers[0], x)) < CLOSE
    assert len(opening.neighbours) == 1


def test_packed_weights_are_read():
    model = model_of(layers.LSTM(64, return_sequences=True))

    def pack(file):
        for number in "012":
            array = file[f"layers/lstm/cell/vars/{number}"][()]
            del file[f"layers/lstm/cell/vars/{number}"]
            file["layers/lstm/cell/vars"].create_dataset(
                number, data=array, compression="gzip", shuffle=True, fletcher32=True
            )

    opening, x = opened(changed(saved(model, WEIGHTS), pack), "model.weights.h5"), sequences()
    assert far(own_run(opening, x)[:1], keras_run(model.layers[0], x)) < CLOSE


def test_two_lstms_of_one_name_keep_their_own():
    """Weights of models inside each other may repeat a name that the file gives."""
    data = saved(model_of(layers.LSTM(4, return_sequences=True), layers.LSTM(2)), WEIGHTS)

    def rename(file):
        for place in ("layers/lstm/vars", "layers/lstm_1/vars"):
            file[place].attrs["name"] = "same"

    assert list(opened(changed(data, rename), "w.weights.h5").models) == ["same", "same (2)"]
