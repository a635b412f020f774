"""Choices about a table: which columns order time, tell sequences apart and hold features; with suggestions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.sequences.column_words import FIRST_UNNAMED, UNNAMED_PREFIX, is_identifier_name, is_numbering_name
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import MAX_TEXT_LENGTH
from lstm_viz.sequences.limits import MAX_CATEGORIES
from lstm_viz.sequences.sequence_column import are_integers, count_distinct, suggest_sequences
from lstm_viz.sequences.table import Table
from lstm_viz.sequences.time_column import are_clock_times, suggest_time_column

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
    `scaling`: the features of a model that knows their names, centre and scale (`models[name].origin.inputs`): columns
    are taken by these names, in its order, and scaled by its numbers in place of the file's own.
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
    scaling: FeatureScaling | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be chosen, with a sentence."""
        _validate(vars(self))

    def but(self, **changes: object) -> Choices:
        """The same choices with some changed; one name or a list of them will do for features, "" for no column.

        Raises SequenceError, which names what does not exist.

        >>> Choices().but(features="rain", gaps="zero").features
        ('rain',)
        """
        unknown = sorted(set(changes) - set(vars(self)))
        if unknown:
            raise SequenceError(f"There is no choice called {unknown[0]!r}. There are: {', '.join(vars(self))}.")
        if isinstance(changes.get("features"), str):
            changes["features"] = (changes["features"],)
        for name in {"time", "sequence"} & set(changes):
            changes[name] = None if changes[name] == "" else changes[name]
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
    "scaling": (
        "what a model's file says of its inputs: models[name].origin.inputs",
        lambda scaling: scaling is None or isinstance(scaling, FeatureScaling),
    ),
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
    sequence = table.roles["sequence"] or None if "sequence" in table.roles else suggest_sequences(table).column
    time = table.roles["time"] or None if "time" in table.roles else suggest_time_column(table, sequence)
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


def suggest_features(table: Table, time: str | None, sequence: str | None) -> tuple[str, ...]:
    """The other columns that hold numbers, or few kinds of words, and do not only number the rows.

    Where there are none, numbers that number the rows are better than nothing.
    """
    added = (name for name, parts in table.composed.items() if not parts)
    taken = {time, sequence, *table.composed_of(time), *table.composed_of(sequence), *added}
    others = [name for name in table.columns if name not in taken]
    fitting = tuple(name for name in others if _is_feature(table.columns[name]))
    counters = (
        ROW_NUMBER_NAMES
        if all(name.startswith(UNNAMED_PREFIX) for name in table.columns)
        else ROW_NUMBER_NAMES | {FIRST_UNNAMED}
    )
    constant = constant_within_sequences(table, sequence, fitting)
    telling = (
        name
        for name in fitting
        if name not in constant
        and not _only_names(name, table.columns[name], counters)
        and not (time is not None and _is_record_counter(name, table.columns[name]))
    )
    return tuple(telling) or fitting


def constant_within_sequences(table: Table, sequence: str | None, names: Iterable[str]) -> frozenset[str]:
    """The columns that say the same in every row of a sequence, and not of all: what the sequence is, no step of it.

    >>> table = Table({"id": np.array(["a", "a", "b", "b"], object), "x": np.array([1.0, 1, 2, 2])}, "", "csv")
    >>> constant_within_sequences(table, "id", ["x"])
    frozenset({'x'})
    """
    if sequence is None:
        return frozenset()
    keys = table.columns[sequence].tolist()
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    codes = np.array([places[key] for key in keys])
    if not 1 < len(places) <= len(codes) // 2:
        return frozenset()
    order = np.argsort(codes, kind="stable")
    together = np.diff(codes[order]) == 0
    found = []
    for name in names:
        values = table.columns[name][order]
        if bool((values[1:] == values[:-1])[together].all()) and bool((values != values[0]).any()):
            found.append(name)
    return frozenset(found)


#: Names of a logger's own count of its records.
RECORD_COUNTERS = frozenset({"#", "record", "recnum", "rec", "record_no", "recno", "obs", "sample_no", "line"})


def _is_record_counter(name: str, column: np.ndarray) -> bool:
    """Whether a column counts the records one by one, from any number on, and is called so."""
    return _normalised(name) in RECORD_COUNTERS and len(column) > 1 and bool((np.diff(column) == 1).all())


def _is_feature(column: np.ndarray) -> bool:
    if column.dtype.kind == "f":
        return bool(np.isfinite(column).any())
    if column.dtype != object or are_clock_times(column):
        return False
    return 1 < count_distinct(column) <= min(MAX_CATEGORIES, max(2, len(column) // 4))


def _only_names(name: str, column: np.ndarray, counters: frozenset[str]) -> bool:
    """Whether numbers only number the rows, or are the code of the one thing that the file is about."""
    if _normalised(name) in counters and _are_unique_integers(column):
        return True
    named = is_identifier_name(name) and is_numbering_name(name)
    return named and are_integers(column) and bool((column == column[0]).all())


def _are_unique_integers(column: np.ndarray) -> bool:
    """Whether whole numbers stand once each, as the numbers of rows do."""
    return are_integers(column) and len(np.unique(column)) == len(column)


def _normalised(name: str) -> str:
    return name.strip().lower()
