"""Date order: whether a date's numbers are day, month or year, and which century its two-digit years are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.readers.date_fields import DateFields

#: Where three numbers of a date have their year, month and day, by the reading's name.
ORDERS = {
    "day/month/year": ("third", "second_part", "first"),
    "month/day/year": ("third", "first", "second_part"),
    "year/month/day": ("first", "second_part", "third"),
}
#: A reading is in order where the other has at least so many times its breaks.
CLEARLY = 2


@dataclass(frozen=True)
class DateReading:
    """The times of one reading, and what speaks for it.

    `other`: a reading that the file fits as well, "" where there is none; `example` is a cell in which they differ.
    `years`: the two readings of two-digit years, where the file does not tell which.
    """

    values: np.ndarray
    order: str = ""
    notes: tuple[str, ...] = ()
    other: str = ""
    example: str = ""
    example_value: str = ""
    first_year: int | None = None

    @property
    def day_first(self) -> bool | None:
        """Whether the day stands before the month; None where neither comes first."""
        return {"day/month/year": True, "month/day/year": False}.get(self.order)


class _Candidate(NamedTuple):
    order: str
    values: np.ndarray
    first_year: int | None


def choose_reading(fields: DateFields, *, day_first: bool | None, first_year: int | None, today: int) -> DateReading:
    """The times of cells, in the reading for which most speaks.

    First that all cells are dates, then that they are in order (rising, falling, or so from block to block), then
    that they are even, then a clock with a.m. and p.m., as in the United States. `today` is the year of today.
    """
    if not fields.has("first"):
        values, chosen = _with_century(fields, fields.number("day", 1), first_year, today)
        return DateReading(values, first_year=chosen)
    orders = [order for order in ORDERS if _may_be(fields, order, day_first)]
    candidates = [_candidate(fields, order, first_year, today) for order in orders]
    lost = [int(np.isnat(candidate.values).sum()) for candidate in candidates]
    candidates = [candidate for candidate, missing in zip(candidates, lost, strict=True) if missing == min(lost)]
    return _choose(fields, candidates, today)


def _may_be(fields: DateFields, order: str, day_first: bool | None) -> bool:
    if order == "year/month/day":
        return day_first is None and int(fields.number("third").max(initial=0)) < 100
    return day_first is None or day_first == (order == "day/month/year")


def _candidate(fields: DateFields, order: str, first_year: int | None, today: int) -> _Candidate:
    year, month, day = (fields.number(part) for part in ORDERS[order])
    if int(year.max(initial=0)) >= 100:
        return _Candidate(order, fields.times(year, month, day), None)
    return _Candidate(order, *_best_century(lambda years: fields.times(years, month, day), year, first_year, today))


def _with_century(
    fields: DateFields, day: np.ndarray, first_year: int | None, today: int
) -> tuple[np.ndarray, int | None]:
    """The times of cells whose parts are named, though their years may have two digits."""
    if not fields.has("short_year"):
        return fields.times(fields.number("year"), fields.month, day), None
    whole, short = fields.number("year", -1), fields.number("short_year")
    return _best_century(
        lambda years: fields.times(np.where(whole >= 0, whole, years), fields.month, day), short, first_year, today
    )


def _best_century(
    times: Callable[[np.ndarray], np.ndarray], short: np.ndarray, first_year: int | None, today: int
) -> tuple[np.ndarray, int]:
    """The times of two-digit years in the hundred years under which they are in order; at first those up to next year.

    What has not come yet is suspect, so the future is looked at only where the past is not in order.
    """
    usual = today + 1 - 99
    windows = [first_year] if first_year is not None else [usual, 1969, 1900, 2000]
    tried = [(times(first + (short - first) % 100), first) for first in windows]
    breaks = [order_breaks(values) for values, _ in tried]
    return tried[0] if CLEARLY * min(breaks) > breaks[0] else tried[int(np.argmin(breaks))]


def _choose(fields: DateFields, candidates: list[_Candidate], today: int) -> DateReading:
    """The reading for which most speaks, of those that lose the same number of cells."""
    different = [candidates[0], *(one for one in candidates[1:] if _differ(one.values, candidates[0].values).any())]
    if len(different) == 1:
        return DateReading(different[0].values, different[0].order, first_year=different[0].first_year)
    for evidence, words in (
        (order_breaks, "by which they are in order."),
        (lambda values: _in_future(values, today), "by which none has yet to come."),
        (unevenness, "by which they are even."),
    ):
        amounts = [evidence(candidate.values) for candidate in different]
        best = int(np.argmin(amounts))
        others = [amount for place, amount in enumerate(amounts) if place != best]
        if amounts[best] < min(others) and CLEARLY * amounts[best] <= min(others):
            return _decided(different[best], words)
    american = next((one for one in different if one.order == "month/day/year"), None)
    if american is not None and np.isfinite(fields.half).any():
        return _decided(american, "as is usual beside a.m. and p.m.")
    return _undecided(fields, different)


def _decided(candidate: _Candidate, words: str) -> DateReading:
    note = f"dates were read as {candidate.order}, {words}"
    notes = (note,) if candidate.order != "day/month/year" else ()
    return DateReading(candidate.values, candidate.order, notes, first_year=candidate.first_year)


def _undecided(fields: DateFields, candidates: list[_Candidate]) -> DateReading:
    """A proposal: the first of each month where that may be, else the least breaks, else the usual one of the mark."""
    months = [one for one in candidates if _are_first_of_months(one.values)]
    written = str(fields.cells[0])
    if "." in written.split(" ")[0]:
        return DateReading(candidates[0].values, candidates[0].order)
    usual = candidates[-1] if "-" in written and candidates[-1].order == "year/month/day" else candidates[0]
    best = months[0] if len(months) == 1 else min([usual, *candidates], key=lambda one: order_breaks(one.values))
    other = next(one for one in candidates if one.order != best.order)
    place = int(np.flatnonzero(_differ(best.values, other.values))[0])
    note = f"dates were read as {best.order}; if they are {other.order}, say so."
    return DateReading(
        best.values,
        best.order,
        (note,),
        other.order,
        str(fields.cells[place]),
        str(best.values[place].astype("datetime64[D]")),
        best.first_year,
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
