"""Pre-activations of the gates, W x + R h' + b: computed when they are first used, not recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lstm_viz.traces.record import Array, LayerTrace


@dataclass(frozen=True, eq=False)
class Preactivations(Mapping[str, Array]):
    """W x + R h' + b of each gate, (time, batch, hidden), all gates by one matrix product; read-only.

    Computed from each step's inputs and never by inverting the gate: near 0 and 1 a sigmoid is flat to rounding.
    NaN past a sequence's length, since there is no state before those steps.
    """

    #: The layer as it was recorded, without pre-activations.
    layer: LayerTrace

    @cached_property
    def _computed(self) -> dict[str, Array]:
        layer, gates = self.layer, self.layer.weights
        # x and h' side by side, (time, batch, features + output)
        inputs = np.concatenate([layer.event, layer.previous_hidden_state], axis=2)
        weights = [np.concatenate([gate.input, gate.recurrent], axis=1) for gate in gates.values()]
        products = inputs.reshape(-1, inputs.shape[2]) @ np.concatenate(weights).T  # (time * batch, gates * hidden)
        products += np.concatenate([gate.bias for gate in gates.values()])
        parts = np.split(products.reshape(*inputs.shape[:2], -1), len(gates), axis=2)  # (time, batch, hidden) each
        by_gate = dict(zip(gates, parts, strict=True))
        if layer.readout_weights is not None:
            # W_u (f c') + b_u, (time, batch, hidden)
            by_gate["readout"] = layer.kept @ layer.readout_weights.kept.T + layer.readout_weights.bias
        for values in by_gate.values():
            values.flags.writeable = False
        return by_gate

    def __getitem__(self, gate: str) -> Array:
        if gate not in tuple(self):
            raise KeyError(gate)
        return self._computed[gate]

    def __iter__(self) -> Iterator[str]:
        yield from self.layer.weights
        if self.layer.readout_weights is not None:
            yield "readout"

    def __len__(self) -> int:
        return len(list(iter(self)))


def with_preactivations(layer: LayerTrace) -> LayerTrace:
    """A copy of the layer whose pre-activations are computed when they are first used.

    >>> from lstm_viz.traces.record import GateWeights
    >>> one = np.ones((2, 1, 1))
    >>> weights = {"hidden_state": GateWeights(one[0], one[0], one[0, 0])}
    >>> layer = LayerTrace("l0", "rnn", one, one, one[0], np.array([2]), weights=weights)
    >>> with_preactivations(layer).preactivations["hidden_state"][:, 0, 0].tolist()
    [3.0, 3.0]
    """
    copy = object.__new__(LayerTrace)
    vars(copy).update(vars(layer), preactivations=Preactivations(layer))
    return copy
