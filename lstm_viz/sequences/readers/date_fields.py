"""Date fields: what a date pattern found in each cell, and the times that come of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstm_viz.sequences.readers.date_patterns import MAX_LENGTH, MONTH_NAMES, ROMAN_NUMERALS, ZONE_HOURS, compiled

#: Outside these years nanoseconds don't fit 64 bits.
FIRST_YEAR, LAST_YEAR = 1678, 2261
_SECOND, _DAY_NS = 10**9, 86_400 * 10**9


#: Fields that are words; all others are digits.
_WORDS = frozenset(("month_name", "roman_month", "roman_quarter", "half", "zone"))
#: Cells that are laid out alike are read together; so many layouts are tried before the rest goes one by one.
_MAX_LAYOUTS = 100


class DateFields:
    """The named fields of one pattern in those cells that match it; `matched` says which.

    Cells of one length with the same signs and words in the same places are read together, column of bytes by column
    of bytes, which is many times faster than a regular expression a cell.

    >>> fields = DateFields(pa.array(["3/4/2024 2:30 pm"]), "^(?P<first>[0-9]+)/(?P<second_part>[0-9]+)/"
    ...     "(?P<third>[0-9]+) (?P<hour>[0-9]+):(?P<minute>[0-9]+) (?P<half>p)m$")
    >>> fields.times(year=fields.number("third"), month=fields.number("second_part"), day=fields.number("first"))
    array(['2024-04-03T14:30:00.000000000'], dtype='datetime64[ns]')
    """

    def __init__(self, cells: pa.Array, expression: str) -> None:
        cells = pc.cast(cells, pa.string())
        self._names = frozenset(compiled(expression).groupindex)
        self._numbers = {name: np.full(len(cells), -1) for name in self._names - _WORDS}
        self._words = {name: np.zeros(len(cells), int) for name in self._names & _WORDS}
        self._kinds: dict[str, int] = {"": 0}
        self.matched = np.zeros(len(cells), bool)
        left = self._read_by_layout(cells, expression)
        if len(left):
            self._read_one_by_one(cells.take(pa.array(left)), left, expression)
        self.cells = cells if self.matched.all() else cells.filter(pa.array(self.matched))
        self._numbers = {name: numbers[self.matched] for name, numbers in self._numbers.items()}
        self._words = {name: codes[self.matched] for name, codes in self._words.items()}

    def _read_by_layout(self, cells: pa.Array, expression: str) -> np.ndarray:
        """Read cells by the layout of the first that is left, again and again; the rows that are left at the end."""
        ends = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset : cells.offset + len(cells) + 1].astype(int)
        text = np.frombuffer(cells.buffers()[2] or b"", np.uint8)
        lengths, starts = np.diff(ends), ends[:-1]
        left, odd = np.arange(len(cells)), [np.zeros(0, int)]
        for _ in range(_MAX_LAYOUTS):
            if len(left) == 0:
                break
            cell = cells[int(left[0])].as_py()
            found = compiled(expression).match(cell) if cell.isascii() and len(cell) <= MAX_LENGTH else None
            if found is None:
                odd.append(left[:1])
                left = left[1:]
                continue
            alike = left[lengths[left] == len(cell)]
            letters = text[starts[alike][:, None] + np.arange(len(cell))]
            fits = self._fits_layout(letters, cell, found)
            self._read_layout(letters[fits], alike[fits], found)
            left = left[~self.matched[left]]
        return np.concatenate([*odd, left])

    def _fits_layout(self, letters: np.ndarray, cell: str, found: re.Match[str]) -> np.ndarray:
        """Which cells have digits where a cell's fields have some, and its very signs elsewhere."""
        digits = np.zeros(len(cell), bool)
        for name in self._names - _WORDS:
            digits[slice(*found.span(name))] = found[name] is not None
        own = np.frombuffer(cell.encode("ascii"), np.uint8)
        same: np.ndarray = (letters[:, ~digits] == own[~digits]).all(axis=1)
        return same & ((letters[:, digits] >= ord("0")) & (letters[:, digits] <= ord("9"))).all(axis=1)

    def _read_layout(self, letters: np.ndarray, rows: np.ndarray, found: re.Match[str]) -> None:
        self.matched[rows] = True
        for name in self._names:
            if not found[name]:
                continue
            if name in _WORDS:
                self._words[name][rows] = self._kinds.setdefault(found[name], len(self._kinds))
                continue
            number = np.zeros(len(rows), int)
            for place in range(*found.span(name)):
                number = 10 * number + (letters[:, place].astype(int) - ord("0"))
            self._numbers[name][rows] = number * _fraction_unit(name, len(found[name]))

    def _read_one_by_one(self, cells: pa.Array, rows: np.ndarray, expression: str) -> None:
        """What is laid out in its own way, or holds letters beyond ASCII, by a regular expression."""
        places: dict[str, list[int]] = {}
        for place, cell in enumerate(cells.to_pylist()):
            places.setdefault(cell, []).append(place)
        for cell, same in places.items():
            found = compiled(expression).match(cell) if len(cell) <= MAX_LENGTH else None
            if found is None:
                continue
            own = rows[same]
            self.matched[own] = True
            for name, value in found.groupdict().items():
                if value and name in _WORDS:
                    self._words[name][own] = self._kinds.setdefault(value, len(self._kinds))
                elif value:
                    self._numbers[name][own] = int(value) * _fraction_unit(name, len(value))

    def __len__(self) -> int:
        return len(self.cells)

    def has(self, name: str) -> bool:
        """Whether any cell has this field."""
        if name in self._words:
            return bool(self._words[name].any())
        return name in self._numbers and bool((self._numbers[name] >= 0).any())

    def number(self, name: str, default: int = 0) -> np.ndarray:
        """A field of digits as numbers; `default` where it is left out."""
        if name not in self._numbers:
            return np.full(len(self), default)
        return np.where(self._numbers[name] < 0, default, self._numbers[name])

    def _by_text(self, name: str, meaning: Mapping[str, float] | None = None, default: float = 0.0) -> np.ndarray:
        """A field of words as numbers, each kind of word looked up once."""
        if name not in self._words:
            return np.full(len(self), default)
        numbers = [_zone_hours(kind) if meaning is None else meaning.get(kind.lower(), default) for kind in self._kinds]
        return np.array(numbers, dtype=float)[self._words[name]]

    @cached_property
    def month(self) -> np.ndarray:
        """The month by number, name, quarter or half of the year; 1 where a year is all there is."""
        if "month_name" in self._names:
            return self._by_text("month_name", MONTH_NAMES).astype(int)
        if "roman_month" in self._names:
            return self._by_text("roman_month", ROMAN_NUMERALS).astype(int)
        if "roman_quarter" in self._names:
            return 3 * self._by_text("roman_quarter", ROMAN_NUMERALS).astype(int) - 2
        if "month_from_0" in self._names:
            return self.number("month_from_0") + 1
        if "quarter" in self._names:
            return 3 * self.number("quarter", 1) - 2
        if "half_year" in self._names:
            return 6 * self.number("half_year", 1) - 5
        return self.number("month", 1)

    @cached_property
    def half(self) -> np.ndarray:
        """12 in the afternoon of a clock with a.m. and p.m., 0 in its morning, NaN on another clock."""
        return self._by_text("half", {"a": 0.0, "p": 12.0}, np.nan)

    @cached_property
    def zone(self) -> np.ndarray:
        """Hours ahead of UTC, NaN where no zone is named, or one that is not known."""
        return self._by_text("zone", default=np.nan)

    @property
    def zoned(self) -> bool:
        """Whether a cell has a zone."""
        return bool(np.isfinite(self.zone).any())

    @cached_property
    def since_midnight(self) -> np.ndarray:
        """Nanoseconds since midnight, UTC where there is a zone; -1 where there is no such time."""
        hour, minute, second, fraction = (self.number(name) for name in ("hour", "minute", "second", "fraction"))
        return clock_nanoseconds(hour, minute, second, fraction, self.half)

    def times(self, year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
        """datetime64[ns] of these days and the cells' clock times; NaT where there is no such time."""
        if "milliseconds" in self._names:
            return (self.number("milliseconds") * 10**6).astype("datetime64[ns]")
        days = self._named_days(year) if {"week", "day_of_year"} & self._names else civil_days(year, month, day)
        clock = self.since_midnight
        offset = np.nan_to_num(self.zone * 3600).astype(int) * _SECOND
        return np.where(clock < 0, np.datetime64("NaT"), join(days, np.maximum(clock, 0) - offset))

    def _named_days(self, year: np.ndarray) -> np.ndarray:
        """Days by ISO week, or by their number in the year."""
        if "week" in self._names:
            return iso_week_days(year, self.number("week"), self.number("weekday", 1))
        return days_of_year(year, self.number("day_of_year"))


def _fraction_unit(name: str, digits: int) -> int:
    """What the last digit of a field counts: of a fraction of a second, nanoseconds."""
    return 10 ** (9 - digits) if name == "fraction" else 1


def clock_nanoseconds(
    hour: np.ndarray, minute: np.ndarray, second: np.ndarray, fraction: np.ndarray, half: np.ndarray
) -> np.ndarray:
    """Nanoseconds since midnight; -1 for no such time. 24:00 is the next midnight, a leap second 23:59:59.

    half: 0 before noon, 12 after it, NaN on a clock of 24 hours.

    >>> zero, day = np.array([0]), np.array([np.nan])
    >>> clock_nanoseconds(np.array([12]), np.array([30]), zero, zero, np.array([0.0])) // 60_000_000_000
    array([30])
    >>> clock_nanoseconds(np.array([24]), zero, zero, zero, day) == 86_400 * 10**9
    array([ True])
    """
    halved = np.isfinite(half) & (hour <= 12)
    hours = np.where(halved, hour % 12 + np.nan_to_num(half).astype(int), hour)
    whole = (hours * 60 + minute) * 60 + np.minimum(second, 59)
    right = (minute < 60) & (second <= 60) & (hours < 24) | (hours == 24) & (minute == 0) & (second == 0)
    return np.where(right, whole * _SECOND + fraction, -1)


def join(days: np.ndarray, nanoseconds: np.ndarray) -> np.ndarray:
    """datetime64[ns] of days (datetime64[D]) and nanoseconds."""
    times: np.ndarray = days.astype("datetime64[ns]") + nanoseconds.astype("timedelta64[ns]")
    return times


def civil_days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """datetime64[D], NaT for a day that no month has, and outside the years that nanoseconds reach.

    >>> civil_days(np.array([2024, 2023]), np.array([2, 2]), np.array([29, 29])).astype(str).tolist()
    ['2024-02-29', 'NaT']
    """
    inside = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)
    months = (np.where(inside, year, 2000) - 1970) * 12 + np.where(inside, month, 1) - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    length = ((months + 1).astype("datetime64[M]").astype("datetime64[D]") - first).astype(int)
    inside &= (day >= 1) & (day <= length)
    return np.where(inside, first + np.where(inside, day - 1, 0), np.datetime64("NaT"))


def days_of_year(year: np.ndarray, number: np.ndarray) -> np.ndarray:
    """datetime64[D] of the days of a year counted from 1, NaT for one that the year does not have.

    >>> days_of_year(np.array([2024, 2023]), np.array([366, 366])).astype(str).tolist()
    ['2024-12-31', 'NaT']
    """
    inside = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (number >= 1) & (number <= 366)
    years = np.where(inside, year, 2000) - 1970
    first = years.astype("datetime64[Y]").astype("datetime64[D]")
    days = first + np.where(inside, number - 1, 0)
    return np.where(inside & (days.astype("datetime64[Y]").astype(int) == years), days, np.datetime64("NaT"))


def iso_week_days(year: np.ndarray, week: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """datetime64[D] of ISO weeks (ISO 8601): week 1 has the year's 4 January; NaT for a week that there is not.

    >>> iso_week_days(np.array([2020, 2021]), np.array([53, 53]), np.array([1, 1])).astype(str).tolist()
    ['2020-12-28', 'NaT']
    """
    fourth = days_of_year(year, np.full(len(year), 4))
    since_monday = (fourth.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    monday = fourth - since_monday + (week - 1) * 7
    own = (monday + 3).astype("datetime64[Y]").astype(np.int64) == year - 1970
    own &= (week >= 1) & (weekday >= 1) & (weekday <= 7)
    return np.where(own, monday + (weekday - 1), np.datetime64("NaT"))


def _zone_hours(zone: str) -> float:
    """Hours ahead of UTC.

    >>> _zone_hours("+02:30"), _zone_hours("CEST"), _zone_hours("GMT-3"), _zone_hours("XYZ")
    (2.5, 2.0, -3.0, nan)
    """
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])([0-9]{1,2}):?([0-9]{2})?", zone)
    if offset is None:
        return ZONE_HOURS.get(zone.upper(), float("nan"))
    sign, hours, minutes = offset.groups()
    size = int(hours) + int(minutes or 0) / 60
    return (-size if sign == "-" else size) if size <= 18 else float("nan")
