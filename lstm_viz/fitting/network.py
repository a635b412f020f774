"""A small recurrent network: one recurrent layer, and a linear head that reads its hidden state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lstm_viz.cells.course import CourseLSTM
from lstm_viz.traces import Variant

CELLS: dict[Variant, type[nn.Module]] = {"standard": nn.LSTM, "course": CourseLSTM, "rnn": nn.RNN}


class Network(nn.Module):
    """A recurrent layer and its linear head.

    >>> network = Network("standard", features=3, hidden=4, outputs=2)
    >>> scores, (h, c) = network(torch.zeros(5, 1, 3))
    >>> scores.shape, c.shape
    (torch.Size([5, 1, 2]), torch.Size([1, 1, 4]))
    """

    def __init__(
        self, variant: Variant, features: int, hidden: int, outputs: int, seed: int = 0, forget_bias: float = 1.0
    ) -> None:
        super().__init__()
        # Weights are drawn from a generator of our own, so that the caller's random numbers stay as they are.
        self.recurrent = CELLS[variant](features, hidden, device="meta").to_empty(device="cpu")
        self.head = nn.Linear(hidden, outputs, device="meta").to_empty(device="cpu")
        self._initialise(torch.Generator().manual_seed(seed), hidden, forget_bias)

    def _initialise(self, generator: torch.Generator, hidden: int, forget_bias: float) -> None:
        bound = 1 / math.sqrt(hidden)
        for name, parameter in self.named_parameters():
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
            if name in ("recurrent.bias_ih_l0", "recurrent.bias_l0") and len(parameter) == 4 * hidden:
                # Forget gates start open, so that a gradient reaches back from the first update on.
                parameter.data[hidden : 2 * hidden] += forget_bias

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """x: (time, batch, features). Returns the head's scores, (time, batch, outputs), and the state."""
        hidden, state = self.recurrent(x, state)
        return self.head(hidden), state


def head_scores(head: nn.Linear, hidden_state: np.ndarray) -> np.ndarray:
    """The head's scores (logits), (time, batch, outputs), of hidden states (time, batch, hidden); NaN stays NaN."""
    weight, bias = (part.detach().cpu().numpy() for part in (head.weight, head.bias))
    return hidden_state @ weight.T + bias


def expected(
    head: nn.Linear, changes: np.ndarray, hidden_state: np.ndarray, events: np.ndarray | None = None
) -> np.ndarray:
    """A head's predictions of the next step, (time, batch, outputs).

    changes: (outputs,), True where the head predicts the difference to the step's event, (time, batch, outputs).
    Raises TypeError where events are needed and none came.
    """
    scores = head_scores(head, hidden_state)
    if not changes.any():
        return scores
    if events is None:
        raise TypeError("This model says how values change: pass the events too, answers(hidden_state, batch.values).")
    return np.where(changes, events, 0.0) + scores
