"""Choices about a table: which columns order time, tell sequences apart and hold features; with suggestions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import MAX_TEXT_LENGTH
from lstm_viz.sequences.grouping import group_rows
from lstm_viz.sequences.limits import MAX_CATEGORIES, MAX_SEQUENCES, MAX_STEPS
from lstm_viz.sequences.table import Table

Gaps = Literal["interpolate", "previous", "mean", "zero", "drop"]
GAPS: dict[Gaps, str] = {
    "interpolate": "draw a straight line across",
    "previous": "repeat the value before",
    "mean": "put the column's mean",
    "zero": "put 0",
    "drop": "leave the rows out",
}
TEXT_COLUMN = "character"


@dataclass(frozen=True)
class Choices:
    """How a table becomes a batch. Small and hashable, so that it can key a cache and fill a form.

    `features`: None takes all columns that suit. `rows` (N) cuts one long sequence into N rows of
    equal length, side by side in the batch; `steps` (M) is how far a window of them reaches while
    a model is fitted, None: all of it. `vocabulary`: the characters of a text, None: those it has.
    Raises SequenceError for what can't be chosen.

    >>> Choices(rows=0)
    Traceback (most recent call last):
    lstm_viz.sequences.errors.SequenceError: `rows` is 0; choose a whole number, 1 or more.
    """

    features: tuple[str, ...] | None = None
    time: str | None = None
    sequence: str | None = None
    gaps: Gaps = "interpolate"
    standardise: bool = True
    rows: int = 1
    steps: int | None = None
    vocabulary: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be chosen, with a sentence."""
        _validate(vars(self))

    def but(self, **changes: object) -> Choices:
        """The same choices with some changed; one name or a list of them will do for features.

        Raises SequenceError, which names what does not exist.

        >>> Choices().but(features="rain", gaps="zero").features
        ('rain',)
        """
        unknown = sorted(set(changes) - set(vars(self)))
        if unknown:
            raise SequenceError(f"There is no choice called {unknown[0]!r}. There are: {', '.join(vars(self))}.")
        if isinstance(changes.get("features"), str):
            changes["features"] = (changes["features"],)
        for name in {"features", "vocabulary"} & set(changes):
            if isinstance(names := changes[name], Iterable):
                changes[name] = tuple(names)
        _validate({**vars(self), **changes})
        return replace(self, **changes)  # type: ignore[arg-type]


def _validate(choices: Mapping[str, object]) -> None:
    """Raise SequenceError for the first choice that is not what is wanted of it."""
    for name, (wanted, right) in _VALIDATORS.items():
        if not right(choices[name]):
            raise SequenceError(f"`{name}` is {str(choices[name])[:MAX_TEXT_LENGTH]}; choose {wanted}.")


def _is_tuple_of_str(names: object) -> bool:
    return isinstance(names, tuple) and all(isinstance(name, str) for name in names)


def _is_tuple_of_unique_str(texts: object) -> bool:
    return _is_tuple_of_str(texts) and len(set(texts)) == len(texts)  # type: ignore[call-overload, arg-type]


def is_positive_integer(number: object) -> bool:
    """Whether a number is whole and at least 1.

    >>> is_positive_integer(3), is_positive_integer(0), is_positive_integer(2.5), is_positive_integer("3")
    (True, False, False, False)
    """
    return isinstance(number, int | np.integer) and not isinstance(number, bool) and bool(number >= 1)


#: What is wanted of each choice, in words and as a test.
_VALIDATORS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "features": ("names of columns", lambda names: names is None or _is_tuple_of_str(names)),
    "time": ("the name of a column", lambda name: name is None or isinstance(name, str)),
    "sequence": ("the name of a column", lambda name: name is None or isinstance(name, str)),
    "gaps": (f"one of: {', '.join(GAPS)}", lambda way: isinstance(way, str) and way in GAPS),
    "standardise": ("True or False", lambda answer: isinstance(answer, bool)),
    "rows": ("a whole number, 1 or more", is_positive_integer),
    "steps": ("a whole number, 1 or more", lambda number: number is None or is_positive_integer(number)),
    "vocabulary": ("characters, each of them once", lambda texts: texts is None or _is_tuple_of_unique_str(texts)),
}


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
    sequence = table.roles.get("sequence") or suggest_sequence_column(table)
    time = table.roles.get("time") or suggest_time_column(table, sequence)
    features = suggest_features(table, time, sequence)
    if not features and time is not None and table.columns[time].dtype.kind == "f":
        return Choices(features=(time,), sequence=sequence)  # numbers that only rise are better than none
    return Choices(features=features, time=time, sequence=sequence)


def with_default_features(choices: Choices, table: Table) -> Choices:
    """The choices with features: those chosen, or where nothing was said all that suit."""
    if choices.features is not None:
        return choices
    if is_text(table):
        return replace(choices, features=(TEXT_COLUMN,))
    return replace(choices, features=suggest_features(table, choices.time, choices.sequence))


#: Names of columns that only number the rows, if no number comes twice.
ROW_NUMBER_NAMES = frozenset({"index", "id", "row", "no", "nr", "unnamed: 0"})
#: What a first column without a name is called, and how all are called where there are no names.
FIRST_UNNAMED, UNNAMED_PREFIX = "column_1", "column_"
#: Names of columns that order time as soon as their numbers rise, and never tell sequences apart.
TIME_NAMES = frozenset({"time", "t", "step", "second", "minute", "hour", "day", "week", "month", "year", "timestamp"})
#: Names of columns whose numbers, in blocks, tell sequences apart.
SEQUENCE_ID_NAMES = frozenset(
    {"id", "sequence", "series", "subject", "patient", "station", "site", "unit", "group", "run"}
)
#: With fewer times than these, numbers may differ at each of them by chance.
MIN_TIMES = 8


def suggest_sequence_column(table: Table) -> str | None:
    """The first column that names blocks of rows; else one without which times would come twice.

    >>> day = np.repeat(np.array(["2024-01-01", "2024-01-02"], "datetime64[ns]"), 2)
    >>> site = np.array(["upper", "lower", "upper", "lower"], dtype=object)
    >>> suggest_sequence_column(Table({"day": day, "site": site, "flow": np.arange(4.0)}, "r.csv", "CSV"))
    'site'
    """
    for name, column in table.columns.items():
        named = column.dtype == object or _is_sequence_id(table, name)
        if (
            named
            and 1 < count_distinct(column) <= max(2, len(column) // 4)
            and _is_contiguous(column)
            and _fits_batch_limits(column)
        ):
            return name
    return _panel_id_column(table)


def count_distinct(column: np.ndarray) -> int:
    """How many different values a column has, gaps not counted."""
    return len({value for value in column.tolist() if value is not None})


def _is_contiguous(column: np.ndarray) -> bool:
    """Whether equal values stand together, as a sequence's rows do."""
    changes = int(np.sum(column[1:] != column[:-1]))
    return changes == count_distinct(column) - 1


def _fits_batch_limits(column: np.ndarray) -> bool:
    """Whether the batch would be neither too many sequences nor too much padding."""
    lengths = [len(rows) for rows in group_rows(column, "").rows]
    return len(lengths) <= MAX_SEQUENCES and len(lengths) * max(lengths) <= MAX_STEPS


def _is_sequence_id(table: Table, name: str) -> bool:
    """Whether whole numbers are names: by their column's own, or by another that counts anew in each block."""
    column, word = table.columns[name], _normalised(name)
    if not _are_integers(column) or word in TIME_NAMES:
        return False
    same = column[1:] == column[:-1]
    others = [other for key, other in table.columns.items() if key != name and other.dtype.kind == "f"]
    return word in SEQUENCE_ID_NAMES or (not same.all() and any(_restarts_per_block(other, same) for other in others))


def _restarts_per_block(column: np.ndarray, same: np.ndarray) -> bool:
    rises = _increments_by_one(column)
    return bool(same.any() and rises[same].all() and not rises[~same].any())


def _increments_by_one(column: np.ndarray) -> np.ndarray:
    """Whether each number is one more than that before; differences could be too large for a number."""
    return (column[1:] == column[:-1] + 1) & (column[1:] > column[:-1])


def _panel_id_column(table: Table) -> str | None:
    """A column whose every value has each time at most once, and most times, where times come repeatedly."""
    time = _first_time_column(table)
    if time is None or len(table.columns) < 3:
        return None
    places = np.unique(table.columns[time], return_inverse=True)[1]
    times = int(places.max(initial=0)) + 1
    if times == table.rows:
        return None
    for name, column in table.columns.items():
        words = column.dtype == object
        if words or (_are_integers(column) and times >= MIN_TIMES and _normalised(name) not in TIME_NAMES):
            kinds = count_distinct(column)
            most = min(table.rows // 2, 2 * table.rows // times, MAX_SEQUENCES)
            if 1 < kinds <= most and _pairs_are_unique(places, times, column):
                return name
    return None


def _first_time_column(table: Table) -> str | None:
    """The first column of dates, else the first of numbers that is named a clock; without gaps."""
    dates = [name for name, column in table.columns.items() if column.dtype.kind == "M"]
    clocks = [
        name for name, column in table.columns.items() if column.dtype.kind == "f" and _normalised(name) in TIME_NAMES
    ]
    first = next(iter(dates + clocks), None)
    return None if first is None or (table.columns[first] != table.columns[first]).any() else first


def _pairs_are_unique(places: np.ndarray, times: int, column: np.ndarray) -> bool:
    codes = {value: code for code, value in enumerate(dict.fromkeys(column.tolist()))}
    pairs = places + times * np.array([codes[value] for value in column.tolist()])
    return len(np.unique(pairs)) == len(pairs)


def suggest_time_column(table: Table, sequence: str | None) -> str | None:
    """The first column of dates; else one of numbers that count the rows of each sequence, or are named a clock."""
    dates = [name for name, column in table.columns.items() if column.dtype.kind == "M"]
    if dates:
        return dates[0]
    groups = [np.arange(table.rows)] if sequence is None else group_rows(table.columns[sequence], sequence).rows
    for name, column in table.columns.items():
        if name == sequence or column.dtype.kind != "f" or table.rows < 3:
            continue
        rises = _is_increasing if _normalised(name) in TIME_NAMES else _is_row_counter
        if all(rises(column[rows]) for rows in groups):
            return name
    return None


def _is_increasing(values: np.ndarray) -> bool:
    return bool(np.all(np.isfinite(values)) and np.all(values[1:] > values[:-1]))


def _is_row_counter(values: np.ndarray) -> bool:
    """Whole numbers, one more each row."""
    return _is_increasing(values) and _are_integers(values) and bool(_increments_by_one(values).all())


def suggest_features(table: Table, time: str | None, sequence: str | None) -> tuple[str, ...]:
    """The other columns that hold numbers, or few kinds of words, and do not only number the rows.

    Where there are none, numbers that number the rows are better than nothing.
    """
    others = [name for name in table.columns if name not in (time, sequence)]
    fitting = tuple(name for name in others if _is_feature(table.columns[name]))
    counters = (
        ROW_NUMBER_NAMES
        if all(name.startswith(UNNAMED_PREFIX) for name in table.columns)
        else ROW_NUMBER_NAMES | {FIRST_UNNAMED}
    )
    telling = (
        name for name in fitting if _normalised(name) not in counters or not _are_unique_integers(table.columns[name])
    )
    return tuple(telling) or fitting


def _is_feature(column: np.ndarray) -> bool:
    if column.dtype.kind == "f":
        return bool(np.isfinite(column).any())
    return column.dtype == object and 1 < count_distinct(column) <= min(MAX_CATEGORIES, max(2, len(column) // 4))


def _are_unique_integers(column: np.ndarray) -> bool:
    """Whether whole numbers stand once each, as the numbers of rows do."""
    return _are_integers(column) and len(np.unique(column)) == len(column)


def _are_integers(column: np.ndarray) -> bool:
    """Whether a column is whole numbers without a gap."""
    return column.dtype.kind == "f" and bool(np.isfinite(column).all() and (column == np.round(column)).all())


def _normalised(name: str) -> str:
    return name.strip().lower()
