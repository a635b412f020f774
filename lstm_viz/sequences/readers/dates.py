"""Date and time formats: parsing a column of text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstm_viz.sequences.reading_options import DEFAULTS, Question, ReadingOptions

#: Dates without a time; each may be followed by one of TIMES.
DATE_FORMATS = (
    *("%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y"),
    *("%d %b %Y", "%b %d, %Y", "%d-%b-%Y", "%d-%b-%y"),
)
TIME_FORMATS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
MONTH_FORMATS = ("%Y-%m", "%Y/%m", "%b %Y")

#: The pairs that some dates fit both of.
DAY_MONTH_SWAPS = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%d/%m/%y": "%m/%d/%y"}

#: 2024-05-01, 2024-05-01 12:30, 2024-05-01T12:30:15.250+02:00, whether there is such a day or not.
ISO_SHAPE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{2,18})?(Z|[+-][0-9]{2}:?[0-9]{2})?$"

#: The same for days and times that there are, but for 29 February; in years that nanoseconds reach.
_YEAR = r"(16(7[89]|[89][0-9])|1[7-9][0-9]{2}|2[01][0-9]{2}|22[0-5][0-9]|226[01])"
_DAY = r"((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))"
_CLOCK = r"([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?)?"
ISO = rf"^{_YEAR}-{_DAY}([T ]{_CLOCK})?$"
ZONED = rf"^{_YEAR}-{_DAY}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{{1,9}})?)?"
ZONE = r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$"

#: How many cells decide which form the column has.
SAMPLE_CELLS = 200


@dataclass(frozen=True)
class ParsedDates:
    """datetime64[ns], NaT where a cell is none, and what was assumed."""

    values: np.ndarray
    note: str = ""
    question: Question | None = None


def parse_dates(cells: pa.Array, options: ReadingOptions = DEFAULTS, name: str = "") -> ParsedDates | None:
    """The dates in a column of text, called `name` in questions, or None where most of its cells are none.

    >>> parse_dates(pa.array(["2024-05-01", "2024-02-30", "2024-05-02"])).values.astype("datetime64[D]")
    array(['2024-05-01',        'NaT', '2024-05-02'], dtype='datetime64[D]')
    >>> parse_dates(pa.array(["1/5/2024", "31/5/2024"])).values[0]
    np.datetime64('2024-05-01T00:00:00.000000000')
    """
    sample = cells.drop_null()[:SAMPLE_CELLS]
    if not pc.any(pc.match_substring_regex(sample, "[0-9]")).as_py():
        return None
    return _parse_iso(cells, sample) or _parse_common_formats(cells, sample)


def _parse_iso(cells: pa.Array, sample: pa.Array) -> ParsedDates | None:
    if _fraction_true(pc.match_substring_regex(sample, ISO_SHAPE)) <= 0.5:
        return None
    zoned = pc.and_(_matches(cells, ZONED), _matches(cells, ZONE))
    there_is = pc.and_not(pc.or_(_matches(cells, ISO), zoned), _invalid_leap_days(cells))
    kept = pc.if_else(there_is, cells, pa.scalar(None, pa.string()))
    if not pc.any(zoned).as_py():
        return ParsedDates(_cast(kept, None))
    with_zone = pc.if_else(zoned, kept, pc.binary_join_element_wise(_pad_to_minutes(kept), "Z", ""))
    return ParsedDates(_cast(with_zone, "UTC"), "times with a zone were turned into UTC.")


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
    return pc.cast(cells, pa.timestamp("ns", zone)).to_numpy(zero_copy_only=False).astype("datetime64[ns]")


def _parse_common_formats(cells: pa.Array, sample: pa.Array) -> ParsedDates | None:
    shape = r"^[0-9A-Za-z]{1,9}[-/. ][0-9A-Za-z]{1,9}([-/., ]|$)"
    if _fraction_true(pc.match_substring_regex(sample, shape)) <= 0.5:
        return None
    forms = [day + time for day in DATE_FORMATS for time in TIME_FORMATS] + list(MONTH_FORMATS)
    fits = {form: np.mean(~np.isnat(_strptime(sample, form))) for form in forms}
    best = max(fits, key=lambda form: fits[form])
    return _resolve_day_month_order(cells, best) if fits[best] > 0.5 else None


def _resolve_day_month_order(cells: pa.Array, form: str) -> ParsedDates:
    """The form, or its twin with day and month swapped where that fits more of the whole column."""
    day = next((day for day in DAY_MONTH_SWAPS if form.startswith(day)), None)
    values = _strptime(cells, form)
    if day is None:
        return ParsedDates(values)
    other = _strptime(cells, form.replace(day, DAY_MONTH_SWAPS[day]))
    lost, other_lost = np.isnat(values).sum(), np.isnat(other).sum()
    if lost != other_lost:
        return ParsedDates(values if lost < other_lost else other)
    if _is_sorted(other) and not _is_sorted(values):
        return ParsedDates(other, "dates were read as month/day/year, by which they are in order.")
    return ParsedDates(values, "dates were read as day/month/year; if they are month/day/year, write year-month-day.")


def _strptime(cells: pa.Array, form: str) -> np.ndarray:
    """The cells of this form, NaT for others, for days that no month has, and past nanoseconds' years."""
    parsed = pc.strptime(cells, format=form, unit="s", error_is_null=True)
    seconds = parsed.to_numpy(zero_copy_only=False)
    within = (seconds > np.datetime64("1678-01-01")) & (seconds < np.datetime64("2262-01-01"))
    if "%d" in form and within.any():  # strptime makes 2 March of 30 February.
        written = pc.extract_regex(cells, _day_pattern(form)).field("day")
        within &= np.asarray(pc.equal(pc.day(parsed), written.cast(pa.int64())).fill_null(False))
    return np.where(within, seconds, np.datetime64("NaT")).astype("datetime64[ns]")


def _day_pattern(form: str) -> str:
    """Where a form has its day.

    >>> _day_pattern("%d.%m.%Y")
    '^(?P<day>[0-9]{1,2})\\\\.[0-9A-Za-z]+\\\\.[0-9A-Za-z]+$'
    """
    parts = re.split(r"(%[A-Za-z])", form)
    fields = {"": "", "%d": "(?P<day>[0-9]{1,2})"}
    words = [fields.get(part, "[0-9A-Za-z]+" if part.startswith("%") else re.escape(part)) for part in parts]
    return f"^{''.join(words)}$"


def _is_sorted(values: np.ndarray) -> bool:
    present = values[~np.isnat(values)]
    return bool((present[1:] >= present[:-1]).all())


def _matches(cells: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(cells, pattern).fill_null(False)


def _fraction_true(mask: pa.Array) -> float:
    return pc.mean(mask.fill_null(False).cast(pa.float64())).as_py() or 0.0
