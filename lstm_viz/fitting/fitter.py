"""Fitting a small network to a person's own sequences, with something to show all the while."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import nn

from lstm_viz.fitting.answers import Answering
from lstm_viz.fitting.network import Network, expected
from lstm_viz.fitting.next_step import NextStep, next_step
from lstm_viz.fitting.refusals import FittingError, refuse_if_hopeless
from lstm_viz.fitting.rows import Split, split
from lstm_viz.fitting.scores import Score
from lstm_viz.fitting.training import WINDOW, Examples, cosine, evaluate, one_thread, updates
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.traces import Variant

#: Updates and seconds at most; updates from one look at the held-out steps to the next; looks without gain before
#: stopping.
TOTAL, SECONDS, LOOK, PATIENCE = 2000, 8.0, 25, 24
#: Seconds from one report to the next.
REPORT = 0.15
RATE = 0.01
#: What keeps Adam from dividing by zero; tiny, so that errors of any size are learned from alike.
EPSILON = 1e-18

__all__ = ["FittedModel", "Fitting", "FittingError", "Progress", "fit"]


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A fitted network, in eval mode and apart from any graph, and how well it does on steps held out."""

    variant: Variant
    module: nn.Module
    head: nn.Linear
    score: Score
    answering: Answering
    #: Which outputs the head says as what is added to the step's own value, (outputs,).
    changes: Bool[np.ndarray, " outputs"]

    def answers(
        self,
        hidden_state: Float[np.ndarray, "time batch hidden"],
        events: Float[np.ndarray, "time batch features"] | None = None,
    ) -> np.ndarray:
        """What the network expects next, as a short text for each step, (time, batch).

        events: what was read, `batch.values`; without them a model of changes raises TypeError.
        """
        return self.answering(self.expected(hidden_state, events))

    def expected(
        self,
        hidden_state: Float[np.ndarray, "time batch hidden"],
        events: Float[np.ndarray, "time batch features"] | None = None,
    ) -> np.ndarray:
        """What is behind `answers`, (time, batch, outputs): next values as in `batch.values`, or choices' scores."""
        return expected(self.head, self.changes, hidden_state, events)


@dataclass(frozen=True, eq=False)
class Progress:
    """One moment of a fit. Losses are squared errors in standard deviations, or cross-entropy in nats."""

    step: int
    total: int
    loss: float
    validation_loss: float
    seconds: float
    #: How much of the work or of the time is done, 0 to 1.
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
) -> Iterator[Progress]:
    """Learn to say what comes next, and report about every 0.15 s; the last report has `.model`.

    The last fifth of every sequence is held out. The fit ends after `seconds` (8, or no limit where `updates`
    are given), after `updates` (2,000), or when the loss on held-out steps stops falling; the weights with the
    lowest such loss are kept. The learning rate falls along a cosine over all `updates`, so the same seed and
    `updates` give the same weights at the same update; a fit cut short by the clock may end at another.
    State is carried from one window of `window` steps (50 by default) to the next; a gradient reaches no
    further back. The score is of the run of the whole batch, as `lstm_viz.trace` records it.
    To cancel, close the generator: nothing runs on. Raises FittingError on the first `next`, also where
    `window` or `updates` is below 1.

    >>> steps = np.sin(np.arange(120.0) / 4)[:, None, None]
    >>> batch = SequenceBatch(steps, ("wave",), np.array([120]), ("one",), np.zeros(1), np.ones(1),
    ...     step_labels=np.arange(120).astype(str)[:, None])
    >>> *_, last = fit(batch, hidden=4, updates=100)
    >>> last.model.score.value < last.model.score.baseline
    True
    """
    refuse_if_hopeless(batch)
    reach, total = _reach(window), _total(updates)
    if seconds is None:
        seconds = SECONDS if updates is None else math.inf
    parts = split(batch.lengths, reach)
    task = next_step(batch, parts.learning)
    fitting = Fitting(task, parts, Network(variant, batch.values.shape[2], hidden, task.outputs, seed), reach, total)
    yield from fitting.reports(seconds)
    model = fitting.finish(variant, batch)
    yield fitting.progress(1.0, model)


def _reach(window: int | None) -> int:
    if window is not None and window < 1:
        raise FittingError(f"A window holds at least 1 step; {window} came.")
    return WINDOW if window is None else window


def _total(updates: int | None) -> int:
    if updates is not None and updates < 1:
        raise FittingError(f"A fit has at least 1 update; {updates} came.")
    return TOTAL if updates is None else updates


class Fitting:
    """A fit on its way: the network, its best weights so far, and its losses."""

    def __init__(self, task: NextStep, parts: Split, network: Network, window: int, total: int) -> None:
        self.task, self.parts, self.network, self.window, self.total = task, parts, network, window, total
        task.begin(network)
        self.held_out: Examples = task.examples(parts.held_out)
        self.started = time.perf_counter()
        self.step, self.loss, self.looks_without_gain = 0, float("nan"), 0
        with one_thread():
            self.validation_loss = self.best_loss = evaluate(network, self.held_out)
        self.best = self._weights()

    def reports(self, seconds: float) -> Iterator[Progress]:
        """Learn until there is no more time or gain."""
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=RATE, eps=EPSILON)
        learning = updates(self.network, self.optimiser, self.task.examples(self.parts.learning), self.window)
        while self._goes_on(seconds):
            with one_thread():
                self._learn_until_due(learning, seconds)
            yield self.progress(min(1.0, max(self.step / self.total, self._spent() / seconds)))

    def _goes_on(self, seconds: float) -> bool:
        return self.step < self.total and self.looks_without_gain < PATIENCE and self._spent() < seconds

    def _learn_until_due(self, learning: Iterator[float], seconds: float) -> None:
        """Learn for as long as a report takes to come due; the first is due at once."""
        due = self._spent() + REPORT if self.step else 0.0
        while True:
            self.optimiser.param_groups[0]["lr"] = RATE * cosine(self.step, self.total)
            self._learn(next(learning))
            if self._spent() >= due or not self._goes_on(seconds):
                return

    def _learn(self, loss: float) -> None:
        self.loss = loss if self.step == 0 else 0.9 * self.loss + 0.1 * loss
        if self.step == 0:
            # The first update loads what torch needs, up to a second; it is not taken off the person's time.
            self.started = time.perf_counter()
        self.step += 1
        if self.step % LOOK == 0 or self.step == self.total:
            self._look()

    def _look(self) -> None:
        self.validation_loss = evaluate(self.network, self.held_out)
        self.looks_without_gain += 1
        if self.validation_loss < self.best_loss * 0.999:
            self.looks_without_gain = 0
        if self.validation_loss < self.best_loss:
            self.best_loss, self.best = self.validation_loss, self._weights()

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: value.clone() for name, value in self.network.state_dict().items()}

    def _spent(self) -> float:
        return time.perf_counter() - self.started

    def progress(self, fraction: float, model: FittedModel | None = None) -> Progress:
        """This moment's report."""
        return Progress(self.step, self.total, self.loss, self.validation_loss, self._spent(), fraction, model)

    def finish(self, variant: Variant, batch: SequenceBatch) -> FittedModel:
        """The best weights, made to read the batch's own units, then judged as they will be shown."""
        network, task = self.network, self.task
        with one_thread(), torch.no_grad():
            self._look()
            network.load_state_dict(self.best)
            network.eval().requires_grad_(False)
            task.finish(network)
            hidden = network.recurrent(torch.as_tensor(batch.values, dtype=torch.float32))[0].numpy()
        said = expected(network.head, task.changes, hidden, batch.values)
        score = task.score(said, self.parts.held_out)
        return FittedModel(variant, network.recurrent, network.head, score, task.answering, task.changes)
