"""MATLAB files of level 5 (.mat): arrays of numbers; those of level 7.3 are HDF5.

"MAT-File Format" (MathWorks). `readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.array_groups import NamedArrays, table_of_arrays
from lstm_viz.sequences.readers.column_names import clean_names, list_names, quote
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: Types of data elements, and classes of arrays that hold numbers.
TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
MATRIX, COMPRESSED = 14, 15
NUMBERS = range(6, 16)
CLASSES = {1: "a cell array", 2: "a struct", 3: "an object", 4: "text", 5: "a sparse matrix"}
COMPLEX = 0x0800
MAX_ARRAYS = 10_000
DAMAGED = "The MATLAB file is damaged or cut short. Save it again, or save its arrays as CSV (writematrix)."


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS, part: str = "") -> Table:
    """The array asked for or the largest, and those beside it. Raises SequenceError for damage and lies."""
    if b"7.3" in data[:116] and b"HDF5" in data[:116]:
        from lstm_viz.sequences.readers import hdf5

        return hdf5.read(data, name, limits, options, part)
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None:
        raise SequenceError(DAMAGED)
    arrays: dict[str, np.ndarray] = {}
    left: dict[str, str] = {}
    try:
        for kind, body in _elements(data[128:], order, limits):
            if kind == MATRIX:
                label, array, what = _matrix(body, order)
                if label in arrays or label in left:
                    raise SequenceError(
                        f"The MATLAB file holds two arrays named {quote(clean_names([label])[0][0])}. Save it again."
                    )
                if array is None:
                    left[label] = what
                elif array.size and 1 <= array.ndim <= 3:
                    arrays[label] = array
            limits.check("arrays", len(arrays) + len(left), MAX_ARRAYS, "Save fewer.")
    except (struct.error, ValueError, KeyError, IndexError, OverflowError) as error:
        if isinstance(error, SequenceError):
            raise
        raise SequenceError(DAMAGED) from error
    labels, notes = clean_names(arrays)
    if left:
        notes.append(f"Left out: {list_names([f'{label} ({what})' for label, what in left.items()])}.")
    if not arrays:
        what = next(iter(left.values()), "nothing")
        raise SequenceError(f"The MATLAB file holds no array of numbers, but {what}. Save a matrix of numbers.")
    found = NamedArrays(dict(zip(labels, arrays.values(), strict=True)), {}, tuple(notes))
    return table_of_arrays(found, limits, options, part, "mat")


def _elements(data: bytes, order: str, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """(type, bytes) of each data element, compressed ones unpacked, in all no further than the limit."""
    place, unpacked = 0, 0
    while place + 8 <= len(data):
        kind, body, place = _element(data, place, order)
        if kind != COMPRESSED:
            yield kind, body
            continue
        inflater = zlib.decompressobj()
        try:
            inner = inflater.decompress(body, limits.unpacked_bytes - unpacked + 1)
        except zlib.error as error:
            raise SequenceError(DAMAGED) from error
        unpacked += len(inner)
        limits.check_unpacked(unpacked)
        if len(inner) >= 8:
            kind, body, _ = _element(inner, 0, order)
            yield kind, body


def _element(data: bytes, place: int, order: str) -> tuple[int, bytes, int]:
    """(type, bytes, where the next one begins); small ones have both in one word."""
    word, size = struct.unpack_from(f"{order}II", data, place)
    if word >> 16:
        return word & 0xFFFF, data[place + 4 : place + 4 + min(word >> 16, 4)], place + 8
    end = place + 8 + size
    if end > len(data):
        raise ValueError("past the end")
    return word, data[place + 8 : end], end + (-size % 8 if word != COMPRESSED else 0)


def _matrix(body: bytes, order: str) -> tuple[str, np.ndarray | None, str]:
    """(name, the array, what it is instead)."""
    _, flags, place = _element(body, 0, order)
    (flag,) = struct.unpack_from(f"{order}I", flags)
    _, sizes, place = _element(body, place, order)
    shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes[: len(sizes) // 4 * 4])
    _, label, place = _element(body, place, order)
    name = label.decode("latin-1")
    if flag & 0xFF not in NUMBERS:
        return name, None, CLASSES.get(flag & 0xFF, "no numbers")
    if flag & COMPLEX:
        return name, None, "complex numbers"
    kind, raw, _ = _element(body, place, order)
    dtype = np.dtype(TYPES[kind]).newbyteorder(order)  # type: ignore[arg-type]
    if min(shape) < 0 or math.prod(shape) * dtype.itemsize != len(raw):
        raise ValueError("the shape doesn't fit the bytes")
    array = np.frombuffer(raw, dtype).reshape(shape, order="F")
    return name, (array.ravel() if array.ndim == 2 and 1 in shape else array), ""
