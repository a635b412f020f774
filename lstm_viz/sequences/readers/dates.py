"""Dates and times as people write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Dates without a time; each may be followed by one of TIMES.
DAYS = (
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d-%b-%Y",
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
MONTHS = ("%Y-%m", "%Y/%m", "%b %Y")

#: The pairs that some dates fit both of.
AMBIGUOUS = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y"}

#: 2024-05-01, 2024-05-01 12:30, 2024-05-01T12:30:15.250+02:00
ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}(:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?$"
)

#: How many cells decide which form the column has.
SAMPLE = 200


@dataclass(frozen=True)
class Dates:
    """datetime64[ns], NaT where a cell is none, and what was assumed."""

    values: np.ndarray
    note: str = ""


def parsed_dates(cells: pa.Array) -> Dates | None:
    """The dates in a column of text, or None where most of its cells are none.

    >>> parsed_dates(pa.array(["2024-05-01", "2024-05-02"])).values[1]
    np.datetime64('2024-05-02T00:00:00.000000000')
    >>> parsed_dates(pa.array(["1/5/2024", "31/5/2024"])).values[0]
    np.datetime64('2024-05-01T00:00:00.000000000')
    """
    sample = cells.drop_null()[:SAMPLE]
    if not pc.any(pc.match_substring_regex(sample, "[0-9]")).as_py():
        return None
    return _iso(cells, sample) or _common(cells, sample)


def _iso(cells: pa.Array, sample: pa.Array) -> Dates | None:
    if _share(pc.match_substring_regex(sample, ISO)) <= 0.5:
        return None
    fits = pc.match_substring_regex(cells, ISO).fill_null(False)
    kept = pc.if_else(fits, cells, pa.scalar(None, pa.string()))
    zoned = pc.match_substring_regex(kept, r"(Z|[0-9][+-][0-9]{2}:?[0-9]{2})$").fill_null(False)
    if pc.any(zoned).as_py():
        return _zoned(kept, zoned)
    return Dates(_cast(kept, None))


def _zoned(cells: pa.Array, zoned: pa.Array) -> Dates:
    """Every time as UTC; one without a zone among them is taken as UTC."""
    with_zone = pc.if_else(zoned, cells, pc.binary_join_element_wise(cells, "Z", ""))
    return Dates(_cast(with_zone, "UTC"), "times with a zone were turned into UTC.")


def _cast(cells: pa.Array, zone: str | None) -> np.ndarray:
    kind = pa.timestamp("ns", zone)
    try:
        return pc.cast(cells, kind).to_numpy(zero_copy_only=False).astype("datetime64[ns]")
    except pa.ArrowInvalid:  # One cell such as 2024-02-31 or the year 9999: each for itself.
        return np.array([_one(cell, kind) for cell in cells], dtype="datetime64[ns]")


def _one(cell: pa.Scalar, kind: pa.DataType) -> np.datetime64:
    try:
        return np.datetime64(cell.cast(kind).value if cell.is_valid else "NaT", "ns")
    except pa.ArrowInvalid:
        return np.datetime64("NaT", "ns")


def _common(cells: pa.Array, sample: pa.Array) -> Dates | None:
    shape = r"^[0-9A-Za-z]{1,9}[-/. ][0-9A-Za-z]{1,9}([-/., ]|$)"
    if _share(pc.match_substring_regex(sample, shape)) <= 0.5:
        return None
    forms = [day + time for day in DAYS for time in TIMES] + list(MONTHS)
    fits = {form: _share(_strptime(sample, form).is_valid()) for form in forms}
    best = max(fits, key=lambda form: fits[form])
    if fits[best] <= 0.5:
        return None
    return _best_of(cells, best)


def _best_of(cells: pa.Array, form: str) -> Dates:
    """The form, or its twin with day and month swapped where that fits more of the whole column."""
    day = next((day for day in AMBIGUOUS if form.startswith(day)), None)
    values = _nanoseconds(cells, form)
    if day is None:
        return Dates(values)
    other = _nanoseconds(cells, form.replace(day, AMBIGUOUS[day]))
    lost, other_lost = np.isnat(values).sum(), np.isnat(other).sum()
    if lost != other_lost:
        return Dates(values if lost < other_lost else other)
    if _in_order(other) and not _in_order(values):
        return Dates(other, "dates were read as month/day/year, by which they are in order.")
    return Dates(values, "dates were read as day/month/year; if they are month/day/year, write year-month-day.")


def _nanoseconds(cells: pa.Array, form: str) -> np.ndarray:
    seconds = _strptime(cells, form).to_numpy(zero_copy_only=False)
    within = (seconds > np.datetime64("1678-01-01")) & (seconds < np.datetime64("2262-01-01"))
    return np.where(within, seconds, np.datetime64("NaT")).astype("datetime64[ns]")


def _strptime(cells: pa.Array, form: str) -> pa.Array:
    return pc.strptime(cells, format=form, unit="s", error_is_null=True)


def _in_order(values: np.ndarray) -> bool:
    present = values[~np.isnat(values)]
    return bool((present[1:] >= present[:-1]).all())


def _share(mask: pa.Array) -> float:
    return pc.mean(mask.fill_null(False).cast(pa.float64())).as_py() or 0.0
