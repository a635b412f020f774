"""How large a batch may be: said before memory is asked for."""

from __future__ import annotations

from lstm_viz.sequences.errors import SequenceError

#: A column of words with at most this many kinds can be a feature, one column a kind.
MOST_KINDS = 12
#: Sequences side by side.
MOST_SEQUENCES = 10_000
#: Steps times sequences, padding included.
MOST_STEPS = 4_000_000
#: Steps times sequences times features: 160 MB as the 32-bit numbers that a model reads.
MOST_VALUES = 40_000_000
FEWER_CELLS = "Keep fewer columns, or fewer rows."


def check_size(steps: int, sequences: int, features: int, advice: str = FEWER_CELLS) -> None:
    """Raise SequenceError where a batch would not fit; `advice` is for too many numbers.

    >>> check_size(steps=3_000_000, sequences=2, features=1)
    Traceback (most recent call last):
    lstm_viz.sequences.errors.SequenceError: 2 sequences as long as the longest, 3,000,000 steps, make 6,000,000
    steps; 4,000,000 fit. Keep fewer rows, or choose another column to tell sequences apart.
    """
    if sequences > MOST_SEQUENCES:
        raise SequenceError(
            f"There are {sequences:,} sequences; {MOST_SEQUENCES:,} fit. "
            "Keep fewer of them, or choose another column to tell them apart."
        )
    if steps * sequences > MOST_STEPS:
        raise SequenceError(
            f"{sequences:,} sequences as long as the longest, {steps:,} steps, make {steps * sequences:,} steps; "
            f"{MOST_STEPS:,} fit. Keep fewer rows, or choose another column to tell sequences apart."
        )
    if steps * sequences * features > MOST_VALUES:
        raise SequenceError(
            f"{steps * sequences:,} steps of {features:,} features make {steps * sequences * features:,} numbers; "
            f"{MOST_VALUES:,} fit. {advice}"
        )
