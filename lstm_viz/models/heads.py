"""What a linear head makes of hidden states."""

from __future__ import annotations

import numpy as np
from torch import nn


def head_scores(head: nn.Linear, hidden_state: np.ndarray) -> np.ndarray:
    """Hidden states (time, batch, hidden) as scores (time, batch, outputs), NaN where a state is NaN."""
    weight, bias = (part.detach().cpu().numpy() for part in (head.weight, head.bias))
    return hidden_state @ weight.T + bias
