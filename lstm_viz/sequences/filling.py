"""Gaps in a column, and what may stand in them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

from lstm_viz.sequences.choices import Gaps
from lstm_viz.sequences.features import Features
from lstm_viz.sequences.grouping import joined
from lstm_viz.sequences.wording import MOST_SENTENCES, counted, listed, plural

_DONE: dict[Gaps, str] = {
    "interpolate": "filled by interpolation",
    "previous": "filled with the value before",
    "mean": "filled with the column's mean",
    "zero": "filled with 0",
    "drop": "whose rows were left out",
}


def fill_gaps(
    features: Features, groups: list[np.ndarray], how: Gaps, notes: list[str]
) -> Bool[np.ndarray, "rows features"]:
    """Fill the gaps in `features.values` sequence by sequence; where they were. What was done goes to `notes`.

    Words can't be interpolated: none of their kinds is marked in a gap, or the one before.
    With "drop" gaps stay, for their rows to be taken out.
    """
    values, gaps = features.values, np.isnan(features.values)
    rows, which = joined(groups)
    for place in np.flatnonzero(gaps.any(axis=0)):
        values[rows, place] = filled(values[rows, place], which, _way(how, bool(features.kinds[place])))
    notes += _said(features, gaps[rows], which, how)
    return gaps


def _way(how: Gaps, kind: bool) -> Gaps:
    return "zero" if kind and how in ("interpolate", "mean") else how


def _said(features: Features, gaps: np.ndarray, which: np.ndarray, how: Gaps) -> list[str]:
    """What was done with the gaps of each column; `which` names the sequence of each of their rows."""
    counts: dict[str, dict[str, int]] = {}
    empty: dict[str, int] = {}
    for place in np.flatnonzero(gaps.any(axis=0)):
        column, kind = features.columns[place], bool(features.kinds[place])
        way = _way(how, kind)
        done = "taken for none of its kinds" if kind and way == "zero" else _DONE[way]
        counts.setdefault(done, {})[column] = int(gaps[:, place].sum())
        if way in ("interpolate", "previous"):
            empty[column] = int((np.bincount(which, weights=~gaps[:, place]) == 0).sum())
    said = [sentence for done, found in counts.items() for sentence in counted(found, "gap", done)]
    return said + _said_of_empty({column: count for column, count in empty.items() if count})


def _said_of_empty(counts: dict[str, int]) -> list[str]:
    """Sentences about columns that have nothing but gaps in some sequences, by how many."""
    if len(counts) > MOST_SENTENCES:
        several = plural(len(counts), "column")
        return [f"{several} have no values at all in some sequences; their means stand there: {listed(counts)}."]
    return [
        f"`{column}` has no values at all in {plural(count, 'sequence')}; its mean stands there."
        for column, count in counts.items()
    ]


def mean_of(values: Float[np.ndarray, " rows"]) -> float:
    """The mean of what is known, also where the sum is too large for a number.

    >>> mean_of(np.array([1e308, 1e308, np.nan])) == 1e308
    True
    """
    largest = float(np.nanmax(np.abs(values))) or 1.0
    return float(np.nanmean(values / largest)) * largest


def filled(
    column: Float[np.ndarray, " rows"], which: Int[np.ndarray, " rows"], how: Gaps
) -> Float[np.ndarray, " rows"]:
    """A column without gaps; its sequences stand one after another, `which` names that of each row.

    Before a sequence's first value and after its last, the nearest one stands; a sequence of
    nothing but gaps gets the column's mean. "drop" leaves gaps as they are: their rows go.

    >>> nan, one = np.nan, np.zeros(4, dtype=int)
    >>> filled(np.array([nan, 1.0, nan, 3.0]), one, "interpolate").tolist()
    [1.0, 1.0, 2.0, 3.0]
    >>> filled(np.array([1.0, nan, nan, 3.0]), np.array([0, 0, 1, 1]), "previous").tolist()
    [1.0, 1.0, 3.0, 3.0]
    """
    gaps = np.isnan(column)
    if how == "drop" or not gaps.any():
        return column
    if how in ("mean", "zero"):
        return np.where(gaps, 0.0 if how == "zero" else mean_of(column), column)
    places = np.flatnonzero(gaps)
    before, after = _neighbours(gaps, which, places)
    if how == "previous":
        after = np.where(before >= 0, before, after)
    before, after = np.where(before >= 0, before, after), np.where(after >= 0, after, before)
    between = _on_the_line(column, before, places, after)
    whole = column.copy()
    whole[places] = np.where(before >= 0, between, mean_of(column))
    return whole


def _neighbours(gaps: np.ndarray, which: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest known rows before and after some places in the same sequence, -1 where there is none."""
    rows = np.arange(len(gaps))
    before = np.maximum.accumulate(np.where(gaps, -1, rows))[places]
    after = np.minimum.accumulate(np.where(gaps, len(gaps), rows)[::-1])[::-1][places]
    after[after == len(gaps)] = -1
    own = which[places]
    return np.where(which[before] == own, before, -1), np.where(which[after] == own, after, -1)


def _on_the_line(column: np.ndarray, before: np.ndarray, places: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What stands at `places` on straight lines between known rows, which may be one and the same."""
    share = (places - before) / np.maximum(after - before, 1)
    low, high = column[before] / 4, column[after] / 4  # 1e308 - (-1e308) is too large
    return np.where(before == after, column[before], (low + (high - low) * share) * 4)
