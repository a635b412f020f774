"""Numbers of 16 bits, float16 and bfloat16: held as a file stores them, and widened exactly to float32."""

from __future__ import annotations

from functools import cache

import numpy as np

#: bfloat16 as it lies in memory. NumPy has no such format, so one named field marks it.
BFLOAT16 = np.dtype([("bfloat16", "<u2")])
FLOAT16 = np.dtype("<f2")
#: Numbers widened at a time: their places in the table are then still in the processor's cache.
CHUNK = 2**15


def is_half(kind: np.dtype) -> bool:
    """Whether a format has 16 bits and fits into float32.

    >>> [is_half(kind) for kind in (FLOAT16, BFLOAT16, np.dtype("f4"))]
    [True, True, False]
    """
    return kind in (FLOAT16, BFLOAT16)


def widened(values: np.ndarray) -> np.ndarray:
    """The same numbers as float32 where they have 16 bits; others as they are.

    >>> widened(np.array([0x3F80, 0xC000], "<u2").view(BFLOAT16)).tolist(), widened(np.array([0.5], "f2")).dtype
    ([1.0, -2.0], dtype('float32'))
    """
    if not is_half(values.dtype):
        return values
    found = np.empty(values.shape, np.float32)
    flat = np.ascontiguousarray(values).reshape(-1)
    widen(flat, found.reshape(-1))
    return found


def widen(values: np.ndarray, into: np.ndarray) -> None:
    """Write numbers of 16 bits into a float32 array of the same length, both of one axis."""
    codes = values.view("<u2")
    if values.dtype == BFLOAT16:
        np.left_shift(codes, 16, out=into.view(np.uint32), dtype=np.uint32)
        return
    for begin in range(0, len(codes), CHUNK):
        part = slice(begin, begin + CHUNK)
        np.take(_float16_values(), codes[part], out=into[part], mode="clip")


def all_finite(values: np.ndarray) -> bool:
    """Whether an array of floating-point numbers, of 16 bits too, has no infinity and no NaN.

    >>> all_finite(np.array([1, -2], "f2")), all_finite(np.array([0xFF80], "<u2").view(BFLOAT16))
    (True, False)
    """
    if not is_half(values.dtype):
        return bool(np.isfinite(values).all())
    infinity = 0x7F80 if values.dtype == BFLOAT16 else 0x7C00
    codes = values.view("<u2")
    if not codes.size:
        return True
    # Among codes of one sign the greater magnitude has the greater code; read as signed, the negative ones come last.
    return int(codes.view("<i2").max()) < infinity and int(codes.max()) < 0x8000 + infinity


@cache
def _float16_values() -> np.ndarray:
    """The value of each of the 65,536 codes: looking one up is faster than NumPy's own conversion, and as exact."""
    return np.arange(2**16, dtype="<u2").view(FLOAT16).astype(np.float32)
