"""Grouping rows into sequences, and padding sequences into a batch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.formatting import format_values, make_unique


class Grouping(NamedTuple):
    """The rows of each sequence, in the table's order, and the sequences' names, in the order in which they come."""

    rows: list[np.ndarray]
    names: tuple[str, ...]


def concatenate_rows(groups: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The sequences' rows one after another, and which sequence each belongs to: both (rows,) of whole numbers.

    >>> rows, which = concatenate_rows([np.array([0, 2]), np.array([1])])
    >>> rows.tolist(), which.tolist()
    ([0, 2, 1], [0, 0, 1])
    """
    return np.concatenate(groups), np.repeat(np.arange(len(groups)), [len(rows) for rows in groups])


def pad_sequences(values: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """(time, batch, ...) from (rows, ...); past each sequence's end 0, or "" for texts.

    >>> pad_sequences(np.array([1.0, 2.0, 3.0]), [np.array([0, 2]), np.array([1])]).T.tolist()
    [[1.0, 3.0], [2.0, 0.0]]
    """
    lengths = np.array([len(rows) for rows in groups])
    batch = np.zeros((lengths.max(), len(groups), *values.shape[1:]), dtype=values.dtype)
    rows, which = concatenate_rows(groups)
    starts = np.cumsum(lengths) - lengths
    batch[np.arange(len(rows)) - starts[which], which] = values[rows]
    return batch


def group_rows(column: np.ndarray, name: str) -> Grouping:
    """Rows with equal values in `column` belong together; rows without a value make one sequence of their own.

    >>> rows, names = group_rows(np.array(["b", "a", "b", None], dtype=object), "site")
    >>> [row.tolist() for row in rows], names
    ([[0, 2], [1], [3]], ('b', 'a', 'no site'))
    """
    places: dict[object, int] = {}
    codes = [places.setdefault(value, len(places)) for value in _comparable(column)]
    order = np.argsort(codes, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    words = format_values(column[[group[0] for group in rows]]).tolist()
    prefix = f"{name} " if column.dtype.kind == "f" else ""
    return Grouping(rows, make_unique(f"{prefix}{word}" if word else f"no {name}" for word in words))


def _comparable(column: np.ndarray) -> list[object]:
    """Values as dictionary keys: NaN, which differs from itself, is None."""
    return [None if value != value else value for value in column.tolist()]
