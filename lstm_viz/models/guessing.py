"""Which of the next events a model guesses right."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from torch import nn

from lstm_viz.models.heads import head_scores


def guessed_right(
    head: nn.Linear, hidden_state: Float[np.ndarray, "time batch hidden"], x: Float[np.ndarray, "time batch features"]
) -> Bool[np.ndarray, "guesses batch"]:
    """Whether the likeliest answer at each step but the last is the event of the next, x being one-hot.

    >>> import torch
    >>> head = torch.nn.Linear(2, 2)
    >>> _ = torch.nn.init.eye_(head.weight), torch.nn.init.zeros_(head.bias)
    >>> states, x = np.array([[[9, 0]], [[9, 0]], [[0, 9]]], "f4"), np.array([[[0, 1]], [[1, 0]], [[0, 1]]], "f4")
    >>> guessed_right(head, states, x)[:, 0].tolist()
    [True, False]
    """
    said = head_scores(head, hidden_state).argmax(axis=-1)
    return np.asarray(said[:-1] == x.argmax(axis=-1)[1:])
