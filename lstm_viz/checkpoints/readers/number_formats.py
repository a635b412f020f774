"""Number formats of tensors: from a dtype's stored bytes to exact floating-point numbers of 16, 32 or 64 bits."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from lstm_viz.sandbox.half_precision import BFLOAT16, FLOAT16


class SmallFloat(NamedTuple):
    """An 8-bit floating-point format: bits of its exponent and fraction, its bias, and what its codes leave out."""

    exponent: int
    fraction: int
    bias: int
    #: Whether the highest exponent means infinity and NaN, as IEEE 754 has it.
    infinite: bool = False
    #: Whether -0 stands for NaN, and nothing else does ("fnuz").
    unsigned_zero: bool = False


#: By torch's names. Micikevicius et al., "FP8 formats for deep learning", 2022; the "fnuz" ones are Graphcore's.
SMALL_FLOATS = {
    "float8_e4m3fn": SmallFloat(4, 3, 7),
    "float8_e5m2": SmallFloat(5, 2, 15, infinite=True),
    "float8_e4m3fnuz": SmallFloat(4, 3, 8, unsigned_zero=True),
    "float8_e5m2fnuz": SmallFloat(5, 2, 16, unsigned_zero=True),
}
#: NumPy's own formats, by torch's names, without a byte order.
PLAIN = {
    "float64": "f8",
    "float32": "f4",
    "float16": "f2",
    "int64": "i8",
    "int32": "i4",
    "int16": "i2",
    "int8": "i1",
    "uint64": "u8",
    "uint32": "u4",
    "uint16": "u2",
    "uint8": "u1",
    "bool": "?",
    "complex64": "c8",
    "complex128": "c16",
    "qint8": "i1",
    "quint8": "u1",
    "qint32": "i4",
}
#: How each format lies in memory, in NumPy's terms.
STORED = PLAIN | {"bfloat16": "u2"} | dict.fromkeys(SMALL_FLOATS, "u1")
#: What can be a weight: numbers with a fraction.
FLOATS = frozenset(("float64", "float32", "float16", "bfloat16", *SMALL_FLOATS))


def stored_dtype(dtype: str, *, big_endian: bool = False) -> np.dtype | None:
    """How a format lies in memory; None for one that is not known.

    >>> stored_dtype("bfloat16"), stored_dtype("complex32")
    (dtype('uint16'), None)
    """
    code = STORED.get(dtype)
    return None if code is None else np.dtype((">" if big_endian else "<") + code)


def to_floats(stored: np.ndarray, dtype: str) -> np.ndarray:
    """The numbers of an array that lies as `stored_dtype` says, in that format; of 8 bits and of none, as float32.

    Those of 16 bits are not widened yet: `lstm_viz.sandbox.half_precision` does that, where they are computed with.

    >>> from lstm_viz.sandbox.half_precision import widened
    >>> widened(to_floats(np.array([0x3F80, 0xC000], "<u2"), "bfloat16")).tolist()
    [1.0, -2.0]
    >>> to_floats(np.array([0x38, 0xB8], "u1"), "float8_e4m3fn").tolist()
    [1.0, -1.0]
    """
    if dtype == "bfloat16":
        return stored.astype("<u2", copy=False).view(BFLOAT16)
    if dtype == "float16":
        return stored.astype(FLOAT16, copy=False)
    if dtype in SMALL_FLOATS:
        return _table(dtype)[stored]
    return stored.astype("=f8" if dtype == "float64" else "=f4", copy=False)


@cache
def _table(dtype: str) -> np.ndarray:
    """The value of each of the 256 codes of an 8-bit format."""
    exponent_bits, fraction_bits, bias, infinite, unsigned_zero = SMALL_FLOATS[dtype]
    code = np.arange(256)
    exponent, fraction = code >> fraction_bits & (1 << exponent_bits) - 1, code & (1 << fraction_bits) - 1
    normal = (1 + fraction / 2.0**fraction_bits) * 2.0 ** (exponent - bias)
    subnormal = fraction / 2.0**fraction_bits * 2.0 ** (1 - bias)
    value = np.where(exponent > 0, normal, subnormal) * np.where(code >> 7, -1.0, 1.0)
    highest = (1 << exponent_bits) - 1
    if infinite:
        value = np.where(exponent == highest, np.where(fraction > 0, np.nan, np.copysign(np.inf, value)), value)
    elif unsigned_zero:
        value = np.where(code == 0x80, np.nan, value)
    else:
        value = np.where(code & 0x7F == 0x7F, np.nan, value)
    return value.astype(np.float32)
