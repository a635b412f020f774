"""Date parsing: a column of text as times, in whichever way most of its cells are written.

A cell that isn't understood becomes NaT and never an error: nothing here is cast before a regular expression
has said that it can be.
"""

from __future__ import annotations

import datetime
from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstm_viz.sequences.readers.column_names import quote
from lstm_viz.sequences.readers.date_fields import DateFields
from lstm_viz.sequences.readers.date_order import DateReading, choose_reading
from lstm_viz.sequences.readers.date_patterns import CLOCK_SHAPE, DATE_PATTERNS, LOOKS_LIKE_A_DATE, DatePattern, fits
from lstm_viz.sequences.reading_options import DEFAULTS, Answer, Question, ReadingOptions

#: 2024-05-01, 2024-05-01 12:30, 2024-05-01T12:30:15.250+02:00, whether there is such a day or not.
ISO_SHAPE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{2,18})?(Z|[+-][0-9]{2}:?[0-9]{2})?$"

#: The same for days and times that there are, but for 29 February; in years that nanoseconds reach.
_YEAR = r"(16(7[89]|[89][0-9])|1[7-9][0-9]{2}|2[01][0-9]{2}|22[0-5][0-9]|226[01])"
_DAY = r"((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))"
_CLOCK = r"([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?)?"
ISO = rf"^{_YEAR}-{_DAY}([T ]{_CLOCK})?$"
ZONED = (
    rf"^{_YEAR}-{_DAY}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{{1,9}})?)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$"
)
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
    parser = _ColumnParser(cells, options)
    if 2 * sum(fits(ISO_SHAPE, cell) for cell in sample) > len(sample):
        parser.read_iso()
    if not parser.is_iso and 2 * sum(map(_is_written_as_date, sample)) <= len(sample):
        return None
    parser.read_others()
    found = np.count_nonzero(~np.isnat(parser.values))
    if found == 0 or (not parser.is_iso and 2 * found <= len(present)):
        return None
    questions = () if parser.reading is None else _questions(parser.reading, name)
    return ParsedDates(parser.values, tuple(parser.notes), questions)


def _sample(cells: pa.Array) -> list[str]:
    """Up to SAMPLE_CELLS cells, spread over the column."""
    return cells.take(pa.array(np.unique(np.linspace(0, len(cells) - 1, SAMPLE_CELLS).astype(int)))).to_pylist()


def _may_be_date(cell: str) -> bool:
    """A first look: enough digits."""
    return sum(map(str.isdigit, cell)) >= MIN_DIGITS


def _is_written_as_date(cell: str) -> bool:
    return any(fits(pattern.expression, cell) for pattern in DATE_PATTERNS)


def _likeliest_pattern(sample: list[str], tried: Set[DatePattern]) -> DatePattern | None:
    """The pattern that most of the cells fit, of several the first; None where they fit none that was not tried."""
    left = [pattern for pattern in DATE_PATTERNS if pattern not in tried]
    counts = {pattern: sum(fits(pattern.expression, cell) for cell in sample) for pattern in left}
    best = max(left, key=lambda pattern: counts[pattern], default=None)
    return best if best is not None and counts[best] else None


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
        self.is_iso = False
        self.notes: list[str] = []
        self.reading: DateReading | None = None

    def read_iso(self) -> None:
        """The fast path: all that is written as year-month-day, with a time or without."""
        self.is_iso = True
        zoned = _matches(self.cells, ZONED)
        there_is = pc.and_not(pc.or_(_matches(self.cells, ISO), zoned), _invalid_leap_days(self.cells))
        kept = pc.if_else(there_is, self.cells, pa.scalar(None, pa.string()))
        if pc.any(zoned).as_py():
            kept = pc.if_else(zoned, kept, pc.binary_join_element_wise(_pad_to_minutes(kept), "Z", ""))
            self.values = _cast(kept, "UTC")
            self._note(UTC_NOTE)
        else:
            self.values = _cast(kept, None)

    def read_others(self) -> None:
        """What is not read yet, by the pattern that most of it fits, then by the next one."""
        tried: set[DatePattern] = set()
        while len(left := np.flatnonzero(np.isnat(self.values) & ~np.asarray(self.cells.is_null()))):
            cells = self.cells.take(pa.array(left))
            pattern = _likeliest_pattern(_sample(cells), tried)
            if pattern is None:
                return
            tried.add(pattern)
            mask = np.asarray(_matches(cells, pattern.expression))
            self._read_matching(pattern, left[mask], cells.filter(pa.array(mask)))

    def _read_matching(self, pattern: DatePattern, places: np.ndarray, cells: pa.Array) -> None:
        fields = DateFields(cells, pattern.expression)
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


def _pad_to_minutes(cells: pa.Array) -> pa.Array:
    """Days and hours given their minutes, which a time needs before its zone."""
    hours = pc.if_else(_matches(cells, "^.{13}$"), pc.binary_join_element_wise(cells, ":00", ""), cells)
    return pc.if_else(_matches(hours, "^.{10}$"), pc.binary_join_element_wise(hours, " 00:00", ""), hours)


def _invalid_leap_days(cells: pa.Array) -> pa.Array:
    """Which cells are a 29 February of a year that has none."""
    suspects = pc.and_(_matches(cells, r"^.{4}-02-29"), _matches(cells, ISO_SHAPE))
    if not pc.any(suspects).as_py():
        return suspects
    year = pc.utf8_slice_codeunits(pc.if_else(suspects, cells, "2000"), 0, 4).cast(pa.int32()).to_numpy(False)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return pa.array(np.asarray(suspects) & ~leap)


def _cast(cells: pa.Array, zone: str | None) -> np.ndarray:
    values = pc.cast(cells, pa.timestamp("ns", zone)).to_numpy(zero_copy_only=False).astype("datetime64[ns]")
    return np.array(values)


def _matches(cells: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(cells, pattern).fill_null(False)
