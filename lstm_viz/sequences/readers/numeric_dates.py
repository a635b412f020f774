"""Dates written as numbers: 20240131, 2024013112, and instants since 1970 in seconds down to nanoseconds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from lstm_viz.sequences.column_words import is_time_name, name_words
from lstm_viz.sequences.readers.date_fields import civil_days, clock_nanoseconds, days_of_year, join
from lstm_viz.sequences.readers.date_order import unevenness
from lstm_viz.sequences.readers.dates import parse_dates
from lstm_viz.sequences.reading_options import DEFAULTS, Question, ReadingOptions

#: Years that a date of digits may have; earlier ones would be instants of today, read as digits.
FIRST_YEAR, LAST_YEAR = 1800, 2200
#: The first and the last instant that a number may be, in seconds since 1970: 1980 to 2100.
FIRST_INSTANT, LAST_INSTANT = 315_532_800, 4_102_444_800
#: Units of an instant: their name, how many make a second.
_UNITS = (("seconds", 1), ("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9))
#: Days as a workbook counts them, of 2000 to 2064, in files that it saved without the form of a date; less may be a
#: year and its day, such as 24031.
FIRST_SERIAL, LAST_SERIAL = 36_526, 60_000
_SERIAL_ORIGIN = np.datetime64("1899-12-30", "ns")
_DATES = frozenset(("date", "dates", "datum", "fecha", "datetime", "datestamp"))
#: Words that make a number a span of time rather than an instant.
_SPANS = frozenset(("elapsed", "since"))
#: Cells that are looked at before a whole column is.
_PEEK = 50


class NumericDates(NamedTuple):
    """datetime64[ns], NaT for a gap, and how the numbers were read, in words."""

    values: np.ndarray
    form: str
    questions: tuple[Question, ...] = ()


def parse_numeric_dates(name: str, numbers: np.ndarray, options: ReadingOptions = DEFAULTS) -> NumericDates | None:
    """The dates that a column of numbers (NaN: a gap) stands for, or None where it is a measurement.

    >>> parse_numeric_dates("date", np.array([20240131.0, 20240201.0])).values.astype("datetime64[D]")
    array(['2024-01-31', '2024-02-01'], dtype='datetime64[D]')
    >>> parse_numeric_dates("timestamp", np.array([1711750800.0])).form
    'seconds since 1970, UTC'
    """
    known = ~np.isnan(numbers)
    peek = numbers[known][:_PEEK]
    if len(peek) == 0 or not np.isfinite(peek).all() or float(peek.min()) < FIRST_SERIAL:
        return None
    present = numbers[known]
    if is_time_name(name) and set(name_words(name)) & _DATES and np.isfinite(present).all() and _are_serials(present):
        serials = np.round(numbers * 86_400) * 10**9
        values = _SERIAL_ORIGIN + np.where(known, serials, 0).astype("timedelta64[ns]")
        return NumericDates(
            np.where(known, values, np.datetime64("NaT")), "days since 1899-12-30, as a workbook counts"
        )
    if not np.isfinite(present).all() or float(present.min()) < 10**5 or float(present.max()) > 2**62:
        return None
    found = _digits(name, present) or _instants(name, present) or _day_and_month_first(name, present, options)
    if found is None:
        return None
    values = np.full(len(numbers), np.datetime64("NaT"), "datetime64[ns]")
    values[known] = found.values
    return found._replace(values=values)


def _are_serials(numbers: np.ndarray) -> bool:
    """Whether numbers lie where a workbook's days do, and most are different."""
    inside = bool((numbers >= FIRST_SERIAL).all() and (numbers <= LAST_SERIAL).all())
    return inside and 2 * len(np.unique(numbers)) > len(numbers)


def _digits(name: str, numbers: np.ndarray) -> NumericDates | None:
    """Dates of 6, 7, 8, 10, 12 or 14 digits, if every number is one."""
    if not (numbers == np.round(numbers)).all():
        return None
    lengths = {len(str(int(end))) for end in (numbers.min(), numbers.max())}
    if len(lengths) != 1:
        return None
    whole, length = numbers.astype(np.int64), lengths.pop()
    named = is_time_name(name) or bool(set(name_words(name)) & {"month", "yearmonth", "yyyymm", "yyyymmdd", "period"})
    if length in (6, 7) and not named:
        return None
    times = _times_of_digits(whole, length)
    if times is None or np.isnat(times).any() or (not named and len(np.unique(times)) < 2):
        return None
    form = {6: "yearmonth", 7: "year and day of the year", 8: "yearmonthday"}.get(length, "yearmonthday and time")
    return NumericDates(times, f"{form}, such as {whole[0]}")


def _day_and_month_first(name: str, numbers: np.ndarray, options: ReadingOptions) -> NumericDates | None:
    """Dates that end with their year, such as 31012024; a zero that leads is lost in a number."""
    years, days = numbers % 10_000, numbers // 10_000
    if not is_time_name(name) or not (numbers == np.round(numbers)).all() or float(numbers.max()) >= 10**8:
        return None
    if not ((years >= FIRST_YEAR) & (years <= LAST_YEAR) & (days >= 101) & (days <= 3112)).all():
        return None
    cells = [f"{int(day) // 100:02d}/{int(day) % 100:02d}/{int(year)}" for day, year in zip(days, years, strict=True)]
    found = parse_dates(pa.array(cells), options, name)
    if found is None or np.isnat(found.values).any():
        return None
    return NumericDates(found.values, f"day, month and year, such as {int(numbers[0]):08d}", found.questions)


def _times_of_digits(whole: np.ndarray, length: int) -> np.ndarray | None:
    if length == 6:
        return _civil(whole // 100, whole % 100, np.ones(len(whole), int)).astype("datetime64[ns]")
    if length == 7:
        return _inside(whole // 1000, days_of_year(whole // 1000, whole % 1000)).astype("datetime64[ns]")
    if length not in (8, 10, 12, 14):
        return None
    day, clock = np.divmod(whole, 10 ** (length - 8))
    clock = clock * 10 ** (14 - length)
    zero = np.zeros(len(whole), int)
    since = clock_nanoseconds(clock // 10_000, clock // 100 % 100, clock % 100, zero, zero + np.nan)
    days = _civil(day // 10_000, day // 100 % 100, day % 100)
    return np.where(since < 0, np.datetime64("NaT"), join(days, np.maximum(since, 0)))


def _civil(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    return _inside(year, civil_days(year, month, day))


def _inside(year: np.ndarray, days: np.ndarray) -> np.ndarray:
    return np.where((year >= FIRST_YEAR) & (year <= LAST_YEAR), days, np.datetime64("NaT"))


def _instants(name: str, numbers: np.ndarray) -> NumericDates | None:
    """Instants since 1970 in the unit in which all of them are of our time."""
    if _SPANS & set(name_words(name)):
        return None
    low, high = float(numbers.min()), float(numbers.max())
    for unit, per_second in _UNITS:
        if FIRST_INSTANT * per_second <= low and high <= LAST_INSTANT * per_second:
            values = _from_epoch(numbers, per_second)
            if is_time_name(name) or _must_be_instants(numbers, values, per_second):
                return NumericDates(values, f"{unit} since 1970, UTC")
    return None


def _from_epoch(numbers: np.ndarray, per_second: int) -> np.ndarray:
    whole = np.floor(numbers)
    parts = 10**9 // per_second
    nanoseconds = whole.astype(np.int64) * parts + np.round((numbers - whole) * parts).astype(np.int64)
    return nanoseconds.astype("datetime64[ns]")


def _must_be_instants(numbers: np.ndarray, values: np.ndarray, per_second: int) -> bool:
    """Whether numbers that nobody calls a time are one: whole, never the same, in order, and even if they are seconds.

    So large a number of seconds may also be a population or a sum of money.
    """
    steps = np.diff(numbers)
    if len(steps) == 0 or not (numbers == np.round(numbers)).all() or not ((steps > 0).all() or (steps < 0).all()):
        return False
    return per_second > 1 or (len(steps) > 2 and unevenness(values) < 0.5)
