"""Cells, written as text or typed, to a column of numbers, dates or words."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstm_viz.sequences.readers.column_names import plural, quoted
from lstm_viz.sequences.readers.dates import parsed_dates
from lstm_viz.sequences.readers.notes import EXACT, ROUNDED
from lstm_viz.sequences.readers.numbers import ambiguous_comma, number_mask, parsed_numbers, rounded

#: How a gap may be written, in lower case.
GAPS = (
    "",
    "na",
    "n/a",
    "#n/a",
    "nan",
    "null",
    "none",
    "nil",
    "-",
    "--",
    "—",
    "?",
    ".",
    "missing",
    "nat",
    "<na>",
)

#: Words for yes and no, in lower case.
TRUTHS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "t": 1.0, "f": 0.0, "y": 1.0, "n": 0.0}

#: Says where a row's cell is found in the file, such as "line 18".
Place = Callable[[int], str]


@dataclass(frozen=True)
class Column:
    """Values as a Table holds them, with notes."""

    values: np.ndarray
    notes: tuple[str, ...] = ()


def column_of_text(cells: pa.Array, name: str, place: Place, decimal_comma: bool = True) -> Column:
    """The column that these cells (strings, null: a gap) hold.

    Numbers where more than half of the cells are numbers; what is left among them becomes a gap and is
    named in the notes. Else dates, yes and no, or words.

    >>> column_of_text(pa.array(["1", "NA", "3"]), "flow", "row {}".format).values
    array([ 1., nan,  3.])
    """
    plain = _plain_numbers(cells)
    if plain is not None:
        return Column(plain, _rounded_note(cells, plain, name))
    trimmed = pc.utf8_trim_whitespace(cells)
    filled = pc.if_else(_is_gap(trimmed), pa.scalar(None, pa.string()), trimmed)
    if filled.null_count == len(filled):
        return Column(np.full(len(cells), np.nan))
    for attempt in (_numbers, _truths, _dates):
        column = attempt(filled, name, place)
        if column is not None:
            return column
    return _words(trimmed, filled, name)


def _plain_numbers(cells: pa.Array) -> np.ndarray | None:
    """The quick way, for a column of nothing but numbers."""
    try:
        values: np.ndarray = pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return None if np.isinf(values).any() else values


def _is_gap(trimmed: pa.Array) -> pa.Array:
    return pc.is_in(pc.utf8_lower(trimmed), pa.array(GAPS))


def _numbers(cells: pa.Array, name: str, place: Place) -> Column | None:
    numerals = parsed_numbers(cells)
    mask = number_mask(numerals.cells)
    present = len(cells) - cells.null_count
    if 2 * (pc.sum(mask).as_py() or 0) <= present:
        return None
    values = pc.cast(pc.if_else(mask, numerals.cells, None), pa.float64()).to_numpy(zero_copy_only=False)
    values = np.array(values)
    values[np.isinf(values)] = np.nan
    lost = np.flatnonzero(np.isnan(values) & ~np.asarray(cells.is_null()))
    notes = [numerals.note.format(name=quoted(name))] if numerals.note else []
    if len(lost):
        notes.append(lost_note(name, [(str(cells[int(row)]), place(int(row))) for row in lost[:3]], len(lost)))
    return Column(values, (*notes, *_rounded_note(cells, values, name)))


def _rounded_note(cells: pa.Array, values: np.ndarray, name: str) -> tuple[str, ...]:
    return (ROUNDED.format(name=quoted(name)),) if rounded(cells, values) else ()


def lost_note(name: str, shown: Sequence[tuple[str, str]], count: int) -> str:
    """The sentence for cells of a numeric column that aren't finite numbers.

    >>> lost_note("flow", [("wet", "line 3")], 1)
    'Column “flow”: 1 value is no finite number and became a gap: “wet” (line 3).'
    """
    cells = ", ".join(f"{quoted(cell)} ({where})" for cell, where in shown)
    more = f" and {count - len(shown):,} more" if count > len(shown) else ""
    verbs = ("is no finite number and became a gap", "are no finite numbers and became gaps")
    return f"Column {quoted(name)}: {plural(count, 'value')} {verbs[count != 1]}: {cells}{more}."


def _truths(cells: pa.Array, name: str, place: Place) -> Column | None:
    lowered = pc.utf8_lower(cells)
    if not pc.all(pc.is_in(lowered, pa.array([*TRUTHS, None]))).as_py():
        return None
    words = pc.unique(lowered.drop_null()).to_pylist()
    values = np.full(len(cells), np.nan)
    for word in words:
        values[np.asarray(pc.equal(lowered, word).fill_null(False))] = TRUTHS[word]
    said = ", ".join(f"{quoted(word)} as {TRUTHS[word]:g}" for word in sorted(words))
    return Column(values, (f"Column {quoted(name)}: read as numbers, {said}.",))


def _dates(cells: pa.Array, name: str, place: Place) -> Column | None:
    found = parsed_dates(cells)
    if found is None:
        return None
    lost = np.flatnonzero(np.isnat(found.values) & ~np.asarray(cells.is_null()))
    notes = [f"Column {quoted(name)}: {found.note}"] if found.note else []
    if len(lost):
        first = ", ".join(f"{quoted(str(cells[int(row)]))} ({place(int(row))})" for row in lost[:3])
        more = f" and {len(lost) - 3:,} more" if len(lost) > 3 else ""
        notes.append(f"Column {quoted(name)}: {plural(len(lost), 'value')} not a date, now a gap: {first}{more}.")
    return Column(found.values, tuple(notes))


def _words(trimmed: pa.Array, filled: pa.Array, name: str) -> Column:
    """Words as they stand; only an empty cell is a gap here, since "None" or "-" may be a word."""
    cells = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    numbers = pc.sum(number_mask(filled)).as_py() or 0
    present = len(filled) - filled.null_count
    said = f"read as words, since only {numbers:,} of {present:,} values are numbers."
    if ambiguous := ambiguous_comma(filled):
        said = f"read as words, since {quoted(ambiguous)} may be a thousand or a fraction. Write a decimal point."
    words = cells.dictionary_encode()
    kept = np.array([*words.dictionary.to_pylist(), None], dtype=object)
    codes = words.indices.fill_null(len(kept) - 1).to_numpy(zero_copy_only=False)
    return Column(kept[codes], (f"Column {quoted(name)}: {said}",) if numbers or ambiguous else ())


#: Outside these years nanoseconds don't fit 64 bits.
FIRST_YEAR, LAST_YEAR = 1678, 2261


def column_of_values(values: Sequence[Any], name: str, place: Place) -> Column:
    """The column of Python numbers, truths, dates and words (None: a gap); mixed ones go by their text.

    >>> column_of_values([1, None, 2.5], "flow", str).values
    array([1. , nan, 2.5])
    """
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {int, float}:
        return _typed_numbers(values, name, place)
    if kinds == {bool}:
        return Column(_floats(values), (f"Column {quoted(name)}: true and false were read as 1 and 0.",))
    if kinds == {datetime.timedelta}:
        seconds = [None if value is None else value.total_seconds() for value in values]
        return Column(_floats(seconds), (f"Column {quoted(name)}: durations were read as seconds.",))
    if kinds <= {datetime.datetime, datetime.date}:
        return _typed_dates(values, name)
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


def _typed_numbers(values: Sequence[Any], name: str, place: Place) -> Column:
    floats = _floats(values)
    if np.isinf(floats).any():
        return column_of_text(pa.array(map(as_text, values), pa.string()), name, place)
    large = (np.abs(floats) >= EXACT).any() and any(type(value) is int and abs(value) > EXACT for value in values)
    return Column(floats, (ROUNDED.format(name=quoted(name)),) if large else ())


def _floats(values: Sequence[Any]) -> np.ndarray:
    return np.array(values, dtype=object).astype(np.float64)


def _typed_dates(values: Sequence[Any], name: str) -> Column:
    kept = [value if value is not None and FIRST_YEAR <= value.year <= LAST_YEAR else None for value in values]
    lost = sum(value is not None for value in values) - sum(value is not None for value in kept)
    said = f"Column {quoted(name)}: {plural(lost, 'date')} before {FIRST_YEAR} or after {LAST_YEAR} became gaps."
    return Column(np.array(kept, "datetime64[us]").astype("datetime64[ns]"), (said,) if lost else ())
