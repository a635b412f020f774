"""Running a recorded layer again where something about it has changed, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.traces import Array, LayerTrace

GATES = ("input_gate", "forget_gate", "candidate", "output_gate")


@dataclass(frozen=True, eq=False)
class Held:
    """A factor that stands at given values wherever `mask` is True, which is nowhere past a sequence's end."""

    factor: str
    mask: Bool[np.ndarray, "time batch hidden"]
    values: Float[np.ndarray, "time batch hidden"]


def replay(layer: LayerTrace, *, event: Array | None = None, held: Held | None = None) -> LayerTrace:
    """The layer's record with other events, (time, batch, features), or with a factor held.

    Sequences in which neither differs from the record are not touched.
    """
    event = layer.event if event is None else event
    differs = (_changes(event, layer.event) != 0).any(axis=2)
    if held is not None:
        differs |= (held.mask & (held.values != getattr(layer, held.factor))).any(axis=2)
    rows, steps = np.flatnonzero(differs.any(axis=0)), np.flatnonzero(differs.any(axis=1))
    if not rows.size:
        return layer
    run = _Replay(layer, rows, event, held)
    order = range(steps[-1], -1, -1) if layer.reverse else range(steps[0], len(event))
    run.through(order)
    return _with(layer, rows, event, run)


class _Replay:
    """One pass over some sequences of a layer; what it makes begins as a copy of what was recorded.

    Whatever comes out as it went in keeps its recorded number: another way of rounding is no change.
    """

    def __init__(self, layer: LayerTrace, rows: Array, event: Array, held: Held | None) -> None:
        self.layer = layer
        self.inside = (np.arange(len(event))[:, None] < layer.lengths[rows])[..., None]
        self.start = layer.initial_hidden_state[rows], np.asarray(layer.initial_cell_state)[rows]
        self.found = layer.previous_hidden_state[:, rows], layer.previous_cell_state[:, rows]
        self.recurrent = np.stack([layer.weights[gate].recurrent.T for gate in GATES])
        self.recorded_sums = np.stack([layer.preactivations[gate][:, rows] for gate in GATES])
        self.recorded_gates = np.stack([getattr(layer, gate)[:, rows] for gate in GATES])
        self.kept, self.learned = layer.kept[:, rows], layer.learned[:, rows]
        self.recorded_cell, self.recorded_hidden = layer.memory[:, rows], layer.hidden_state[:, rows]
        course = layer.readout_weights is not None
        self.offered = layer.preactivations["readout"][:, rows] if course else self.recorded_cell
        projected = layer.projection is not None
        self.said = (layer.output_gate * layer.readout)[:, rows] if projected else self.recorded_hidden
        self.sums = self.recorded_sums + _fed(layer, _changes(event, layer.event)[:, rows])
        self.gates, self.readout_sums = self.recorded_gates.copy(), self.offered.copy()
        self.cell, self.hidden = self.recorded_cell.copy(), self.recorded_hidden.copy()
        self.held = None if held is None else (GATES.index(held.factor), held.mask[:, rows], held.values[:, rows])

    def through(self, order: range) -> None:
        """Every step of `order`, each from the state that the one before it left."""
        inside = self.inside[order[0]]
        hidden, cell = (np.where(inside, f[order[0]], s) for f, s in zip(self.found, self.start, strict=True))
        waits = self.layer.reverse and not self.inside.all()  # a reverse layer begins at each sequence's own end
        for step in order:
            before = hidden, cell
            hidden, cell = self._remember(step, self._open(step, hidden), cell)
            if waits:
                inside = self.inside[step]
                hidden, cell = np.where(inside, hidden, before[0]), np.where(inside, cell, before[1])

    def _open(self, step: int, hidden: Array) -> Array:
        """The four gates, (4, batch, hidden): recorded sums and what the change of STM' adds to them."""
        sums = self.sums[:, step]
        sums += (hidden - self.found[0][step]) @ self.recurrent
        gates = self.gates[:, step]
        np.copyto(gates, _squashed(sums), where=sums != self.recorded_sums[:, step])
        if self.held is not None:
            place, mask, values = self.held
            np.copyto(gates[place], values[step], where=mask[step])
        return gates

    def _remember(self, step: int, gates: Array, before: Array) -> tuple[Array, Array]:
        """STM and LTM: the cell's own equations from its gates on."""
        input_gate, forget_gate, candidate, output_gate = gates
        kept, learned = forget_gate * before, input_gate * candidate
        cell, differs = self.cell[step], (kept != self.kept[step]) | (learned != self.learned[step])
        np.copyto(cell, kept + learned, where=differs)
        offered = self._offered(step, kept, cell)
        differs = (offered != self.offered[step]) | (output_gate != self.recorded_gates[3, step])
        said = np.where(differs, output_gate * np.tanh(offered), self.said[step])
        projection = self.layer.projection
        self.hidden[step] = (
            said if projection is None else self.recorded_hidden[step] + (said - self.said[step]) @ projection.T
        )
        return self.hidden[step], cell

    def _offered(self, step: int, kept: Array, cell: Array) -> Array:
        """What the use gate takes the tanh of."""
        if self.layer.readout_weights is None:
            return cell
        offered: Array = self.readout_sums[step]
        offered += (kept - self.kept[step]) @ self.layer.readout_weights.kept.T
        return offered


def _changes(now: Array, before: Array) -> Array:
    """By how much; 0 past a sequence's end."""
    changes: Array = np.nan_to_num(now - before)
    return changes


def _fed(layer: LayerTrace, moved: Array) -> Array | float:
    """What changed events add to the four sums, (4, time, batch, hidden)."""
    if not moved.any():
        return 0.0
    return np.stack([moved @ layer.weights[gate].input.T for gate in GATES])


_SCALE = np.array([0.5, 0.5, 1, 0.5])[:, None, None]


def _squashed(sums: Array) -> Array:
    """The gates' sigmoids and the candidate's tanh; 1 / (1 + exp(-x)) by way of tanh, which overflows nowhere."""
    scale = _SCALE.astype(sums.dtype)
    squashed: Array = np.tanh(sums * scale) * scale + (1 - scale)
    return squashed


def _with(layer: LayerTrace, rows: Array, event: Array, run: _Replay) -> LayerTrace:
    """The layer's record with what was made of these sequences in it."""
    made = {"hidden_state": run.hidden, "cell_state": run.cell} | dict(zip(GATES, run.gates, strict=True))
    sums = dict(zip(GATES, run.sums, strict=True)) | {"readout": run.readout_sums}
    recorded = layer.preactivations
    arrays: dict[str, Any] = {name: _put(getattr(layer, name), rows, part) for name, part in made.items()}
    found = {name: _put(recorded[name], rows, sums[name]) for name in recorded}
    return replace(layer, event=event, preactivations=MappingProxyType(found), **arrays)


def _put(recorded: Array, rows: Array, made: Array) -> Array:
    """A read-only copy of the recorded array with other numbers in some sequences."""
    whole = np.array(recorded)
    whole[:, rows] = made
    whole.flags.writeable = False
    return whole
