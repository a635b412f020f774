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
    """A factor that stands at given values wherever `mask` is True."""

    factor: str
    mask: Bool[np.ndarray, "time batch hidden"]
    values: Float[np.ndarray, "time batch hidden"]


def replay(layer: LayerTrace, *, event: Array | None = None, held: Held | None = None) -> LayerTrace:
    """The layer's record with other events, (time, batch, features), or with a factor held."""
    run = _Replay(layer, event, held)
    steps = range(len(layer.event))
    for step in reversed(steps) if layer.reverse else steps:
        run.step(step)
    return run.record()


class _Replay:
    """One pass over a layer; arrays begin as copies of the recorded ones."""

    def __init__(self, layer: LayerTrace, event: Array | None, held: Held | None) -> None:
        self.layer, self.held = layer, held
        self.event = layer.event if event is None else np.where(np.isnan(layer.event), np.nan, event)
        moved = np.nan_to_num(self.event - layer.event)
        self.moved = moved.any(axis=2)
        self.recurrent = np.concatenate([layer.weights[gate].recurrent for gate in GATES]).T
        self.sums = {gate: np.array(layer.preactivations[gate]) for gate in GATES}
        if self.moved.any():
            for gate in GATES:
                self.sums[gate] += moved @ layer.weights[gate].input.T
        self.gates = {gate: np.array(getattr(layer, gate)) for gate in GATES}
        self.readout_sums = np.array(layer.preactivations["readout"]) if layer.readout_weights else None
        self.cell, self.hidden = np.array(layer.memory), np.array(layer.hidden_state)
        self.states = np.array(layer.initial_hidden_state), np.array(layer.initial_cell_state)

    def step(self, step: int) -> None:
        """One step of every sequence in which something has changed; the others keep what was recorded."""
        hidden, cell = self.states
        inside = step < self.layer.lengths
        change = hidden - self.layer.previous_hidden_state[step]
        differs = (change != 0).any(axis=1) | (cell != self.layer.previous_cell_state[step]).any(axis=1)
        rows = np.flatnonzero((differs | self.moved[step] | self._is_held(step)) & inside)
        if rows.size:
            self._open_gates(step, rows, change[rows] @ self.recurrent)
            self._remember(step, rows, cell[rows])
        keep = inside[:, None]
        self.states = np.where(keep, self.hidden[step], hidden), np.where(keep, self.cell[step], cell)

    def _is_held(self, step: int) -> Array:
        """Sequences in which a held factor is another than the recorded one."""
        if self.held is None:
            return np.zeros(self.event.shape[1], dtype=bool)
        own = getattr(self.layer, self.held.factor)[step]
        differs: Array = (self.held.mask[step] & (self.held.values[step] != own)).any(axis=1)
        return differs

    def _open_gates(self, step: int, rows: Array, change: Array) -> None:
        """Gates from the recorded sums and what the changes add; an unchanged sum keeps its recorded gate."""
        for gate, added in zip(GATES, np.split(change, 4, axis=1), strict=True):
            recorded = self.layer.preactivations[gate][step, rows]
            total = self.sums[gate][step, rows] + added
            squash = np.tanh if gate == "candidate" else _sigmoid
            self.sums[gate][step, rows] = total
            self.gates[gate][step, rows] = np.where(total == recorded, self.gates[gate][step, rows], squash(total))
        if self.held is not None:
            mask = self.held.mask[step, rows]
            factor = self.gates[self.held.factor]
            factor[step, rows] = np.where(mask, self.held.values[step, rows], factor[step, rows])

    def _remember(self, step: int, rows: Array, before: Array) -> None:
        """The cell's own equations from its gates on."""
        factor = {gate: values[step, rows] for gate, values in self.gates.items()}
        kept = factor["forget_gate"] * before
        cell = kept + factor["input_gate"] * factor["candidate"]
        said = factor["output_gate"] * self._readout(step, rows, kept, cell)
        projection = self.layer.projection
        self.cell[step, rows] = cell
        self.hidden[step, rows] = said if projection is None else said @ projection.T

    def _readout(self, step: int, rows: Array, kept: Array, cell: Array) -> Array:
        weights = self.layer.readout_weights
        if weights is None or self.readout_sums is None:
            return np.tanh(cell)
        self.readout_sums[step, rows] += (kept - self.layer.kept[step, rows]) @ weights.kept.T
        readout: Array = np.tanh(self.readout_sums[step, rows])
        return readout

    def record(self) -> LayerTrace:
        """What was made, as a record like the one it came from."""
        sums = self.sums if self.readout_sums is None else self.sums | {"readout": self.readout_sums}
        made: dict[str, Any] = {"event": self.event, "hidden_state": self.hidden, "cell_state": self.cell, **self.gates}
        return replace(self.layer, preactivations=MappingProxyType(sums), **made)


def _sigmoid(sums: Array) -> Array:
    """1 / (1 + exp(-x)) by way of tanh, which overflows nowhere."""
    half: Array = 0.5 * np.tanh(0.5 * sums) + 0.5
    return half
