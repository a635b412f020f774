"""NumPy's arrays and scalars in pickles: their constructors as classes that hold bytes, a dtype and a shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.readers.pickles.objects import Global

#: Codes of dtypes that hold plain numbers.
NUMBERS = frozenset(f"{kind}{size}" for kind, sizes in {"f": (2, 4, 8), "iu": (1, 2, 4, 8)}.items() for kind in kind
                    for size in sizes) | {"b1", "c8", "c16"}  # fmt: skip
MAX_AXES, MAX_CODE = 64, 16


@dataclass(eq=False, slots=True)
class PickledDtype:
    """A dtype by its code; its byte order comes with its state."""

    code: str
    order: str = "="

    def set_state(self, state: Any) -> None:
        """(version, byte order, …), as numpy.dtype.__setstate__ takes it."""
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "=", "|"):
            self.order = state[1]

    def plain(self, name: str) -> np.dtype:
        """The dtype. CheckpointError where it is none of plain numbers."""
        if self.code not in NUMBERS:
            raise CheckpointError(
                f"{quote(name)} is an array of {quote(self.code)}, not of numbers. Save the weights as float32."
            )
        return np.dtype(("<" if self.order in "=|" else self.order) + self.code)


@dataclass(eq=False, slots=True)
class Encoded:
    """Bytes that a pickle of protocol 2 keeps as text; encoded when they are needed."""

    text: Any

    def to_bytes(self) -> bytes:
        """The bytes."""
        return self.text.encode("latin-1") if isinstance(self.text, str) else b""


@dataclass(eq=False, slots=True)
class PickledArray:
    """An array as its pickle describes it; nothing of it is checked yet."""

    state: Any = field(default=None)

    def set_state(self, state: Any) -> None:
        """(version, shape, dtype, whether columns come first, data), as numpy.ndarray.__setstate__ takes it."""
        self.state = state

    def objects(self) -> Any:
        """What an array of Python objects holds, the one object of a single one; None for an array of numbers."""
        state = self.state
        if not (isinstance(state, tuple) and len(state) == 5 and isinstance(state[4], list)):
            return None
        return state[4][0] if state[1] == () and len(state[4]) == 1 else state[4]

    def dtype_and_shape(self, name: str) -> tuple[np.dtype, tuple[int, ...]]:
        """What it says of itself. CheckpointError where that is none of an array of numbers."""
        state = self.state
        if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[2], PickledDtype):
            raise CheckpointError(f"{quote(name)} is an array that can't be read. Save the model again.")
        shape = state[1]
        plain = isinstance(shape, tuple) and len(shape) <= MAX_AXES
        if not plain or any(type(length) is not int or not 0 <= length < 2**48 for length in shape):
            raise CheckpointError(f"{quote(name)} has a shape that no array has. Save the model again.")
        return state[2].plain(name), shape

    def transposed(self) -> PickledArray:
        """The same numbers with the axes in the other order."""
        version, shape, dtype, columns_first, data = self.state
        return PickledArray((version, shape[::-1], dtype, not columns_first, data))

    def numbers(self, name: str) -> np.ndarray:
        """The numbers, in their own dtype. CheckpointError where there are not as many as it says."""
        kind, shape = self.dtype_and_shape(name)
        data = _raw_bytes(self.state[4])
        count = int(np.prod(shape, dtype=object))
        if count * kind.itemsize != len(data):
            raise CheckpointError(
                f"{quote(name)} says it has {count:,} numbers; the file holds {len(data) // kind.itemsize:,} of it. "
                "Save the model again."
            )
        return np.frombuffer(data, kind).reshape(shape, order="F" if self.state[3] else "C")


def _raw_bytes(data: Any) -> bytes | memoryview:
    if isinstance(data, Encoded):
        return data.to_bytes()
    if isinstance(data, str):  # Python 2's bytes, where all of them are ASCII.
        return data.encode("latin-1", "replace")
    return data if isinstance(data, memoryview | bytes) else b""


def _dtype(code: Any, *_: Any) -> PickledDtype:
    if not isinstance(code, str) or len(code) > MAX_CODE:
        raise TypeError("a code was expected")
    return PickledDtype("b1" if code == "bool" else code.lstrip("<>=|"), ">" if code[:1] == ">" else "=")


def _reconstruct(kind: Any, *_: Any) -> PickledArray:
    if not (isinstance(kind, Global) and str(kind) == "numpy.ndarray"):
        raise TypeError("an array was expected")
    return PickledArray()


def _frombuffer(data: Any, dtype: Any, shape: Any, order: Any, *_: Any) -> PickledArray:
    return PickledArray((1, shape, dtype, order == "F", data))


def _scalar(dtype: Any, data: Any = b"") -> Any:
    """A NumPy scalar as Python's number; what is not a plain one raises ValueError, and stays as it is."""
    try:
        kind = dtype.plain("")
        size = len(data.text if isinstance(data, Encoded) else data)
        if size == kind.itemsize:
            return np.frombuffer(_raw_bytes(data), kind, 1)[0].item()
    except (AttributeError, CheckpointError) as error:
        raise ValueError("no plain number") from error
    raise ValueError("no plain number")


def _encode(text: Any, encoding: Any = "latin1") -> Encoded:
    if encoding not in ("latin1", "latin-1"):
        raise ValueError("another encoding")
    return Encoded(text)


_ARRAY_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "multiarray._reconstruct": _reconstruct,
    "multiarray.scalar": _scalar,
    "numeric._frombuffer": _frombuffer,
}
#: NumPy 2 moved numpy.core to numpy._core; files name both.
ARRAY_CONSTRUCTORS: dict[str, Callable[..., Any]] = {
    "numpy.dtype": _dtype,
    "_codecs.encode": _encode,
    **{f"numpy.{core}.{name}": made for core in ("core", "_core") for name, made in _ARRAY_FUNCTIONS.items()},
}
