"""Numbers kept in an ONNX file, looked at before they are unpacked."""

from __future__ import annotations

import math

import numpy as np
from onnx import TensorProto, numpy_helper

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import dimensions, quoted
from lstm_viz.checkpoints.readers.onnx.graph import AGAIN
from lstm_viz.checkpoints.stored_tensor import Stored, not_numbers

#: Bits of a number in a tensor, and the number formats that a graph computes with here.
BITS = {
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
LISTS = ("float_data", "double_data", "int32_data", "int64_data", "uint64_data")
WHOLE = (
    "Save the model as one file: onnx.save_model(onnx.load('model.onnx'), 'whole.onnx', save_as_external_data=False)."
)


def numbers(tensor: TensorProto) -> np.ndarray:
    """A tensor's numbers in their own format. CheckpointError where they are elsewhere, or fewer than declared.

    >>> numbers(numpy_helper.from_array(np.arange(3.0), "bias")).tolist()
    [0.0, 1.0, 2.0]
    """
    kind = _checked(tensor)
    count = math.prod(tensor.dims)
    held = len(tensor.raw_data) * 8 // BITS[kind] or max(len(getattr(tensor, part)) for part in LISTS)
    if held != count:
        raise CheckpointError(
            f"{quoted(tensor.name)} has the shape {dimensions(tensor.dims)}, but the file holds {held:,} numbers "
            f"of it. {AGAIN}"
        )
    return numpy_helper.to_array(tensor)


def _checked(tensor: TensorProto) -> str:
    """The number format of a tensor that is in this file and has a shape."""
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise CheckpointError(
            f"{quoted(tensor.name)} is kept in another file beside this one, and a model's file is read alone. {WHOLE}"
        )
    kind = _kind(tensor)
    if kind not in BITS:
        raise not_numbers(tensor.name, kind)
    if any(length < 0 for length in tensor.dims):
        shape = " × ".join(str(length) for length in tensor.dims)
        raise CheckpointError(f"{quoted(tensor.name)} has a shape that can't be, {shape}. {AGAIN}")
    return kind


def floats(name: str, values: np.ndarray) -> np.ndarray:
    """Weights as float32 or float64, half formats widened. CheckpointError where they are no finite numbers.

    >>> floats("bias", np.ones(2, np.float16)).dtype
    dtype('float32')
    """
    wide = values if values.dtype == np.float64 else values.astype(np.float32)
    kind = values.dtype.name
    if kind not in ("float16", "bfloat16", "float32", "float64"):
        raise not_numbers(name, kind)
    return Stored(values.shape, kind, lambda: wide).numbers(name)


def stored(tensor: TensorProto) -> Stored:
    """A tensor of the file, its numbers yet unread.

    >>> stored(numpy_helper.from_array(np.zeros((2, 3), np.float16), "w")).kind
    'float16'
    """
    return Stored(tuple(tensor.dims), _kind(tensor).lower(), lambda: floats(tensor.name, numbers(tensor)))


def _kind(tensor: TensorProto) -> str:
    """What ONNX calls a tensor's number format."""
    known = tensor.data_type in TensorProto.DataType.values()
    return TensorProto.DataType.Name(tensor.data_type) if known else "an unknown format"
