"""Fitting a small network to a person's own sequences by next-step prediction, with reports of progress."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import nn

from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.causal_filling import causally_filled
from lstm_viz.fitting.holdout_split import Split, scored_values, split
from lstm_viz.fitting.input_checks import FittingError, check_enough_to_learn, check_measured
from lstm_viz.fitting.network import Network, expected
from lstm_viz.fitting.next_step import NextStepTask, following_known, task_of
from lstm_viz.fitting.scores import Score
from lstm_viz.fitting.training import DEFAULT_WINDOW, Examples, cosine_decay, evaluate, one_thread, window_losses
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.findings import Finding
from lstm_viz.traces import Variant

#: Updates and seconds at most; updates between two validations on the held-out steps; validations without gain
#: before stopping early.
MAX_UPDATES, MAX_SECONDS, VALIDATION_INTERVAL, PATIENCE = 2000, 8.0, 25, 24
#: Seconds between two progress reports.
REPORT_INTERVAL = 0.15
LEARNING_RATE = 0.01
#: Adam's epsilon, which keeps it from dividing by zero; tiny, so that errors of any size are learned from alike.
ADAM_EPSILON = 1e-18

__all__ = ["Checkpoint", "FittedModel", "FittingError", "Progress", "TrainingRun", "fit"]


class Checkpoint(NamedTuple):
    """A network in the course of a fit, in eval mode: after how many updates, its recurrent layer and its head."""

    update: int
    module: nn.Module
    head: nn.Linear


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A fitted network, in eval mode and detached from any graph, with its score on held-out steps."""

    variant: Variant
    module: nn.Module
    head: nn.Linear
    score: Score
    answer_format: AnswerFormat
    #: Which outputs are residuals: the head predicts the difference to the step's own value, (outputs,).
    changes: Bool[np.ndarray, " outputs"]
    #: What it was fitted to and judged on: the batch, in whose gaps stands the value before, so that none tells what
    #: comes.
    batch: SequenceBatch | None = None
    #: Whether it learned by heart, and whether the simplest rule does as well.
    findings: tuple[Finding, ...] = ()
    #: The network after some numbers of updates, where they were asked for; the last one is of the fit's last update,
    #: whose weights need not be the ones with the lowest loss.
    checkpoints: tuple[Checkpoint, ...] = ()

    def answers(
        self,
        hidden_state: Float[np.ndarray, "time batch hidden"],
        events: Float[np.ndarray, "time batch features"] | None = None,
    ) -> np.ndarray:
        """What the network expects next, as a short text for each step, (time, batch).

        events: what was read, `batch.values`; without them a model of changes raises TypeError.
        """
        return self.answer_format(self.expected(hidden_state, events))

    def expected(
        self,
        hidden_state: Float[np.ndarray, "time batch hidden"],
        events: Float[np.ndarray, "time batch features"] | None = None,
    ) -> np.ndarray:
        """The predictions behind `answers`, (time, batch, outputs): next values as in `batch.values`, or logits."""
        return expected(self.head, self.changes, hidden_state, events)


@dataclass(frozen=True, eq=False)
class Progress:
    """The state of a fit at one update. Losses are squared errors in standard deviations, or cross-entropy in nats."""

    step: int
    total: int
    loss: float
    validation_loss: float
    seconds: float
    #: Share of the updates or of the time that is done, 0 to 1.
    fraction: float
    #: Only the last one carries it.
    model: FittedModel | None = None


def fit(
    batch: SequenceBatch,
    *,
    hidden: int = 8,
    seconds: float | None = None,
    updates: int | None = None,
    seed: int = 0,
    variant: Variant = "standard",
    window: int | None = None,
    forget_bias: float = 1.0,
    learning_rate: float = LEARNING_RATE,
    checkpoints: int = 0,
) -> Iterator[Progress]:
    """Train a network to predict the next step, and report about every 0.15 s; the last report has `.model`.

    The last fifth of every sequence is held out. The fit ends after `seconds` (8, or no limit where `updates`
    are given), after `updates` (2,000), or when the loss on held-out steps stops falling; the weights with the
    lowest such loss are kept. The learning rate falls along a cosine over all `updates`, so the same seed and
    `updates` give the same weights at the same update; a fit cut short by the clock may end at another.
    State is carried from one window of `window` steps (50 by default) to the next; a gradient reaches no
    further back. Gaps that were filled are neither learned nor judged; where they were filled by looking ahead, the
    value before stands there instead, as in the last report's `.model.batch`, of whose run the score is: that which
    `lstm_viz.trace` records.
    `forget_bias` is added to the forget gates' biases at the start, and `learning_rate` is that of the first update.
    With `checkpoints` about so many networks of the fit are kept, at updates that lie closer the earlier they are, as
    the last report's `.model.checkpoints`; the fit itself stays the same to the bit.
    To cancel, close the generator: nothing runs on. Raises FittingError on the first `next`, also where
    `window` or `updates` is below 1, or the learning rate is no number above 0.

    >>> steps = np.sin(np.arange(120.0) / 4)[:, None, None]
    >>> batch = SequenceBatch(steps, ("wave",), np.array([120]), ("one",), np.zeros(1), np.ones(1),
    ...     step_labels=np.arange(120).astype(str)[:, None])
    >>> *_, last = fit(batch, hidden=4, updates=100)
    >>> last.model.score.value < last.model.score.baseline
    True
    """
    check_enough_to_learn(batch)
    batch = causally_filled(batch)
    window_steps, total = _window_steps(window), _update_limit(updates)
    if seconds is None:
        seconds = MAX_SECONDS if updates is None else math.inf
    segments = split(batch.lengths, window_steps)
    _check_measured(batch, segments)
    task = task_of(batch, segments.training)
    if not 0 < learning_rate < math.inf:
        raise FittingError(f"A learning rate is a number above 0; {learning_rate} came.")
    network = Network(variant, batch.values.shape[2], hidden, task.outputs, seed, forget_bias)
    kept = checkpoint_updates(total, checkpoints)
    run = TrainingRun(task, segments, network, window_steps, total, learning_rate, kept)
    yield from run.reports(seconds)
    model = run.finish(variant, batch)
    yield run.progress(1.0, model)


def _check_measured(batch: SequenceBatch, segments: Split) -> None:
    known = following_known(batch)
    check_measured(scored_values(known, segments.training), "The part that is learned from")
    check_measured(scored_values(known, segments.held_out), "The last fifth of the steps, on which a fit is judged,")


def _window_steps(window: int | None) -> int:
    if window is not None and window < 1:
        raise FittingError(f"A window holds at least 1 step; {window} came.")
    return DEFAULT_WINDOW if window is None else window


def _update_limit(updates: int | None) -> int:
    if updates is not None and updates < 1:
        raise FittingError(f"A fit has at least 1 update; {updates} came.")
    return MAX_UPDATES if updates is None else updates


def checkpoint_updates(total: int, count: int) -> frozenset[int]:
    """About `count` numbers of updates from 0 to `total`, each about the same factor above the one before.

    >>> sorted(checkpoint_updates(2000, 8))
    [0, 1, 4, 13, 45, 159, 563, 2000]
    """
    if count < 1:
        return frozenset()
    return frozenset({0, *np.geomspace(1, total, max(count - 1, 1)).round().astype(int).tolist()})


class TrainingRun:
    """A fit in progress: the network, its best weights so far, its losses, and the weights after some updates."""

    def __init__(
        self,
        task: NextStepTask,
        segments: Split,
        network: Network,
        window: int,
        total: int,
        rate: float = LEARNING_RATE,
        kept: frozenset[int] = frozenset(),
    ) -> None:
        self.task, self.segments, self.network = task, segments, network
        self.window, self.total, self.rate = window, total, rate
        task.initialise(network)
        self.kept: dict[int, dict[str, torch.Tensor]] = {}
        self.kept_at = kept
        self.held_out: Examples = task.examples(segments.held_out)
        self.started = time.perf_counter()
        self.step, self.loss, self.validations_without_gain = 0, float("nan"), 0
        with one_thread():
            self.validation_loss = self.best_loss = evaluate(network, self.held_out)
        self.best, self.best_step = self._copy_weights(), 0
        self._keep()

    def reports(self, seconds: float) -> Iterator[Progress]:
        """Train until the updates or the seconds are used up, or the held-out loss stops falling."""
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=self.rate, eps=ADAM_EPSILON)
        losses = window_losses(self.network, self.optimiser, self.task.examples(self.segments.training), self.window)
        while self._continues(seconds):
            with one_thread():
                self._train_until_report(losses, seconds)
            yield self.progress(min(1.0, max(self.step / self.total, self._elapsed() / seconds)))

    def _continues(self, seconds: float) -> bool:
        return self.step < self.total and self.validations_without_gain < PATIENCE and self._elapsed() < seconds

    def _train_until_report(self, losses: Iterator[float], seconds: float) -> None:
        """Train until the next report is due; the first is due at once."""
        due = self._elapsed() + REPORT_INTERVAL if self.step else 0.0
        while True:
            self.optimiser.param_groups[0]["lr"] = self.rate * cosine_decay(self.step, self.total)
            self._count_update(next(losses))
            if self._elapsed() >= due or not self._continues(seconds):
                return

    def _count_update(self, loss: float) -> None:
        self.loss = loss if self.step == 0 else 0.9 * self.loss + 0.1 * loss
        if self.step == 0:
            # The first update loads what torch needs, up to a second, which doesn't count against the person's time.
            self.started = time.perf_counter()
        self.step += 1
        self._keep()
        if self.step % VALIDATION_INTERVAL == 0 or self.step == self.total:
            self._validate()

    def _validate(self) -> None:
        self.validation_loss = evaluate(self.network, self.held_out)
        self.validations_without_gain += 1
        if self.validation_loss < self.best_loss * 0.999:
            self.validations_without_gain = 0
        if self.validation_loss < self.best_loss:
            self.best_loss, self.best, self.best_step = self.validation_loss, self._copy_weights(), self.step

    def _keep(self) -> None:
        """Keeps the weights, where this is an update at which they are wanted."""
        if self.step in self.kept_at:
            self.kept[self.step] = self._copy_weights()

    def _copy_weights(self) -> dict[str, torch.Tensor]:
        return {name: value.clone() for name, value in self.network.state_dict().items()}

    def _elapsed(self) -> float:
        return time.perf_counter() - self.started

    def progress(self, fraction: float, model: FittedModel | None = None) -> Progress:
        """The report of the current state."""
        return Progress(self.step, self.total, self.loss, self.validation_loss, self._elapsed(), fraction, model)

    def finish(self, variant: Variant, batch: SequenceBatch) -> FittedModel:
        """The best weights, converted to the batch's own units, then scored as they will be shown."""
        network, task = self.network, self.task
        checkpoints = self._checkpoints()
        with one_thread(), torch.no_grad():
            self._validate()
            network.load_state_dict(self.best)
            network.eval().requires_grad_(False)
            task.convert_units(network)
            hidden = network.recurrent(torch.as_tensor(batch.values, dtype=torch.float32))[0].numpy()
        predictions = expected(network.head, task.changes, hidden, batch.values)
        score = task.score(predictions, self.segments.held_out)
        head, changes = network.head, task.changes
        found = tuple(filter(None, (overfitting(self.best_step, self.best_loss, self.validation_loss), score.finding)))
        return FittedModel(
            variant, network.recurrent, head, score, task.answer_format, changes, batch, found, checkpoints
        )

    def _checkpoints(self) -> tuple[Checkpoint, ...]:
        """The networks that were kept and the last one, converted to the batch's own units."""
        if not self.kept_at:
            return ()
        kept = self.kept | {self.step: self._copy_weights()}
        return tuple(self._checkpoint(step, weights) for step, weights in sorted(kept.items()))

    def _checkpoint(self, step: int, weights: dict[str, torch.Tensor]) -> Checkpoint:
        network = deepcopy(self.network)
        network.load_state_dict(weights)
        network.eval().requires_grad_(False)
        self.task.convert_units(network)
        return Checkpoint(step, network.recurrent, network.head)


#: A loss on held-out steps that ends by this share above its lowest is said to have risen.
RISE = 0.05


def overfitting(step: int, lowest: float, last: float) -> Finding | None:
    """What is said where the loss on held-out steps fell until an update and then rose; None where it did not.

    >>> overfitting(400, 0.69, 0.83).label
    'Began to overfit'
    >>> overfitting(400, 0.69, 0.70)
    """
    if not last > (1 + RISE) * lowest:
        return None
    return Finding(
        f"Up to update {step:,} the fit got better on the steps held out (loss {lowest:.3g}). After that it began to "
        f"learn its own steps by heart (overfitting), and the loss rose to {last:.3g}. What is shown is the model of "
        f"update {step:,}.",
        "Began to overfit",
    )
