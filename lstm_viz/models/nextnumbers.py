"""What comes next where it is numbers: the next value, or how far it lies from this one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float

from lstm_viz.models.networks import Network
from lstm_viz.models.numberwords import number_words
from lstm_viz.models.pieces import Piece, examples, gather
from lstm_viz.models.refusals import (
    FittingError,
    refuse_far_off,
    refuse_run_together,
    refuse_too_large,
    refuse_too_small,
)
from lstm_viz.models.scaling import Standard, standard_of, take_in_units
from lstm_viz.models.scores import Score
from lstm_viz.models.training import Examples
from lstm_viz.sequences.batches import SequenceBatch

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
