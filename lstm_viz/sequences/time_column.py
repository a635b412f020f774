"""Which column orders time: the dates that differ most, else a clock, else numbers that count the rows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from lstm_viz.sequences.column_words import is_clock_name, is_time_name, name_words, time_part
from lstm_viz.sequences.grouping import group_rows
from lstm_viz.sequences.table import Table

#: A column of dates is passed over where another has this many times its different values.
MANY_MORE = 1.25
#: A clock that does not rise orders the rows only where so large a share of its values comes once in a sequence.
DIFFERENT_SHARE = 0.9
#: Words that a sequence's other dates have in their names, which do not change from step to step.
_BIRTH = frozenset(["birth", "born", "dob", "birthdate", "birthday", "geburt", "geburtsdatum"])
#: Years as 1958.2027.
_DECIMAL_YEARS = (1500.0, 2300.0)


def suggest_time_column(table: Table, sequence: str | None) -> str | None:
    """The column of dates with the most different values; else a clock; else numbers that count each sequence's rows.

    >>> report = np.array(["2024-05-01"] * 2, "datetime64[ns]")
    >>> seen = np.array(["2024-01-02", "2024-01-01"], "datetime64[ns]")
    >>> suggest_time_column(Table({"report": report, "seen": seen, "x": np.zeros(2)}, "a.csv", "CSV"), None)
    'seen'
    """
    groups = [np.arange(table.rows)] if sequence is None else group_rows(table.columns[sequence], sequence).rows
    return _dates(table, groups) or _clock(table, groups, sequence) or _row_counter(table, groups, sequence)


def rival_time_column(table: Table, time: str, sequence: str | None) -> str | None:
    """Another column of dates with about as many different values, by which the rows have another order."""
    groups = [np.arange(table.rows)] if sequence is None else group_rows(table.columns[sequence], sequence).rows
    others = [name for name in _likely_dates(table, groups) if name != time]
    order = np.argsort(table.columns[time], kind="stable") if others else ()
    return next((name for name in others if (np.argsort(table.columns[name], kind="stable") != order).any()), None)


def _dates(table: Table, groups: list[np.ndarray]) -> str | None:
    return next(iter(_likely_dates(table, groups)), None)


def _likely_dates(table: Table, groups: list[np.ndarray]) -> list[str]:
    """The columns of dates that have about as many different values within sequences as any other."""
    names = [name for name, column in table.columns.items() if column.dtype.kind == "M"]
    names = _without_parts(table, names)
    names = [name for name in names if not _BIRTH & set(name_words(name))] or names
    if len(names) <= 1 and len(groups) == 1:
        return [name for name in names if table.rows <= 1 or _changes(table.columns[name])]
    counts = {name: _count_within(table.columns[name], groups) for name in names}
    changing = {name: count for name, count in counts.items() if count > len(groups) or count == table.rows}
    most = max(changing.values(), default=0)
    return [name for name, count in changing.items() if count * MANY_MORE >= most]


def _changes(column: np.ndarray) -> bool:
    known = column[column == column]
    return len(known) > 0 and bool((known != known[0]).any())


def _without_parts(table: Table, names: Iterable[str]) -> list[str]:
    parts = {part for composed in table.composed.values() for part in composed}
    return [name for name in names if name not in parts]


def places_in_order(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Each value's place among the different ones, and how many these are. Values in order need not be sorted first.

    >>> places_in_order(np.array([3.0, 3.0, 1.0]))[0].tolist(), places_in_order(np.array([3.0, 1.0, 3.0]))[1]
    ([1, 1, 0], 2)
    """
    rising, falling = values[1:] > values[:-1], values[1:] < values[:-1]
    if rising.any() and falling.any():
        kinds, places = np.unique(values, return_inverse=True)
        return places, len(kinds)
    changes = np.concatenate([[0], np.cumsum(rising | falling)]) if len(values) else np.zeros(0, int)
    count = int(changes[-1]) + 1 if len(values) else 0
    return (count - 1 - changes if falling.any() else changes), count


def _count_within(column: np.ndarray, groups: list[np.ndarray]) -> int:
    """How many different values a column has in each sequence, all together; gaps not counted."""
    if len(groups) == 1:
        return places_in_order(column[column == column])[1]
    which = np.empty(len(column), int)
    for place, rows in enumerate(groups):
        which[rows] = place
    known = column == column
    codes, count = places_in_order(column[known])
    return places_in_order(which[known] * (count + 1) + codes)[1]


def _clock(table: Table, groups: list[np.ndarray], sequence: str | None) -> str | None:
    """Numbers that are named a clock, and clock times; of several that with the most different values."""
    fitting: dict[str, tuple[bool, int]] = {}
    for name in _without_parts(table, table.columns):
        column = table.columns[name]
        if name == sequence or table.rows < 3 or not _is_clock(name, column, groups):
            continue
        fitting[name] = (is_time_name(name), _count_within(column, groups) if column.dtype.kind == "f" else table.rows)
    return max(fitting, key=lambda name: fitting[name], default=None)


def _is_clock(name: str, column: np.ndarray, groups: list[np.ndarray]) -> bool:
    if column.dtype == object:
        return are_clock_times(column) and all(_rise_as_words(column[rows].tolist()) for rows in groups)
    if column.dtype.kind != "f" or not is_clock_name(name) or not np.isfinite(column).any():
        return False
    known = [column[rows][np.isfinite(column[rows])] for rows in groups]
    several = [values for values in known if len(values) > 1]
    if not any((values != values[0]).any() for values in several):
        return False
    strictly = all(_rises(values) or _rises(values[::-1]) for values in several)
    different = sum(len(np.unique(values)) for values in several) / sum(len(values) for values in several)
    if time_part(name) in ("hour", "minute", "second", "month", "day", "week", "quarter", "year", "day of year"):
        return strictly or different == 1.0
    ordered = all(_is_in_order(values) for values in several)
    return strictly or different >= DIFFERENT_SHARE or (ordered and different > 1 / 4)


def are_clock_times(column: np.ndarray) -> bool:
    """Whether words are clock times, such as 14:30, by the first of them.

    >>> are_clock_times(np.array(["09:05", "09:10"], object)), are_clock_times(np.array(["3:2 won"], object))
    (True, False)
    """
    words = [word for word in column[:200].tolist() if word is not None][:50]
    return bool(words) and 2 * sum(map(_is_clock_time, words)) > len(words)


def _is_clock_time(word: str) -> bool:
    parts = word.replace(".", ":").split(":")
    return 2 <= len(parts) <= 4 and all(part.isascii() and part.isdigit() and len(part) in (1, 2, 3) for part in parts)


def _rise_as_words(words: list[str | None]) -> bool:
    known = [word for word in words if word is not None]
    lengths = {len(word) for word in known}
    return len(lengths) == 1 and (all(a <= b for a, b in pairwise(known)) or all(a >= b for a, b in pairwise(known)))


def _rises(values: np.ndarray) -> bool:
    return bool(np.all(values[1:] > values[:-1]))


def _is_in_order(values: np.ndarray) -> bool:
    return bool(np.all(values[1:] >= values[:-1]) or np.all(values[1:] <= values[:-1]))


def _row_counter(table: Table, groups: list[np.ndarray], sequence: str | None) -> str | None:
    """Whole numbers, one more each row of each sequence."""
    for name in _without_parts(table, table.columns):
        column = table.columns[name]
        if name == sequence or column.dtype.kind != "f" or table.rows < 3:
            continue
        if all(_counts_rows(column[rows]) for rows in groups):
            return name
    return None


def _counts_rows(values: np.ndarray) -> bool:
    whole = bool(np.isfinite(values).all() and (values == np.round(values)).all())
    return whole and _rises(values) and bool(increments_by_one(values).all())


def increments_by_one(column: np.ndarray) -> np.ndarray:
    """Whether each number is one more than that before; differences could be too large for a number."""
    return (column[1:] == column[:-1] + 1) & (column[1:] > column[:-1])
