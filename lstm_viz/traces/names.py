"""Names of features, sequences and steps of a run, and the units that its values came in; saved with a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float


@runtime_checkable
class Named(Protocol):
    """What has names to give; a SequenceBatch is one."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features."""
        ...

    @property
    def sequence_names(self) -> tuple[str, ...]:
        """Of the sequences."""
        ...

    @property
    def step_labels(self) -> np.ndarray:
        """(time, batch) texts."""
        ...

    @property
    def offset(self) -> np.ndarray:
        """(features,) numbers."""
        ...

    @property
    def scale(self) -> np.ndarray:
        """(features,) numbers."""
        ...

    @property
    def source(self) -> str:
        """Where it is from."""
        ...

    @property
    def filled(self) -> np.ndarray | None:
        """Which values were gaps."""
        ...


@dataclass(frozen=True, eq=False)
class Names:
    """What features, sequences and steps are called; `event * scale + offset` is in the source's own units.

    >>> Names(("rain",), ("one",), np.array([["Mon"], ["Tue"]]), np.zeros(1), np.ones(1)).sizes
    (2, 1, 1)
    """

    features: tuple[str, ...]
    sequences: tuple[str, ...]
    #: What each step is called, (time, batch) str: a date, a row number, a character. "" past the end.
    steps: np.ndarray
    offset: Float[np.ndarray, " features"]
    scale: Float[np.ndarray, " features"]
    #: What the sequences are from, for a person.
    source: str = ""
    #: Which values were gaps in the source and have been filled; None where there were none.
    filled: Bool[np.ndarray, "time batch features"] | None = None
    #: What the model said at each step, (time, batch) str; None where nobody asked it.
    answers: np.ndarray | None = None

    @property
    def sizes(self) -> tuple[int, int, int]:
        """(time, batch, features), as the names have them."""
        time, batch = self.steps.shape
        return time, batch, len(self.features)


def names_of(batch: Named, sizes: tuple[int, int, int], answers: np.ndarray | None = None) -> Names:
    """The names of a batch of sequences; `sizes` are the (time, batch, features) of the run that they are for.

    answers: what the model said at each step, (time, batch) texts.

    Raises ValueError where they are of another run.
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
