"""Gaps in a column, and what may stand in them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lstm_viz.sequences.choices import Gaps


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
        return np.interp(np.arange(len(column)), known, column[known])
    last = np.maximum.accumulate(np.where(gaps, -1, np.arange(len(column))))
    return column[np.where(last < 0, known[0], last)]
