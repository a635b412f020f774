"""Numbers kept in an ONNX file, looked at before they are unpacked."""

from __future__ import annotations

import math

import numpy as np
from onnx import TensorProto, numpy_helper

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import format_shape, quote
from lstm_viz.checkpoints.readers.onnx.graph import EXPORT_AGAIN
from lstm_viz.checkpoints.stored_tensor import StoredTensor, unsupported_dtype_error

#: Bits of a number in a tensor, and the number formats that a graph computes with here.
BITS_BY_DTYPE = {
    "FLOAT": 32,
    "DOUBLE": 64,
    "FLOAT16": 16,
    "BFLOAT16": 16,
    "INT8": 8,
    "UINT8": 8,
    "INT16": 16,
    "UINT16": 16,
    "INT32": 32,
    "UINT32": 32,
    "INT64": 64,
    "UINT64": 64,
    "BOOL": 8,
}
#: Where a tensor's numbers stand that are not in `raw_data`.
DATA_FIELDS = ("float_data", "double_data", "int32_data", "int64_data", "uint64_data")
SAVE_AS_ONE_FILE = (
    "Save the model as one file: onnx.save_model(onnx.load('model.onnx'), 'whole.onnx', save_as_external_data=False)."
)


def read_array(tensor: TensorProto) -> np.ndarray:
    """A tensor's numbers in their own format. CheckpointError where they are elsewhere, or fewer than declared.

    >>> read_array(numpy_helper.from_array(np.arange(3.0), "bias")).tolist()
    [0.0, 1.0, 2.0]
    """
    kind = _checked_dtype(tensor)
    count = math.prod(tensor.dims)
    held = len(tensor.raw_data) * 8 // BITS_BY_DTYPE[kind] or max(len(getattr(tensor, part)) for part in DATA_FIELDS)
    if held != count:
        raise CheckpointError(
            f"{quote(tensor.name)} has the shape {format_shape(tensor.dims)}, but the file holds {held:,} numbers "
            f"of it. {EXPORT_AGAIN}"
        )
    return numpy_helper.to_array(tensor)


def _checked_dtype(tensor: TensorProto) -> str:
    """The number format of a tensor that is in this file and has a shape."""
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise CheckpointError(
            f"{quote(tensor.name)} is kept in another file beside this one, and a model's file is read alone. "
            f"{SAVE_AS_ONE_FILE}"
        )
    kind = _dtype_name(tensor)
    if kind not in BITS_BY_DTYPE:
        raise unsupported_dtype_error(tensor.name, kind)
    if any(length < 0 for length in tensor.dims):
        shape = " × ".join(str(length) for length in tensor.dims)
        raise CheckpointError(f"{quote(tensor.name)} has a shape that can't be, {shape}. {EXPORT_AGAIN}")
    return kind


def to_float_array(name: str, values: np.ndarray) -> np.ndarray:
    """Weights as float32 or float64, half formats widened. CheckpointError where they are no finite numbers.

    >>> to_float_array("bias", np.ones(2, np.float16)).dtype
    dtype('float32')
    """
    wide = values if values.dtype == np.float64 else values.astype(np.float32)
    kind = values.dtype.name
    if kind not in ("float16", "bfloat16", "float32", "float64"):
        raise unsupported_dtype_error(name, kind)
    return StoredTensor(values.shape, kind, lambda: wide).numbers(name)


def stored_tensor(tensor: TensorProto) -> StoredTensor:
    """A tensor of the file, its numbers yet unread.

    >>> stored_tensor(numpy_helper.from_array(np.zeros((2, 3), np.float16), "w")).dtype
    'float16'
    """
    return StoredTensor(
        tuple(tensor.dims), _dtype_name(tensor).lower(), lambda: to_float_array(tensor.name, read_array(tensor))
    )


def _dtype_name(tensor: TensorProto) -> str:
    """What ONNX calls a tensor's number format."""
    known = tensor.data_type in TensorProto.DataType.values()
    return TensorProto.DataType.Name(tensor.data_type) if known else "an unknown format"
