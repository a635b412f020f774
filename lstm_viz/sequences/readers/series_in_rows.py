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
}
MEANINGS: tuple[RowMeaning, ...] = ("step", "sequence", "feature")


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
    turned = table
    if taken != "step":
        times = times or [name for name, values in table.columns.items() if values.dtype.kind == "f"]
        if not times:
            raise SequenceError('No column holds numbers, so rows can\'t be turned. Choose row_is="step".')
        labels = [name for name in table.columns if name not in times] if labels is None else labels
        turned = (_long if taken == "sequence" else _transposed)(table, times, labels, limits)
    if guess is None and taken == options.row_is:
        return turned
    others = tuple(Answer(way, LABELS[way]) for way in MEANINGS if way != taken)
    question = Question("row_is", _example(table, times), Answer(taken, LABELS[taken]), others)
    return replace(turned, questions=(*turned.questions, question))


def _example(table: Table, times: Sequence[str]) -> str:
    named = not all(name.startswith("column_") for name in times)
    shown = f" whose names are {list_names(list(times), 3)}" if named else ""
    return f"The table has {plural(table.rows, 'row')} and {plural(len(times), 'column')} of numbers{shown}."


def _split_names(table: Table) -> tuple[list[str], list[str] | None]:
    """(columns whose names are times, the others); none where names aren't."""
    numbers = [name for name, values in table.columns.items() if values.dtype.kind == "f"]
    for pattern in (YEAR, DATE):
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
    if any(values.dtype.kind == "M" for values in table.columns.values()):
        return None
    if times and (YEAR.match(times[0]) or DATE.match(times[0]) or TIME_STEM.match(times[0])):
        return "sequence"
    if times:
        return _by_values(table, times)
    unnamed = [name for name, values in table.columns.items() if values.dtype.kind == "f" and _is_unnamed(name)]
    if not unnamed or len(unnamed) < len(table.columns):
        return None
    if table.rows == 1:
        return "sequence" if len(unnamed) >= MIN_TIMES else None
    return _by_values(table, unnamed)


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
    return replace(table, columns=columns, notes=(*table.notes, *notes), roles={"sequence": name, "time": "time"})


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


def _tells_apart(values: np.ndarray) -> bool:
    return len(np.unique(values)) == len(values)


def _times(names: Sequence[str]) -> np.ndarray:
    """The names of columns as times: dates, years or a count."""
    plain = [re.sub(r" \[.*\]$", "", name.strip()) for name in names]
    counted = [match for name in plain if (match := COUNTED.match(name)) and not YEAR.match(name)]
    if len(counted) == len(plain):
        return np.array([float(match["number"]) for match in counted])
    found = column_of_text(pa.array(plain), quote("names"), str).values
    return found if found.dtype.kind in "fM" else np.arange(1.0, len(names) + 1)
