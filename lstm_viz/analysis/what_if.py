"""Interventions: the same run again with one gate held at a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.traces import Array, LayerTrace, Trace

FACTORS = ("input_gate", "forget_gate", "candidate", "output_gate")


def hold(
    trace: Trace,
    layer: str,
    factor: str,
    value: float | Array,
    start: int = 0,
    units: Sequence[int] | Array | None = None,
    sequence: int | None = None,
) -> Trace:
    """The run as it would have been with a factor of one layer held at a value.

    layer: its name, as "l0"; the layers above it are run anew as well.
    factor: "forget_gate", "input_gate", "output_gate" or "candidate".
    value: a number, or an array that broadcasts to (time, batch, hidden), such as another run's factor.
    start: the first step held, counted from 0. A layer that reads from the end is held from there on down.
    units, sequence: which of them are held; all by default.

    What is fed by nothing that changed keeps its recorded numbers, bit for bit: holding a factor at its own
    values changes nothing. Where something changed, a pre-activation is the recorded one plus what the
    changes add to it, which is the cell's own equation. `difference` is None: no module ran.

    Raises ValueError for a plain RNN, an unknown factor, a value that is not finite or does not broadcast, and
    steps, units or sequences that are not there; KeyError for an unknown layer.

    >>> import torch, lstm_viz
    >>> run = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(6, 1, 2))
    >>> after = hold(run, "l0", "forget_gate", 0.0, start=4)
    >>> bool((after.layers[0].kept[4:] == 0).all()), np.array_equal(after.output[:4], run.output[:4])
    (True, True)
    """
    first = trace.layer(layer)
    held = _held(first, factor, value, start, units, sequence)
    made = {layer: replay(first, held=held)}
    levels = _levels(trace)
    for place, (below, level) in enumerate(pairwise(levels)):
        if any(part.name in made for part in below):
            passed = trace.passed[place] if trace.passed else 1
            before, after = _beside(below) * passed, _beside([made.get(part.name, part) for part in below]) * passed
            made |= {part.name: replay(part, event=np.where(after == before, part.event, after)) for part in level}
    layers = tuple(made.get(part.name, part) for part in trace.layers)
    output = _beside(list(layers[-trace.directions :])).astype(trace.output.dtype)
    return replace(
        trace,
        layers=layers,
        output=output.reshape(trace.output.shape),
        final_state=_final_state(trace, layers),
        difference=None,
    )


def _held(
    layer: LayerTrace,
    factor: str,
    value: float | Array,
    start: int,
    units: Sequence[int] | Array | None,
    sequence: int | None,
) -> Held:
    if layer.cell_state is None:
        raise ValueError("A plain RNN has no gates to hold; an LSTM's run was expected.")
    if factor not in FACTORS:
        raise ValueError(f"One of {', '.join(FACTORS)} can be held, not {factor!r}.")
    time, batch, hidden = layer.cell_state.shape
    _check("step", [start], time)
    units = np.arange(hidden) if units is None else units
    _check("unit", units, hidden)
    _check("sequence", [] if sequence is None else [sequence], batch)
    mask = np.zeros((time, batch, hidden), dtype=bool)
    steps = slice(None, start + 1) if layer.reverse else slice(start, None)
    rows = slice(None) if sequence is None else slice(sequence, sequence + 1)
    mask[steps, rows] = np.isin(np.arange(hidden), units)
    mask &= np.arange(time)[:, None, None] < layer.lengths[:, None]
    return Held(factor, mask, _values(value, mask, layer.cell_state.dtype))


def _values(value: float | Array, mask: Array, dtype: np.dtype) -> Array:
    """What is held, for every step, sequence and unit: (time, batch, hidden)."""
    given = np.asarray(value, dtype)
    try:
        values = np.broadcast_to(given, mask.shape)
    except ValueError as error:
        raise ValueError(f"A number or an array like {mask.shape} can be held, not one like {given.shape}.") from error
    if not np.isfinite(values[mask]).all():
        raise ValueError("A factor can be held at finite numbers alone; NaN or infinity was given.")
    return values


def _check(what: str, given: Sequence[int] | Array, count: int) -> None:
    for number in given:
        if not 0 <= number < count:
            raise ValueError(f"There are {what}s 0 to {count - 1} here; {what} {number} was asked for.")


def _levels(trace: Trace) -> list[list[LayerTrace]]:
    """The layers, those that read the same events together."""
    layers, directions = list(trace.layers), trace.directions
    return [layers[place : place + directions] for place in range(0, len(layers), directions)]


def _beside(layers: list[LayerTrace]) -> Array:
    """What a level hands on: its directions side by side, 0 past each sequence's end."""
    return np.nan_to_num(np.concatenate([layer.hidden_state for layer in layers], axis=2), nan=0.0)


def _final_state(trace: Trace, layers: Sequence[LayerTrace]) -> tuple[Array, Array]:
    """(h_n, c_n), shaped as they were."""
    rows = np.arange(len(trace.lengths))
    ends = [0 if layer.reverse else np.asarray(trace.lengths) - 1 for layer in layers]
    pairs = list(zip(layers, ends, strict=True))
    hidden = np.stack([layer.hidden_state[end, rows] for layer, end in pairs])
    cell = np.stack([layer.memory[end, rows] for layer, end in pairs])
    before = trace.final_state
    return hidden.reshape(before[0].shape), cell.reshape(before[1].shape)


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
