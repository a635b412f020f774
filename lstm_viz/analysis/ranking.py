"""Ranking of units: which to look at first."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from lstm_viz.traces import LayerTrace

#: The criteria, as a person reads them.
RANKINGS = ("range", "variance", "correlation")


def ranked_units(
    layer: LayerTrace, by: str = "range", feature: Float[np.ndarray, "time batch"] | None = None
) -> Int[np.ndarray, " hidden"]:
    """All units of a layer, the one with most to see first.

    `by` is "range" (largest less smallest long-term memory), "variance", or "correlation"
    (|Pearson's r| between long-term memory and `feature`, over all steps inside the lengths).
    A plain RNN is ranked by its hidden state. Ties keep the model's order.

    >>> import numpy as np
    >>> from lstm_viz.traces import LayerTrace
    >>> h = np.array([[[0.0, 0.1]], [[0.2, 0.9]]])
    >>> ranked_units(LayerTrace("l0", "rnn", h, h, h[0], np.array([2]))).tolist()
    [1, 0]
    """
    states = layer.memory
    flat = states.reshape(-1, states.shape[-1]).astype(np.float64)
    inside = np.isfinite(flat).all(axis=1)
    match by:
        case "range":
            scores = np.ptp(flat[inside], axis=0)
        case "variance":
            scores = flat[inside].var(axis=0)
        case "correlation" if feature is not None:
            scores = np.abs(_correlations(flat, np.asarray(feature, np.float64).reshape(-1)))
        case _:
            raise ValueError(f"Units are ranked by {', '.join(RANKINGS)} (with a feature); this asks for {by!r}.")
    return np.argsort(-scores, kind="stable")


def _correlations(states: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """Pearson's r of each column with a feature; 0 where either does not vary."""
    both = np.isfinite(states).all(axis=1) & np.isfinite(feature)
    centred = states[both] - states[both].mean(axis=0)
    other = feature[both] - feature[both].mean()
    size = np.sqrt((centred**2).sum(axis=0) * (other**2).sum())
    return np.divide(other @ centred, size, out=np.zeros(states.shape[1]), where=size > 0)
