"""Weights of 8 bits in an ONNX file, and the numbers that they stand for."""

from __future__ import annotations

import numpy as np

from lstm_viz.checkpoints.formatting import format_shape

QUANTISED_NOTE = (
    "Its weights are kept in 8 bits and read as the numbers that they stand for. ONNX Runtime rounds what it "
    "multiplies them with to 8 bits too, so that its states differ a little from those here."
)


def dequantise(stored: np.ndarray, scale: np.ndarray, zero_point: np.ndarray) -> np.ndarray:
    """(stored - zero_point) * scale as float32, (directions, gates * hidden, inputs).

    stored: int8 or uint8, (directions, inputs, gates * hidden); scale and zero_point: one for each direction, or one
    for each column. ValueError, with the end of a sentence, where they don't fit or are no numbers.

    >>> dequantise(np.array([[[1, 3]]], np.int8), np.array([0.5], np.float32), np.array([1], np.int8)).tolist()
    [[[0.0], [1.0]]]
    """
    if stored.ndim != 3 or stored.dtype not in (np.int8, np.uint8):
        raise ValueError(f"that are {stored.dtype.name} of the shape {format_shape(stored.shape)}")
    fitting = {(stored.shape[0],), (stored.shape[0], stored.shape[2])}
    if scale.shape not in fitting or scale.dtype != np.float32:
        raise ValueError(f"with a scale of the shape {format_shape(scale.shape)}, {scale.dtype.name}")
    if not np.isfinite(scale).all() or (scale <= 0).any():
        raise ValueError("with a scale that is no positive number")
    if zero_point.shape not in fitting or zero_point.dtype != stored.dtype:
        raise ValueError(f"with a zero point of the shape {format_shape(zero_point.shape)}, {zero_point.dtype.name}")
    numbers = stored.astype(np.float32) - _over_inputs(zero_point.astype(np.float32))
    numbers *= _over_inputs(scale)
    return np.ascontiguousarray(numbers.swapaxes(1, 2))


def _over_inputs(values: np.ndarray) -> np.ndarray:
    """Values of each direction, or of each of its columns, beside (directions, inputs, columns)."""
    return values[:, None, None] if values.ndim == 1 else values[:, None, :]
