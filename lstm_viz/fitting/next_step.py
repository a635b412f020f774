"""Next-step prediction as a self-supervised task: classification for tokens, regression for numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float

from lstm_viz.fitting.answers import AnswerFormat, number_format
from lstm_viz.fitting.baselines import baselines
from lstm_viz.fitting.holdout_split import Segment, padded_examples, scored_values
from lstm_viz.fitting.input_checks import (
    FittingError,
    check_deviation,
    check_largest,
    check_outliers,
    check_resolution,
    nothing_changes_message,
)
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.scores import Score
from lstm_viz.fitting.training import Examples
from lstm_viz.sequences.batch import SequenceBatch


@runtime_checkable
class NextStepTask(Protocol):
    """A prediction task: its training examples, the form of its answers, and its score."""

    outputs: int
    answer_format: AnswerFormat
    #: Which outputs are residuals: the difference to this step's own value; (outputs,).
    changes: np.ndarray

    def examples(self, segments: Sequence[Segment]) -> Examples:
        """Padded rows to train on or to evaluate."""

    def initialise(self, network: Network) -> None:
        """Initialise a new network's head for this task."""

    def convert_units(self, network: Network) -> None:
        """Fold the standardisation into the weights, so that the network reads and predicts in the batch's units."""

    def score(self, predictions: np.ndarray, segments: Sequence[Segment]) -> Score:
        """The score of predictions over the whole batch, (time, batch, outputs), on these segments."""


def task_of(batch: SequenceBatch, training: Sequence[Segment]) -> NextStepTask:
    """The task for a batch: classification where it is one-hot, else regression."""
    return NextToken(batch, training) if _is_one_hot(batch) else NextValues(batch, training)


def _is_one_hot(batch: SequenceBatch) -> bool:
    inside = np.concatenate([batch.values[:length, row] for row, length in enumerate(batch.lengths)])
    ones = (inside == 1).sum(axis=1) == 1
    return inside.shape[1] > 1 and bool(ones.all()) and bool(((inside == 0) | (inside == 1)).all())


class NextToken:
    """Next-token classification: which of the one-hot features is 1 next, such as the next character of a text."""

    def __init__(self, batch: SequenceBatch, training: Sequence[Segment]) -> None:
        self.values = batch.values
        self.current = batch.values.argmax(axis=2)
        self.targets = np.roll(self.current, -1, axis=0)
        self.outputs = batch.values.shape[2]
        self.answer_format = AnswerFormat(
            "answer: next {label} ({percent} %)", labels=tuple(str(name) for name in batch.names)
        )
        self.changes = np.zeros(self.outputs, dtype=bool)
        self.training = training
        self.known: np.ndarray = np.asarray(following_known(batch).all(axis=2))

    def initialise(self, network: Network) -> None:
        """Nothing to initialise."""

    def convert_units(self, network: Network) -> None:
        """Nothing to convert: one-hot values have no units."""

    def examples(self, segments: Sequence[Segment]) -> Examples:
        """Targets are class indices: the place of the next 1."""
        return padded_examples(self.values, self.targets, segments, known=self.known)

    def score(self, predictions: np.ndarray, segments: Sequence[Segment]) -> Score:
        """Accuracy on held-out steps, with the most frequent successor of each character (bigrams) as baseline."""
        judged, learned = (scored_values(self.known, part) for part in (segments, self.training))
        right = (scored_values(predictions.argmax(-1), segments) == scored_values(self.targets, segments))[judged]
        current, following = (scored_values(each, self.training)[learned] for each in (self.current, self.targets))
        guesses = most_frequent_followers(current, following, self.outputs)[scored_values(self.current, segments)]
        baseline = (guesses == scored_values(self.targets, segments))[judged].mean()
        name = "always guessing what most often follows the current one"
        return Score("share of next steps guessed right", float(right.mean()), float(baseline), name, share=True)


def following_known(batch: SequenceBatch) -> Bool[np.ndarray, "time batch features"]:
    """Which values of the next step were measured, so that they can be learned and judged; gaps were filled."""
    if batch.filled is None:
        return np.ones(batch.values.shape, dtype=bool)
    return np.roll(~batch.filled, -1, axis=0)


def most_frequent_followers(current: np.ndarray, following: np.ndarray, kinds: int) -> np.ndarray:
    """The most frequent successor of each class, (kinds,): the bigram baseline.

    >>> most_frequent_followers(np.array([0, 1, 0, 1, 1]), np.array([1, 0, 1, 1, 0]), kinds=2).tolist()
    [1, 0]
    """
    counts = np.zeros((kinds, kinds), dtype=int)
    np.add.at(counts, (current, following), 1)
    counts[counts.sum(axis=1) == 0] = counts.sum(axis=0)  # never seen: the most frequent of all
    return counts.argmax(axis=1)


#: The difference is predicted where repeating the last value errs by less than this share of the standard deviation.
PERSISTENCE_LIMIT = 0.5


class NextValues:
    """Regression of every feature's next value, trained on standardised values.

    A series that moves slowly, or has a trend, is better predicted by its differences: the head then
    predicts how far the next value lies from this one. Which features those are is decided on the part
    that is trained on. A feature that is constant there counts neither in the loss nor in the score.
    """

    def __init__(self, batch: SequenceBatch, training: Sequence[Segment]) -> None:
        self.current = batch.values.astype(float)
        self.following = np.roll(self.current, -1, axis=0)
        self.outputs = self.current.shape[2]
        check_largest(batch)
        self.training, self.known = training, following_known(batch)
        training_values = scored_values(self.current, training)
        measured = scored_values(np.roll(self.known, 1, axis=0), training)
        self.input_units = fit_standardisation(training_values, measured)
        self.evaluated = ~self.input_units.constant
        _check_float32_range(batch, training_values, self.input_units)
        self.changes = self._persistence_errs_little(training) & self.evaluated
        targets = scored_values(self.following - self._baseline, training)
        self.target_units = fit_standardisation(targets, scored_values(self.known, training))
        self.factor = float(self.input_units.deviation[0] * batch.scale[0]) if self.outputs == 1 else None
        # Of a straight line the differences are constant: their mean is the scale of what changes.
        linear = self.changes & self.target_units.constant
        spread = np.where(linear, np.abs(self.target_units.mean), self.target_units.deviation)
        self.answer_format = number_format(batch, training_values, spread)

    @property
    def _baseline(self) -> Float[np.ndarray, "time batch features"]:
        """What a prediction is added to: this step's value where the difference is predicted, else 0."""
        return np.where(self.changes, self.current, 0.0)

    def _persistence_errs_little(self, training: Sequence[Segment]) -> Bool[np.ndarray, " features"]:
        """Which features persistence (repeating the last value) predicts well already, on the training part."""
        differences = scored_values(self.following - self.current, training) / self.input_units.deviation
        known = scored_values(self.known, training)
        squares = np.where(known, np.square(differences), 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        return np.sqrt(squares) < PERSISTENCE_LIMIT

    def examples(self, segments: Sequence[Segment]) -> Examples:
        """Standardised inputs and targets (values or differences), each weighted in the loss as in the score."""
        inputs = self.input_units.of(self.current).astype(np.float32)
        targets = self.target_units.of(self.following - self._baseline).astype(np.float32)
        varying = self.evaluated & ~self.target_units.constant
        weights = np.where(
            varying, np.where(varying, self.target_units.deviation, 0.0) / self.input_units.deviation, 0.0
        )
        weights *= np.sqrt(self.outputs / self.evaluated.sum())
        return padded_examples(inputs, targets, segments, weights, self.known & self.evaluated)

    def initialise(self, network: Network) -> None:
        """Start predicted differences from their mean, which is close to persistence."""
        with torch.no_grad():
            network.head.weight[torch.from_numpy(self.changes)] = 0
            network.head.bias[torch.from_numpy(self.changes)] = 0

    def convert_units(self, network: Network) -> None:
        """Fold the standardisation into the weights: the network then reads and predicts in the batch's own units."""
        fold_standardisation(network, self.input_units, self.target_units)

    def score(self, predictions: Float[np.ndarray, "time batch features"], segments: Sequence[Segment]) -> Score:
        """Root mean square error: in the file's unit for one feature, in standard deviations for several.

        The same error as in the loss. The baseline is the best of repeating the last value, the mean, and the value
        one season before where the part that is learned from has a season.
        """
        rules = baselines(
            self.current, self.input_units.mean, self.training, lambda guess: self._rms_error(guess, self.training)
        )
        errors = [self._rms_error(rule.guesses, segments) for rule in rules]
        best = int(np.argmin(errors))
        own = self._rms_error(predictions, segments)
        return Score(f"typical error{self._score_note()}", own, errors[best], rules[best].name)

    def _rms_error(self, guess: np.ndarray, segments: Sequence[Segment]) -> float:
        errors = scored_values((guess - self.following) / self.input_units.deviation, segments)
        known = scored_values(self.known, segments) & self.evaluated
        return float(np.sqrt(np.square(errors[known]).mean())) * (1.0 if self.factor is None else self.factor)

    def _score_note(self) -> str:
        """Text after the score's name: its unit, and how many features were predicted by their differences."""
        unit = "" if self.factor is not None else ", in standard deviations"
        count, evaluated = int(self.changes.sum()), int(self.evaluated.sum())
        of_some = "" if count == evaluated else f"for {count} of {evaluated} features "
        return f"{unit} ({of_some}it learned the change from step to step)" if count else unit


def _check_float32_range(batch: SequenceBatch, training_values: np.ndarray, input_units: Standardisation) -> None:
    """Raise FittingError, naming the feature, for values that float32 can't represent well enough."""
    inside = np.arange(len(batch.values))[:, None] < np.asarray(batch.lengths)
    standardised = input_units.of(batch.values[inside].astype(float))
    for place, name in enumerate(batch.names):
        check_deviation(name, input_units.deviation[place])
        check_resolution(name, training_values[:, place], input_units.deviation[place])
        check_outliers(name, standardised[:, place])
    if input_units.constant.all():
        raise FittingError(nothing_changes_message(batch))


#: A standard deviation below this share of the largest value is rounding: the feature is constant.
CONSTANT_TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class Standardisation:
    """Each feature's mean and standard deviation (infinite for a constant feature, whose z-scores are then 0).

    >>> units = fit_standardisation(np.array([[1.0, 7.0], [3.0, 7.0]]))
    >>> units.deviation.tolist(), units.of(np.array([5.0, 9.0])).tolist()
    ([1.0, inf], [3.0, 0.0])
    """

    mean: Float[np.ndarray, " features"]
    deviation: Float[np.ndarray, " features"]

    @property
    def constant(self) -> Bool[np.ndarray, " features"]:
        """Which features are constant, (features,)."""
        return np.isinf(self.deviation)

    def of(self, values: Float[np.ndarray, "*steps features"]) -> Float[np.ndarray, "*steps features"]:
        """Standardised values (z-scores)."""
        return (values - self.mean) / self.deviation


def fit_standardisation(
    values: Float[np.ndarray, "steps features"], known: Bool[np.ndarray, "steps features"] | None = None
) -> Standardisation:
    """Mean and standard deviation of each feature, over what is `known` of it. 1e150 and more are too large to square.

    A feature of which nothing is known is constant.
    """
    if known is None or known.all():
        mean, deviation, largest = values.mean(axis=0), values.std(axis=0), np.abs(values).max(axis=0)
    else:
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, values, 0.0).sum(axis=0) / count
        deviation = np.sqrt(np.where(known, np.square(values - mean), 0.0).sum(axis=0) / count)
        largest = np.where(known, np.abs(values), 0.0).max(axis=0)
    return Standardisation(mean, np.where(deviation <= CONSTANT_TOLERANCE * largest, np.inf, deviation))


def fold_standardisation(network: Network, input_units: Standardisation, target_units: Standardisation) -> None:
    """Fold the inputs' standardisation into the input weights, and the targets' into the head.

    The network then gives for x what it gave for the standardised x, in the targets' own units.
    """
    centre, spread = (torch.from_numpy(numbers) for numbers in (input_units.mean, input_units.deviation))
    own = dict(network.recurrent.named_parameters())
    weight, bias = own["weight_ih_l0"], own["bias_l0" if "bias_l0" in own else "bias_ih_l0"]
    head, size = network.head, torch.from_numpy(np.where(target_units.constant, 0.0, target_units.deviation))
    with torch.no_grad():
        scaled = weight.double() / spread
        bias.copy_(bias.double() - scaled @ centre)
        weight.copy_(scaled)
        head.weight.copy_(head.weight.double() * size[:, None])
        head.bias.copy_(head.bias.double() * size + torch.from_numpy(target_units.mean))
