"""What a person should know of a table that was read, in few sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from lstm_viz.sequences.readers.column_names import listed_names, plural, quoted
from lstm_viz.sequences.table import Table

#: Notes past this many are counted, not listed.
MOST_NOTES = 20

#: Numbers that stand for a gap in many files, though not in all.
SENTINELS = (-99999.0, -9999.0, -999.0)

#: The largest number that a model in 32 bits can hold.
LARGEST = float(np.finfo(np.float32).max)

#: Whole numbers past this lose digits as float64, and what is said then of {name}.
EXACT = 2**53
ROUNDED = "Column {name}: whole numbers past 2^53, which were rounded to 16 digits."

ABOUT_ONE_COLUMN = re.compile(r"^Column “(?P<name>.*?)”: (?P<rest>.*)$", re.DOTALL)


def remarks_on(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Sentences on columns that are readable, but may not be what they seem.

    >>> remarks_on({"flow": np.array([1.0, -999.0, 2.0])})
    ['Column “flow”: -999 comes 1 time, which often means a gap; it was kept as a number.']
    >>> remarks_on({"flow": np.array([1.0, 1.0])})
    ['Column “flow”: the same value in every row.']
    """
    notes = []
    for name, values in columns.items():
        if values.dtype.kind == "f" and len(values) > 1:
            notes += [f"Column {quoted(name)}: {remark}" for remark in _remarks(values)]
    return notes


def _remarks(values: np.ndarray) -> list[str]:
    low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    if np.isnan(low):
        return ["no values, only gaps."]
    remarks = ["the same value in every row."] if low == high and not np.isnan(values).any() else []
    if max(-low, high) > LARGEST:
        remarks.append(f"numbers up to {max(-low, high):.3g}, more than a model's 32 bits hold ({LARGEST:.1e}).")
    if low in SENTINELS and np.fmin.reduce(values[values != low], initial=np.inf) > low / 2 and high != low:
        count = int((values == low).sum())
        remarks.append(f"{low:g} comes {plural(count, 'time')}, which often means a gap; it was kept as a number.")
    return remarks


def summary(table: Table, notes: Iterable[str]) -> tuple[str, ...]:
    """All notes on a table: those on several columns told once, and no more than a person reads."""
    merged = _merged([*notes, *table.notes, *remarks_on(table.columns)])
    more = len(merged) - MOST_NOTES
    return (*merged[:MOST_NOTES], f"There are {more:,} more remarks of this kind.") if more > 0 else tuple(merged)


def _merged(notes: list[str]) -> list[str]:
    """Notes that differ in the column's name alone, as one.

    >>> _merged(["Column “a”: empty.", "Column “b”: empty.", "Column “c”: cut."])
    ['Columns “a”, “b”: empty.', 'Column “c”: cut.']
    """
    names: dict[str, list[str]] = {}
    for note in notes:
        about = ABOUT_ONE_COLUMN.match(note)
        names.setdefault(about["rest"] if about else note, []).extend([about["name"]] if about else [])
    return [_sentence(rest, columns) for rest, columns in names.items()]


def _sentence(rest: str, columns: list[str]) -> str:
    if not columns:
        return rest
    return f"Column{'s' * (len(columns) > 1)} {listed_names(columns)}: {rest}"
