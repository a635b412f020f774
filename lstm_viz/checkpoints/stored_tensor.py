"""A tensor of a file, read lazily: shape and dtype first, numbers on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.sandbox.half_precision import all_finite, widened


@dataclass(frozen=True, eq=False)
class StoredTensor:
    """A tensor's shape, dtype and a function that reads it."""

    shape: tuple[int, ...]
    #: float32, bfloat16, int64 ... as the format calls it
    dtype: str
    #: Gives the numbers as float32, float64, or 16 bits as they lie (FLOAT16, BFLOAT16). Raises CheckpointError.
    read: Callable[[], np.ndarray]
    #: What has to be said of its numbers, a sentence or two.
    note: str = ""

    @property
    def is_half_precision(self) -> bool:
        """Whether it is stored in 16 bits or fewer."""
        return self.dtype.lower() in ("float16", "f16", "bfloat16", "bf16") or self.is_byte_precision

    @property
    def is_byte_precision(self) -> bool:
        """Whether it is a floating-point number of 8 bits."""
        return self.dtype.lower().startswith(("float8", "f8_"))

    def floats(self) -> np.ndarray:
        """Its numbers as float32 or float64, to compute with. Raises CheckpointError."""
        return widened(self.read())

    def numbers(self, name: str) -> np.ndarray:
        """Its numbers as `read` gives them, all of them finite. CheckpointError, with its name, where they are not."""
        values = self.read()
        if not all_finite(values):
            raise CheckpointError(
                f"{quote(name)} holds NaN or infinity, which is no finite number, so no gate has a value. "
                "Choose a checkpoint from before the training went astray, or copy the file again."
            )
        return values


def in_memory(values: np.ndarray) -> StoredTensor:
    """Numbers that are there already, as a tensor.

    >>> in_memory(np.zeros((2, 3))).shape
    (2, 3)
    """
    return StoredTensor(values.shape, values.dtype.name, lambda: values)


def unsupported_dtype_error(name: str, kind: str) -> CheckpointError:
    """The error for a tensor whose dtype is no floating-point number of 16, 32 or 64 bits."""
    return CheckpointError(
        f"{quote(name)} is stored as {kind}, which is no finite number of 16, 32 or 64 bits. "
        "Save the weights as float32."
    )
