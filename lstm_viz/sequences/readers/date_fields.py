"""Date fields: what a date pattern found in each cell, and the times that come of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int

from lstm_viz.sequences.readers.date_patterns import MONTH_NAMES, ZONE_HOURS

#: Outside these years nanoseconds don't fit 64 bits.
FIRST_YEAR, LAST_YEAR = 1678, 2261
_SECOND, _DAY_NS = 10**9, 86_400 * 10**9


class DateFields:
    """The named fields of one pattern in cells that all match it.

    >>> fields = DateFields(pa.array(["3/4/2024 2:30 pm"]), "^(?P<first>[0-9]+)/(?P<second_part>[0-9]+)/"
    ...     "(?P<third>[0-9]+) (?P<hour>[0-9]+):(?P<minute>[0-9]+) (?P<half>pm)$")
    >>> fields.times(year=fields.number("third"), month=fields.number("second_part"), day=fields.number("first"))
    array(['2024-04-03T14:30:00.000000000'], dtype='datetime64[ns]')
    """

    def __init__(self, cells: pa.Array, expression: str) -> None:
        self.cells = cells
        self._found = pc.extract_regex(cells, expression)
        self._names = {field.name for field in self._found.type}

    def __len__(self) -> int:
        return len(self.cells)

    def has(self, name: str) -> bool:
        """Whether any cell has this field."""
        return name in self._names and bool(pc.any(pc.not_equal(self._found.field(name), "")).as_py())

    def number(self, name: str, default: int = 0) -> Int[np.ndarray, " cells"]:
        """A field of digits as numbers; `default` where it is left out."""
        if name not in self._names:
            return np.full(len(self), default)
        texts = self._found.field(name)
        return pc.cast(pc.if_else(pc.equal(texts, ""), str(default), texts), pa.int64()).to_numpy(zero_copy_only=False)

    def _by_text(self, name: str, meaning: Mapping[str, float] | None = None, default: float = 0.0) -> np.ndarray:
        """A field of words as numbers, each kind of word looked up once."""
        if name not in self._names:
            return np.full(len(self), default)
        words = self._found.field(name).dictionary_encode()
        kinds = [str(word) for word in words.dictionary.to_pylist()]
        numbers = [_zone_hours(kind) if meaning is None else meaning.get(kind.lower(), default) for kind in kinds]
        return np.array(numbers, dtype=float)[words.indices.to_numpy(zero_copy_only=False)]

    @cached_property
    def month(self) -> Int[np.ndarray, " cells"]:
        """The month by number, name, quarter or half of the year; 1 where a year is all there is."""
        if "month_name" in self._names:
            return self._by_text("month_name", MONTH_NAMES).astype(int)
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
    def since_midnight(self) -> Int[np.ndarray, " cells"]:
        """Nanoseconds since midnight, UTC where there is a zone; -1 where there is no such time."""
        return clock_nanoseconds(
            self.number("hour"), self.number("minute"), self.number("second"), self._fraction, self.half
        )

    @cached_property
    def _fraction(self) -> np.ndarray:
        """Nanoseconds of a fraction of a second."""
        if "fraction" not in self._names:
            return np.zeros(len(self), int)
        texts = pc.utf8_rpad(self._found.field("fraction"), 9, "0")
        return pc.cast(texts, pa.int64()).to_numpy(zero_copy_only=False)

    def times(self, year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
        """datetime64[ns] of these days and the cells' clock times; NaT where there is no such time."""
        days = self._named_days(year) if {"week", "day_of_year"} & self._names else civil_days(year, month, day)
        clock = self.since_midnight
        offset = np.nan_to_num(self.zone * 3600).astype(int) * _SECOND
        return np.where(clock < 0, np.datetime64("NaT"), join(days, np.maximum(clock, 0) - offset))

    def _named_days(self, year: np.ndarray) -> np.ndarray:
        """Days by ISO week, or by their number in the year."""
        if "week" in self._names:
            return iso_week_days(year, self.number("week"), self.number("weekday", 1))
        return days_of_year(year, self.number("day_of_year"))


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
    return np.where(own & (week >= 1), monday + (weekday - 1), np.datetime64("NaT"))


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
