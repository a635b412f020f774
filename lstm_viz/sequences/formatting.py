"""Values, counts and names formatted for messages and labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

#: Characters of a value that are kept.
MAX_TEXT_LENGTH = 40
#: Columns of which the same is said in a sentence each; more of them share one.
MAX_SENTENCES = 5
#: Visible stand-ins for characters that can't be seen.
VISIBLE_CHARACTERS = {" ": "␣", "\n": "⏎", "\t": "⇥", "\r": "⏎"}


def format_values(column: np.ndarray) -> np.ndarray:
    """A column's values as short texts, "" for gaps.

    >>> format_values(np.array([1.0, 0.5, 1.7e9, np.nan])).tolist()
    ['1', '0.5', '1700000000', '']
    >>> format_values(np.array(["2012-03-05", "NaT"], "datetime64[ns]")).tolist()
    ['2012-03-05', '']
    """
    if column.dtype.kind == "M":
        return _format_dates(column)
    if column.dtype.kind == "f":
        return np.array(["" if value != value else f"{value:.15g}" for value in column.tolist()])
    return np.array(["" if value is None else str(value)[:MAX_TEXT_LENGTH] for value in column.tolist()])


def _format_dates(column: np.ndarray) -> np.ndarray:
    """Days where every time is midnight, else minutes, seconds or milliseconds."""
    known = column[~np.isnat(column)]
    unit = next(unit for unit in ("D", "m", "s", "ms") if unit == "ms" or (known == known.astype(f"M8[{unit}]")).all())
    written = np.char.replace(np.datetime_as_string(column.astype(f"M8[{unit}]")), "T", " ")
    return np.where(np.isnat(column), "", written)


def plural(count: int, word: str) -> str:
    """A number and what is counted.

    >>> plural(1, "row"), plural(1461, "row")
    ('1 row', '1,461 rows')
    """
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def list_columns(names: Iterable[str], most: int = 8) -> str:
    """Names in a sentence, at most `most` of them.

    >>> list_columns(["rain", "snow"]), list_columns("abcd", most=2)
    ('`rain`, `snow`', '`a`, `b` and 2 more')
    """
    quoted = [f"`{name}`" for name in names]
    return ", ".join(quoted[:most]) + (f" and {len(quoted) - most} more" if len(quoted) > most else "")


def count_by_column(counts: Mapping[str, int], word: str, done: str) -> list[str]:
    """How much of something was found in columns: one sentence a column, or one for all where there are many.

    >>> count_by_column({"rain": 2, "snow": 1}, "gap", "filled with 0")
    ['2 gaps in `rain`, filled with 0.', '1 gap in `snow`, filled with 0.']
    >>> count_by_column({f"s{place}": 2 for place in range(500)}, "gap", "filled with 0")
    ['1,000 gaps in 500 columns, filled with 0: `s0`, `s1`, `s2`, `s3`, `s4`, `s5`, `s6`, `s7` and 492 more.']
    """
    if len(counts) > MAX_SENTENCES:
        return [
            f"{plural(sum(counts.values()), word)} in {plural(len(counts), 'column')}, {done}: {list_columns(counts)}."
        ]
    return [f"{plural(count, word)} in `{column}`, {done}." for column, count in counts.items()]


def make_unique(names: Iterable[str]) -> tuple[str, ...]:
    """Names of which no two are the same: what comes again is numbered.

    >>> make_unique(["upper", "lower", "upper"])
    ('upper', 'lower', 'upper (2)')
    """
    unique: dict[str, None] = {}
    latest: dict[str, int] = {}
    for name in names:
        numbered = name
        while numbered in unique:
            latest[name] = latest.get(name, 1) + 1
            numbered = f"{name} ({latest[name]})"
        unique[numbered] = None
    return tuple(unique)
