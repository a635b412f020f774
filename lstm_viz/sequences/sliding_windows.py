"""Cutting a batch into windows for truncated backpropagation through time.

N rows of equal length stand side by side; a window of N x M slides over them by M, so row n of
one window goes on in row n of the next and the state can be carried from window to window.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import is_positive_integer
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural


class Windows(NamedTuple):
    """The windows in their order, and how many steps at the end went into none of them."""

    parts: tuple[SequenceBatch, ...]
    dropped: int


def windows(batch: SequenceBatch, rows: int, steps: int) -> Windows:
    """One sequence as windows of `rows` x `steps`: keeps N·M·K of its steps, K windows.

    >>> count = np.arange(10.0)[:, None, None]
    >>> zero, labels = np.zeros(1), count[..., 0].astype(str)
    >>> batch = SequenceBatch(count, ("n",), np.array([10]), ("one",), zero, zero + 1, labels)
    >>> first, second = windows(batch, rows=2, steps=2).parts
    >>> first.values[..., 0].T.tolist(), second.values[..., 0].T.tolist()
    ([[0.0, 1.0], [4.0, 5.0]], [[2.0, 3.0], [6.0, 7.0]])
    """
    if batch.values.shape[1] != 1:
        raise SequenceError(f"One sequence can be cut into windows; this batch has {batch.values.shape[1]}.")
    if not (is_positive_integer(rows) and is_positive_integer(steps)):
        raise SequenceError(
            f"Windows are cut by whole numbers, not by {rows!r} rows and {steps!r} steps. Choose others."
        )
    length = int(batch.lengths[0])
    count = length // (rows * steps)
    if count == 0:
        raise SequenceError(f"{length} steps don't fill a window of {rows} rows by {steps} steps. Choose fewer.")
    kept = rows * steps * count
    values = _reshape_to_windows(batch.values[:kept, 0], rows, steps, count)
    labels = _reshape_to_windows(batch.step_labels[:kept, 0], rows, steps, count)
    filled = None if batch.filled is None else _reshape_to_windows(batch.filled[:kept, 0], rows, steps, count)
    names = tuple(f"row {row + 1}" for row in range(rows))
    left = plural(length - kept, "step")
    said = f"Windows of {rows} rows by {plural(steps, 'step')}; {left} at the end in none of them."
    parts = tuple(
        replace(
            batch,
            values=values[k],
            step_labels=labels[k],
            lengths=np.full(rows, steps),
            sequence_names=names,
            filled=None if filled is None else filled[k],
            notes=(*batch.notes, said),
        )
        for k in range(count)
    )
    return Windows(parts, length - kept)


def _reshape_to_windows(values: np.ndarray, rows: int, steps: int, count: int) -> np.ndarray:
    """(windows, steps, rows, ...) from (rows * windows * steps, ...)."""
    return np.swapaxes(values.reshape(rows, count, steps, *values.shape[1:]).swapaxes(0, 1), 1, 2)
