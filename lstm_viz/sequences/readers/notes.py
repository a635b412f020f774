"""Notes on a table that was read: data quality, merged by column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from lstm_viz.sequences.readers.column_names import list_names, quote
from lstm_viz.sequences.table import Table

#: Notes past this many are counted, not listed.
MAX_NOTES = 20

#: The largest number that a model in 32 bits can hold.
MAX_FLOAT32 = float(np.finfo(np.float32).max)

#: Whole numbers past this lose digits as float64.
MAX_EXACT_INTEGER = 2**53

COLUMN_NOTE = re.compile(r"^Column “(?P<name>.*?)”: (?P<rest>.*)$", re.DOTALL)


def data_quality_notes(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Sentences on columns that are readable, but may not be what they seem.

    >>> data_quality_notes({"flow": np.array([1.0, 1.0])})
    ['Column “flow”: the same value in every row.']
    """
    notes = []
    for name, values in columns.items():
        if values.dtype.kind == "f" and len(values) > 1:
            notes += [f"Column {quote(name)}: {remark}" for remark in _column_findings(values)]
    return notes


def _column_findings(values: np.ndarray) -> list[str]:
    low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    if np.isnan(low):
        return ["no values, only gaps."]
    remarks = ["the same value in every row."] if low == high and not np.isnan(values).any() else []
    if max(-low, high) > MAX_FLOAT32:
        remarks.append(f"numbers up to {max(-low, high):.3g}, more than a model's 32 bits hold ({MAX_FLOAT32:.1e}).")
    return remarks


def rounded_note(name: str) -> str:
    """What is said of a column with whole numbers past 2**53."""
    return f"Column {quote(name)}: whole numbers past 2^53, which were rounded to 16 digits."


def merge_notes(table: Table, notes: Iterable[str]) -> tuple[str, ...]:
    """All notes on a table: those that several columns share merged, at most MAX_NOTES."""
    merged = _merge_by_column([*notes, *table.notes, *data_quality_notes(table.columns)])
    more = len(merged) - MAX_NOTES
    return (*merged[:MAX_NOTES], f"There are {more:,} more remarks of this kind.") if more > 0 else tuple(merged)


def _merge_by_column(notes: list[str]) -> list[str]:
    """Notes that differ in the column's name alone, as one.

    >>> _merge_by_column(["Column “a”: empty.", "Column “b”: empty.", "Column “c”: cut."])
    ['Columns “a”, “b”: empty.', 'Column “c”: cut.']
    """
    names: dict[str, list[str]] = {}
    for note in notes:
        about = COLUMN_NOTE.match(note)
        names.setdefault(about["rest"] if about else note, []).extend([about["name"]] if about else [])
    return [_note_on_columns(rest, columns) for rest, columns in names.items()]


def _note_on_columns(rest: str, columns: list[str]) -> str:
    if not columns:
        return rest
    return f"Column{'s' * (len(columns) > 1)} {list_names(columns)}: {rest}"
