"""Contributions to a gate's pre-activation: what each input feature and each hidden unit adds to W x + R h + b."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lstm_viz.traces import LayerTrace


@dataclass(frozen=True, eq=False)
class Shares:
    """The terms of W x + R h' + b, one by one; NaN past a sequence's end.

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
    """Signed shares of each input feature, each unit of STM′ and the bias in a gate's pre-activation.

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


#: Sources that are listed; of a layer with more, those that weigh most, and the sum of the others.
MOST_SOURCES = 48


@dataclass(frozen=True, eq=False)
class GateMap:
    """The affine map in front of one gate: its pre-activation is `weights @ values`, plus `rest` of unlisted sources.

    `names` are the sources', the course's order: STM′ first, the event, the bias last.
    """

    names: tuple[str, ...]
    weights: Float[np.ndarray, "units sources"]
    values: Float[np.ndarray, "time batch sources"]
    rest: Float[np.ndarray, "time batch units"] | None = None

    @property
    def total(self) -> Float[np.ndarray, "time batch units"]:
        """The gate's pre-activation, as the sum of its shares."""
        known = self.values @ self.weights.T
        return known if self.rest is None else known + self.rest


def gate_maps(
    layer: LayerTrace, steps: slice, units: np.ndarray, feature_names: Sequence[str] = ()
) -> Mapping[str, GateMap]:
    """The affine map in front of each gate of a layer, for some steps and units; the course's "readout" too.

    >>> h = np.zeros((2, 1, 3))
    >>> from lstm_viz.traces import GateWeights
    >>> weights = {"hidden_state": GateWeights(np.ones((3, 1)), np.ones((3, 3)), np.ones(3))}
    >>> layer = LayerTrace("l0", "rnn", h[..., :1], h, h[0], np.array([2]), weights=weights)
    >>> gate_maps(layer, slice(0, 1), np.array([0]), ["rain"])["hidden_state"].names
    ('STM′ of unit 1', 'STM′ of unit 2', 'STM′ of unit 3', 'rain', 'bias')
    """
    before, event = layer.previous_hidden_state[steps], layer.event[steps]
    features = feature_names or [f"unit {k + 1} below" for k in range(event.shape[-1])]
    names = [f"STM′ of unit {k + 1}" for k in range(before.shape[-1])] + [*features, "bias"]
    one = np.ones((*event.shape[:2], 1), event.dtype)
    values = np.concatenate([before, event, one], axis=-1)
    maps = {
        gate: _largest_sources(names, np.hstack([part.recurrent, part.input, part.bias[:, None]])[units], values)
        for gate, part in layer.weights.items()
    }
    if layer.readout_weights is not None:
        part, kept = layer.readout_weights, layer.kept[steps]
        names = [f"kept of unit {k + 1}" for k in range(kept.shape[-1])] + ["bias"]
        rows = np.hstack([part.kept, part.bias[:, None]])[units]
        maps["readout"] = _largest_sources(names, rows, np.concatenate([kept, one], axis=-1))
    return maps


def _largest_sources(names: Sequence[str], weights: np.ndarray, values: np.ndarray) -> GateMap:
    """The map with the sources that weigh most, in their order; all of them where they are few."""
    if len(names) <= MOST_SOURCES:
        return GateMap(tuple(names), weights, values)
    weight = np.abs(weights).mean(axis=0) * np.nanmean(np.abs(values), axis=(0, 1))
    largest = np.sort(np.argsort(-weight)[:MOST_SOURCES])
    others = np.setdiff1d(np.arange(len(names)), largest)
    rest = values[..., others] @ weights[:, others].T
    return GateMap(tuple(names[k] for k in largest), weights[:, largest], values[..., largest], rest)
