"""Whether a state still tells which sequence it belongs to."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from jaxtyping import Float


def separation(states: Float[np.ndarray, "steps batch units"]) -> Float[np.ndarray, " steps"]:
    """How far apart the sequences' states lie at each step, as a share of how far apart they were after the first.

    The mean Euclidean distance over all pairs of sequences. Sequences that differ in their first event alone
    lie apart only as far as that event is still to be told from the state.

    >>> separation(np.array([[[0.0], [2.0]], [[0.0], [1.0]]])).tolist()
    [1.0, 0.5]
    """
    states = np.asarray(states, float)
    pairs = combinations(range(states.shape[1]), 2)
    apart = np.mean([np.linalg.norm(states[:, a] - states[:, b], axis=-1) for a, b in pairs], axis=0)
    return apart / apart[0] if apart[0] > 0 else np.zeros_like(apart)
