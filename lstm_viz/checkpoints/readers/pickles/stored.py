"""Tensors of a pickle as those of a file: sizes checked first, numbers read when they are asked for."""

from __future__ import annotations

from functools import partial

import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.readers.number_formats import FLOATS, to_floats
from lstm_viz.checkpoints.readers.pickles.machine import BrokenPickle, Steps
from lstm_viz.checkpoints.readers.pickles.module_tree import Leaf
from lstm_viz.checkpoints.readers.pickles.numpy_values import PickledArray
from lstm_viz.checkpoints.readers.pickles.torch_values import (
    NestedStorage,
    NoNumbers,
    PickledTensor,
    Quantizer,
    Storage,
    checked_layout,
    stored_array,
)
from lstm_viz.checkpoints.readers.torch_pickle import load_plain
from lstm_viz.checkpoints.stored_tensor import StoredTensor, unsupported_dtype_error
from lstm_viz.sandbox.half_precision import widened

QUANTIZED = frozenset(("qint8", "quint8", "qint32"))


def _refuse(name: str, storage: NoNumbers) -> np.ndarray:
    raise CheckpointError(f"{quote(name)} {storage.why}")


def _raise(error: CheckpointError) -> np.ndarray:
    raise error


class TensorReader:
    """Turns tensors of one file's pickles into stored ones, and counts what is read of them."""

    def __init__(self, steps: Steps, budget: int) -> None:
        self.steps = steps
        #: Bytes of numbers that may still be read: a small file may name the same numbers a thousand times.
        self.budget = budget

    def stored(self, name: str, value: Leaf, note: str = "") -> StoredTensor:
        """A tensor or an array as one of the file. CheckpointError where its shape is none."""
        if isinstance(value, PickledArray):
            try:
                kind, shape = value.dtype_and_shape(name)
            except CheckpointError as error:  # of texts, say: it matters where it is a weight alone
                return StoredTensor((), "no numbers", partial(_raise, error), note)
            return StoredTensor(shape, kind.name, partial(self._read_array, name, value), note)
        assert isinstance(value, PickledTensor)
        shape, _, _ = checked_layout(name, value)
        if isinstance(value.storage, NoNumbers):
            return StoredTensor(shape, value.dtype or "unknown", partial(_refuse, name, value.storage), note)
        storage = self.storage_of(value.storage)
        dtype = value.dtype or ("unknown" if storage is None else storage.dtype)
        return StoredTensor(shape, dtype, partial(self._read_tensor, name, value, storage), note)

    def storage_of(self, value: object) -> Storage | None:
        """A tensor's storage; None where it is not in the file."""
        if isinstance(value, Storage):
            return value
        if not isinstance(value, NestedStorage):
            return None
        try:
            file = value.file if isinstance(value.file, memoryview) else memoryview(value.file.to_bytes())
            inside = load_plain(file, self.steps)
        except BrokenPickle:
            return None
        return inside if isinstance(inside, Storage) else None

    def array(self, name: str, tensor: PickledTensor, storage: Storage | None) -> np.ndarray:
        """A tensor's numbers as they are stored. CheckpointError where they are not in the file."""
        if storage is None:
            raise CheckpointError(
                f"The numbers of “{name[-100:]}” are not in this file. If it is the data.pkl of an unpacked "
                "checkpoint, open the folder that it is in, whose data/ has them; else save the model again."
            )
        stored = stored_array(name, tensor, storage)
        self._count(stored.size * 8)
        return stored

    def _read_tensor(self, name: str, tensor: PickledTensor, storage: Storage | None) -> np.ndarray:
        stored = self.array(name, tensor, storage)
        assert storage is not None
        dtype = tensor.dtype or storage.dtype
        if dtype in QUANTIZED and tensor.quantizer is not None:
            return self._dequantize(name, stored, tensor.quantizer)
        if dtype not in FLOATS:
            raise unsupported_dtype_error(name, dtype)
        values = np.ascontiguousarray(to_floats(stored, dtype)).reshape(stored.shape)
        return -widened(values) if tensor.negated else values

    def _read_array(self, name: str, array: PickledArray) -> np.ndarray:
        stored = array.numbers(name)
        self._count(stored.size * 8)
        if stored.dtype.kind != "f":
            raise unsupported_dtype_error(name, stored.dtype.name)
        return np.ascontiguousarray(to_floats(stored, stored.dtype.name)).reshape(stored.shape)

    def _dequantize(self, name: str, stored: np.ndarray, quantizer: Quantizer) -> np.ndarray:
        """(number - zero point) * scale, in the formats in which torch.dequantize computes it."""
        kind = np.dtype(np.float32 if quantizer.axis is None else np.float64)
        scale, zero_point = (self._scales(name, part).astype(kind) for part in (quantizer.scale, quantizer.zero_point))
        if quantizer.axis is not None:
            axis = quantizer.axis
            if type(axis) is not int or not 0 <= axis < stored.ndim or len(scale) != stored.shape[axis]:
                raise CheckpointError(f"“{name[-100:]}” has scales that don't fit it. Save the model again.")
            shape = [-1 if k == axis else 1 for k in range(stored.ndim)]
            scale, zero_point = scale.reshape(shape), zero_point.reshape(shape)
        return np.asarray((stored.astype(kind) - zero_point) * scale, np.float32)

    def _scales(self, name: str, value: object) -> np.ndarray:
        if isinstance(value, PickledTensor):
            return self.array(name, value, self.storage_of(value.storage)).reshape(-1)
        if not isinstance(value, int | float):
            raise CheckpointError(f"“{name[-100:]}” has no scale that is a number. Save the model again.")
        return np.asarray(value, np.float64)

    def _count(self, size: int) -> None:
        self.budget -= size
        if self.budget < 0:
            raise CheckpointError("The file names the same numbers again and again, as no trained model does.")
