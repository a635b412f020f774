"""What a person may say about a table: which columns are what, and how it becomes a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.roles import fitting_features, ordering_time, telling_apart
from lstm_viz.sequences.tables import Table
from lstm_viz.sequences.wording import LONGEST

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
