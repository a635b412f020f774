"""Times in parts: a date and a clock time in two columns, or year, month and day in three, composed into one column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from lstm_viz.sequences.column_words import name_words, time_part
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.readers.column_names import quote
from lstm_viz.sequences.readers.date_fields import DateFields, civil_days, days_of_year, iso_week_days, join
from lstm_viz.sequences.readers.date_patterns import CLOCK, CLOCK_SHAPE, MONTH_NAMES, fits
from lstm_viz.sequences.readers.numeric_dates import parse_numeric_dates
from lstm_viz.sequences.table import Table

#: Cells that are looked at before a whole column is.
_PEEK = 50
_HOUR = 3600 * 10**9
_DAY = 24 * _HOUR
#: How many periods a day may be cut into: hours, half hours, quarters of an hour, five minutes, minutes.
_PERIODS = (24, 48, 96, 288, 1440)
_HALF_HOURS = 48
#: Hours of the day, as 0 to 23 or 1 to 24; hours and minutes, as 0 to 2400.
_LAST_HOUR, _LAST_HHMM = 24, 2400


def with_times(table: Table) -> Table:
    """The table with dates that are written as numbers as dates, and a time that stands in parts as one column more.

    >>> from lstm_viz.sequences.readers.columns import column_of_text
    >>> table = Table({"Date": np.array(["2024-01-02"] * 2, "datetime64[ns]"),
    ...     "Time": np.array(["12:00", "00:30"], object)}, "", "CSV")
    >>> with_times(table).columns["Date, Time"].astype("datetime64[m]").tolist()[1]
    datetime.datetime(2024, 1, 2, 0, 30)
    """
    if table.roles.get("time"):
        return table
    columns, notes = _with_numeric_dates(table.columns)
    composed = _compose(columns, notes)
    if composed is None:
        return replace(table, columns=columns, notes=(*table.notes, *notes)) if notes else table
    parts, values = composed
    name = ", ".join(parts)
    if name in columns:
        return replace(table, columns=columns, notes=(*table.notes, *notes))
    return replace(
        table, columns={name: values, **columns}, notes=(*table.notes, *notes), composed={name: tuple(parts)}
    )


def _with_numeric_dates(columns: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], list[str]]:
    read, notes = dict(columns), []
    for name, column in columns.items():
        if column.dtype.kind == "f" and (found := parse_numeric_dates(name, column)) is not None:
            read[name] = found.values
            notes.append(f"Column {quote(name)}: numbers were read as times ({found.form}).")
    return read, notes


def _compose(columns: Mapping[str, np.ndarray], notes: list[str]) -> tuple[list[str], np.ndarray] | None:
    """The names of a time's parts and the time, or None where it is not in parts."""
    named = _columns_by_part(columns)
    found = _date_column(columns) or _date_of_parts(columns, named)
    if found is None:
        return None
    parts, days = found
    clock = _clock(columns, named, days)
    if clock is None:
        return (parts, days.astype("datetime64[ns]")) if len(parts) > 1 else None
    clock_parts, since_midnight = clock
    known = ~np.isnan(since_midnight)
    days = _carried_down(days, known, parts[0], notes)
    times = join(days, np.where(known, since_midnight, 0).astype(np.int64))
    return parts + clock_parts, np.where(known, times, np.datetime64("NaT"))


def _columns_by_part(columns: Mapping[str, np.ndarray]) -> dict[str, str]:
    """The first column of each part of a time; year, month and day by one letter only where all three are there."""
    named: dict[str, str] = {}
    for name, column in columns.items():
        part = time_part(name)
        if part is not None and column.dtype.kind != "M":
            named.setdefault(part, name)
    single = [part for part in ("year", "month", "day") if len(named.get(part, "xx")) == 1]
    if single and not {"year", "month", "day"} <= set(named):
        named = {part: name for part, name in named.items() if part not in single}
    return named


def _date_column(columns: Mapping[str, np.ndarray]) -> tuple[list[str], np.ndarray] | None:
    """The first column of dates that change and have no time of day."""
    dates = [name for name, column in columns.items() if column.dtype.kind == "M" and _are_days(column)]
    changing = [name for name in dates if _changes(columns[name])]
    return next((([name], columns[name].astype("datetime64[D]")) for name in changing or dates), None)


def _changes(column: np.ndarray) -> bool:
    known = column[~np.isnat(column)]
    return bool((known != known[0]).any())


def _are_days(column: np.ndarray) -> bool:
    known = column[~np.isnat(column)]
    return len(known) > 0 and bool((known == known.astype("datetime64[D]")).all())


def _date_of_parts(columns: Mapping[str, np.ndarray], named: Mapping[str, str]) -> tuple[list[str], np.ndarray] | None:
    """Days of a year with its month and day, its day, its quarter or its week."""
    if "year" not in named or any(column.dtype.kind == "M" for column in columns.values()):
        return None
    year = _integers(columns[named["year"]], 1500, 2300)
    if year is None:
        return None
    for parts in (("month", "day"), ("day of year",), ("month",), ("quarter",), ("week",), ("day",)):
        if set(parts) <= set(named):
            days = _days(year, [_part(columns[named[part]], part) for part in parts], parts)
            if days is not None:
                return [named["year"], *(named[part] for part in parts)], days
    return None


def _part(column: np.ndarray, part: str) -> np.ndarray | None:
    """The numbers of one part of a date; months may be named, quarters written Q1."""
    low, high = {"month": (1, 12), "day": (1, 366), "day of year": (1, 366), "quarter": (1, 4), "week": (1, 53)}[part]
    if column.dtype == object:
        words = [None if word is None else str(word).strip().lower().strip(".") for word in column.tolist()]
        names = MONTH_NAMES if part == "month" else {f"q{number}": number for number in range(1, 5)}
        column = np.array([names.get(word or "", np.nan) for word in words], dtype=float)
    return _integers(column, low, high)


def _integers(column: np.ndarray, low: int, high: int) -> np.ndarray | None:
    """Whole numbers from `low` to `high`, NaN at gaps; None where they are anything else."""
    if column.dtype.kind != "f":
        return None
    known = column[~np.isnan(column)]
    inside = len(known) > 0 and bool(((known == np.round(known)) & (known >= low) & (known <= high)).all())
    return column if inside else None


def _days(year: np.ndarray, numbers: list[np.ndarray | None], parts: tuple[str, ...]) -> np.ndarray | None:
    """datetime64[D], NaT where a part is a gap; None where the parts are no date."""
    present = [number for number in numbers if number is not None]
    if len(present) < len(numbers):
        return None
    known = np.all([~np.isnan(number) for number in (year, *present)], axis=0)
    whole = [np.where(known, number, 1).astype(int) for number in (np.where(known, year, 2000), *present)]
    one = np.ones(len(year), int)
    if parts == ("month", "day"):
        days = civil_days(whole[0], whole[1], whole[2])
    elif parts == ("week",):
        days = iso_week_days(whole[0], whole[1], one)
    elif parts in (("day of year",), ("day",)):
        if parts == ("day",) and whole[1].max() <= 31:
            return None
        days = days_of_year(whole[0], whole[1])
    else:
        days = civil_days(whole[0], whole[1] if parts == ("month",) else 3 * whole[1] - 2, one)
    days = np.where(known, days, np.datetime64("NaT"))
    return days if 2 * np.count_nonzero(~np.isnat(days)) > len(days) else None


def _clock(
    columns: Mapping[str, np.ndarray], named: Mapping[str, str], days: np.ndarray
) -> tuple[list[str], np.ndarray] | None:
    """The columns of the time of day and its nanoseconds since midnight, NaN at gaps."""
    for name, column in columns.items():
        if column.dtype == object and (since := clock_times(column)) is not None:
            return [name], since
    if "clock" in named and (since := _numeric_clock(columns[named["clock"]])) is not None:
        return [named["clock"]], since
    if "hour" in named:
        return _hours_and_minutes(columns, named)
    if "period" in named:
        usual = _HALF_HOURS if "settlement" in name_words(named["period"]) else 0
        since = _periods(columns[named["period"]], days, usual)
        return None if since is None else ([named["period"]], since)
    return None


def clock_times(words: np.ndarray) -> np.ndarray | None:
    """Nanoseconds since midnight of a column of clock times, NaN at gaps; None where most words are none.

    >>> (clock_times(np.array(["12:30", None, "24:00"], object)) / 3.6e12).tolist()
    [12.5, nan, 24.0]
    """
    peek = [word for word in words[: 4 * _PEEK].tolist() if word is not None][:_PEEK]
    if 2 * sum(fits(CLOCK_SHAPE, str(word)) for word in peek) <= len(peek):
        return None
    rows = np.array([place for place, word in enumerate(words.tolist()) if word is not None])
    fields = DateFields(pa.array(words[rows], pa.string()), f"^{CLOCK}$")
    if 2 * np.count_nonzero(fields.matched) <= len(rows):
        return None
    since = np.full(len(words), np.nan)
    since[rows[fields.matched]] = np.where(fields.since_midnight < 0, np.nan, fields.since_midnight)
    return since


def _numeric_clock(column: np.ndarray) -> np.ndarray | None:
    """A column called time beside one of dates: shares of a day, hours, or hours and minutes as 1430."""
    if column.dtype.kind != "f" or np.isnan(column).all():
        return None
    low, high = float(np.nanmin(column)), float(np.nanmax(column))
    if low < 0 or high > 86_400:
        return None
    if high < 1 and high > 0:
        return np.round(column * _DAY)
    if high <= _LAST_HOUR:
        return column * _HOUR
    hours, minutes = np.divmod(column, 100)
    if high <= _LAST_HHMM and bool((minutes[~np.isnan(column)] < 60).all()):
        return hours * _HOUR + minutes * (_HOUR // 60)
    return column * 10**9 if high > _LAST_HHMM else None


def _hours_and_minutes(
    columns: Mapping[str, np.ndarray], named: Mapping[str, str]
) -> tuple[list[str], np.ndarray] | None:
    """Hours (0 to 24, or 0 to 2400), and minutes and seconds where there are columns of them."""
    column = columns[named["hour"]]
    if column.dtype == object:
        digits = [str(word).upper().removeprefix("HE").strip() if word is not None else "" for word in column.tolist()]
        column = np.array(
            [float(digit) if digit.isascii() and digit.isdigit() and len(digit) < 5 else np.nan for digit in digits]
        )
    since = _numeric_clock(column) if not np.isnan(column).all() and float(np.nanmax(column)) <= _LAST_HHMM else None
    if since is None:
        return None
    parts = [named["hour"]]
    for part, unit in (("minute", _HOUR // 60), ("second", 10**9)):
        if part in named and (numbers := _integers(columns[named[part]], 0, 60)) is not None:
            since, parts = since + numbers * unit, [*parts, named[part]]
    return parts, since


def _hour_of_word(word: str | None) -> float:
    """An hour that is written with letters before it, such as HE01; NaN for anything else.

    >>> _hour_of_word("HE01"), _hour_of_word("noon")
    (1.0, nan)
    """
    digits = "" if word is None else word.upper().removeprefix("HE").strip()
    return float(digits) if digits.isascii() and digits.isdigit() and len(digits) < 5 else float("nan")


def _periods(column: np.ndarray, days: np.ndarray, usual: float) -> np.ndarray | None:
    """Periods of a day counted from 1, such as the half hours of an electricity market.

    A day on which clocks are put back has more of them than others; they are brought to its length.
    """
    if _integers(column, 1, max(_PERIODS)) is None:
        return None
    usual = max(usual, float(np.nanpercentile(column, 95)))
    count = next((number for number in _PERIODS if number >= usual), max(_PERIODS))
    places = np.unique(days, return_inverse=True)[1]
    most = np.full(places.max() + 1, float(count))
    np.fmax.at(most, places, column)
    return np.round((column - 1) * _DAY / most[places])


def _carried_down(days: np.ndarray, known: np.ndarray, name: str, notes: list[str]) -> np.ndarray:
    """Days that are written once and stand for the rows below, as long as those have a clock time."""
    missing = np.isnat(days)
    carried = missing & known & np.maximum.accumulate(~missing)
    if not carried.any():
        return days
    places = np.maximum.accumulate(np.where(missing, 0, np.arange(len(days))))
    notes.append(
        f"Column {quote(name)}: {plural(int(carried.sum()), 'row')} without a date took that of the row above."
    )
    return np.where(carried, days[places], days)
