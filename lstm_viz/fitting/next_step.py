"""Next-step prediction: the task that any sequence sets by itself, for tokens and for numbers in their own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float

from lstm_viz.fitting.answers import Answering, number_words
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.refusals import (
    FittingError,
    refuse_far_off,
    refuse_run_together,
    refuse_too_large,
    refuse_too_small,
)
from lstm_viz.fitting.rows import Piece, examples, gather
from lstm_viz.fitting.scores import Score
from lstm_viz.fitting.training import Examples
from lstm_viz.sequences.batch import SequenceBatch


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


#: The change is learned where repeating the last value errs by less than this share of the standard deviation.
NEAR = 0.5


class NextNumbers:
    """The next value of every feature. Learned in standard units, whatever the batch's own are.

    A series that moves slowly, or rises for ever, is better described by its changes: the head then
    says how far the next value lies from this one. Which features those are is read off the part
    that is learned from. A feature that never changes there is neither learned from nor judged by.
    """

    def __init__(self, batch: SequenceBatch, learning: Sequence[Piece]) -> None:
        self.now = batch.values.astype(float)
        self.after = np.roll(self.now, -1, axis=0)
        self.outputs = self.now.shape[2]
        refuse_too_large(batch)
        learned = gather(self.now, learning)
        self.reads = standard_of(learned)
        self.judged = ~self.reads.constant
        _refuse(batch, learned, self.reads)
        self.changes = self._near(learning) & self.judged
        self.says = standard_of(gather(self.after - self._start, learning))
        self.factor = float(self.reads.deviation[0] * batch.scale[0]) if self.outputs == 1 else None
        # Of a straight rise all that changes is the value itself.
        even = self.changes & self.says.constant
        spread = np.where(even, np.abs(self.says.mean), self.says.deviation)
        self.answering = number_words(batch, learned, spread)

    @property
    def _start(self) -> Float[np.ndarray, "time batch features"]:
        """What an answer starts from: this step's value where the change is learned, else 0."""
        return np.where(self.changes, self.now, 0.0)

    def _near(self, learning: Sequence[Piece]) -> Bool[np.ndarray, " features"]:
        """Where repeating the last value comes near already, on the part to learn from."""
        steps = gather(self.after - self.now, learning) / self.reads.deviation
        return np.sqrt(np.square(steps).mean(axis=0)) < NEAR

    def examples(self, pieces: Sequence[Piece]) -> Examples:
        """The next step's values or changes, in standard units, each weighing what it weighs in the score."""
        read = self.reads.of(self.now).astype(np.float32)
        wanted = self.says.of(self.after - self._start).astype(np.float32)
        known = self.judged & ~self.says.constant
        weights = np.where(known, np.where(known, self.says.deviation, 0.0) / self.reads.deviation, 0.0)
        weights *= np.sqrt(self.outputs / self.judged.sum())
        return examples(read, wanted, pieces, weights)

    def begin(self, network: Network) -> None:
        """Let changes start from their mean, which is never far from repeating the last value."""
        with torch.no_grad():
            network.head.weight[torch.from_numpy(self.changes)] = 0
            network.head.bias[torch.from_numpy(self.changes)] = 0

    def finish(self, network: Network) -> None:
        """Make the network read and answer in the batch's own units."""
        take_in_units(network, self.reads, self.says)

    def score(self, said: Float[np.ndarray, "time batch features"], pieces: Sequence[Piece]) -> Score:
        """Typical (root mean square) error: in the file's unit for one feature, in standard deviations for several.

        The same kind of error as is learned from, beside repeating the last value.
        """
        own, repeated = (self._error(guess, pieces) for guess in (said, self.now))
        return Score(f"typical error{self._remark()}", own, repeated, "predicting the last value again")

    def _error(self, guess: np.ndarray, pieces: Sequence[Piece]) -> float:
        apart = gather((guess - self.after) / self.reads.deviation, pieces)[:, self.judged]
        return float(np.sqrt(np.square(apart).mean())) * (1.0 if self.factor is None else self.factor)

    def _remark(self) -> str:
        """What has to be known to read the score."""
        unit = "" if self.factor is not None else ", in standard deviations"
        count, judged = int(self.changes.sum()), int(self.judged.sum())
        of_some = "" if count == judged else f"for {count} of {judged} features "
        return f"{unit} ({of_some}it learned the change from step to step)" if count else unit


def _refuse(batch: SequenceBatch, learned: np.ndarray, reads: Standard) -> None:
    """Raise FittingError for what a network's 32 bits can't hold, naming the feature."""
    inside = np.arange(len(batch.values))[:, None] < np.asarray(batch.lengths)
    standardised = reads.of(batch.values[inside].astype(float))
    for place, name in enumerate(batch.names):
        refuse_too_small(name, reads.deviation[place])
        refuse_run_together(name, learned[:, place], reads.deviation[place])
        refuse_far_off(name, standardised[:, place])
    if reads.constant.all():
        raise FittingError(
            "Nothing changes in the part that is learned from. If it does in the file, standardise the features."
        )


#: A spread below this share of the largest value is rounding, not change.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Standard:
    """Each feature's mean, and its standard deviation: infinite where it never changes, so that it counts for nothing.

    >>> units = standard_of(np.array([[1.0, 7.0], [3.0, 7.0]]))
    >>> units.deviation.tolist(), units.of(np.array([5.0, 9.0])).tolist()
    ([1.0, inf], [3.0, 0.0])
    """

    mean: Float[np.ndarray, " features"]
    deviation: Float[np.ndarray, " features"]

    @property
    def constant(self) -> Bool[np.ndarray, " features"]:
        """Which features never change."""
        return np.isinf(self.deviation)

    def of(self, values: Float[np.ndarray, "*steps features"]) -> Float[np.ndarray, "*steps features"]:
        """Values in standard units."""
        return (values - self.mean) / self.deviation


def standard_of(values: Float[np.ndarray, "steps features"]) -> Standard:
    """The standard units of some steps. Largest values of 1e150 and more are too large to be squared."""
    deviation = values.std(axis=0)
    return Standard(
        values.mean(axis=0), np.where(deviation <= ROUNDING * np.abs(values).max(axis=0), np.inf, deviation)
    )


def take_in_units(network: Network, reads: Standard, says: Standard) -> None:
    """Fold the units of what is read into the input weights, and those of what is said into the head.

    The network then gives for x what it gave for the standardised x, in the units of what it says.
    """
    centre, spread = (torch.from_numpy(numbers) for numbers in (reads.mean, reads.deviation))
    own = dict(network.recurrent.named_parameters())
    weight, bias = own["weight_ih_l0"], own["bias_l0" if "bias_l0" in own else "bias_ih_l0"]
    head, size = network.head, torch.from_numpy(np.where(says.constant, 0.0, says.deviation))
    with torch.no_grad():
        scaled = weight.double() / spread
        bias.copy_(bias.double() - scaled @ centre)
        weight.copy_(scaled)
        head.weight.copy_(head.weight.double() * size[:, None])
        head.bias.copy_(head.bias.double() * size + torch.from_numpy(says.mean))
