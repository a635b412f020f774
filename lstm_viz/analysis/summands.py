"""What opened a gate: its pre-activation as one share for each thing it reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lstm_viz.traces import LayerTrace


@dataclass(frozen=True, eq=False)
class Shares:
    """The summands of W x + R h' + b, one by one; NaN past a sequence's end.

    The course's readout reads the kept memory alone: its `recurrent` shares are of `kept`, and
    `input` is empty.
    """

    input: Float[np.ndarray, "time batch units features"]
    recurrent: Float[np.ndarray, "time batch units sources"]
    bias: Float[np.ndarray, " units"]

    @property
    def total(self) -> Float[np.ndarray, "time batch units"]:
        """The gate's pre-activation."""
        total: np.ndarray = self.input.sum(axis=-1) + self.recurrent.sum(axis=-1) + self.bias
        return total


def shares(layer: LayerTrace, gate: str, units: np.ndarray | slice | None = None, steps: slice | None = None) -> Shares:
    """Signed shares of each input feature, each unit of STM' and the bias in a gate's pre-activation.

    gate: one of the layer's weights, "forget_gate" and so on; "readout" for the course's cell, "hidden_state"
        for a plain RNN.
    units, steps: which of them; all by default. A large layer's shares of all units at all steps may not
        fit in memory.

    They add up exactly: W x + R h' + b is a sum. Raises KeyError for a gate that the layer does not have.

    >>> import torch, lstm_viz
    >>> layer = lstm_viz.trace(torch.nn.LSTM(2, 3).double(), torch.randn(4, 1, 2).double()).layers[0]
    >>> bool(np.allclose(shares(layer, "forget_gate").total, layer.preactivations["forget_gate"], atol=1e-12))
    True
    """
    units, steps = slice(None) if units is None else units, slice(None) if steps is None else steps
    if gate == "readout" and layer.readout_weights is not None:
        weights = layer.readout_weights
        kept = layer.kept[steps][:, :, None] * weights.kept[units]
        return Shares(kept[..., :0], kept, weights.bias[units])
    if gate not in layer.weights:
        raise KeyError(f"This layer has no gate {gate!r}; it has {', '.join(layer.weights)}.")
    part = layer.weights[gate]
    event = layer.event[steps][:, :, None] * part.input[units]
    before = layer.previous_hidden_state[steps][:, :, None] * part.recurrent[units]
    return Shares(event, before, part.bias[units])
