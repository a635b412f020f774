"""Training by truncated backpropagation through time with carried state, and regularisation penalties."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from lstm_viz.fitting.network import Network

MAX_GRADIENT_NORM = 5.0
#: Steps that a gradient reaches back.
DEFAULT_WINDOW = 50


@dataclass(frozen=True, eq=False)
class Examples:
    """Training examples: inputs (time, batch, features), targets, and which steps are scored.

    `targets` are class indices (time, batch) or numbers (time, batch, outputs).
    Only steps where `scored` (time, batch) is True count; `weights` (outputs,) is what an error in each
    number counts, 1 by default. `known` (time, batch, outputs): which numbers count, all by default.
    """

    x: Tensor
    targets: Tensor
    scored: Tensor
    weights: Tensor | None = None
    known: Tensor | None = None

    @property
    def counts(self) -> bool:
        """Whether any step is scored, and any of its numbers known."""
        return bool(self.scored.any() and (self.known is None or self.known[self.scored].any()))

    def windows(self, steps: int = DEFAULT_WINDOW) -> Iterator[Examples]:
        """The same rows, cut along time into windows of so many steps."""
        for start in range(0, len(self.x), steps):
            part = slice(start, start + steps)
            known = None if self.known is None else self.known[part]
            yield Examples(self.x[part], self.targets[part], self.scored[part], self.weights, known)


Penalty = Callable[[Network], Tensor]


def loss(scores: Tensor, examples: Examples) -> Tensor:
    """Mean over the scored steps: cross-entropy in nats for classes, squared error for numbers."""
    scores, targets = scores[examples.scored], examples.targets[examples.scored]
    if targets.dtype == torch.int64:
        return functional.cross_entropy(scores, targets)
    if examples.weights is not None:
        scores, targets = scores * examples.weights, targets * examples.weights
    if examples.known is None:
        return functional.mse_loss(scores, targets)
    known = examples.known[examples.scored]
    return functional.mse_loss(scores[known], targets[known])


def gradient_step(
    network: Network,
    optimiser: torch.optim.Optimizer,
    examples: Examples,
    state: Any = None,
    penalty: Penalty | None = None,
) -> tuple[float, Any]:
    """One optimiser step on one window. Returns its loss (NaN where nothing counts) and the detached state."""
    with torch.inference_mode(False), torch.enable_grad():
        scores, state = network(examples.x, state)
        if not examples.counts:
            return math.nan, detached(state)
        value = loss(scores, examples)
        optimiser.zero_grad()
        (value if penalty is None else value + penalty(network)).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), MAX_GRADIENT_NORM)
        optimiser.step()
    return value.item(), detached(state)


def window_losses(
    network: Network,
    optimiser: torch.optim.Optimizer,
    examples: Examples,
    window: int = DEFAULT_WINDOW,
    penalty: Penalty | None = None,
) -> Iterator[float]:
    """The loss of each update, without end: all windows in turn, then again from a zero state.

    At least one step must be scored.
    """
    while True:
        state = None
        for part in examples.windows(window):
            part_loss, state = gradient_step(network, optimiser, part, state, penalty)
            if not math.isnan(part_loss):
                yield part_loss


def train_on_batches(
    network: Network, draw: Callable[[int], Examples], total: int, rate: float = 0.01, penalty: Penalty | None = None
) -> None:
    """Train on `total` batches, each drawn by its number and read from a zero state."""
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    for step in range(total):
        optimiser.param_groups[0]["lr"] = rate * cosine_decay(step, total)
        gradient_step(network, optimiser, draw(step), penalty=penalty)


def evaluate(network: Network, examples: Examples) -> float:
    """The loss on examples, without training."""
    with torch.no_grad():
        return loss(network(examples.x)[0], examples).item()


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread, on which networks this small train ten times faster; restores the setting."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def detached(state: Any) -> Any:
    """The same state without the graph that made it; None stays None."""
    if isinstance(state, tuple):
        return tuple(part.detach() for part in state)
    return None if state is None else state.detach()


def cosine_decay(step: int, total: int, low: float = 0.1) -> float:
    """Cosine decay: the learning rate's factor at a step, from 1 down to `low`.

    >>> cosine_decay(0, 100), round(cosine_decay(100, 100), 3)
    (1.0, 0.1)
    """
    return low + (1 - low) * (1 + math.cos(math.pi * min(step / total, 1))) / 2


def recurrent_l1(network: Network) -> Tensor:
    """L1 norm of the recurrent weights. As a penalty it keeps memory in the cell, not in the hidden state."""
    return network.recurrent.get_parameter("weight_hh_l0").abs().sum()


def mean_input_gate(network: Network, events: Tensor) -> Tensor:
    """Mean input gate at some events, (count, features), after a hidden state of zero.

    As a penalty on events that hold nothing to learn, it makes the gate open only at the others.
    """
    own = dict(network.recurrent.named_parameters())
    hidden = network.head.in_features
    bias = own["bias_l0"] if "bias_l0" in own else own["bias_ih_l0"] + own["bias_hh_l0"]
    return torch.sigmoid(events @ own["weight_ih_l0"][:hidden].T + bias[:hidden]).mean()
