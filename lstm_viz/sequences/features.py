"""A table's columns as numbers: the features of each row, and what was left out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.choices import MOST_KINDS, TEXT_COLUMN, Choices
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.grouping import texts
from lstm_viz.sequences.tables import Table

#: Numbers a batch may have: as float32, 160 MB.
MOST_VALUES = 40_000_000
#: The largest number that a model can be given in float32, with room for its square in float64.
LARGEST = 1e38


class Features(NamedTuple):
    """(rows, features) float64 with NaN for gaps; which features are kinds (0 or 1); sentences for the person."""

    values: np.ndarray
    names: tuple[str, ...]
    kinds: np.ndarray
    notes: tuple[str, ...]


def features_of(table: Table, choices: Choices) -> Features:
    """The chosen columns; words become one column a kind, a text one column a character."""
    refuse_unknown(table, choices)
    notes = _left_out(table, choices)
    columns = (_column(table.columns[name], name, choices, notes) for name in choices.features)
    parts = [part for part in columns if part is not None and part[1]]
    if not parts:
        raise SequenceError(
            "None of the columns can be a feature: numbers, or words of at most "
            f"{MOST_KINDS} kinds, were expected in {_listed(table.columns)}. Choose other columns, or another file."
        )
    values = np.concatenate([values for values, _, _ in parts], axis=1)
    names = tuple(name for _, names, _ in parts for name in names)
    kinds = np.concatenate([np.full(len(names), kind) for _, names, kind in parts])
    return Features(values, names, kinds, tuple(notes))


def refuse_unknown(table: Table, choices: Choices) -> None:
    """Raise SequenceError where a chosen column does not exist."""
    asked = [*choices.features, *filter(None, (choices.time, choices.sequence))]
    for name in asked:
        if name not in table.columns:
            raise SequenceError(f"There is no column {name!r} in {table.source}. It has {_listed(table.columns)}.")


def refuse_too_many(steps: int, sequences: int, features: int) -> None:
    """Raise SequenceError where a batch of this shape would not fit."""
    if steps * sequences * features > MOST_VALUES:
        raise SequenceError(
            f"{sequences:,} {'sequence' if sequences == 1 else 'sequences'} of up to {steps:,} steps and {features:,} "
            f"features are more than the {MOST_VALUES:,} numbers that fit. Choose fewer columns, or cut the file."
        )


def _listed(columns: object, most: int = 8) -> str:
    names = [f"`{name}`" for name in columns]  # type: ignore[attr-defined]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _left_out(table: Table, choices: Choices) -> list[str]:
    used = {*choices.features, choices.time, choices.sequence}
    others = [name for name in table.columns if name not in used]
    return [f"Not used as features: {_listed(others)}."] if others else []


def _column(
    column: np.ndarray, name: str, choices: Choices, notes: list[str]
) -> tuple[np.ndarray, tuple[str, ...], bool] | None:
    if column.dtype.kind == "f":
        if not np.isfinite(column).any():
            notes.append(f"`{name}` has no values and was left out.")
            return None
        return _finite(column, name, notes)[:, None], (name,), False
    if column.dtype.kind == "M":
        notes.append(f"`{name}` holds dates, which are no feature, and was left out.")
        return None
    return _kinds(column, name, choices, notes)


def _finite(column: np.ndarray, name: str, notes: list[str]) -> np.ndarray:
    """Infinities as gaps; SequenceError where a number is too large for a model."""
    infinite = int(np.isinf(column).sum())
    if infinite:
        notes.append(f"{infinite:,} infinite values in `{name}` count as gaps.")
        column = np.where(np.isinf(column), np.nan, column)
    largest = float(np.nanmax(np.abs(column)))
    if largest > LARGEST:
        raise SequenceError(
            f"`{name}` holds a number of the size {largest:.0e}; numbers up to {LARGEST:.0e} fit. "
            "Leave that column out, or mend its values."
        )
    return column


def _kinds(
    column: np.ndarray, name: str, choices: Choices, notes: list[str]
) -> tuple[np.ndarray, tuple[str, ...], bool] | None:
    """One column a kind of word, 1 where it stands."""
    words = texts(column).astype(str)
    kinds = choices.vocabulary if name == TEXT_COLUMN and choices.vocabulary else tuple(sorted(set(words) - {""}))
    if name != TEXT_COLUMN and len(kinds) > MOST_KINDS:
        notes.append(f"`{name}` holds {len(kinds)} different words, more than {MOST_KINDS}, and was left out.")
        return None
    refuse_too_many(len(words), 1, len(kinds))
    values = (words[:, None] == np.array(kinds, dtype=str)[None, :]).astype(np.float64)
    unknown = int((values.sum(axis=1) == 0).sum())
    if unknown and name == TEXT_COLUMN:
        notes.append(
            f"{unknown:,} characters are not among the {len(kinds)} that the model knows; it sees nothing there."
        )
    names = kinds if name == TEXT_COLUMN else tuple(f"{name}: {kind}" for kind in kinds)
    return values, names, True
