"""The task that any sequence sets by itself: what comes next?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from lstm_viz.models.answering import Answering
from lstm_viz.models.networks import Network
from lstm_viz.models.nextnumbers import NextNumbers
from lstm_viz.models.pieces import Piece, examples, gather
from lstm_viz.models.scores import Score
from lstm_viz.models.training import Examples
from lstm_viz.sequences.batches import SequenceBatch


@runtime_checkable
class NextStep(Protocol):
    """One kind of next step: what to learn, how to say it, how to judge it."""

    outputs: int
    answering: Answering
    #: Which outputs are not said as they are, but as what is added to this step's value; (outputs,).
    changes: np.ndarray

    def examples(self, pieces: Sequence[Piece]) -> Examples:
        """Rows to learn from or to judge by."""

    def begin(self, network: Network) -> None:
        """Set a new network up for this task."""

    def finish(self, network: Network) -> None:
        """Make the network read the batch as it is, and answer in its units."""

    def score(self, said: np.ndarray, pieces: Sequence[Piece]) -> Score:
        """What was said over the whole batch, (time, batch, outputs), judged on the pieces."""


def next_step(batch: SequenceBatch, learning: Sequence[Piece]) -> NextStep:
    """The task a batch sets: choosing where each step is one of several things, else numbers."""
    return NextChoice(batch, learning) if _is_one_hot(batch) else NextNumbers(batch, learning)


def _is_one_hot(batch: SequenceBatch) -> bool:
    inside = np.concatenate([batch.values[:length, row] for row, length in enumerate(batch.lengths)])
    ones = (inside == 1).sum(axis=1) == 1
    return inside.shape[1] > 1 and bool(ones.all()) and bool(((inside == 0) | (inside == 1)).all())


class NextChoice:
    """Which of the features is 1 next: the next character of a text."""

    def __init__(self, batch: SequenceBatch, learning: Sequence[Piece]) -> None:
        self.values = batch.values
        self.now = batch.values.argmax(axis=2)
        self.targets = np.roll(self.now, -1, axis=0)
        self.outputs = batch.values.shape[2]
        self.answering = Answering("next: {label} ({percent} %)", labels=tuple(str(name) for name in batch.names))
        self.changes = np.zeros(self.outputs, dtype=bool)
        self.learning = learning

    def begin(self, network: Network) -> None:
        """Nothing to set up."""

    def finish(self, network: Network) -> None:
        """Nothing to convert: it reads zeros and ones."""

    def examples(self, pieces: Sequence[Piece]) -> Examples:
        """One whole number a step: the place of the next 1."""
        return examples(self.values, self.targets, pieces)

    def score(self, said: np.ndarray, pieces: Sequence[Piece]) -> Score:
        """Share guessed right, beside the most frequent follower of each character."""
        right = gather(said.argmax(-1), pieces) == gather(self.targets, pieces)
        now, after = (gather(values, self.learning) for values in (self.now, self.targets))
        guesses = followers(now, after, self.outputs)[gather(self.now, pieces)]
        baseline = (guesses == gather(self.targets, pieces)).mean()
        name = "always guessing what most often follows the current one"
        return Score("share of next steps guessed right", float(right.mean()), float(baseline), name, share=True)


def followers(now: np.ndarray, after: np.ndarray, kinds: int) -> np.ndarray:
    """What most often follows each kind, (kinds,).

    >>> followers(np.array([0, 1, 0, 1, 1]), np.array([1, 0, 1, 1, 0]), kinds=2).tolist()
    [1, 0]
    """
    counts = np.zeros((kinds, kinds), dtype=int)
    np.add.at(counts, (now, after), 1)
    counts[counts.sum(axis=1) == 0] = counts.sum(axis=0)  # never seen: the most frequent of all
    return counts.argmax(axis=1)
