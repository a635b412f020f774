"""Values brought to mean 0 and standard deviation 1, and what brings them back."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.sequences.errors import SequenceError

#: A spread below this share of the largest value is rounding, not change.
ROUNDING = 1e-12


def standard(
    values: Float[np.ndarray, "rows features"], as_they_are: Bool[np.ndarray, " features"]
) -> tuple[Float[np.ndarray, " features"], Float[np.ndarray, " features"]]:
    """Offset and scale of each feature: (value - offset) / scale has mean 0 and standard deviation 1.

    A constant becomes 0; features that stay `as_they_are` get offset 0 and scale 1.

    >>> offset, scale = standard(np.array([[1.0, 7.0], [3.0, 7.0]]), np.array([False, False]))
    >>> offset.tolist(), scale.tolist()
    ([2.0, 7.0], [1.0, 7.0])
    """
    largest = np.abs(values).max(axis=0)
    largest[largest == 0] = 1.0
    shares = values / largest  # squares of 1e300 would be too large
    spread = shares.std(axis=0)
    same = values.min(axis=0) == values.max(axis=0)
    offset = np.where(same, values[0], shares.mean(axis=0) * largest)
    scale = np.where(same | (spread <= ROUNDING), largest, spread * largest)
    return np.where(as_they_are, 0.0, offset), np.where(as_they_are, 1.0, scale)


def scaled(
    values: Float[np.ndarray, "rows features"],
    offset: Float[np.ndarray, " features"],
    scale: Float[np.ndarray, " features"],
    names: tuple[str, ...],
) -> Float[np.ndarray, "rows features"]:
    """Values as a model reads them, float32. Raises SequenceError where one is too large for that."""
    differences = values / scale - offset / scale
    limit = float(np.finfo(np.float32).max)
    largest = np.nanmax(np.abs(differences), axis=0, initial=0.0)
    for place in np.flatnonzero(largest > limit):
        raise SequenceError(
            f"`{names[place]}` holds {largest[place]:.3g}, more than a model's 32-bit numbers can hold ({limit:.2g}). "
            "Standardise the features, or leave that column out."
        )
    return differences.astype(np.float32)
