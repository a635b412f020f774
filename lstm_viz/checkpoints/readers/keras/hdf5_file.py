"""HDF5 files of Keras: whole models and weights of Keras 1 and 2, and weights of Keras 3.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.keras.hdf5_datasets import Datasets, open_hdf5, text_attribute
from lstm_viz.checkpoints.readers.keras.model_config import parse_config
from lstm_viz.checkpoints.readers.keras.reader import contents_of
from lstm_viz.checkpoints.readers.keras.weights import collect_weights


def read(data: bytes, limits: CheckpointLimits) -> Contents:
    """The LSTMs of an HDF5 file. Raises CheckpointError where Keras didn't write it, or it is broken or too large.

    >>> import h5py, io, numpy as np
    >>> file = io.BytesIO()
    >>> with h5py.File(file, "w") as made:
    ...     made["layers/lstm/cell/vars/0"] = np.zeros((3, 8), "f")
    ...     made["layers/lstm/cell/vars/1"] = np.zeros((2, 8), "f")
    >>> read(file.getvalue(), CheckpointLimits()).lstms[0].description
    'reads 3 features a step; 2 units in 1 layer, without biases'
    """
    with open_hdf5(data) as file:
        datasets = Datasets(file, limits)
        described = text_attribute(file, "model_config")
        config = None if described is None else parse_config(described, limits)
        return contents_of(config, collect_weights(datasets), limits)
