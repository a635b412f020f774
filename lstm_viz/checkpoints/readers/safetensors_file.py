"""safetensors files: a list of names, shapes and places, and the numbers."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.state_dict import contents_of
from lstm_viz.checkpoints.stored_tensor import Stored, not_numbers

#: What the format calls its numbers, and NumPy does. BF16 is the upper half of a float32.
KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def read(data: bytes, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a safetensors file. Raises CheckpointError where it is broken or too large.

    >>> from safetensors.numpy import save
    >>> data = save({"weight_ih": np.zeros((8, 3), "f"), "weight_hh": np.zeros((8, 2), "f")})
    >>> read(data, CheckpointLimits()).lstms[0].reading
    'reads 3 features a step; 2 units in 1 layer, without biases'
    """
    try:
        tensors = dict(deserialize(data))
    except (SafetensorError, ValueError, KeyError, OverflowError) as error:
        raise CheckpointError(
            "This is no whole safetensors file: its list of tensors can't be read. Copy it again from its source."
        ) from error
    limits.check("tensors", len(tensors), limits.tensors)
    return contents_of("safetensors", {name: _stored(name, tensor) for name, tensor in tensors.items()})


def _stored(name: str, tensor: dict[str, Any]) -> Stored:
    return Stored(tuple(tensor["shape"]), tensor["dtype"], partial(_numbers, name, tensor))


def _numbers(name: str, tensor: dict[str, Any]) -> np.ndarray:
    kind, shape = tensor["dtype"], tuple(tensor["shape"])
    if kind == "BF16":
        return (np.frombuffer(tensor["data"], "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    if kind not in KINDS:
        raise not_numbers(name, kind)
    values = np.frombuffer(tensor["data"], KINDS[kind]).reshape(shape)
    return values.astype(np.float32) if kind == "F16" else values
