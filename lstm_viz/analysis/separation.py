"""Whether a state still tells which sequence it belongs to."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from jaxtyping import Float


def separation(states: Float[np.ndarray, "steps batch units"]) -> Float[np.ndarray, " steps"]:
    """How far apart the two most alike of the sequences' states lie at each step, against the first step.

    Euclidean distance, smallest over all pairs of sequences, divided by its value after the first step.
    Sequences that differ in their first event alone can be told apart by it only while this is not 0.

    >>> separation(np.array([[[0.0], [2.0], [5.0]], [[0.0], [1.0], [5.0]]])).tolist()
    [1.0, 0.5]
    """
    states = np.asarray(states, float)
    pairs = combinations(range(states.shape[1]), 2)
    apart = np.min([np.linalg.norm(states[:, a] - states[:, b], axis=-1) for a, b in pairs], axis=0)
    return apart / apart[0] if apart[0] > 0 else np.zeros_like(apart)
