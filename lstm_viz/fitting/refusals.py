"""Sequences that nothing can be learned from, and what is said of them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lstm_viz.sequences.batch import SequenceBatch

#: The fewest steps there is something to learn from.
FEWEST = 8
#: Numbers past these, or spreads below, leave no room for a network's weights in 32 bits.
LARGEST, SMALLEST = 1e30, 1e-30
#: A spread holds at least so many steps of a 32-bit number, or its values run together.
STEPS = 100
#: Standard deviations from the mean past which squares leave 32 bits.
FARTHEST = 1e15
ADVICE = "Standardise the features, then fit again."


class FittingError(ValueError):
    """Sequences that nothing can be learned from. Its text says to the person whose they are why, and what to do."""


def refuse_if_hopeless(batch: SequenceBatch) -> None:
    """Raise FittingError where there is nothing to learn, or values that are no numbers."""
    if batch.values.shape[2] == 0:
        raise FittingError("There are no features to learn from. Choose at least one column.")
    lengths = np.asarray(batch.lengths)
    longest = int(lengths.max(initial=0))
    if longest < 3 or np.maximum(lengths - 1, 0).sum() < FEWEST:
        raise FittingError(
            f"There are too few steps to learn from: {lengths.sum():.0f} came, the longest sequence has {longest}. "
            f"Open a file with at least {FEWEST + 1} steps in a sequence."
        )
    if not np.isfinite(batch.values).all():
        raise FittingError("Some values are gaps or infinite. Choose how gaps are filled, then fit again.")


def refuse_too_large(batch: SequenceBatch) -> None:
    """Raise FittingError where a network's 32 bits can't hold a value with room for its weights."""
    for place, name in enumerate(batch.names):
        largest = float(np.abs(batch.values[..., place]).max())
        if largest > LARGEST:
            raise FittingError(f"`{name}` holds {largest:.3g}, too large for a network's 32-bit numbers. {ADVICE}")


def refuse_too_small(name: str, deviation: float) -> None:
    """Raise FittingError where 32 bits can't hold what a feature's values differ by."""
    if deviation < SMALLEST:
        raise FittingError(f"`{name}` varies by {deviation:.1g}, too little for a network's 32-bit numbers. {ADVICE}")


def refuse_run_together(name: str, learned: Float[np.ndarray, " steps"], deviation: float) -> None:
    """Raise FittingError where values lie so far from 0 that 32 bits can't tell them apart."""
    largest = float(np.abs(learned).max())
    if deviation < STEPS * float(np.spacing(np.float32(largest))):
        raise FittingError(
            f"`{name}` varies by {deviation:.3g} around {largest:.3g}, too little for a network's 32-bit numbers to "
            f"tell apart. {ADVICE}"
        )


def refuse_far_off(name: str, standardised: Float[np.ndarray, " steps"]) -> None:
    """Raise FittingError where a value lies absurdly far from those to learn from."""
    farthest = float(np.abs(standardised).max())
    if farthest > FARTHEST:
        raise FittingError(
            f"`{name}` goes {farthest:.1g} standard deviations away from the part that is learned from. "
            "Mend that value, or leave that column out."
        )
