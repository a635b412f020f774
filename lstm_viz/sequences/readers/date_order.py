"""Date order: whether a date's numbers are day, month or year, and which century its two-digit years are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.readers.date_fields import DateFields
from lstm_viz.sequences.reading_options import ReadingOptions

#: Where three numbers of a date have their year, month and day, by the reading's name.
ORDERS = {
    "day/month/year": ("third", "second_part", "first"),
    "month/day/year": ("third", "first", "second_part"),
    "year/month/day": ("first", "second_part", "third"),
}
#: A reading is in order where the other has at least so many times its breaks.
CLEARLY = 2
#: Rows that a day has on average, if its days are those of one time after the other.
REPEATED = 3


@dataclass(frozen=True)
class DateReading:
    """The times of one reading, what speaks for it, and what the file fits as well.

    `other` is the name of that other reading, "" where there is none; `example` is a cell in which they differ, with
    the day it is in either. `first_year` begins the hundred years of two-digit years; `other_first_year` where the
    file does not tell which they are.
    """

    values: np.ndarray
    order: str = ""
    note: str = ""
    other: str = ""
    example: str = ""
    days: tuple[str, str] = ("", "")
    first_year: int | None = None
    other_first_year: int | None = None


class _Candidate(NamedTuple):
    order: str
    values: np.ndarray
    first_year: int | None
    other_first_year: int | None = None


def choose_reading(fields: DateFields, options: ReadingOptions, today: int) -> DateReading:
    """The times of cells, in the reading for which most speaks.

    First what the options say, then that all cells are dates, then that they are in order (rising, falling, or so
    from block to block), then that they are even, then a clock with a.m. and p.m., as in the United States.
    `today` is the year of today.
    """
    if not fields.has("first"):
        named = _with_century(fields, options.first_year, today)
        return DateReading(named.values, first_year=named.first_year, other_first_year=named.other_first_year)
    orders = [order for order in ORDERS if order != "year/month/day" or fields.number("third").max(initial=0) < 100]
    candidates = [_candidate(fields, order, options.first_year, today) for order in orders]
    lost = [int(np.isnat(candidate.values).sum()) for candidate in candidates]
    fitting = [candidate for candidate, missing in zip(candidates, lost, strict=True) if missing == min(lost)]
    reading = _choose(fields, fitting, today)
    wanted = [candidate for candidate in candidates if _is_wanted(candidate.order, options)]
    if wanted and reading.order not in [candidate.order for candidate in wanted]:
        best = min(wanted, key=lambda candidate: lost[candidates.index(candidate)])
        return _open(fields, best, next(one for one in candidates if one.order == reading.order))
    return reading


def _is_wanted(order: str, options: ReadingOptions) -> bool:
    if order == "year/month/day":
        return options.year_first is True
    if options.year_first is True or (options.year_first is None and options.day_first is None):
        return False
    return options.day_first is None or options.day_first == (order == "day/month/year")


def _candidate(fields: DateFields, order: str, first_year: int | None, today: int) -> _Candidate:
    year, month, day = (fields.number(part) for part in ORDERS[order])
    if int(year.max(initial=0)) >= 100:
        return _Candidate(order, fields.times(year, month, day), None)
    return _Candidate(order, *_best_century(lambda years: fields.times(years, month, day), year, first_year, today))


def _with_century(fields: DateFields, first_year: int | None, today: int) -> _Candidate:
    """The times of cells whose parts are named, though their years may have two digits."""
    day = fields.number("day", 1)
    if not fields.has("short_year"):
        return _Candidate("", fields.times(fields.number("year"), fields.month, day), None)
    whole, short = fields.number("year", -1), fields.number("short_year")

    def times(years: np.ndarray) -> np.ndarray:
        return fields.times(np.where(whole >= 0, whole, years), fields.month, day)

    return _Candidate("", *_best_century(times, short, first_year, today))


def _best_century(
    times: Callable[[np.ndarray], np.ndarray], short: np.ndarray, first_year: int | None, today: int
) -> tuple[np.ndarray, int, int | None]:
    """The times of two-digit years in the hundred years under which they are in order; at first those up to next year.

    What has not come yet is suspect, so the future is looked at only where the past is not in order. The last is
    another first year where the file does not tell.
    """
    usual = today + 1 - 99
    windows = list(dict.fromkeys([usual, 1969, 1900, 2000]))
    tried = [times(first + (short - first) % 100) for first in windows]
    breaks = [order_breaks(values) for values in tried]
    best = 0 if CLEARLY * min(breaks) > breaks[0] else int(np.argmin(breaks))
    spread = int(short.max(initial=0)) > 30 > int(short.min(initial=0))
    other = 2000 if usual + 50 < 2000 else None
    if first_year is not None:
        return times(first_year + (short - first_year) % 100), first_year, windows[best]
    return tried[best], windows[best], other if breaks[best] and spread else None


def _choose(fields: DateFields, candidates: list[_Candidate], today: int) -> DateReading:
    """The reading for which most speaks, of those that lose the same number of cells."""
    different = [candidates[0], *(one for one in candidates[1:] if _differ(one.values, candidates[0].values).any())]
    if len(different) == 1:
        return _certain(different[0])
    for evidence, words in (
        (order_breaks, ""),
        (lambda values: _in_future(values, today), "by which none has yet to come."),
        (unevenness, "by which they are even."),
    ):
        amounts = [evidence(candidate.values) for candidate in different]
        best = int(np.argmin(amounts))
        others = [amount for place, amount in enumerate(amounts) if place != best]
        if amounts[best] < min(others) and CLEARLY * amounts[best] <= min(others):
            return _certain(different[best], words or _order_words(different[best].values))
    american = next((one for one in different if one.order == "month/day/year"), None)
    if american is not None and np.isfinite(fields.half).any():
        return _certain(american, "as is usual beside a.m. and p.m.")
    if "." in str(fields.cells[0]).split(" ")[0]:
        return _certain(different[0])  # nobody writes points between month and day
    return _undecided(fields, different)


def _certain(candidate: _Candidate, words: str = "") -> DateReading:
    note = f"dates were read as {candidate.order}{', ' if words else '.'}{words}"
    return DateReading(
        candidate.values,
        candidate.order,
        note,
        first_year=candidate.first_year,
        other_first_year=candidate.other_first_year,
    )


def _order_words(values: np.ndarray) -> str:
    """How far a reading by which times go back least often is in order."""
    known = values[~np.isnat(values)]
    if order_breaks(known):
        return "by which they change direction least often."
    return "by which they are in order." if (known[1:] >= known[:-1]).all() else "by which they fall from row to row."


def _undecided(fields: DateFields, candidates: list[_Candidate]) -> DateReading:
    """A proposal: days side by side where each comes several times, the first of each month where that may be, else
    the least breaks, else the usual one of the mark.
    """
    months = [one for one in candidates if _are_first_of_months(one.values)]
    usual = (
        candidates[-1] if "-" in str(fields.cells[0]) and candidates[-1].order == "year/month/day" else candidates[0]
    )
    near = _nearest_days(candidates) or (months[0] if len(months) == 1 else None)
    best = near or min([usual, *candidates], key=lambda one: order_breaks(one.values))
    return _open(fields, best, next(one for one in candidates if one.order != best.order))


def _nearest_days(candidates: list[_Candidate]) -> _Candidate | None:
    """The reading by which days that come several times each lie side by side, if there is one; else None."""
    spans = []
    for candidate in candidates:
        days = candidate.values[~np.isnat(candidate.values)].astype("datetime64[D]")
        kinds = np.unique(days)
        if len(kinds) < 2 or REPEATED * len(kinds) > len(days):
            return None
        spans.append(int((kinds[-1] - kinds[0]).astype(int)) + 1)
    best = int(np.argmin(spans))
    days = np.unique(candidates[best].values.astype("datetime64[D]"))
    return candidates[best] if spans[best] <= 2 * len(days) and min(spans) < max(spans) else None


def _open(fields: DateFields, taken: _Candidate, other: _Candidate) -> DateReading:
    """A reading beside which another is possible, with a cell in which they differ."""
    differing = np.flatnonzero(_differ(taken.values, other.values))
    if len(differing) == 0:
        return _certain(taken)
    place = int(differing[0])
    days = tuple(_long_day(candidate.values[place]) for candidate in (taken, other))
    return DateReading(
        taken.values,
        taken.order,
        "",
        other.order,
        str(fields.cells[place]),
        (days[0], days[1]),
        taken.first_year,
        taken.other_first_year,
    )


def _long_day(time: np.datetime64) -> str:
    """A day that can't be mistaken: 3 April 2024.

    >>> _long_day(np.datetime64("2024-04-03"))
    '3 April 2024'
    """
    if np.isnat(time):
        return "no date"
    day = time.astype("datetime64[D]").item()
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)


def _differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one != other) & ~(np.isnat(one) & np.isnat(other))


def order_breaks(values: np.ndarray) -> int:
    """How often the times go against their direction: 0 where they rise or fall all along, few from block to block.

    >>> order_breaks(np.array(["2024-01-03", "2024-01-02", "NaT", "2024-01-01"], "datetime64[ns]"))
    0
    """
    known = values[~np.isnat(values)]
    return int(min((known[1:] < known[:-1]).sum(), (known[1:] > known[:-1]).sum()))


def unevenness(values: np.ndarray) -> float:
    """The share of steps, in order of time, that differ from the commonest: in days, or in whole months.

    >>> unevenness(np.array(["2024-01-01", "2024-02-01", "2024-03-01"], "datetime64[ns]"))
    0.0
    """
    known = np.unique(values[~np.isnat(values)])
    if len(known) < 3:
        return 1.0
    shares = [_share_of_commonest(np.diff(known))]
    months = known.astype("datetime64[M]")
    if len(np.unique(known - months)) == 1:
        shares.append(_share_of_commonest(np.diff(months)))
    return 1.0 - max(shares)


def _in_future(values: np.ndarray, today: int) -> int:
    """How many times lie after next year."""
    return int((values >= np.datetime64(f"{today + 2}-01-01")).sum())


def _share_of_commonest(steps: np.ndarray) -> float:
    return float(np.unique(steps, return_counts=True)[1].max() / len(steps))


def _are_first_of_months(values: np.ndarray) -> bool:
    known = values[~np.isnat(values)]
    return len(known) > 1 and bool((known.astype("datetime64[M]") == known.astype("datetime64[D]")).all())
