"""NetCDF: classic files by a parser of our own, and what the climate and forecast conventions say of a variable.

"NetCDF Classic Format Specification" (Unidata). `readers.READER_MODULES` names it, `readers.read` imports it by that
name.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.array_groups import NamedArrays, table_of_arrays
from lstm_viz.sequences.readers.column_names import clean_names, quote
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: netCDF's types by their numbers: byte, char, short, int, float, double, and those of CDF-5.
TYPES = {1: ">i1", 2: "S1", 3: ">i2", 4: ">i4", 5: ">f4", 6: ">f8", 7: ">u1", 8: ">u2", 9: ">u4", 10: ">i8", 11: ">u8"}
DIMENSIONS, VARIABLES, ATTRIBUTES = 10, 11, 12
MAX_ITEMS = 10_000
DAMAGED = "The netCDF file is damaged or cut short. Save it again, or save its variables as CSV."
SINCE = re.compile(
    r"(?i)(second|sec|s|minute|min|hour|hr|h|day|d)s?\s+since\s+(\d{1,4}-\d{1,2}-\d{1,2})"
    r"(?:[T ](\d{1,2}:\d{2}(?::\d{2})?))?"
)
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Variable(NamedTuple):
    """One variable's place in the file."""

    shape: tuple[int, ...]
    dtype: np.dtype
    begin: int
    record: bool
    attributes: dict[str, Any]

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(map(int, self.shape))


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS, part: str = "") -> Table:
    """The variable asked for or the largest, and those beside it. Raises SequenceError for damage and lies."""
    try:
        variables, step = _Header(data).variables()
    except (struct.error, ValueError, KeyError, IndexError, OverflowError) as error:
        raise SequenceError(DAMAGED) from error
    limits.check_unpacked(sum(one.size * one.dtype.itemsize for one in variables.values()))
    labels, notes = clean_names(variables)
    arrays: dict[str, np.ndarray] = {}
    for label, variable in zip(labels, variables.values(), strict=True):
        if variable.dtype.kind != "S" and 1 <= len(variable.shape) <= 3 and variable.size:
            arrays[label], more = decode_variable(_values(data, variable, step), variable.attributes, label)
            notes += more
    if not arrays:
        raise SequenceError("The netCDF file holds no variable of numbers along an axis. Save one.")
    return table_of_arrays(NamedArrays(arrays, {}, tuple(notes)), limits, options, part, "netcdf")


class _Header:
    """The header of a classic netCDF file, read from its start."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place, self.version = data, 4, data[3]

    def number(self) -> int:
        """A count: 4 bytes, in CDF-5 8."""
        return self.take(">q" if self.version == 5 else ">i")

    def take(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self.data, self.place)
        self.place += struct.calcsize(form)
        if value < 0:
            raise ValueError("a count below 0")
        return int(value)

    def name(self) -> str:
        """A name, padded to 4 bytes."""
        return self.raw(self.number()).decode("utf-8", "replace")

    def raw(self, size: int) -> bytes:
        if self.place + size > len(self.data):
            raise ValueError("past the end")
        found = self.data[self.place : self.place + size]
        self.place += size + -size % 4
        return found

    def count(self, kind: int) -> int:
        """How many items a list has; an absent one has none."""
        tag, count = self.take(">i"), self.number()
        if tag not in (0, kind) or count > MAX_ITEMS or (tag == 0 and count):
            raise ValueError("a list of another kind")
        return count

    def attributes(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(self.count(ATTRIBUTES)):
            name, dtype = self.name(), np.dtype(TYPES[self.take(">i")])
            values = np.frombuffer(self.raw(self.number() * dtype.itemsize), dtype)
            text = dtype.kind == "S"
            found[name] = values.tobytes().decode("utf-8", "replace") if text else values[0] if len(values) else None
        return {name: value for name, value in found.items() if value is not None}

    def variables(self) -> tuple[dict[str, Variable], int]:
        """(variables by name, bytes from one record to the next)."""
        streaming = self.data[self.place : self.place + 4] == b"\xff\xff\xff\xff"
        if streaming:
            raise ValueError("an unknown number of records")
        records = self.number()
        sizes = [(self.name(), self.number()) for _ in range(self.count(DIMENSIONS))]
        self.attributes()
        found: dict[str, Variable] = {}
        step, recorded = 0, 0
        for _ in range(self.count(VARIABLES)):
            name = self.name()
            axes = [self.number() for _ in range(_few(self.number()))]
            attributes = self.attributes()
            dtype = np.dtype(TYPES[self.take(">i")])
            self.number()
            begin = self.take(">i" if self.version == 1 else ">q")
            if name in found:
                raise ValueError("two variables of one name")
            record = bool(axes) and sizes[axes[0]][1] == 0
            shape = tuple(records if place == 0 and record else sizes[axis][1] for place, axis in enumerate(axes))
            found[name] = Variable(shape, dtype, begin, record, attributes)
            if record:
                size = math.prod(shape[1:]) * dtype.itemsize
                step, recorded, last = step + size + -size % 4, recorded + 1, size
        self.check_places(list(found.values()))
        return found, last if recorded == 1 else step

    def check_places(self, variables: Sequence[Variable]) -> None:
        """Raise ValueError where numbers lie in the header, or those of two variables on one another."""
        fixed = sorted((one.begin, one.size * one.dtype.itemsize) for one in variables if not one.record and one.size)
        if any(one.begin < self.place and one.size for one in variables):
            raise ValueError("numbers in the header")
        if any(begin + size > after for (begin, size), (after, _) in pairwise(fixed)):
            raise ValueError("numbers on one another")


def _few(axes: int) -> int:
    if axes > 32:
        raise ValueError("too many axes")
    return axes


def _values(data: bytes, variable: Variable, step: int) -> np.ndarray:
    """A variable's numbers. Raises SequenceError where they don't lie inside the file."""
    size = variable.size * variable.dtype.itemsize
    if not variable.record:
        if variable.begin + size > len(data):
            raise SequenceError(DAMAGED)
        return np.frombuffer(data, variable.dtype, variable.size, variable.begin).reshape(variable.shape)
    row = math.prod(variable.shape[1:]) * variable.dtype.itemsize
    if variable.begin + step * (variable.shape[0] - 1) + row > len(data):
        raise SequenceError(DAMAGED)
    rows = np.ndarray((variable.shape[0], row), np.uint8, data, variable.begin, (step, 1))
    return np.ascontiguousarray(rows).view(variable.dtype).reshape(variable.shape)


def decode_variable(values: np.ndarray, attributes: Mapping[str, Any], name: str) -> tuple[np.ndarray, list[str]]:
    """(values, notes) as its attributes mean them: fill values as gaps, scale and offset, times since a day as dates.

    >>> decode_variable(np.array([0, 1]), {"units": "days since 2024-01-01"}, "time")[0].astype(str).tolist()
    ['2024-01-01T00:00:00.000000000', '2024-01-02T00:00:00.000000000']
    """
    numbers = values.astype(np.float64)
    notes = []
    gaps = np.zeros(values.shape, dtype=bool)
    for attribute in ("_FillValue", "missing_value"):
        code = attributes.get(attribute)
        if isinstance(code, int | float | np.number) and _fits(code, values.dtype):
            gaps |= values == np.asarray(code).astype(values.dtype)
    if gaps.any():
        notes.append(f"{quote(name)}: {int(gaps.sum()):,} fill values, as the file says, read as gaps.")
    scale, offset = (_plain(attributes.get(key), usual) for key, usual in (("scale_factor", 1.0), ("add_offset", 0.0)))
    numbers = np.where(gaps, np.nan, numbers * scale + offset)
    units = str(attributes.get("units", ""))
    calendar = str(attributes.get("calendar", "standard")).lower()
    since = SINCE.match(units.strip())
    if since and calendar in ("standard", "gregorian", "proleptic_gregorian"):
        return _instants(numbers, since), notes
    if since:
        notes.append(f"{quote(name)}: {units} in the calendar {calendar}, kept as numbers.")
    return numbers, notes


def _fits(code: float | np.number, dtype: np.dtype) -> bool:
    """Whether numbers of a type can be a fill value: 1e300 is no whole number of 16 bits.

    >>> _fits(1e300, np.dtype("i2")), _fits(-999.0, np.dtype("i2")), _fits(1e20, np.dtype("f4"))
    (False, True, True)
    """
    if dtype.kind not in "iu":
        return True
    whole = math.isfinite(float(code)) and float(code) == int(code)
    return whole and np.iinfo(dtype).min <= int(code) <= np.iinfo(dtype).max


def _plain(value: Any, usual: float) -> float:
    return float(value) if isinstance(value, int | float | np.number) and math.isfinite(float(value)) else usual


def _instants(numbers: np.ndarray, since: re.Match[str]) -> np.ndarray:
    year, month, day = (int(part) for part in since[2].split("-"))
    hour, *rest = (int(part) for part in (since[3] or "0").split(":"))
    clock = f"{hour:02d}:{rest[0] if rest else 0:02d}:{rest[1] if len(rest) > 1 else 0:02d}"
    try:
        start = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}T{clock}", "s")
    except ValueError:
        return numbers
    seconds = numbers * SECONDS[since[1][0].lower()]
    with np.errstate(invalid="ignore"):
        total = seconds + start.astype(np.int64)
        within = (total > -9.2e9) & (total < 9.2e9)
    nanoseconds = np.round(np.where(within, total, 0) * 1e3).astype(np.int64) * 1_000_000
    return np.where(within, nanoseconds.view("datetime64[ns]"), np.datetime64("NaT"))
