"""What a linear head makes of hidden states."""

from __future__ import annotations

import numpy as np
from torch import nn


def head_scores(head: nn.Linear, hidden_state: np.ndarray) -> np.ndarray:
    """Hidden states (time, batch, hidden) as scores (time, batch, outputs), NaN where a state is NaN."""
    weight, bias = (part.detach().cpu().numpy() for part in (head.weight, head.bias))
    return hidden_state @ weight.T + bias


def expected(
    head: nn.Linear, changes: np.ndarray, hidden_state: np.ndarray, events: np.ndarray | None = None
) -> np.ndarray:
    """What a head says comes next, (time, batch, outputs).

    changes: (outputs,), True where the head says what is to be added to the step's event, (time, batch, outputs).
    Raises TypeError where events are needed and none came.
    """
    scores = head_scores(head, hidden_state)
    if not changes.any():
        return scores
    if events is None:
        raise TypeError("This model says how values change: pass the events too, answers(hidden_state, batch.values).")
    return np.where(changes, events, 0.0) + scores
