"""safetensors files: a list of names, shapes and places, and the numbers.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.state_dict import contents_of
from lstm_viz.checkpoints.stored_tensor import StoredTensor, unsupported_dtype_error

#: What the format calls its numbers, and NumPy does. BF16 is the upper half of a float32.
NUMPY_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def read(data: bytes, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a safetensors file. Raises CheckpointError where it is broken or too large.

    >>> from safetensors.numpy import save
    >>> data = save({"weight_ih": np.zeros((8, 3), "f"), "weight_hh": np.zeros((8, 2), "f")})
    >>> read(data, CheckpointLimits()).lstms[0].description
    'reads 3 features a step; 2 units in 1 layer, without biases'
    """
    try:
        tensors = dict(sorted(deserialize(data)))  # which come in another order each time
    except (SafetensorError, ValueError, KeyError, OverflowError) as error:
        raise CheckpointError(
            "This is no whole safetensors file: its list of tensors can't be read. Copy it again from its source."
        ) from error
    limits.check("tensors", len(tensors), limits.tensors)
    return contents_of("safetensors", {name: _stored_tensor(name, tensor) for name, tensor in tensors.items()})


def _stored_tensor(name: str, tensor: dict[str, Any]) -> StoredTensor:
    return StoredTensor(tuple(tensor["shape"]), tensor["dtype"], partial(_read_array, name, tensor))


def _read_array(name: str, tensor: dict[str, Any]) -> np.ndarray:
    kind, shape = tensor["dtype"], tuple(tensor["shape"])
    if kind == "BF16":
        return (np.frombuffer(tensor["data"], "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    if kind not in NUMPY_DTYPES:
        raise unsupported_dtype_error(name, kind)
    values = np.frombuffer(tensor["data"], NUMPY_DTYPES[kind]).reshape(shape)
    return values.astype(np.float32) if kind == "F16" else values
