"""Series in rows: tables whose rows are whole sequences, by names that are years or dates, or by how values lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import format_values, make_unique, plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import list_names, quote
from lstm_viz.sequences.readers.columns import column_of_text
from lstm_viz.sequences.reading_options import Answer, Question, ReadingOptions, RowMeaning
from lstm_viz.sequences.table import Table

#: 1990, 1960 [YR1960], 2024-01, 1/22/20, d_17, t5, step 3: names of columns that are times.
YEAR = re.compile(r"(1[5-9]|20|21)\d\d( \[YR\d{4}\])?$")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = re.compile(
    r"(?i)(?P<month>jan|feb|mar|mär|mrz|apr|ma[yi]|jun|jul|aug|sep|oct|okt|nov|de[cz])[a-zä]{0,6}\.?"
    r"([ _./-]?(?P<year>\d{4}|\d{2}))?$"
)
CLOCK = re.compile(r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(:00)?$")
#: The corner above the labels where the names beside it are times, and rows therefore features.
TIME_CORNER = re.compile(
    r"(?i)\W*(time|date|datetime|datum|zeit|uhrzeit|timestamp|year|jahr|month|monat|hour|stunde)\W*$"
)
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?([ T]\d{1,2}:\d{2}(:\d{2})?)?$")
COUNTED = re.compile(r"(?P<stem>[A-Za-z]{0,5}[ _.-]?)(?P<number>\d+)$")
#: Names that count times, whatever the values are.
TIME_STEM = re.compile(r"(?i)(d|t|day|step|week|month|hour|time|quarter|year)[ _.-]?\d+$")
#: The fewest columns that make a row look like a series, and how much wider than high a table without names is then.
MIN_TIMES, MIN_WIDTH, WIDE = 3, 16, 4
#: How much smoother than downwards values have to run along the rows.
SMOOTHER = 0.5
LABELS = {
    "step": "a row is a step",
    "sequence": "a row is a whole sequence",
    "feature": "a row is a feature",
    "part": "a row is a part of the one sequence",
}
MEANINGS: tuple[RowMeaning, ...] = ("step", "sequence", "feature", "part")


def turn_where_rows_are_series(table: Table, options: ReadingOptions, limits: Limits) -> Table:
    """The table as it is, or turned: by what was said, else where its rows look like series; that is a question.

    Raises SequenceError where it can't be turned as was said.

    >>> years = {str(year): np.ones(2) for year in (1990, 1991, 1992)}
    >>> table = Table({"country": np.array(["A", "B"], object)} | years, "", "csv")
    >>> turned = turn_where_rows_are_series(table, ReadingOptions(), Limits())
    >>> list(turned.columns), turned.rows, turned.questions[0].option
    (['country', 'time', 'value'], 6, 'row_is')
    """
    if table.roles or (table.format == "text" and len(table.columns) == 1):
        return table
    times, labels = _split_names(table)
    guess = _guess(table, times, labels)
    if options.row_is is None and guess is None:
        return table
    taken: RowMeaning = options.row_is or guess or "step"
    if table.rows == 1 and taken != "step" and not labels:
        value = np.array([values[0] for values in table.columns.values() if values.dtype.kind == "f"])
        said = f"The one row was read as a sequence of {plural(len(value), 'step')}."
        return replace(table, columns={"value": value}, notes=(*table.notes, said))
    times = times or _unnamed_times(table)
    if labels is None and times:
        labels = [name for name in table.columns if name not in times]
    turned = table
    if taken != "step":
        times = times or [name for name, values in table.columns.items() if values.dtype.kind == "f"]
        if not times:
            raise SequenceError('No column holds numbers, so rows can\'t be turned. Choose row_is="step".')
        labels = [name for name in table.columns if name not in times] if labels is None else labels
        turn = {"sequence": _long, "feature": _transposed, "part": _joined}[taken]
        turned = turn(table, times, labels, limits)
    if guess is None and taken == options.row_is:
        return turned
    ways = MEANINGS if _parts_of(table, labels or []) or taken == "part" else MEANINGS[:3]
    others = tuple(Answer(way, LABELS[way]) for way in ways if way != taken)
    question = Question("row_is", _example(table, times), Answer(taken, LABELS[taken]), others)
    return replace(turned, questions=(*turned.questions, question))


def _example(table: Table, times: Sequence[str]) -> str:
    named = not all(name.startswith("column_") for name in times)
    shown = f" whose names are {list_names(list(times), 3)}" if named else ""
    return f"The table has {plural(table.rows, 'row')} and {plural(len(times), 'column')} of numbers{shown}."


def _split_names(table: Table) -> tuple[list[str], list[str] | None]:
    """(columns whose names are times, the others); none where names aren't."""
    numbers = [name for name, values in table.columns.items() if values.dtype.kind == "f"]
    for pattern in (YEAR, DATE, MONTH, CLOCK):
        times = [name for name in numbers if pattern.match(name.strip())]
        if len(times) >= MIN_TIMES and len(times) >= len(numbers) / 2:
            return times, [name for name in table.columns if name not in times]
    counted = {name: match for name in numbers if (match := COUNTED.match(name.strip())) and not _is_unnamed(name)}
    stems = {match["stem"] for match in counted.values()}
    times = list(counted)
    places = [int(match["number"]) for match in counted.values()]
    if len(stems) == 1 and len(times) >= MIN_TIMES and (np.diff(places) == 1).all():
        return times, [name for name in table.columns if name not in times]
    return [], None


def _is_unnamed(name: str) -> bool:
    return name.startswith("column_")


def _guess(table: Table, times: list[str], labels: list[str] | None) -> RowMeaning | None:
    """What a row most likely is where that isn't clear; None where nothing speaks against steps."""
    if times and labels and _parts_of(table, labels) and (_is_clock(times) or _is_month(times) or _is_hours(times)):
        return "part"
    if any(values.dtype.kind == "M" for values in table.columns.values()):
        return None
    if times and (_is_clock(times) or _is_month(times)) and not labels:
        return "sequence"
    if times and labels and TIME_CORNER.match(labels[0]) and not labels[1:]:
        return "feature"
    if times and (_is_clock(times) or _is_month(times)):
        return "sequence"
    if times and (YEAR.match(times[0]) or DATE.match(times[0]) or TIME_STEM.match(times[0])):
        return "sequence"
    if times:
        return _by_values(table, times)
    if _is_years_of_months(table):
        return "part"
    unnamed = _unnamed_times(table)
    if not unnamed or len(unnamed) < len(table.columns) - 1:
        return None
    if table.rows == 1:
        return "sequence" if len(unnamed) >= MIN_TIMES else None
    return _by_values(table, unnamed)


def _is_clock(times: Sequence[str]) -> bool:
    return all(CLOCK.match(name.strip()) for name in times)


def _is_month(times: Sequence[str]) -> bool:
    return all(MONTH.match(name.strip()) for name in times)


def _is_hours(times: Sequence[str]) -> bool:
    """Whether names count the hours, half hours or quarter hours of a day, or the months of a year: H1 … H24."""
    return len(times) in (12, 24, 48, 96) and all(COUNTED.match(name.strip()) for name in times)


def _parts_of(table: Table, labels: Sequence[str]) -> str:
    """The column by which rows follow one another as parts of one sequence: dates, or years, each once; "" for none."""
    for name in labels:
        values = table.columns[name]
        whole = values[np.isfinite(values)] if values.dtype.kind == "f" else values[:0]
        dated = values.dtype.kind == "M" and not np.isnat(values).any()
        years = len(whole) == len(values) > 1 and ((whole > 1500) & (whole < 2200) & (whole % 1 == 0)).all()
        if (dated or years) and len(np.unique(values)) == len(values) > 1:
            return name
    return ""


def _is_years_of_months(table: Table) -> bool:
    """Whether an unnamed table is years and their twelve months."""
    names = list(table.columns)
    if len(names) != 13 or not all(map(_is_unnamed, names)) or any(v.dtype.kind != "f" for v in table.columns.values()):
        return False
    years = table.columns[names[0]]
    return _parts_of(table, names[:1]) != "" and bool((np.diff(years) == 1).all())


def _unnamed_times(table: Table) -> list[str]:
    """The unnamed columns of numbers but for years before twelve months, and for labels of classes at either end."""
    numbers = {name: values for name, values in table.columns.items() if values.dtype.kind == "f" and _is_unnamed(name)}
    names = list(numbers)
    if _is_years_of_months(table):
        return names[1:]
    if len(names) < MIN_WIDTH or table.rows < 2:
        return names
    inner = np.stack([numbers[name][:500] for name in names[1:-1][:100]])
    if (inner[np.isfinite(inner)] % 1 == 0).all():
        return names
    for end in (-1, 0):
        values = numbers[names[end]]
        if np.isfinite(values).all() and (values % 1 == 0).all() and len(np.unique(values)) <= max(2, len(values) // 2):
            names.pop(end)
            break
    return names


def _by_values(table: Table, names: Sequence[str]) -> RowMeaning | None:
    if len(names) < MIN_WIDTH:
        return None
    values = np.stack([table.columns[name][:500] for name in names[:500]], axis=1)
    along, down = np.abs(np.diff(values, axis=1)), np.abs(np.diff(values, axis=0))
    if not np.isfinite(along).any() or not np.isfinite(down).any():
        return None
    smoother = float(np.nanmedian(along)) < SMOOTHER * float(np.nanmedian(down))
    if smoother:
        return "sequence"
    return "step" if len(names) >= WIDE * table.rows else None


def _long(table: Table, times: Sequence[str], labels: Sequence[str], limits: Limits) -> Table:
    """Every row as a sequence of its own: (sequence, time, value), gaps at a row's end left out."""
    values = np.stack([table.columns[name] for name in times], axis=1)
    known = np.isfinite(values)
    lengths = np.where(known.any(axis=1), values.shape[1] - np.argmax(known[:, ::-1], axis=1), 0)
    inside = np.arange(values.shape[1]) < lengths[:, None]
    limits.check_shape(int(lengths.sum()), 3)
    sequence, name = _sequence_names(table, labels)
    rows, steps = np.nonzero(inside)
    time = _times(times)
    columns = {name: sequence[rows], "time": time[steps], "value": values[inside]}
    ends = int((lengths < values.shape[1]).sum())
    notes = (f"{plural(ends, 'row')} ended in gaps, which were taken for the sequence's end.",) if ends else ()
    if left := [label for label in labels if label != name and table.columns[label].dtype.kind == "f"]:
        notes = (*notes, f"Left out, since they belong to whole rows: {list_names(left)}.")
    return replace(table, columns=columns, notes=(*table.notes, *notes), roles={"sequence": name, "time": "time"})


def _joined(table: Table, times: Sequence[str], labels: Sequence[str], limits: Limits) -> Table:
    """All rows one after another as one sequence, by the dates or years beside them where there are such."""
    part = _parts_of(table, labels)
    order = np.argsort(table.columns[part], kind="stable") if part else np.arange(table.rows)
    values = np.stack([table.columns[name][order] for name in times], axis=1)
    limits.check_shape(values.size, 2)
    time = _times_of_parts(table.columns[part][order], times) if part else np.arange(1.0, values.size + 1)
    left = [name for name in labels if name != part]
    said = f"The rows were read one after another as one sequence of {plural(values.size, 'step')}."
    more = (f"Left out, since they belong to whole rows: {list_names(left)}.",) if left else ()
    columns = {"time": time.ravel(), "value": values.ravel()}
    return replace(table, columns=columns, notes=(*table.notes, said, *more), roles={"time": "time"})


def _times_of_parts(parts: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The time of each value: a row's year and a column's month, or a row's date and a column's hour."""
    dated = parts.dtype.kind == "M"
    if not dated and len(names) == 12:
        return (parts.astype(int)[:, None] - 1970).astype("datetime64[Y]").astype("datetime64[M]") + np.arange(12)
    if dated:
        clocks = [CLOCK.match(name.strip()) for name in names]
        minutes = [60 * int(clock["hour"]) + int(clock["minute"]) for clock in clocks if clock]
        if len(minutes) < len(names):
            minutes = [1440 * place // len(names) for place in range(len(names))]
        return parts[:, None] + np.array(minutes) * np.timedelta64(1, "m")
    return np.arange(1.0, parts.size * len(names) + 1)


def _transposed(table: Table, times: Sequence[str], labels: Sequence[str], limits: Limits) -> Table:
    """Rows as columns, called by their labels."""
    limits.check_shape(len(times), table.rows + 1)
    values = np.stack([table.columns[name] for name in times], axis=0)
    names, _ = _sequence_names(table, labels)
    words = format_values(names) if names.dtype.kind == "f" else names
    called = make_unique(f"row_{word}" if names.dtype.kind == "f" else str(word) for word in words)
    columns = {"time": _times(times)} | dict(zip(called, values.T, strict=True))
    return replace(table, columns=columns, roles={"time": "time"})


def _sequence_names(table: Table, labels: Sequence[str]) -> tuple[np.ndarray, str]:
    """What each row is called, and the column that says so: its words together, else its number."""
    words = [name for name in labels if table.columns[name].dtype.kind != "f"]
    if not words:
        kept = next((name for name in labels if _tells_apart(table.columns[name])), "")
        return (table.columns[kept], kept) if kept else (np.arange(1.0, table.rows + 1), "sequence")
    texts = [format_values(table.columns[name]) for name in words[:4]]
    joined = [" ".join(dict.fromkeys(filter(None, row))) for row in zip(*texts, strict=True)]
    return np.array(make_unique(joined), dtype=object), words[0]


def _month(month: str, year: str) -> str:
    """A month as 2024-06."""
    english = {"mär": "mar", "mrz": "mar", "mai": "may", "okt": "oct", "dez": "dec"}
    number = MONTHS.index(english.get(month.lower(), month.lower())) + 1
    return f"{int(year) + (1900 if 50 <= int(year) < 100 else 2000 if int(year) < 50 else 0)}-{number:02}"


def _tells_apart(values: np.ndarray) -> bool:
    return len(np.unique(values)) == len(values)


def _times(names: Sequence[str]) -> np.ndarray:
    """The names of columns as times: dates, years or a count."""
    plain = [re.sub(r" \[.*\]$", "", name.strip()) for name in names]
    months = [MONTH.match(name) for name in plain]
    if all(month and month["year"] for month in months):
        plain = [_month(month["month"], month["year"]) for month in months if month]
    if _is_clock(plain):
        return np.array(
            [60.0 * int(clock["hour"]) + int(clock["minute"]) for clock in map(CLOCK.match, plain) if clock]
        )
    counted = [match for name in plain if (match := COUNTED.match(name)) and not YEAR.match(name)]
    if len(counted) == len(plain):
        return np.array([float(match["number"]) for match in counted])
    found = column_of_text(pa.array(plain), quote("names"), str).values
    return found if found.dtype.kind in "fM" else np.arange(1.0, len(names) + 1)
