"""A sequence's rows in the order of time, and what is odd about its times."""

from __future__ import annotations

import numpy as np

from lstm_viz.sequences.grouping import joined
from lstm_viz.sequences.wording import plural


def in_order(groups: list[np.ndarray], time: np.ndarray, name: str, notes: list[str]) -> list[np.ndarray]:
    """Each group's rows sorted by time; rows without one come last. What was done and found goes to `notes`.

    >>> notes = []
    >>> in_order([np.array([0, 1, 2])], np.array([3.0, 1.0, 2.0]), "hour", notes), notes
    ([array([1, 2, 0])], ['Rows were sorted by `hour`.'])
    """
    ranks = _ranks(time)
    rows, which = joined(groups)
    ordered = rows[np.lexsort((ranks[rows], which))]
    if (ordered != rows).any():
        how = ", as words are" if time.dtype == object else ""
        notes.append(f"Rows were sorted by `{name}`{how}.")
    missing = int((ranks == len(ranks)).sum())
    if missing:
        notes.append(f"{plural(missing, 'row')} without a `{name}` put last.")
    notes += _oddities(time, ranks, ordered, which, name)
    return np.split(ordered, np.flatnonzero(np.diff(which)) + 1)


def _ranks(time: np.ndarray) -> np.ndarray:
    """Each row's place among all times; the number of rows where there is none."""
    if time.dtype == object:
        words = sorted({word for word in time.tolist() if word is not None})
        places = {word: place for place, word in enumerate(words)}
        return np.array([places.get(word, len(time)) for word in time.tolist()])
    missing = np.isnan(time)
    ranks = np.full(len(time), len(time))
    ranks[~missing] = np.unique(time[~missing], return_inverse=True)[1]
    return ranks


def _oddities(time: np.ndarray, ranks: np.ndarray, rows: np.ndarray, which: np.ndarray, name: str) -> list[str]:
    """Sentences about repeated and uneven times, from rows that stand sequence after sequence."""
    together = which[:-1] == which[1:]
    before, after = rows[:-1][together], rows[1:][together]
    both = (ranks[before] < len(ranks)) & (ranks[after] < len(ranks))
    before, after = before[both], after[both]
    repeated = ranks[before] == ranks[after]
    notes = []
    if repeated.any():
        notes.append(f"{plural(int(repeated.sum()), 'row')} with the same `{name}` as the row before; all are kept.")
    if time.dtype != object and not _even(time, before[~repeated], after[~repeated]):
        notes.append(f"Steps in `{name}` are not all of one length; the model sees them as if they were.")
    return notes


def _even(time: np.ndarray, before: np.ndarray, after: np.ndarray) -> bool:
    """Whether all steps are equally long; for dates, a whole number of months will do."""
    if len(before) == 0:
        return True
    if time.dtype.kind == "f":
        steps = time[after] / 4 - time[before] / 4  # 1e308 - (-1e308) is too large
        return bool(np.allclose(steps, steps[0], rtol=1e-4, atol=0))
    steps = time[after] - time[before]
    return bool((steps == steps[0]).all()) or _monthly(time, before, after)


def _monthly(time: np.ndarray, before: np.ndarray, after: np.ndarray) -> bool:
    months = time.astype("M8[M]")
    within = time - months
    steps = (months[after] - months[before]).astype(int)
    return bool((steps == steps[0]).all() and (within[after] == within[before]).all())
