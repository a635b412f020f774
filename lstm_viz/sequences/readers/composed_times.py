"""Times in parts: a date and a clock time in two columns, or year, month and day in three, composed into one column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from lstm_viz.sequences.column_words import UNNAMED_PREFIX, name_words, time_part
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.readers.column_names import quote
from lstm_viz.sequences.readers.date_fields import DateFields, civil_days, days_of_year, iso_week_days, join
from lstm_viz.sequences.readers.date_order import unevenness
from lstm_viz.sequences.readers.date_patterns import CLOCK, CLOCK_SHAPE, MONTH_NAMES, ZONE_HOURS, fits
from lstm_viz.sequences.readers.numeric_dates import parse_numeric_dates
from lstm_viz.sequences.reading_options import DEFAULTS, Answer, Question, ReadingOptions
from lstm_viz.sequences.table import Table

#: Cells that are looked at before a whole column is.
_PEEK = 50
_HOUR = 3600 * 10**9
_DAY = 24 * _HOUR
#: How many periods a day may be cut into: hours, half hours, quarters of an hour, five minutes, minutes.
_PERIODS = (24, 48, 96, 288, 1440)
_HALF_HOURS = 48
#: Periods beside M01 to M12, Q01 to Q04 and S01 to S02 that stand for a whole year.
_WHOLE_YEARS = frozenset(("M13", "Q05", "S03"))
#: A quarter with other letters, such as 4. Quartal or T4.
_BESIDE_QUARTER = re.compile(r"^[^0-9]*([1-4])[^0-9]*$")
#: The beginning of a span of the day, such as 00 - 01 or 14:00-14:15.
_CLOCK_SPAN = re.compile(
    r"([0-9]{1,2}(?:[:.][0-9]{2})?)(?: ?[ap]m)? ?(?:-|–|—|to|bis) ?[0-9]{1,2}(?:[:.][0-9]{2})?(?: ?(?:[ap]m|Uhr|h))?"
)
#: Parts that follow a year, each with its least and its largest number.
_PARTS_IN_ORDER = (("month", 1, 12), ("day", 1, 31), ("hour", 0, 24))
#: Years that a column without a name may hold, and the share of steps that may differ from the others.
_LIKELY_YEARS, _UNEVEN = (1600, 2200), 0.1
#: Hours of the day, as 0 to 23 or 1 to 24; hours and minutes, as 0 to 2400.
_LAST_HOUR, _LAST_HHMM = 24, 2400


def with_times(table: Table, options: ReadingOptions = DEFAULTS) -> Table:
    """The table with dates that are written as numbers as dates, and a time that stands in parts as one column more.

    >>> from lstm_viz.sequences.readers.columns import column_of_text
    >>> table = Table({"Date": np.array(["2024-01-02"] * 2, "datetime64[ns]"),
    ...     "Time": np.array(["12:00", "00:30"], object)}, "", "CSV")
    >>> with_times(table).columns["Date, Time"].astype("datetime64[m]").tolist()[1]
    datetime.datetime(2024, 1, 2, 0, 30)
    """
    if table.roles.get("time"):
        return table
    table = _without_means_of_the_year(table)
    columns, notes, questions = _with_numeric_dates(table.columns, options)
    composed = _compose(columns, notes)
    if composed is not None and _is_doubtful(columns, composed):
        questions.append(_parts_question(composed, options))
    table = replace(table, columns=columns, notes=(*table.notes, *notes), questions=(*table.questions, *questions))
    if composed is None or (name := ", ".join(composed[0])) in columns:
        return table
    parts, values = composed
    return replace(table, columns={name: values, **columns}, composed={**table.composed, name: tuple(parts)})


def _is_doubtful(columns: Mapping[str, np.ndarray], composed: tuple[list[str], np.ndarray]) -> bool:
    """Whether parts without names are a time by their numbers alone, whose steps are not even either."""
    parts, times = composed
    unnamed = all(name.startswith(UNNAMED_PREFIX) and columns[name].dtype.kind == "f" for name in parts)
    return unnamed and unevenness(times) >= _UNEVEN


def _parts_question(composed: tuple[list[str], np.ndarray], options: ReadingOptions) -> Question:
    parts, times = composed
    example = f"{', '.join(map(quote, parts))}: may be a time, as {str(times[0])[:10]} in row 1, or numbers."
    time, numbers = Answer(", ".join(parts), "a time that orders the rows"), Answer("", "numbers")
    taken, other = (numbers, time) if options.time == "" else (time, numbers)
    return Question("time", example, taken, (other,))


def _without_means_of_the_year(table: Table) -> Table:
    """The table without rows that stand for a whole year among its months or quarters, such as M13."""
    for name, column in table.columns.items():
        if time_part(name) == "period" and column.dtype == object:
            whole = np.array([str(word).upper() in _WHOLE_YEARS for word in column.tolist()])
            if whole.any() and not whole.all():
                columns = {other: values[~whole] for other, values in table.columns.items()}
                word = str(column[whole][0])
                said = f"{plural(int(whole.sum()), 'row')} for whole years left out: {quote(word)} in {quote(name)}."
                return replace(table, columns=columns, notes=(*table.notes, said))
    return table


def _with_numeric_dates(
    columns: Mapping[str, np.ndarray], options: ReadingOptions
) -> tuple[dict[str, np.ndarray], list[str], list[Question]]:
    read, notes, questions = dict(columns), [], list[Question]()
    for name, column in columns.items():
        if column.dtype.kind == "f" and (found := parse_numeric_dates(name, column, options)) is not None:
            read[name] = found.values
            notes.append(f"Column {quote(name)}: numbers were read as times ({found.form}).")
            questions += found.questions
    return read, notes, questions


def _compose(columns: Mapping[str, np.ndarray], notes: list[str]) -> tuple[list[str], np.ndarray] | None:
    """The names of a time's parts and the time, or None where it is not in parts."""
    named = _columns_by_part(columns)
    if all(name.startswith(UNNAMED_PREFIX) for name in columns):
        named = _parts_by_values(columns)
        if named:
            said = ", ".join(f"{quote(name)} as {part}" for part, name in named.items())
            notes.append(f"Columns without names were read as parts of a time, by their numbers: {said}.")
    found = _date_column(columns) or _date_of_parts(columns, named)
    if found is None:
        return _in_zones(columns, notes)
    parts, days = found
    clock = _clock(columns, named, days)
    if clock is None:
        return (parts, days.astype("datetime64[ns]")) if len(parts) > 1 else None
    clock_parts, since_midnight = clock
    known = ~np.isnan(since_midnight)
    days = _carried_down(days, known, parts[0], notes)
    times = join(days, np.where(known, since_midnight, 0).astype(np.int64))
    return parts + clock_parts, np.where(known, times, np.datetime64("NaT"))


def _in_zones(columns: Mapping[str, np.ndarray], notes: list[str]) -> tuple[list[str], np.ndarray] | None:
    """Times in UTC, of times beside a column that names each one's zone, such as EST and EDT."""
    time = next((name for name, column in columns.items() if column.dtype.kind == "M" and _changes(column)), None)
    if time is None:
        return None
    for name, column in columns.items():
        if column.dtype != object or column[0] is None or str(column[0]).upper() not in ZONE_HOURS:
            continue
        kinds = {word: ZONE_HOURS.get(str(word).upper(), np.nan) for word in dict.fromkeys(column.tolist())}
        if len(set(kinds.values())) > 1 and not np.isnan(list(kinds.values())).any():
            hours = np.array([kinds[word] for word in column.tolist()])
            notes.append(f"Column {quote(time)}: times were turned into UTC by {quote(name)}.")
            return [time, name], columns[time] - (hours * _HOUR).astype("timedelta64[ns]")
    return None


def _columns_by_part(columns: Mapping[str, np.ndarray]) -> dict[str, str]:
    """The first column of each part of a time; year, month and day by one letter only where all three are there."""
    named: dict[str, str] = {}
    for name, column in columns.items():
        part = time_part(name)
        if part == "period" and column.dtype == object:
            part = _unit_of_periods(column)
        if part is not None and column.dtype.kind != "M":
            named.setdefault(part, name)
    single = [part for part in ("year", "month", "day") if len(named.get(part, "xx")) == 1]
    if single and not {"year", "month", "day"} <= set(named):
        named = {part: name for part, name in named.items() if part not in single}
    return named


def _unit_of_periods(column: np.ndarray) -> str:
    """What periods with a letter are, such as M01 or Q2: "month", "quarter" or else "period"."""
    letters = {str(word)[:1].upper() for word in column.tolist() if word is not None}
    return {"M": "month", "Q": "quarter"}.get("".join(letters), "period")


def _parts_by_values(columns: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Columns without names side by side, whose numbers are a year, a month, a day and an hour.

    Those of even steps come first, then those that are days all along.
    """
    names, uneven = list(columns), dict[str, str]()
    for place, name in enumerate(names):
        year = _integers(columns[name], *_LIKELY_YEARS)
        if year is None or np.isnan(year).any():
            continue
        parts, named, clock = [year], {"year": name}, np.zeros(len(year))
        for (part, low, high), other in zip(_PARTS_IN_ORDER, names[place + 1 :], strict=False):
            numbers = _integers(columns[other], low, high)
            if numbers is None or np.isnan(numbers).any() or (part == "hour" and not _all_hours(numbers)):
                break
            named[part] = other
            parts, clock = ([*parts, numbers], clock) if part != "hour" else (parts, numbers * _HOUR)
        while len(parts) > 1:
            days = civil_days(*(part.astype(int) for part in (*parts, np.ones(len(year)))[:3]))
            real = not np.isnat(days).any()
            if real and unevenness(join(days, clock.astype(np.int64))) < _UNEVEN:
                return named
            if real and len(parts) == 3 and len(np.unique(days)) > 1:
                uneven = uneven or {part: own for part, own in named.items() if part != "hour"}
            if len(parts) == 3:
                named.pop("hour", None)
            parts, clock = parts[:-1], np.zeros(len(year))
            named = {part: own for part, own in named.items() if part in ("year", "month", "day")[: len(parts)]}
    return uneven


def _all_hours(numbers: np.ndarray) -> bool:
    """Whether numbers are the hours of whole days, from 0 or from 1, each about as often as any other."""
    counts = np.unique(numbers, return_counts=True)[1]
    return len(counts) == _LAST_HOUR and int(counts.max()) <= int(counts.min()) + 1 + len(numbers) // 200


def _date_column(columns: Mapping[str, np.ndarray]) -> tuple[list[str], np.ndarray] | None:
    """The first column of dates that change and have no time of day."""
    dates = [name for name, column in columns.items() if column.dtype.kind == "M" and _are_days(column)]
    changing = [name for name in dates if _changes(columns[name])]
    return next((([name], columns[name].astype("datetime64[D]")) for name in changing or dates), None)


def _changes(column: np.ndarray) -> bool:
    known = column[~np.isnat(column)]
    return bool((known[1:] != known[:-1]).any())


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
        numbered = {f"{part[0]}{number:{width}}": number for number in range(1, 13) for width in ("", "02")}
        names = {**numbered, **(MONTH_NAMES if part == "month" else {})}
        if part == "quarter":
            words = [word and re.sub(_BESIDE_QUARTER, r"q\1", word) for word in words]
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
    if "hour" not in named and (hours := _hours_by_last_word(columns, days)):
        named = {**named, "hour": hours}
    if "hour" in named:
        return _hours_and_minutes(columns, named)
    if "period" in named:
        usual = _HALF_HOURS if "settlement" in name_words(named["period"]) else 0
        since = _periods(columns[named["period"]], days, usual)
        return None if since is None else ([named["period"]], since)
    return None


def _hours_by_last_word(columns: Mapping[str, np.ndarray], days: np.ndarray) -> str | None:
    """A column whose name ends as that of hours does, and whose numbers are all hours of days that come repeatedly."""
    if 2 * len(np.unique(days)) > len(days):
        return None
    for name, column in columns.items():
        words = name_words(name)
        if words and time_part(words[-1]) == "hour" and len(words[-1]) > 1:
            numbers = _integers(column, 0, _LAST_HOUR)
            if numbers is not None and _all_hours(numbers[~np.isnan(numbers)]):
                return name
    return None


def clock_times(words: np.ndarray) -> np.ndarray | None:
    """Nanoseconds since midnight of a column of clock times, NaN at gaps; None where most words are none.

    >>> (clock_times(np.array(["12:30", None, "24:00"], object)) / 3.6e12).tolist()
    [12.5, nan, 24.0]
    """
    peek = [word for word in words[: 4 * _PEEK].tolist() if word is not None][:_PEEK]
    if 2 * sum(_CLOCK_SPAN.fullmatch(str(word)) is not None for word in peek) > len(peek):
        spans = [None if word is None else _CLOCK_SPAN.fullmatch(str(word)) for word in words.tolist()]
        words = np.array([None if span is None else _with_minutes(span[1]) for span in spans], object)
        peek = ["00:00"]
    if 2 * sum(fits(CLOCK_SHAPE, str(word)) for word in peek) <= len(peek):
        return None
    rows = np.array([place for place, word in enumerate(words.tolist()) if word is not None], int)
    fields = DateFields(pa.array(words[rows], pa.string()), f"^{CLOCK}$")
    if 2 * np.count_nonzero(fields.matched) <= len(rows):
        return None
    since = np.full(len(words), np.nan)
    since[rows[fields.matched]] = np.where(fields.since_midnight < 0, np.nan, fields.since_midnight)
    return since


def _with_minutes(clock: str) -> str:
    """A clock time with its minutes: 14 as 14:00."""
    return clock if ":" in clock or "." in clock else f"{clock}:00"


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
