"""Type inference of a column: cells of text, or Python values, as numbers, dates or words."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.readers.column_names import list_names, quote
from lstm_viz.sequences.readers.date_fields import FIRST_YEAR, LAST_YEAR
from lstm_viz.sequences.readers.dates import looks_like_dates, parse_dates, written_as_dates
from lstm_viz.sequences.readers.notes import MAX_EXACT_INTEGER, rounded_note
from lstm_viz.sequences.readers.numbers import (
    NumberMarks,
    decimal_commas,
    loses_digits,
    normalise_numbers,
    number_mask,
    point_may_be_thousands,
    units_of,
)
from lstm_viz.sequences.reading_options import DEFAULTS, Question, ReadingOptions

#: How a gap may be written, in lower case.
GAP_WORDS = (
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
BOOLEAN_WORDS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "t": 1.0, "f": 0.0, "y": 1.0, "n": 0.0}

#: Says where a row's cell is found in the file, such as "line 18".
Locator = Callable[[int], str]


@dataclass(frozen=True)
class Column:
    """Values as a Table holds them, with notes."""

    values: np.ndarray
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


class GatheredColumns(NamedTuple):
    """The columns of a table by name, with the notes and questions of all."""

    values: dict[str, np.ndarray]
    notes: tuple[str, ...]
    questions: tuple[Question, ...]


def gather(columns: Mapping[str, Column]) -> GatheredColumns:
    """Columns side by side, as a Table takes them."""
    notes = tuple(note for column in columns.values() for note in column.notes)
    questions = tuple(question for column in columns.values() for question in column.questions)
    return GatheredColumns({name: column.values for name, column in columns.items()}, notes, questions)


def column_of_text(
    cells: pa.Array,
    name: str,
    place: Locator,
    options: ReadingOptions = DEFAULTS,
    marks: NumberMarks | None = None,
) -> Column:
    """The column that these cells (strings, null: a gap) hold.

    Numbers where more than half of the cells are numbers; what is left among them becomes a gap and is
    named in the notes. Else dates, yes and no, or words.

    >>> column_of_text(pa.array(["1", "NA", "3"]), "flow", "row {}".format).values
    array([ 1., nan,  3.])
    """
    cells = cells.cast(pa.string())  # columns of many characters come as large strings
    marks = marks or NumberMarks(options.decimal, options.decimal is not None, options.decimal == ",")
    plain = _cast_to_float(cells)
    if plain is not None and not point_may_be_thousands(cells, marks):
        if zeros := _leading_zeros(cells):
            return _with_leading_zeros(cells, plain, name, zeros)
        return Column(plain, _rounded_note(cells, plain, name))
    trimmed = pc.utf8_trim_whitespace(cells)
    filled = pc.if_else(_is_gap(trimmed), pa.scalar(None, pa.string()), trimmed)
    if filled.null_count == len(filled):
        return Column(np.full(len(cells), np.nan))
    commas = decimal_commas(filled, marks)
    if commas is not None:
        said = f"Column {quote(name)}: the comma was read as the decimal mark."
        return Column(commas, (said, *_rounded_note(cells, commas, name)))
    column = (
        (
            _as_dates(filled, name, place, options) if written_as_dates(filled) else None
        )  # to look for numbers takes long
        or _as_numbers(filled, name, place, marks)
        or _as_booleans(filled, name, place)
        or _as_dates(filled, name, place, options)
    )
    if column is not None:
        return column
    return _as_words(trimmed, filled, name)


#: Names of columns whose digits are no number: where zeros lead, they are words.
ID_NAME = re.compile(
    r"(?i)(^|[_ .-])(id|zip|zipcode|plz|postcode|postal|code|site|station|gauge|no|nr|key|sku|isbn|fips)(?=$|[_ .-])"
)
#: How many cells are looked at for zeros that lead.
ZEROS_SAMPLE = 1000


def _leading_zeros(cells: pa.Array) -> str:
    """A whole number that begins with 0, such as a postal code, in a column of such of one length; "" where none is."""
    sample = cells[:ZEROS_SAMPLE].drop_null()
    zeros = pc.match_substring_regex(sample, "^0[0-9]{4,}$")
    if not pc.any(zeros).as_py() or len(pc.unique(pc.utf8_length(sample))) > 1:
        return ""
    return str(sample.filter(zeros)[0])


def _with_leading_zeros(cells: pa.Array, plain: np.ndarray, name: str, example: str) -> Column:
    if not ID_NAME.search(name):
        return Column(
            plain, (f"Column {quote(name)}: read as numbers, without the zeros that lead in {quote(example)}.",)
        )
    words = np.array(pc.utf8_trim_whitespace(cells).to_pylist(), dtype=object)
    return Column(words, (f"Column {quote(name)}: read as words, since {quote(example)} begins with a zero.",))


def _cast_to_float(cells: pa.Array) -> np.ndarray | None:
    """The fast path: a column of nothing but plain finite numbers; None for any other."""
    try:
        values: np.ndarray = pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return None if np.isinf(values).any() else values


def _is_gap(trimmed: pa.Array) -> pa.Array:
    return pc.is_in(pc.utf8_lower(trimmed), pa.array(GAP_WORDS))


def _as_numbers(cells: pa.Array, name: str, place: Locator, marks: NumberMarks) -> Column | None:
    if not _any_digit(cells):
        return None
    numerals = normalise_numbers(cells, name, marks)
    mask = number_mask(numerals.cells)
    present = len(cells) - cells.null_count
    if 2 * (pc.sum(mask).as_py() or 0) <= present:
        return None
    values = pc.cast(pc.if_else(mask, numerals.cells, None), pa.float64()).to_numpy(zero_copy_only=False)
    values = values * numerals.factors if numerals.factors is not None else np.array(values)
    values[np.isinf(values)] = np.nan
    lost = np.flatnonzero(np.isnan(values) & ~np.asarray(cells.is_null()))
    notes = [note.replace("{name}", quote(name)) for note in numerals.notes]
    if len(lost):
        notes.append(not_finite_note(name, [(str(cells[int(row)]), place(int(row))) for row in lost[:3]], len(lost)))
    questions = () if numerals.question is None else (numerals.question,)
    return Column(values, (*notes, *_rounded_note(cells, values, name)), questions)


def _any_digit(cells: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(cells.drop_null()[:1000], "[0-9]")).as_py())


def _rounded_note(cells: pa.Array, values: np.ndarray, name: str) -> tuple[str, ...]:
    return (rounded_note(name),) if loses_digits(cells, values) else ()


def not_finite_note(name: str, shown: Sequence[tuple[str, str]], count: int) -> str:
    """The sentence for cells of a numeric column that aren't finite numbers.

    >>> not_finite_note("flow", [("wet", "line 3")], 1)
    'Column “flow”: 1 value is no finite number and became a gap: “wet” (line 3).'
    """
    cells = ", ".join(f"{quote(cell)} ({where})" for cell, where in shown)
    more = f" and {count - len(shown):,} more" if count > len(shown) else ""
    verbs = ("is no finite number and became a gap", "are no finite numbers and became gaps")
    return f"Column {quote(name)}: {plural(count, 'value')} {verbs[count != 1]}: {cells}{more}."


def _as_booleans(cells: pa.Array, name: str, place: Locator) -> Column | None:
    lowered = pc.utf8_lower(cells)
    if not pc.all(pc.is_in(lowered, pa.array([*BOOLEAN_WORDS, None]))).as_py():
        return None
    words = pc.unique(lowered.drop_null()).to_pylist()
    values = np.full(len(cells), np.nan)
    for word in words:
        values[np.asarray(pc.equal(lowered, word).fill_null(False))] = BOOLEAN_WORDS[word]
    said = ", ".join(f"{quote(word)} as {BOOLEAN_WORDS[word]:g}" for word in sorted(words))
    return Column(values, (f"Column {quote(name)}: read as numbers, {said}.",))


def _as_dates(cells: pa.Array, name: str, place: Locator, options: ReadingOptions) -> Column | None:
    found = parse_dates(cells, options, name)
    if found is None:
        return None
    lost = np.flatnonzero(np.isnat(found.values) & ~np.asarray(cells.is_null()))
    notes = [f"Column {quote(name)}: {note}" for note in found.notes]
    if len(lost):
        first = ", ".join(f"{quote(str(cells[int(row)]))} ({place(int(row))})" for row in lost[:3])
        more = f" and {len(lost) - 3:,} more" if len(lost) > 3 else ""
        notes.append(f"Column {quote(name)}: {plural(len(lost), 'value')} not a date, now a gap: {first}{more}.")
    return Column(found.values, tuple(notes), found.questions)


def _as_words(trimmed: pa.Array, filled: pa.Array, name: str) -> Column:
    """Words as they stand; only an empty cell is a gap here, since "None" or "-" may be a word."""
    cells = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    numbers = pc.sum(number_mask(filled)).as_py() or 0
    units = units_of(filled)
    present = len(filled) - filled.null_count
    said = f"read as words, since only {numbers:,} of {present:,} values are numbers."
    if dates := not numbers and looks_like_dates(filled):
        said = (
            f"looks like dates, such as {quote(str(filled.drop_null()[0]))}, but was not understood as such. "
            "Write year-month-day (2024-06-17), by which the rows can be put in order."
        )
    if len(units) > 1:
        said = (
            f"read as words, since its numbers carry different units: {list_names(units)}. Write one column for each."
        )
    words = cells.dictionary_encode()
    kept = np.array([*words.dictionary.to_pylist(), None], dtype=object)
    codes = words.indices.fill_null(len(kept) - 1).to_numpy(zero_copy_only=False)
    return Column(kept[codes], (f"Column {quote(name)}: {said}",) if numbers or dates or len(units) > 1 else ())


def column_of_values(values: Sequence[Any], name: str, place: Locator, options: ReadingOptions = DEFAULTS) -> Column:
    """The column of Python numbers, truths, dates and words (None: a gap); mixed ones go by their text.

    >>> column_of_values([1, None, 2.5], "flow", str).values
    array([1. , nan, 2.5])
    """
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {int, float}:
        return _column_of_numbers(values, name, place, options)
    if kinds == {bool}:
        return Column(_to_float64(values), (f"Column {quote(name)}: true and false were read as 1 and 0.",))
    if kinds == {datetime.timedelta}:
        seconds = [None if value is None else value.total_seconds() for value in values]
        return Column(_to_float64(seconds), (f"Column {quote(name)}: durations were read as seconds.",))
    if kinds <= {datetime.datetime, datetime.date}:
        return _column_of_datetimes(values, name)
    return column_of_text(pa.array(map(cell_to_text, values), pa.string()), name, place, options)


def cell_to_text(value: Any) -> str | None:
    """A cell as it would stand in a CSV file.

    >>> cell_to_text(2.0), cell_to_text(True), cell_to_text(None)
    ('2.0', 'true', None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def _column_of_numbers(values: Sequence[Any], name: str, place: Locator, options: ReadingOptions) -> Column:
    floats = _to_float64(values)
    if np.isinf(floats).any():
        return column_of_text(pa.array(map(cell_to_text, values), pa.string()), name, place, options)
    large = (np.abs(floats) >= MAX_EXACT_INTEGER).any() and any(
        type(value) is int and abs(value) > MAX_EXACT_INTEGER for value in values
    )
    return Column(floats, (rounded_note(name),) if large else ())


def _to_float64(values: Sequence[Any]) -> np.ndarray:
    return np.array(values, dtype=object).astype(np.float64)


def _column_of_datetimes(values: Sequence[Any], name: str) -> Column:
    kept = [value if value is not None and FIRST_YEAR <= value.year <= LAST_YEAR else None for value in values]
    lost = sum(value is not None for value in values) - sum(value is not None for value in kept)
    said = f"Column {quote(name)}: {plural(lost, 'date')} before {FIRST_YEAR} or after {LAST_YEAR} became gaps."
    return Column(np.array(kept, "datetime64[us]").astype("datetime64[ns]"), (said,) if lost else ())
