"""Input checks before a fit: enough steps, finite values, and values that float32 can represent."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.sequences.batch import SequenceBatch

#: The fewest steps to train on.
MIN_STEPS = 8
#: Numbers past these, or spreads below, leave no room for a network's weights in 32 bits.
MAX_VALUE, MIN_DEVIATION = 1e30, 1e-30
#: A standard deviation spans at least so many float32 rounding steps, or values can't be told apart.
MIN_ROUNDING_STEPS = 100
#: Standard deviations from the mean past which squares leave 32 bits.
MAX_STANDARDISED = 1e15
ADVICE = "Standardise the features, then fit again."


class FittingError(ValueError):
    """Sequences that can't be fitted. Its message says why, and what to do."""


def check_enough_to_learn(batch: SequenceBatch) -> None:
    """Raise FittingError for no features, too few steps, or values that are not finite."""
    if batch.values.shape[2] == 0:
        raise FittingError("There are no features to learn from. Choose at least one column.")
    lengths = np.asarray(batch.lengths)
    longest = int(lengths.max(initial=0))
    if longest < 3 or np.maximum(lengths - 1, 0).sum() < MIN_STEPS:
        raise FittingError(
            f"There are too few steps to learn from: {lengths.sum():.0f} came, the longest sequence has {longest}. "
            f"Open a file with at least {MIN_STEPS + 1} steps in a sequence."
        )
    if not np.isfinite(batch.values).all():
        raise FittingError("Some values are gaps or infinite. Choose how gaps are filled, then fit again.")


def check_largest(batch: SequenceBatch) -> None:
    """Raise FittingError where a value is too large for float32 with room for the weights."""
    for place, name in enumerate(batch.names):
        largest = float(np.abs(batch.values[..., place]).max())
        if largest > MAX_VALUE:
            raise FittingError(f"`{name}` holds {largest:.3g}, too large for a network's 32-bit numbers. {ADVICE}")


def check_deviation(name: str, deviation: float) -> None:
    """Raise FittingError where a feature's standard deviation is too small for float32."""
    if deviation < MIN_DEVIATION:
        raise FittingError(f"`{name}` varies by {deviation:.1g}, too little for a network's 32-bit numbers. {ADVICE}")


def check_resolution(name: str, training_values: Float[np.ndarray, " steps"], deviation: float) -> None:
    """Raise FittingError where values lie so far from 0 that float32 can't tell them apart."""
    largest = float(np.abs(training_values).max())
    if deviation < MIN_ROUNDING_STEPS * float(np.spacing(np.float32(largest))):
        raise FittingError(
            f"`{name}` varies by {deviation:.3g} around {largest:.3g}, too little for a network's 32-bit numbers to "
            f"tell apart. {ADVICE}"
        )


def check_outliers(name: str, standardised: Float[np.ndarray, " steps"]) -> None:
    """Raise FittingError where a value is an extreme outlier of the training part."""
    farthest = float(np.abs(standardised).max())
    if farthest > MAX_STANDARDISED:
        raise FittingError(
            f"`{name}` goes {farthest:.1g} standard deviations away from the part that is learned from. "
            "Mend that value, or leave that column out."
        )


def check_measured(known: Bool[np.ndarray, "steps features"], where: str) -> None:
    """Raise FittingError where a part of the sequences holds nothing but filled gaps."""
    if not known.any():
        raise FittingError(
            f"{where} holds no measured value, only gaps that were filled. "
            "Choose columns with fewer gaps, or keep the rows that have values."
        )


def nothing_changes_message(batch: SequenceBatch) -> str:
    """Why there is nothing to learn where no feature changes in the part that is learned from, and what to do."""
    names = ", ".join(f"`{name}`" for name in batch.names[:3])
    inside = np.arange(len(batch.values))[:, None] < np.asarray(batch.lengths)
    values = batch.values[inside]
    if (values == values[0]).all():
        standardised = bool((batch.scale != 1).any() or (batch.offset != 0).any())
        small = "" if standardised else " If it changes by very little in the file, standardise the features."
        return f"Nothing changes: every value of {names} is the same. Choose a column that changes.{small}"
    return (
        f"Nothing changes in the part that is learned from, the first four fifths of the steps; {names} changes only "
        "in the last, which is held out. Choose a column that changes before, or a longer sequence."
    )
