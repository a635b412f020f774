"""Gaps in a column, and what may stand in them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.sequences.choices import Gaps
from lstm_viz.sequences.features import Features
from lstm_viz.sequences.wording import plural

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
    for place in np.flatnonzero(gaps.any(axis=0)):
        column, kind = features.columns[place], bool(features.kinds[place])
        way: Gaps = "zero" if kind and how in ("interpolate", "mean") else how
        mean = mean_of(values[:, place])
        for rows in groups:
            values[rows, place] = filled(values[rows, place], way, mean)
        if place == features.columns.index(column):
            done = "taken for none of its kinds" if kind and way == "zero" else _DONE[way]
            notes.append(f"{plural(int(gaps[:, place].sum()), 'gap')} in `{column}`, {done}.")
            notes += _empty_sequences(gaps[:, place], groups, column, way)
    return gaps


def _empty_sequences(gaps: np.ndarray, groups: list[np.ndarray], column: str, way: Gaps) -> list[str]:
    empty = sum(bool(gaps[rows].all()) for rows in groups)
    if not empty or way not in ("interpolate", "previous"):
        return []
    return [f"`{column}` has no values at all in {plural(empty, 'sequence')}; its mean stands there."]


def mean_of(values: Float[np.ndarray, " rows"]) -> float:
    """The mean of what is known, also where the sum is too large for a number.

    >>> mean_of(np.array([1e308, 1e308, np.nan])) == 1e308
    True
    """
    largest = float(np.nanmax(np.abs(values))) or 1.0
    return float(np.nanmean(values / largest)) * largest


def filled(column: Float[np.ndarray, " steps"], how: Gaps, mean: float) -> Float[np.ndarray, " steps"]:
    """One sequence's column without gaps. Before the first value and after the last, the nearest one stands.

    A column that is all gaps gets `mean`. "drop" leaves gaps as they are: their rows go.

    >>> filled(np.array([np.nan, 1.0, np.nan, 3.0]), "interpolate", 0.0).tolist()
    [1.0, 1.0, 2.0, 3.0]
    >>> filled(np.array([np.nan, 1.0, np.nan]), "previous", 0.0).tolist()
    [1.0, 1.0, 1.0]
    """
    gaps = np.isnan(column)
    if how == "drop" or not gaps.any():
        return column
    if how in ("mean", "zero") or gaps.all():
        return np.where(gaps, 0.0 if how == "zero" else mean, column)
    known = np.flatnonzero(~gaps)
    if how == "interpolate":
        between = np.interp(np.arange(len(column)), known, column[known] / 4) * 4  # 1e308 - (-1e308) is too large
        return np.where(gaps, between, column)
    last = np.maximum.accumulate(np.where(gaps, -1, np.arange(len(column))))
    return column[np.where(last < 0, known[0], last)]
