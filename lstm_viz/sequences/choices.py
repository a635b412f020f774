"""Choices about a table: which columns order time, tell sequences apart and hold features; with suggestions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import LONGEST
from lstm_viz.sequences.grouping import grouped
from lstm_viz.sequences.limits import MOST_KINDS, MOST_SEQUENCES, MOST_STEPS
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
        _check(vars(self))

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
        _check({**vars(self), **changes})
        return replace(self, **changes)  # type: ignore[arg-type]


def _check(choices: Mapping[str, object]) -> None:
    """Raise SequenceError for the first choice that is not what is wanted of it."""
    for name, (wanted, right) in _WANTED.items():
        if not right(choices[name]):
            raise SequenceError(f"`{name}` is {str(choices[name])[:LONGEST]}; choose {wanted}.")


def _are_texts(names: object) -> bool:
    return isinstance(names, tuple) and all(isinstance(name, str) for name in names)


def _are_different(texts: object) -> bool:
    return _are_texts(texts) and len(set(texts)) == len(texts)  # type: ignore[call-overload, arg-type]


def is_count(number: object) -> bool:
    """Whether a number is whole and at least 1.

    >>> is_count(3), is_count(0), is_count(2.5), is_count("3")
    (True, False, False, False)
    """
    return isinstance(number, int | np.integer) and not isinstance(number, bool) and bool(number >= 1)


#: What is wanted of each choice, in words and as a test.
_WANTED: dict[str, tuple[str, Callable[[object], bool]]] = {
    "features": ("names of columns", lambda names: names is None or _are_texts(names)),
    "time": ("the name of a column", lambda name: name is None or isinstance(name, str)),
    "sequence": ("the name of a column", lambda name: name is None or isinstance(name, str)),
    "gaps": (f"one of: {', '.join(GAPS)}", lambda way: isinstance(way, str) and way in GAPS),
    "standardise": ("True or False", lambda answer: isinstance(answer, bool)),
    "rows": ("a whole number, 1 or more", is_count),
    "steps": ("a whole number, 1 or more", lambda number: number is None or is_count(number)),
    "vocabulary": ("characters, each of them once", lambda texts: texts is None or _are_different(texts)),
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
    sequence = table.roles.get("sequence") or telling_apart(table)
    time = table.roles.get("time") or ordering_time(table, sequence)
    features = fitting_features(table, time, sequence)
    if not features and time is not None and table.columns[time].dtype.kind == "f":
        return Choices(features=(time,), sequence=sequence)  # numbers that only rise are better than none
    return Choices(features=features, time=time, sequence=sequence)


def with_features(choices: Choices, table: Table) -> Choices:
    """The choices with features: those chosen, or where nothing was said all that suit."""
    if choices.features is not None:
        return choices
    if is_text(table):
        return replace(choices, features=(TEXT_COLUMN,))
    return replace(choices, features=fitting_features(table, choices.time, choices.sequence))


#: Names of columns that only number the rows, if no number comes twice.
COUNTERS = frozenset({"index", "id", "row", "no", "nr", "unnamed: 0"})
#: What a first column without a name is called, and how all are called where there are no names.
NAMELESS, NUMBERED = "column_1", "column_"
#: Names of columns that order time as soon as their numbers rise, and never tell sequences apart.
CLOCKS = frozenset({"time", "t", "step", "second", "minute", "hour", "day", "week", "month", "year", "timestamp"})
#: Names of columns whose numbers, in blocks, tell sequences apart.
NAMERS = frozenset({"id", "sequence", "series", "subject", "patient", "station", "site", "unit", "group", "run"})
#: With fewer times than these, numbers may differ at each of them by chance.
FEWEST_TIMES = 8


def telling_apart(table: Table) -> str | None:
    """The first column that names blocks of rows; else one without which times would come twice.

    >>> day = np.repeat(np.array(["2024-01-01", "2024-01-02"], "datetime64[ns]"), 2)
    >>> site = np.array(["upper", "lower", "upper", "lower"], dtype=object)
    >>> telling_apart(Table({"day": day, "site": site, "flow": np.arange(4.0)}, "r.csv", "CSV"))
    'site'
    """
    for name, column in table.columns.items():
        named = column.dtype == object or _names_blocks(table, name)
        if named and 1 < kinds_of(column) <= max(2, len(column) // 4) and _in_blocks(column) and _fits(column):
            return name
    return _apart_by_repeated_times(table)


def kinds_of(column: np.ndarray) -> int:
    """How many different values a column has, gaps not counted."""
    return len({value for value in column.tolist() if value is not None})


def _in_blocks(column: np.ndarray) -> bool:
    """Whether equal values stand together, as a sequence's rows do."""
    changes = int(np.sum(column[1:] != column[:-1]))
    return changes == kinds_of(column) - 1


def _fits(column: np.ndarray) -> bool:
    """Whether the batch would be neither too many sequences nor too much padding."""
    lengths = [len(rows) for rows in grouped(column, "").rows]
    return len(lengths) <= MOST_SEQUENCES and len(lengths) * max(lengths) <= MOST_STEPS


def _names_blocks(table: Table, name: str) -> bool:
    """Whether whole numbers are names: by their column's own, or by another that counts anew in each block."""
    column, word = table.columns[name], _word(name)
    if not _whole(column) or word in CLOCKS:
        return False
    same = column[1:] == column[:-1]
    others = [other for key, other in table.columns.items() if key != name and other.dtype.kind == "f"]
    return word in NAMERS or (not same.all() and any(_counts_anew(other, same) for other in others))


def _counts_anew(column: np.ndarray, same: np.ndarray) -> bool:
    rises = _one_more(column)
    return bool(same.any() and rises[same].all() and not rises[~same].any())


def _one_more(column: np.ndarray) -> np.ndarray:
    """Whether each number is one more than that before; differences could be too large for a number."""
    return (column[1:] == column[:-1] + 1) & (column[1:] > column[:-1])


def _apart_by_repeated_times(table: Table) -> str | None:
    """A column whose every value has each time at most once, and most times, where times come repeatedly."""
    time = _first_clock(table)
    if time is None or len(table.columns) < 3:
        return None
    places = np.unique(table.columns[time], return_inverse=True)[1]
    times = int(places.max(initial=0)) + 1
    if times == table.rows:
        return None
    for name, column in table.columns.items():
        words = column.dtype == object
        if words or (_whole(column) and times >= FEWEST_TIMES and _word(name) not in CLOCKS):
            kinds = kinds_of(column)
            most = min(table.rows // 2, 2 * table.rows // times, MOST_SEQUENCES)
            if 1 < kinds <= most and _once_each(places, times, column):
                return name
    return None


def _first_clock(table: Table) -> str | None:
    """The first column of dates, else the first of numbers that is named a clock; without gaps."""
    dates = [name for name, column in table.columns.items() if column.dtype.kind == "M"]
    clocks = [name for name, column in table.columns.items() if column.dtype.kind == "f" and _word(name) in CLOCKS]
    first = next(iter(dates + clocks), None)
    return None if first is None or (table.columns[first] != table.columns[first]).any() else first


def _once_each(places: np.ndarray, times: int, column: np.ndarray) -> bool:
    codes = {value: code for code, value in enumerate(dict.fromkeys(column.tolist()))}
    pairs = places + times * np.array([codes[value] for value in column.tolist()])
    return len(np.unique(pairs)) == len(pairs)


def ordering_time(table: Table, sequence: str | None) -> str | None:
    """The first column of dates; else one of numbers that count the rows of each sequence, or are named a clock."""
    dates = [name for name, column in table.columns.items() if column.dtype.kind == "M"]
    if dates:
        return dates[0]
    groups = [np.arange(table.rows)] if sequence is None else grouped(table.columns[sequence], sequence).rows
    for name, column in table.columns.items():
        if name == sequence or column.dtype.kind != "f" or table.rows < 3:
            continue
        rises = _rises if _word(name) in CLOCKS else _counts
        if all(rises(column[rows]) for rows in groups):
            return name
    return None


def _rises(values: np.ndarray) -> bool:
    return bool(np.all(np.isfinite(values)) and np.all(values[1:] > values[:-1]))


def _counts(values: np.ndarray) -> bool:
    """Whole numbers, one more each row."""
    return _rises(values) and _whole(values) and bool(_one_more(values).all())


def fitting_features(table: Table, time: str | None, sequence: str | None) -> tuple[str, ...]:
    """The other columns that hold numbers, or few kinds of words, and do not only number the rows.

    Where there are none, numbers that number the rows are better than nothing.
    """
    others = [name for name in table.columns if name not in (time, sequence)]
    fitting = tuple(name for name in others if _is_feature(table.columns[name]))
    counters = COUNTERS if all(name.startswith(NUMBERED) for name in table.columns) else COUNTERS | {NAMELESS}
    telling = (name for name in fitting if _word(name) not in counters or not _once(table.columns[name]))
    return tuple(telling) or fitting


def _is_feature(column: np.ndarray) -> bool:
    if column.dtype.kind == "f":
        return bool(np.isfinite(column).any())
    return column.dtype == object and 1 < kinds_of(column) <= min(MOST_KINDS, max(2, len(column) // 4))


def _once(column: np.ndarray) -> bool:
    """Whether whole numbers stand once each, as the numbers of rows do."""
    return _whole(column) and len(np.unique(column)) == len(column)


def _whole(column: np.ndarray) -> bool:
    """Whether a column is whole numbers without a gap."""
    return column.dtype.kind == "f" and bool(np.isfinite(column).all() and (column == np.round(column)).all())


def _word(name: str) -> str:
    return name.strip().lower()
