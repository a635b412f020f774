"""Training by truncated backpropagation through time with the state carried on, and penalties on weights."""

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

CLIP = 5.0
#: Steps that a gradient reaches back.
WINDOW = 50


@dataclass(frozen=True, eq=False)
class Examples:
    """What a network reads and what it should say.

    `targets` are whole numbers (time, batch), a class each, or numbers (time, batch, outputs).
    Only steps where `scored` (time, batch) is True count; `weights` (outputs,) is what an error in each
    number counts, 1 by default.
    """

    x: Tensor
    targets: Tensor
    scored: Tensor
    weights: Tensor | None = None

    def windows(self, steps: int = WINDOW) -> Iterator[Examples]:
        """The same rows, cut in time."""
        for start in range(0, len(self.x), steps):
            part = slice(start, start + steps)
            yield Examples(self.x[part], self.targets[part], self.scored[part], self.weights)


Penalty = Callable[[Network], Tensor]


def loss_of(scores: Tensor, examples: Examples) -> Tensor:
    """Mean over the scored steps: cross-entropy in nats for classes, squared error for numbers."""
    scores, targets = scores[examples.scored], examples.targets[examples.scored]
    if targets.dtype == torch.int64:
        return functional.cross_entropy(scores, targets)
    if examples.weights is not None:
        scores, targets = scores * examples.weights, targets * examples.weights
    return functional.mse_loss(scores, targets)


def update(
    network: Network,
    optimiser: torch.optim.Optimizer,
    examples: Examples,
    state: Any = None,
    penalty: Penalty | None = None,
) -> tuple[float, Any]:
    """One step of learning from one window. Returns its loss (NaN where nothing is scored) and the state."""
    with torch.inference_mode(False), torch.enable_grad():
        scores, state = network(examples.x, state)
        if not examples.scored.any():
            return math.nan, detached(state)
        loss = loss_of(scores, examples)
        optimiser.zero_grad()
        (loss if penalty is None else loss + penalty(network)).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
    return loss.item(), detached(state)


def updates(
    network: Network,
    optimiser: torch.optim.Optimizer,
    examples: Examples,
    window: int = WINDOW,
    penalty: Penalty | None = None,
) -> Iterator[float]:
    """The loss of one update after another, for ever: all windows in turn, then again from a zero state.

    At least one step must be scored.
    """
    while True:
        state = None
        for part in examples.windows(window):
            loss, state = update(network, optimiser, part, state, penalty)
            if not math.isnan(loss):
                yield loss


def learn(
    network: Network, draw: Callable[[int], Examples], total: int, rate: float = 0.01, penalty: Penalty | None = None
) -> None:
    """Learn from `total` batches, each drawn anew by its number and read from a zero state."""
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    for step in range(total):
        optimiser.param_groups[0]["lr"] = rate * cosine(step, total)
        update(network, optimiser, draw(step), penalty=penalty)


def evaluate(network: Network, examples: Examples) -> float:
    """The loss on examples, nothing learned."""
    with torch.no_grad():
        return loss_of(network(examples.x)[0], examples).item()


@contextmanager
def one_thread() -> Iterator[None]:
    """Networks this small learn ten times faster on one thread; the setting found is put back."""
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


def cosine(step: int, total: int, low: float = 0.1) -> float:
    """A learning rate's share at a step: from 1 down to `low` along a cosine.

    >>> cosine(0, 100), round(cosine(100, 100), 3)
    (1.0, 0.1)
    """
    return low + (1 - low) * (1 + math.cos(math.pi * min(step / total, 1))) / 2


def recurrent_size(network: Network) -> Tensor:
    """Sum of |R|: what is remembered should stay in the cell, not go round through the hidden state."""
    return network.recurrent.get_parameter("weight_hh_l0").abs().sum()


def open_input_gate(network: Network, events: Tensor) -> Tensor:
    """Mean of the input gate at some events, (count, features), a hidden state of zero before them.

    Charged where nothing worth learning comes in, so that the gate opens only when something does.
    """
    own = dict(network.recurrent.named_parameters())
    hidden = network.head.in_features
    bias = own["bias_l0"] if "bias_l0" in own else own["bias_ih_l0"] + own["bias_hh_l0"]
    return torch.sigmoid(events @ own["weight_ih_l0"][:hidden].T + bias[:hidden]).mean()
