"""Cells that come with types of their own (workbooks, JSON) -> a column."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from lstm_viz.sequences.readers.columns import Column, Place, column_of_text
from lstm_viz.sequences.readers.names import plural, quoted
from lstm_viz.sequences.readers.remarks import EXACT, ROUNDED

#: Outside these years nanoseconds don't fit 64 bits.
FIRST_YEAR, LAST_YEAR = 1678, 2261


def column_of_values(values: Sequence[Any], name: str, place: Place) -> Column:
    """The column of Python numbers, truths, dates and words (None: a gap); mixed ones go by their text.

    >>> column_of_values([1, None, 2.5], "flow", str).values
    array([1. , nan, 2.5])
    """
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {int, float}:
        return _numbers(values, name, place)
    if kinds == {bool}:
        return Column(_floats(values), (f"Column {quoted(name)}: true and false were read as 1 and 0.",))
    if kinds == {datetime.timedelta}:
        seconds = [None if value is None else value.total_seconds() for value in values]
        return Column(_floats(seconds), (f"Column {quoted(name)}: durations were read as seconds.",))
    if kinds <= {datetime.datetime, datetime.date}:
        return _dates(values, name)
    return column_of_text(pa.array(map(as_text, values), pa.string()), name, place)


def as_text(value: Any) -> str | None:
    """A cell as it would stand in a CSV file.

    >>> as_text(2.0), as_text(True), as_text(None)
    ('2.0', 'true', None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def _numbers(values: Sequence[Any], name: str, place: Place) -> Column:
    floats = _floats(values)
    if np.isinf(floats).any():
        return column_of_text(pa.array(map(as_text, values), pa.string()), name, place)
    large = (np.abs(floats) >= EXACT).any() and any(type(value) is int and abs(value) > EXACT for value in values)
    return Column(floats, (ROUNDED.format(name=quoted(name)),) if large else ())


def _floats(values: Sequence[Any]) -> np.ndarray:
    return np.array(values, dtype=object).astype(np.float64)


def _dates(values: Sequence[Any], name: str) -> Column:
    kept = [value if value is not None and FIRST_YEAR <= value.year <= LAST_YEAR else None for value in values]
    lost = sum(value is not None for value in values) - sum(value is not None for value in kept)
    said = f"Column {quoted(name)}: {plural(lost, 'date')} before {FIRST_YEAR} or after {LAST_YEAR} became gaps."
    return Column(np.array(kept, "datetime64[us]").astype("datetime64[ns]"), (said,) if lost else ())
