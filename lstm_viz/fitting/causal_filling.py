"""Causal filling of gaps: before a fit, so that no filled value tells what has yet to come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_viz.fitting.holdout_split import HELD_OUT_SHARE
from lstm_viz.sequences.batch import SequenceBatch

#: Ways to fill gaps that look ahead: along a straight line to the next value, or with the first value before it came.
_LOOK_AHEAD = ("interpolate", "previous", "")


def causally_filled(batch: SequenceBatch) -> SequenceBatch:
    """The batch with the value before in each gap, and before the first value the mean of the part learned from.

    Gaps that were filled with a number which is the same everywhere (a mean, 0) stay as they are.

    >>> values, filled = np.array([1.0, 2.0, 3.0])[:, None, None], np.array([False, True, False])[:, None, None]
    >>> batch = SequenceBatch(values, ("flow",), np.array([3]), ("one",), np.zeros(1), np.ones(1),
    ...     np.array([["1"], ["2"], ["3"]]), filled=filled, filling="interpolate")
    >>> causally_filled(batch).values.ravel().tolist()
    [1.0, 1.0, 3.0]
    """
    if batch.filled is None or batch.filling not in _LOOK_AHEAD:
        return batch
    steps = np.arange(len(batch.values))[:, None, None]
    known = ~batch.filled & (steps < np.asarray(batch.lengths)[None, :, None])
    last = np.maximum.accumulate(np.where(known, steps, -1), axis=0)
    carried = np.take_along_axis(batch.values, np.maximum(last, 0), axis=0)
    learned = known & (steps < ((1 - HELD_OUT_SHARE) * np.asarray(batch.lengths))[None, :, None])
    sums = np.where(learned, batch.values, 0).sum(axis=(0, 1), dtype=float)
    means = sums / np.maximum(learned.sum(axis=(0, 1)), 1)
    values = np.where(batch.filled, np.where(last >= 0, carried, means), batch.values)
    return replace(batch, values=values.astype(batch.values.dtype), unscaled=None)
