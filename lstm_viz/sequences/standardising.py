"""Values brought to mean 0 and standard deviation 1, and what brings them back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from lstm_viz.sequences.errors import SequenceError

#: Numbers up to here come back from a model's 32 bits without passing the end of 64.
LARGEST = 1e308
#: A spread below this share of the largest value is rounding, not change.
ROUNDING = 1e-12


class Standard(NamedTuple):
    """(value - offset) / scale is what a model reads. `constant`: the same value everywhere."""

    offset: float
    scale: float
    constant: bool


def standard(values: Float[np.ndarray, " rows"]) -> Standard:
    """What brings one feature to mean 0 and standard deviation 1, and a constant to 0.

    >>> standard(np.array([1.0, 3.0]))
    Standard(offset=2.0, scale=1.0, constant=False)
    >>> standard(np.array([7.0, 7.0]))
    Standard(offset=7.0, scale=7.0, constant=True)
    """
    low, high = float(values.min()), float(values.max())
    largest = max(abs(low), abs(high)) or 1.0
    if low == high:
        return Standard(low, largest, True)
    shares = values / largest  # squares of 1e300 would be too large
    spread = float(shares.std())
    scale = (spread if spread > ROUNDING else 1.0) * largest
    return Standard(float(shares.mean()) * largest, max(scale, float(np.finfo(float).tiny)), False)


def scaled(values: Float[np.ndarray, " rows"], offset: float, scale: float, name: str) -> Float32[np.ndarray, " rows"]:
    """One feature as a model reads it. Raises SequenceError where a value is too large for float32."""
    _refuse_over(LARGEST, values, name, "Mend its values, or leave that column out.")
    differences = values / scale - offset / scale
    limit = float(np.finfo(np.float32).max)
    _refuse_over(limit, differences, name, "Standardise the features, or leave that column out.")
    return differences.astype(np.float32)


def _refuse_over(limit: float, values: np.ndarray, name: str, advice: str) -> None:
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    if largest > limit:
        raise SequenceError(f"`{name}` holds {largest:.3g}; a model's numbers go to {limit:.2g}. {advice}")
