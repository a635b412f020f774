"""Downsampling to bins of steps, and the levels of detail (a multi-resolution pyramid) that a store keeps."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from lstm_viz.traces import Array

#: Steps in a bin of each stored level, from the finest up: each level has an eighth of the bins of the one before.
BINS = (32, 256, 2048)
#: Bins of a run that is seen whole, by default.
MAX_BINS = 480


def aligned_chunk(steps: int) -> int:
    """A chunk size of at least so many steps, a multiple of the coarsest bin that fits in it.

    >>> aligned_chunk(10), aligned_chunk(1000), aligned_chunk(8192), aligned_chunk(10_000)
    (32, 1024, 8192, 10240)
    """
    multiple = max((size for size in BINS if size <= steps), default=BINS[0])
    return -(-max(steps, 1) // multiple) * multiple


def level_for(steps: int, bins: int) -> int:
    """Steps in a bin of the coarsest level that still has so many bins in so many steps; 1 for the record itself.

    >>> level_for(1000, 480), level_for(100_000, 480), level_for(10**6, 480)
    (1, 32, 2048)
    """
    return max((size for size in BINS if steps // size >= bins), default=1)


def bin_steps(
    values: Float[np.ndarray, "time batch units"], edges: Int[np.ndarray, " edges"]
) -> Float[np.ndarray, "3 bins batch units"]:
    """Smallest, mean and largest value between each edge, in steps, and the next. NaN is ignored.

    >>> bin_steps(np.array([1.0, 2.0, np.nan, 6.0])[:, None, None], np.array([0, 2, 4]))[..., 0, 0].tolist()
    [[1.0, 6.0], [1.5, 6.0], [2.0, 6.0]]
    """
    valid = ~np.isnan(values[..., :1])
    return merge_bins(np.broadcast_to(values, (3, *values.shape)), valid.astype(float), edges)


def merge_bins(
    levels: Float[np.ndarray, "3 fine batch units"],
    counts: Float[np.ndarray, "fine batch 1"],
    edges: Int[np.ndarray, " edges"],
) -> Float[np.ndarray, "3 bins batch units"]:
    """Fine bins, each of `counts` values, merged between each edge, in fine bins, and the next."""
    starts, means = edges[:-1], levels[1]
    low, high = np.fmin.reduceat(levels[0], starts, axis=0), np.fmax.reduceat(levels[2], starts, axis=0)
    within = np.add.reduceat(counts, starts, axis=0)
    if (counts != 1).any():
        means = np.where(counts > 0, means, 0) * counts
    sums = np.add.reduceat(means, starts, axis=0, dtype=float)
    mean = np.divide(sums, within, out=np.full_like(sums, np.nan), where=np.broadcast_to(within > 0, sums.shape))
    merged: Array = np.stack([low, mean.astype(levels.dtype), high])
    return merged


def steps_per_bin(
    lengths: Int[np.ndarray, " batch"], edges: Int[np.ndarray, " edges"]
) -> Float[np.ndarray, "bins batch 1"]:
    """How many steps of each sequence lie between each edge and the next.

    >>> steps_per_bin(np.array([3]), np.array([0, 2, 4])).ravel().tolist()
    [2.0, 1.0]
    """
    inside = np.minimum(edges[:, None], lengths)
    return np.diff(inside, axis=0).astype(float)[..., None]


def envelope(
    values: Float[np.ndarray, "time batch units"], bins: int = MAX_BINS
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
