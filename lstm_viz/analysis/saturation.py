"""How often each gate of each unit stands closed or open: Karpathy, Johnson & Fei-Fei (2015), section 4.2."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lstm_viz.traces import LayerTrace

#: A gate is closed where its factor is below the first, open where it is above the second.
CLOSED, OPEN = 0.1, 0.9
FACTORS = ("forget_gate", "input_gate", "output_gate")


class Saturation(NamedTuple):
    """The share of all steps, 0 to 1, at which each unit's gate is closed, and at which it is open."""

    closed: Float[np.ndarray, " hidden"]
    open: Float[np.ndarray, " hidden"]


def saturation(layer: LayerTrace) -> dict[str, Saturation]:
    """Each gate's, by its name: over every step of every sequence.

    Raises ValueError for a plain RNN.

    >>> f = np.array([0.05, 0.95, 0.5, 0.99])[:, None, None]
    >>> gates = dict.fromkeys(FACTORS, f)
    >>> found = saturation(LayerTrace("l0", "standard", f, f, f[0], np.array([4]), **gates))["forget_gate"]
    >>> found.closed.tolist(), found.open.tolist()
    ([0.25], [0.5])
    """
    gates = {name: getattr(layer, name) for name in FACTORS}
    if any(values is None for values in gates.values()):
        raise ValueError("A plain RNN has no gates; an LSTM's run was expected.")
    return {name: _shares_of_steps(values) for name, values in gates.items()}


def _shares_of_steps(values: np.ndarray) -> Saturation:
    """Over the steps inside the sequences; past their ends nothing is below or above."""
    inside = np.maximum(np.isfinite(values).sum(axis=(0, 1)), 1)
    return Saturation((values < CLOSED).sum(axis=(0, 1)) / inside, (values > OPEN).sum(axis=(0, 1)) / inside)
