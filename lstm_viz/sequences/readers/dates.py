"""Date parsing: a column of text as times, in whichever way most of its cells are written.

A cell that isn't understood becomes NaT and never an error: nothing is taken for a number before an expression
has said that it is digits.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Set
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from lstm_viz.sequences.readers.column_names import quote
from lstm_viz.sequences.readers.date_fields import DateFields
from lstm_viz.sequences.readers.date_order import DateReading, choose_reading
from lstm_viz.sequences.readers.date_patterns import (
    CLOCK_SHAPE,
    DATE_PATTERNS,
    LOOKS_LIKE_A_DATE,
    MAX_LENGTH,
    MONTH_NAMES,
    ROMAN_NUMERALS,
    SPAN_MARK,
    DatePattern,
    compiled,
    fits,
)
from lstm_viz.sequences.reading_options import DEFAULTS, Answer, Question, ReadingOptions

#: 2024-05-01, 2024-05-01 12:30, 2024-05-01T12:30:15.250+02:00, whether there is such a day or not.
ISO_SHAPE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{2,18})?(Z|[+-][0-9]{2}:?[0-9]{2})?$"

SPAN_NOTE = "spans of time were read as their beginnings."
UTC_NOTE = "times with a zone were turned into UTC."

#: How many cells, spread over the column, decide which form the column has.
SAMPLE_CELLS = 200
#: A cell with fewer digits is no date.
MIN_DIGITS = 2


@dataclass(frozen=True)
class ParsedDates:
    """datetime64[ns], NaT where a cell is none; what was assumed, in words, and asked."""

    values: np.ndarray
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def parse_dates(cells: pa.Array, options: ReadingOptions = DEFAULTS, name: str = "") -> ParsedDates | None:
    """The dates in a column of text, called `name` in questions, or None where most of its cells are none.

    >>> parse_dates(pa.array(["2024-05-01", "2024-02-30", "2024-05-02"])).values.astype("datetime64[D]")
    array(['2024-05-01',        'NaT', '2024-05-02'], dtype='datetime64[D]')
    >>> parse_dates(pa.array(["1/5/2024", "31/5/2024", ""])).values[0]
    np.datetime64('2024-05-01T00:00:00.000000000')
    """
    present = cells.drop_null()
    sample = _sample(present)
    if 2 * sum(map(_may_be_date, sample)) <= len(sample):
        return None
    is_iso = 2 * sum(fits(ISO_SHAPE, cell) for cell in sample) > len(sample)
    if not is_iso and 2 * sum(map(_is_written_as_date, sample)) <= len(sample):
        return _parse_spans(cells, sample, options, name)
    parser = _ColumnParser(cells, options)
    parser.read()
    found = np.count_nonzero(~np.isnat(parser.values))
    if found == 0 or (not is_iso and 2 * found <= len(present)):
        return None
    questions = () if parser.reading is None else _questions(parser.reading, name)
    return ParsedDates(parser.values, tuple(parser.notes), questions)


def _parse_spans(cells: pa.Array, sample: list[str], options: ReadingOptions, name: str) -> ParsedDates | None:
    """The beginnings of spans of time, such as 1 May 2024 - 31 May 2024, or None where most cells are none."""
    marks = [mark for mark in map(_span_mark, sample) if mark is not None]
    if 2 * len(marks) <= len(sample):
        return None
    mark, count = max(set(marks), key=marks.count)
    begins = [None if cell is None else mark.join(cell.split(mark)[:count]).strip() for cell in cells.to_pylist()]
    found = parse_dates(pa.array(begins, pa.string()), options, name)
    return None if found is None else replace(found, notes=(SPAN_NOTE, *found.notes))


def _span_mark(cell: str) -> tuple[str, int] | None:
    """What stands between the two dates of a span, and its how manieth place in the cell; None where it is no span.

    >>> _span_mark("2024-05-01/2024-05-31"), _span_mark("2024-05-01-2024-05-31"), _span_mark("1/5/2024")
    (('/', 1), ('-', 3), None)
    """
    for mark in re.finditer(SPAN_MARK, cell) if len(cell) <= 2 * MAX_LENGTH else ():
        begin, end = cell[: mark.start()], cell[mark.end() :]
        if _is_written_as_date(begin.strip()) and _is_written_as_date(end.strip()):
            return mark[0], begin.count(mark[0]) + 1
    return None


def _sample(cells: pa.Array) -> list[str]:
    """Up to SAMPLE_CELLS cells, spread over the column."""
    return cells.take(pa.array(np.unique(np.linspace(0, len(cells) - 1, SAMPLE_CELLS).astype(int)))).to_pylist()


def _may_be_date(cell: str) -> bool:
    """A first look: enough digits."""
    return sum(map(str.isdigit, cell)) >= MIN_DIGITS


def _is_written_as_date(cell: str) -> bool:
    return any(_fits(pattern, cell) for pattern in DATE_PATTERNS)


def _fits(pattern: DatePattern, cell: str) -> bool:
    """Whether a cell is written in a pattern, and a name in it is that of a month."""
    if not fits(pattern.expression, cell):
        return False
    found = compiled(pattern.expression).match(cell)
    fields = found.groupdict() if found else {}
    words = ((fields.get("month_name"), MONTH_NAMES), (fields.get("roman_month"), ROMAN_NUMERALS))
    if any(word is not None and word.lower() not in names for word, names in words):
        return False
    year, following = fields.get("year"), fields.get("next_year")
    return year is None or following is None or str(int(year) + 1).endswith(following)


def _likeliest_pattern(sample: list[str], tried: Set[DatePattern]) -> DatePattern | None:
    """The pattern that most of the cells fit, of several the first; None where they fit none that was not tried."""
    best, most = None, 0
    for pattern in DATE_PATTERNS:
        count = 0 if pattern in tried else sum(_fits(pattern, cell) for cell in sample)
        if count > most:
            best, most = pattern, count
        if most == len(sample):
            break
    return best


def written_as_dates(cells: pa.Array) -> bool:
    """Whether most cells, by a sample, are written as dates and not as digits alone, which may be numbers.

    >>> written_as_dates(pa.array(["1.5.2024", "2.5.2024"])), written_as_dates(pa.array(["1.5", "20240501"]))
    (True, False)
    """
    sample = _sample(cells.drop_null())
    return 2 * sum(not cell.isdigit() and _is_written_as_date(cell) for cell in sample) > len(sample)


def looks_like_dates(cells: pa.Array) -> bool:
    """Whether most cells of a column that was not understood have the look of dates.

    >>> looks_like_dates(pa.array(["12 Thermidor 8", "13 Thermidor 8"])), looks_like_dates(pa.array(["wet", "dry"]))
    (True, False)
    """
    sample = _sample(cells.drop_null())
    return 2 * sum(fits(LOOKS_LIKE_A_DATE, cell) and not fits(CLOCK_SHAPE, cell) for cell in sample) > len(sample)


def _questions(reading: DateReading, name: str) -> tuple[Question, ...]:
    """What a column's dates leave open."""
    questions = []
    if reading.other:
        option = "year_first" if "year/month/day" in (reading.order, reading.other) else "day_first"
        first = {"year_first": "year/month/day", "day_first": "day/month/year"}[option]
        taken, other = (
            Answer(order == first, f"{order} ({day})")
            for order, day in zip((reading.order, reading.other), reading.days, strict=True)
        )
        questions.append(
            Question(option, f"{quote(name)}: {quote(reading.example)} may be two dates.", taken, (other,))
        )
    if reading.other_first_year is not None and reading.first_year is not None:
        taken, other = (
            Answer(year, f"{year} to {year + 99}") for year in (reading.first_year, reading.other_first_year)
        )
        questions.append(Question("first_year", f"{quote(name)}: years of two digits.", taken, (other,)))
    return tuple(questions)


class _ColumnParser:
    """The values of one column while one pattern after another reads what those before left."""

    def __init__(self, cells: pa.Array, options: ReadingOptions) -> None:
        self.cells, self.options = cells, options
        self.values = np.full(len(cells), np.datetime64("NaT"), "datetime64[ns]")
        self.notes: list[str] = []
        self.reading: DateReading | None = None

    def read(self) -> None:
        """All cells by the pattern that most of them fit, and what is left by the next one."""
        tried: set[DatePattern] = set()
        while len(left := np.flatnonzero(np.isnat(self.values) & ~np.asarray(self.cells.is_null()))):
            cells = self.cells if len(left) == len(self.cells) else self.cells.take(pa.array(left))
            pattern = _likeliest_pattern(_sample(cells), tried)
            if pattern is None:
                return
            tried.add(pattern)
            fields = DateFields(cells, pattern.expression)
            self._read_fields(pattern, left[fields.matched], fields)

    def _read_fields(self, pattern: DatePattern, places: np.ndarray, fields: DateFields) -> None:
        reading = choose_reading(fields, self._options(), datetime.date.today().year)
        self.values[places] = reading.values
        if reading.note:
            self._note(reading.note)
        if fields.zoned:
            self._note(UTC_NOTE)
        if self.reading is None and (pattern.triple or fields.has("short_year")):
            self.reading = reading

    def _options(self) -> ReadingOptions:
        """The options, and what the pattern before decided, which holds for the whole column."""
        if self.reading is None or self.reading.order == "":
            return self.options
        order = self.reading.order
        return self.options.but(day_first=order == "day/month/year", year_first=order == "year/month/day")

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)
