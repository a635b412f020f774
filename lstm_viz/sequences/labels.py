"""What a step is called: a date, a character, or its row's number."""

from __future__ import annotations

import numpy as np

from lstm_viz.sequences.choices import TEXT_COLUMN, Choices
from lstm_viz.sequences.tables import Table

#: Characters that can't be seen, as they are shown.
SHOWN = {"\n": "⏎", " ": "␣", "\t": "⇥", "\r": "␍"}


def step_labels(table: Table, choices: Choices, groups: list[np.ndarray]) -> np.ndarray:
    """(time, batch) texts, "" past a sequence's end."""
    words = _words(table, choices)
    labels = np.full((max(len(rows) for rows in groups), len(groups)), "", dtype=object)
    for place, rows in enumerate(groups):
        labels[: len(rows), place] = words[rows]
    return labels.astype(str)


def _words(table: Table, choices: Choices) -> np.ndarray:
    if TEXT_COLUMN in choices.features:
        return np.array([SHOWN.get(character, character) for character in table.columns[TEXT_COLUMN]], dtype=object)
    if choices.time is None:
        return np.arange(1, table.rows + 1).astype(str).astype(object)
    column = table.columns[choices.time]
    if column.dtype.kind == "M":
        return _dates(column)
    if column.dtype.kind == "f":
        return np.array([f"{value:g}" for value in column.tolist()], dtype=object)
    return np.array(["" if value is None else str(value) for value in column.tolist()], dtype=object)


def _dates(column: np.ndarray) -> np.ndarray:
    """Days where every time is midnight, else minutes, else seconds."""
    known = column[~np.isnat(column)]
    unit = next(unit for unit in ("D", "m", "s") if unit == "s" or (known == known.astype(f"datetime64[{unit}]")).all())
    texts = np.datetime_as_string(column.astype(f"datetime64[{unit}]"), unit=unit)
    return np.char.replace(texts, "T", " ").astype(object)
