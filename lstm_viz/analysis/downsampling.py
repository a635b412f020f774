"""Downsampling a long record to few bins, each with its minimum, mean and maximum."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

MOST_BINS = 480


def envelope(
    values: Float[np.ndarray, "time batch units"], bins: int = MOST_BINS
) -> tuple[Float[np.ndarray, "bins batch units"], Float[np.ndarray, "bins batch units"], Int[np.ndarray, " edges"]]:
    """Envelope: the smallest and largest value in each bin, and the bins' edges in steps (one more than bins).

    Every value lies between its bin's two; NaN (past a sequence's end) is passed over; a bin of
    nothing else is NaN.

    >>> low, high, edges = envelope(np.arange(6.0).reshape(6, 1, 1), bins=2)
    >>> low.ravel().tolist(), high.ravel().tolist(), edges.tolist()
    ([0.0, 3.0], [2.0, 5.0], [0, 3, 6])
    """
    edges = np.linspace(0, len(values), min(bins, len(values)) + 1).round().astype(int)
    low, high = (extreme.reduceat(values, edges[:-1], axis=0) for extreme in (np.fmin, np.fmax))
    return low, high, edges
