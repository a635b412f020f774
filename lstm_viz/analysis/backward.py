"""One step back through a cell: what its gradients say of the step before, from the recorded gates alone.

Each class is the chain rule written beside the cell's equations (`lstm_viz.cells.equations`); nothing is
run again and no graph is kept. Werbos (1990), "Backpropagation through time: what it does and how to do it".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lstm_viz.traces import Array, LayerTrace

#: The order in which sums and weights are stacked here.
GATES = ("input_gate", "candidate", "forget_gate", "output_gate")


class Back(NamedTuple):
    """What one step hands back: the whole gradient of its LTM, and what the state before it feels through it."""

    #: dL/dc_t by every path, (..., batch, hidden); a plain RNN has none.
    memory: Array | None
    #: dL/dh_{t-1}, (..., batch, output), and dL/dc_{t-1}, (..., batch, hidden), as far as they go through this step.
    hidden: Array
    cell: Array | None


class StandardBack:
    """c = f c' + i g, h = o tanh(c), gone through from h and c to h' and c'."""

    def __init__(self, layer: LayerTrace) -> None:
        gate = {name: _inside(getattr(layer, name)) for name in GATES}
        before, offered = _inside(layer.previous_cell_state), _inside(layer.readout)
        #: d c or d h by the sum of each gate, (time, batch, 4, hidden); later d L by it, where that is asked for.
        self.sums = np.empty((*before.shape[:2], 4, before.shape[2]), before.dtype)
        for place, (name, factor) in enumerate(
            zip(GATES, (gate["candidate"], gate["input_gate"], before, offered), strict=True)
        ):
            np.multiply(_slope(name, gate[name]), factor, out=self.sums[:, :, place])
        self.kept = gate["forget_gate"]
        self.opened = gate["output_gate"] * (1 - offered * offered)  # d h by what goes into the readout's tanh
        self.recurrent = np.concatenate([layer.weights[name].recurrent for name in GATES])  # (4 hidden, output)
        self.projection = layer.projection

    def back(self, step: int, hidden: Array, cell: Array, sums: Array) -> Back:
        """From dL/dh and dL/dc after a step to those before it; the gradient of its sums goes into `sums`."""
        said = hidden if self.projection is None else hidden @ self.projection
        memory = cell + said * self.opened[step]  # c is read by h and by the next step
        np.multiply(self.sums[step, :, :3], memory[..., None, :], out=sums[..., :3, :])
        np.multiply(self.sums[step, :, 3], said, out=sums[..., 3, :])
        return Back(memory, _flat(sums) @ self.recurrent, memory * self.kept[step])


class CourseBack(StandardBack):
    """As the standard cell, but for h = o tanh(W_u (f c') + b_u): the readout reads what was kept."""

    def __init__(self, layer: LayerTrace) -> None:
        super().__init__(layer)
        assert layer.readout_weights is not None
        self.use = layer.readout_weights.kept  # (hidden, hidden)

    def back(self, step: int, hidden: Array, cell: Array, sums: Array) -> Back:
        """As in the standard cell."""
        kept = cell + (hidden * self.opened[step]) @ self.use  # kept is read by c and by h
        np.multiply(self.sums[step, :, :2], cell[..., None, :], out=sums[..., :2, :])
        np.multiply(self.sums[step, :, 2], kept, out=sums[..., 2, :])
        np.multiply(self.sums[step, :, 3], hidden, out=sums[..., 3, :])
        return Back(cell, _flat(sums) @ self.recurrent, kept * self.kept[step])


class RnnBack:
    """h = tanh(W x + R h' + b)."""

    def __init__(self, layer: LayerTrace) -> None:
        states = _inside(layer.hidden_state)
        self.sums = np.where(_past(layer)[..., None], 0, 1 - states * states)[:, :, None].astype(states.dtype)
        self.recurrent = layer.weights["hidden_state"].recurrent

    def back(self, step: int, hidden: Array, cell: None, sums: Array) -> Back:
        """From dL/dh after a step to that before it."""
        np.multiply(self.sums[step, :, 0], hidden, out=sums[..., 0, :])
        return Back(None, _flat(sums) @ self.recurrent, None)


Backward = StandardBack | RnnBack


def backward_of(layer: LayerTrace) -> Backward:
    """The way back through a layer's own cell."""
    kinds: dict[str, type[Backward]] = {"standard": StandardBack, "course": CourseBack, "rnn": RnnBack}
    return kinds[layer.variant](layer)


def input_weights(layer: LayerTrace) -> Float[np.ndarray, "sums features"]:
    """The maps in front of all gates, stacked as the sums are."""
    names = ("hidden_state",) if layer.variant == "rnn" else GATES
    return np.concatenate([layer.weights[name].input for name in names])


def _slope(name: str, gate: Array) -> Array:
    """How a gate answers to its sum: tanh' or sigmoid', from the gate's own value."""
    slope: Array = 1 - gate * gate if name == "candidate" else gate * (1 - gate)
    return slope


def _inside(values: Array) -> Array:
    """The values with 0 past each sequence's end, where no gradient comes from or goes to."""
    return np.nan_to_num(values) if np.isnan(values).any() else values


def _past(layer: LayerTrace) -> Array:
    past: Array = np.arange(len(layer.hidden_state))[:, None] >= layer.lengths
    return past


def _flat(sums: Array) -> Array:
    return sums.reshape(*sums.shape[:-2], -1)
