"""The task that any sequence sets by itself: what comes next?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from lstm_viz.models.answering import Answering
from lstm_viz.models.pieces import Piece, examples, scored_steps
from lstm_viz.models.scores import Score
from lstm_viz.models.training import Examples
from lstm_viz.sequences.batches import SequenceBatch


@runtime_checkable
class NextStep(Protocol):
    """One kind of next step: what to learn, how to say it, how to judge it."""

    outputs: int
    answering: Answering

    def examples(self, pieces: Sequence[Piece]) -> Examples:
        """Rows to learn from or to judge by."""

    def score(self, scores: torch.Tensor, held_out: Examples, pieces: Sequence[Piece]) -> Score:
        """The network's scores on `held_out` judged."""


def next_step(batch: SequenceBatch, learning: Sequence[Piece]) -> NextStep:
    """The task a batch sets: choosing where each step is one of several things, else numbers."""
    return NextChoice(batch, learning) if _is_one_hot(batch) else NextNumbers(batch, learning)


def _is_one_hot(batch: SequenceBatch) -> bool:
    inside = np.concatenate([batch.values[:length, row] for row, length in enumerate(batch.lengths)])
    ones = (inside == 1).sum(axis=1) == 1
    return inside.shape[1] > 1 and bool(ones.all()) and bool(((inside == 0) | (inside == 1)).all())


def _gather(values: np.ndarray, pieces: Sequence[Piece]) -> np.ndarray:
    return np.concatenate([values[steps, row] for steps, row in scored_steps(pieces)])


class NextChoice:
    """Which of the features is 1 next: the next character of a text."""

    def __init__(self, batch: SequenceBatch, learning: Sequence[Piece]) -> None:
        self.values = batch.values
        self.now = batch.values.argmax(axis=2)
        self.targets = np.roll(self.now, -1, axis=0)
        self.outputs = batch.values.shape[2]
        self.answering = Answering("next: {label} ({percent} %)", labels=tuple(str(name) for name in batch.names))
        self.learning = learning

    def examples(self, pieces: Sequence[Piece]) -> Examples:
        """One whole number a step: the place of the next 1."""
        return examples(self.values, self.targets, pieces)

    def score(self, scores: torch.Tensor, held_out: Examples, pieces: Sequence[Piece]) -> Score:
        """Share guessed right, beside the most frequent follower of each character."""
        right = scores[held_out.scored].argmax(-1) == held_out.targets[held_out.scored]
        now, after = (_gather(values, self.learning) for values in (self.now, self.targets))
        guesses = followers(now, after, self.outputs)[_gather(self.now, pieces)]
        baseline = (guesses == _gather(self.targets, pieces)).mean()
        name = "always guessing what most often follows the current one"
        return Score(
            "share of next steps guessed right", right.float().mean().item(), float(baseline), name, share=True
        )


def followers(now: np.ndarray, after: np.ndarray, kinds: int) -> np.ndarray:
    """What most often follows each kind, (kinds,).

    >>> followers(np.array([0, 1, 0, 1, 1]), np.array([1, 0, 1, 1, 0]), kinds=2).tolist()
    [1, 0]
    """
    counts = np.zeros((kinds, kinds), dtype=int)
    np.add.at(counts, (now, after), 1)
    counts[counts.sum(axis=1) == 0] = counts.sum(axis=0)  # never seen: the most frequent of all
    return counts.argmax(axis=1)


class NextNumbers:
    """The next value of every feature. Learned in standard units, whatever the batch's own are."""

    def __init__(self, batch: SequenceBatch, learning: Sequence[Piece]) -> None:
        seen = _gather(batch.values.astype(float), learning)
        self.mean, self.deviation = seen.mean(axis=0), seen.std(axis=0)
        self.deviation[self.deviation < 1e-12] = 1.0
        self.values = ((batch.values - self.mean) / self.deviation).astype(np.float32)
        self.targets = np.roll(self.values, -1, axis=0)
        self.outputs = batch.values.shape[2]
        self.unit = float(self.deviation[0] * batch.scale[0]) if self.outputs == 1 else None
        self.answering = _number_words(batch)

    def examples(self, pieces: Sequence[Piece]) -> Examples:
        """The next step's values, in standard units."""
        return examples(self.values, self.targets, pieces)

    def score(self, scores: torch.Tensor, held_out: Examples, pieces: Sequence[Piece]) -> Score:
        """Typical (root mean square) error: in the file's unit for one feature, in standard deviations for several.

        The same kind of error as is learned from, beside repeating the last value.
        """
        error = (scores - held_out.targets)[held_out.scored].square().mean().sqrt().item()
        baseline = np.sqrt(np.square(_gather(self.values, pieces) - _gather(self.targets, pieces)).mean())
        unit = 1.0 if self.unit is None else self.unit
        kind = "typical error, in standard deviations" if self.unit is None else "typical error"
        return Score(kind, error * unit, float(baseline) * unit, "predicting the last value again")


def _number_words(batch: SequenceBatch) -> Answering:
    """Words for at most two features, each with as many digits as its spread asks for."""
    shown = [f"{_escaped(name)} " for name in batch.names[:2]] if len(batch.names) > 1 else [""]
    spread = np.nanstd(batch.original.reshape(-1, len(batch.names)), axis=0)
    parts = [f"{name}{{{place}:.{_digits(spread[place])}f}}" for place, name in enumerate(shown)]
    return Answering("next: " + ", ".join(parts), scale=_floats(batch.scale), offset=_floats(batch.offset))


def _digits(spread: float) -> int:
    """Decimals that show a hundredth or so of the spread."""
    return 0 if spread == 0 else int(np.clip(np.ceil(1.3 - np.log10(spread)), 0, 6))


def _floats(numbers: np.ndarray) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)


def _escaped(name: str) -> str:
    return name[:16].replace("{", "{{").replace("}", "}}")
