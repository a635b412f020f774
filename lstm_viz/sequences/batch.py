"""A padded batch of sequences, the input of a recurrent model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True, eq=False)
class SequenceBatch:
    """Sequences of one batch, padded with 0 past their lengths.

    `values` is what a model is given; `values * scale + offset` is in the file's own units, as precise as `values`
    are. `unscaled` are the numbers from which scaled values were computed, in 64 bits; who changes `values` alone
    sets it to None. Raises ValueError where it has another shape.
    """

    values: Float[np.ndarray, "time batch features"]
    names: tuple[str, ...]
    lengths: Int[np.ndarray, " batch"]
    sequence_names: tuple[str, ...]
    offset: Float[np.ndarray, " features"]
    scale: Float[np.ndarray, " features"]
    #: What a step is called, (time, batch) str: a date, a row number, a character. "" past the end.
    step_labels: np.ndarray
    source: str = ""
    #: What was understood and done, one sentence each, for the person whose file it is.
    notes: tuple[str, ...] = ()
    #: Which values were gaps in the file and have been filled; None where there were none.
    filled: Bool[np.ndarray, "time batch features"] | None = None
    #: How they were filled, by its name in `lstm_viz.sequences.choices.GAPS`; "" where that is not known.
    filling: str = ""
    unscaled: Float[np.ndarray, "time batch features"] | None = None

    def __post_init__(self) -> None:
        """Refuse numbers of other steps, sequences or features."""
        if self.unscaled is not None and self.unscaled.shape != self.values.shape:
            raise ValueError(f"`unscaled` has the shape {self.unscaled.shape}, `values` {self.values.shape}.")

    @property
    def original(self) -> np.ndarray:
        """The values in the file's own units, NaN past each length: (time, batch, features)."""
        steps = np.arange(self.values.shape[0])[:, None, None]
        inside = steps < self.lengths[None, :, None]
        if self.unscaled is not None:
            return np.where(inside, self.unscaled, np.nan)
        # Not values * scale + offset, whose first half may be too large where the largest numbers are held.
        return np.where(inside, (self.values + self.offset / self.scale) * self.scale, np.nan)
