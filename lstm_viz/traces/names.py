"""Names of features, sequences and steps of a run, and offset and scale to its original units; saved with a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float


@runtime_checkable
class Named(Protocol):
    """Anything with names of features, sequences and steps, as a SequenceBatch has."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        ...

    @property
    def sequence_names(self) -> tuple[str, ...]:
        """Names of the sequences."""
        ...

    @property
    def step_labels(self) -> np.ndarray:
        """A label for each step, (time, batch) str."""
        ...

    @property
    def offset(self) -> np.ndarray:
        """Offset of each feature, (features,): `event * scale + offset` is in original units."""
        ...

    @property
    def scale(self) -> np.ndarray:
        """Scale of each feature, (features,)."""
        ...

    @property
    def source(self) -> str:
        """Where the data is from, for a person."""
        ...

    @property
    def filled(self) -> np.ndarray | None:
        """Which values were gaps that have been filled, (time, batch, features); None where there were none."""
        ...


@dataclass(frozen=True, eq=False)
class Names:
    """What features, sequences and steps are called; `event * scale + offset` is in the source's own units.

    >>> Names(("rain",), ("one",), np.array([["Mon"], ["Tue"]]), np.zeros(1), np.ones(1)).sizes
    (2, 1, 1)
    """

    features: tuple[str, ...]
    sequences: tuple[str, ...]
    #: A label for each step, (time, batch) str: a date, a row number, a character. "" past the end.
    steps: np.ndarray
    offset: Float[np.ndarray, " features"]
    scale: Float[np.ndarray, " features"]
    #: Where the sequences are from, for a person.
    source: str = ""
    #: Which values were gaps in the source and have been filled; None where there were none.
    filled: Bool[np.ndarray, "time batch features"] | None = None
    #: The model's output at each step as text, (time, batch) str; None where there is none.
    answers: np.ndarray | None = None

    @property
    def sizes(self) -> tuple[int, int, int]:
        """(time, batch, features) that the names are for."""
        time, batch = self.steps.shape
        return time, batch, len(self.features)


def names_of(batch: Named, sizes: tuple[int, int, int], answers: np.ndarray | None = None) -> Names:
    """The names of a batch of sequences; `sizes` are the (time, batch, features) of the run that they are for.

    answers: the model's output at each step as text, (time, batch).

    Raises ValueError where the sizes differ.
    """
    names = Names(
        tuple(batch.names),
        tuple(batch.sequence_names),
        np.asarray(batch.step_labels),
        np.asarray(batch.offset, np.float64),
        np.asarray(batch.scale, np.float64),
        batch.source,
        batch.filled,
        None if answers is None else np.asarray(answers),
    )
    _check_sizes(names, sizes)
    return names


def _check_sizes(names: Names, sizes: tuple[int, int, int]) -> None:
    parts = (
        names.sizes,
        (*names.steps.shape, len(names.offset)),
        (names.sizes[0], len(names.sequences), len(names.scale)),
        sizes if names.answers is None else (*names.answers.shape, sizes[2]),
    )
    if any(part != sizes for part in parts):
        raise ValueError(
            f"These names are of (time, batch, features) {names.sizes}; the run has {sizes}. "
            "Pass the batch that was traced."
        )
