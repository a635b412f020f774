"""What a person may say about a table: which columns are what, and how it becomes a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.grouping import grouped
from lstm_viz.sequences.sizes import MOST_SEQUENCES, MOST_STEPS
from lstm_viz.sequences.tables import Table

Gaps = Literal["interpolate", "previous", "mean", "zero", "drop"]
GAPS: dict[Gaps, str] = {
    "interpolate": "draw a straight line across",
    "previous": "repeat the value before",
    "mean": "put the column's mean",
    "zero": "put 0",
    "drop": "leave the rows out",
}
#: A column of words with at most this many kinds can be a feature, one column a kind.
MOST_KINDS = 12
#: Names of columns that only number the rows.
COUNTERS = frozenset({"", "index", "id", "row", "no", "nr", "unnamed: 0", "column 1"})
#: Names of columns that order time as soon as their numbers rise.
CLOCKS = frozenset({"time", "t", "step", "day", "hour", "minute", "second", "year", "timestamp"})
TEXT_COLUMN = "character"


@dataclass(frozen=True)
class Choices:
    """How a table becomes a batch. Small and hashable, so that it can key a cache and fill a form.

    `rows` (N) cuts one long sequence into N rows of equal length, side by side in the batch;
    `steps` (M) is how far a window of them reaches while a model is fitted. None: all of it.
    """

    features: tuple[str, ...] = ()
    time: str | None = None
    sequence: str | None = None
    gaps: Gaps = "interpolate"
    standardise: bool = True
    rows: int = 1
    steps: int | None = None
    vocabulary: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that can't be chosen."""
        for name, number in (("rows", self.rows), ("steps", self.steps)):
            if number is not None and number < 1:
                raise SequenceError(f"`{name}` is {number}; choose 1 or more.")

    def but(self, **changes: object) -> Choices:
        """The same choices with some changed; one name or a list of them will do for features.

        Raises SequenceError, which names what does not exist.

        >>> Choices().but(features="rain", gaps="zero").features
        ('rain',)
        """
        unknown = sorted(set(changes) - set(vars(self)))
        if unknown:
            raise SequenceError(f"There is no choice called {unknown[0]!r}. There are: {', '.join(vars(self))}.")
        if changes.get("gaps", self.gaps) not in GAPS:
            raise SequenceError(f"Gaps can't be filled by {changes['gaps']!r}. Choose one of: {', '.join(GAPS)}.")
        if isinstance(changes.get("features"), str):
            changes["features"] = (changes["features"],)
        for name in {"features", "vocabulary"} & set(changes):
            changes[name] = None if changes[name] is None else tuple(changes[name])  # type: ignore[arg-type]
        return replace(self, **changes)  # type: ignore[arg-type]


def is_text(table: Table) -> bool:
    """Whether the table is a text, one row a character."""
    return table.format == "text" and list(table.columns) == [TEXT_COLUMN]


def suggest_choices(table: Table) -> Choices:
    """Sensible choices, from the columns' contents and from what the format itself says.

    >>> days = np.array(["2024-01-01", "2024-01-02"], "datetime64[ns]")
    >>> table = Table({"day": days, "rain": np.zeros(2)}, "r.csv", "CSV")
    >>> suggest_choices(table).time, suggest_choices(table).features
    ('day', ('rain',))
    """
    if is_text(table):
        return Choices(features=(TEXT_COLUMN,), standardise=False)
    sequence = table.roles.get("sequence") or _telling_sequences_apart(table)
    time = table.roles.get("time") or _ordering_time(table, sequence)
    others = [name for name in table.columns if name not in (time, sequence)]
    features = tuple(name for name in others if _is_feature(table, name))
    if not features and time is not None and table.columns[time].dtype.kind == "f":
        return Choices(features=(time,), sequence=sequence)  # numbers that only rise are better than none
    return Choices(features=features, time=time, sequence=sequence)


def _telling_sequences_apart(table: Table) -> str | None:
    """The first column of words that names blocks of rows, not many more nor much shorter than fit a batch."""
    for name, column in table.columns.items():
        if column.dtype == object and 1 < _kinds(column) <= max(2, len(column) // 4) and _in_blocks(column):
            rows = grouped(column, name).rows
            if len(rows) <= MOST_SEQUENCES and len(rows) * max(map(len, rows)) <= MOST_STEPS:
                return name
    return None


def _kinds(column: np.ndarray) -> int:
    return len({value for value in column.tolist() if value is not None})


def _in_blocks(column: np.ndarray) -> bool:
    """Whether equal values stand together, as a sequence's rows do."""
    changes = int(np.sum(column[1:] != column[:-1]))
    return changes == _kinds(column) - 1


def _ordering_time(table: Table, sequence: str | None) -> str | None:
    """The first column of dates; else one of numbers that count the rows of each sequence, or are named a clock."""
    dates = [name for name, column in table.columns.items() if column.dtype.kind == "M"]
    if dates:
        return dates[0]
    groups = [np.arange(table.rows)] if sequence is None else grouped(table.columns[sequence], sequence).rows
    for name, column in table.columns.items():
        if name == sequence or column.dtype.kind != "f" or table.rows < 3:
            continue
        rises = _rises if name.strip().lower() in CLOCKS else _counts
        if all(rises(column[rows]) for rows in groups):
            return name
    return None


def _rises(values: np.ndarray) -> bool:
    return bool(np.all(np.isfinite(values)) and np.all(values[1:] > values[:-1]))


def _counts(values: np.ndarray) -> bool:
    """Whole numbers, one more each row."""
    return _rises(values) and bool(np.all(values == np.round(values)) and np.all(values[1:] == values[:-1] + 1))


def _is_feature(table: Table, name: str) -> bool:
    column = table.columns[name]
    if column.dtype.kind == "f":
        counter = name.strip().lower() in COUNTERS and _counts(column)
        return not counter and bool(np.isfinite(column).any())
    return column.dtype == object and 1 < _kinds(column) <= min(MOST_KINDS, max(2, table.rows // 4))
