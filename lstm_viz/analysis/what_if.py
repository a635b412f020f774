"""Interventions: counterfactual runs in which one gate is held at a value, recomputed from the record.

No module runs. What nothing changed keeps its recorded numbers bit for bit; the rest follows from the equations of the
layer's own cell variant, of which `READOUTS` lists those that are known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.cells.activation_functions import CellActivations
from lstm_viz.traces import Array, LayerTrace, Trace

#: What can be held, in the order in which gates are stacked here.
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

    Raises ValueError for a plain RNN, a cell whose equations are not known here, an unknown factor, a value that is
    not finite or does not broadcast, and steps, units or sequences that are not there; KeyError for an unknown layer.

    >>> import torch, lstm_viz
    >>> run = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(6, 1, 2))
    >>> after = hold(run, "l0", "forget_gate", 0.0, start=4)
    >>> bool((after.layers[0].kept[4:] == 0).all()), np.array_equal(after.output[:4], run.output[:4])
    (True, True)
    """
    first = trace.layer(layer)
    return _intervened(trace, first, _intervention(first, factor, value, start, units, sequence))


def perturb_learned(
    trace: Trace, layer: str, amount: float, *, step: int, unit: int, sequence: int | None = None
) -> Trace:
    """The run as it would have been had one unit learned `amount` more at one step.

    layer: its name, as "l0"; step, unit: counted from 0; sequence: all of them by default.

    The candidate of that step is recorded as what gives this with the recorded input gate; it may be beyond -1 and 1.
    In the standard cell STM changes at the step itself, by o (tanh(c + amount) - tanh(c)) of that unit; in the course's
    cell, whose use gate reads what was kept, at the next step.

    Raises as `hold` does, and ValueError where the input gate is 0 and so lets nothing in.

    >>> import torch, lstm_viz
    >>> run = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(6, 1, 2))
    >>> after = perturb_learned(run, "l0", 0.1, step=2, unit=1)
    >>> (after.layers[0].cell_state - run.layers[0].cell_state)[:3, 0, 1].round(4).tolist()
    [0.0, 0.0, 0.10000000149011612]
    """
    first = trace.layer(layer)
    if first.cell_state is None:
        raise ValueError("A plain RNN has no learn gate; an LSTM's run was expected.")
    time, _, hidden = first.cell_state.shape
    _check_range("step", [step], time)
    _check_range("unit", [unit], hidden)
    gate = np.asarray(first.input_gate)[step, :, unit]
    rows = np.arange(len(gate)) if sequence is None else np.array([sequence])
    _check_range("sequence", rows, len(gate))
    if not gate[rows].all():
        raise ValueError("The input gate is 0 there: whatever the candidate, nothing more is learned.")
    mask = np.zeros(first.cell_state.shape, dtype=bool)
    mask[step, rows, unit] = step < first.lengths[rows]
    values = np.array(first.candidate)
    values[step, rows, unit] += amount / gate[rows]
    return _intervened(trace, first, Intervention("candidate", mask, values))


def _intervened(trace: Trace, first: LayerTrace, intervention: Intervention) -> Trace:
    """The run with an intervention on one layer; the layers above it are run anew as well."""
    changed = {first.name: recompute_layer(first, variant=first.variant, intervention=intervention)}
    for depth, (below, above) in enumerate(pairwise(_levels(trace))):
        if any(part.name in changed for part in below):
            dropout = trace.passed[depth] if trace.passed else 1
            before = _concatenated_output(below) * dropout
            after = _concatenated_output([changed.get(part.name, part) for part in below]) * dropout
            changed |= {
                part.name: recompute_layer(
                    part, variant=part.variant, event=np.where(after == before, part.event, after)
                )
                for part in above
            }
    layers = tuple(changed.get(part.name, part) for part in trace.layers)
    output = _concatenated_output(list(layers[-trace.directions :])).astype(trace.output.dtype)
    return replace(
        trace,
        layers=layers,
        output=output.reshape(trace.output.shape),
        final_state=_final_state(trace, layers),
        difference=None,
    )


def _intervention(
    layer: LayerTrace,
    factor: str,
    value: float | Array,
    start: int,
    units: Sequence[int] | Array | None,
    sequence: int | None,
) -> Intervention:
    """The factor, the mask and the values that `hold` was called with, checked against the layer."""
    if layer.cell_state is None:
        raise ValueError("A plain RNN has no gates to hold; an LSTM's run was expected.")
    if factor not in FACTORS:
        raise ValueError(f"One of {', '.join(FACTORS)} can be held, not {factor!r}.")
    time, batch, hidden = layer.cell_state.shape
    _check_range("step", [start], time)
    units = np.arange(hidden) if units is None else units
    _check_range("unit", units, hidden)
    _check_range("sequence", [] if sequence is None else [sequence], batch)
    mask = np.zeros((time, batch, hidden), dtype=bool)
    steps = slice(None, start + 1) if layer.reverse else slice(start, None)
    rows = slice(None) if sequence is None else slice(sequence, sequence + 1)
    mask[steps, rows] = np.isin(np.arange(hidden), units)
    mask &= np.arange(time)[:, None, None] < layer.lengths[:, None]
    return Intervention(factor, mask, _broadcast(value, mask, layer.cell_state.dtype))


def _broadcast(value: float | Array, mask: Array, dtype: np.dtype) -> Array:
    """The values to hold for every step, sequence and unit: (time, batch, hidden)."""
    given = np.asarray(value, dtype)
    try:
        values = np.broadcast_to(given, mask.shape)
    except ValueError as error:
        raise ValueError(f"A number or an array like {mask.shape} can be held, not one like {given.shape}.") from error
    if not np.isfinite(values[mask]).all():
        raise ValueError("A factor can be held at finite numbers alone; NaN or infinity was given.")
    return values


def _check_range(what: str, numbers: Sequence[int] | Array, count: int) -> None:
    for number in numbers:
        if not 0 <= number < count:
            raise ValueError(f"There are {what}s 0 to {count - 1} here; {what} {number} was asked for.")


def _levels(trace: Trace) -> list[list[LayerTrace]]:
    """The layers by depth: both directions of a bidirectional level together."""
    layers, directions = list(trace.layers), trace.directions
    return [layers[first : first + directions] for first in range(0, len(layers), directions)]


def _concatenated_output(level: list[LayerTrace]) -> Array:
    """Output of a level, (time, batch, directions * output): 0 past each sequence's end, as `nn.LSTM` pads it."""
    return np.nan_to_num(np.concatenate([layer.hidden_state for layer in level], axis=2), nan=0.0)


def _final_state(trace: Trace, layers: Sequence[LayerTrace]) -> tuple[Array, Array]:
    """(h_n, c_n), in the shapes of the trace's own."""
    rows = np.arange(len(trace.lengths))
    ends = [0 if layer.reverse else np.asarray(trace.lengths) - 1 for layer in layers]
    pairs = list(zip(layers, ends, strict=True))
    hidden = np.stack([layer.hidden_state[end, rows] for layer, end in pairs])
    cell = np.stack([layer.memory[end, rows] for layer, end in pairs])
    recorded = trace.final_state
    return hidden.reshape(recorded[0].shape), cell.reshape(recorded[1].shape)


@dataclass(frozen=True, eq=False)
class Intervention:
    """A factor set to given values wherever `mask` is True, which is nowhere past a sequence's end."""

    factor: str
    mask: Bool[np.ndarray, "time batch hidden"]
    values: Float[np.ndarray, "time batch hidden"]


def recompute_layer(
    layer: LayerTrace, *, variant: str, event: Array | None = None, intervention: Intervention | None = None
) -> LayerTrace:
    """The layer's record with other events, (time, batch, features), or under an intervention.

    Sequences in which neither differs from the record keep their numbers. Raises ValueError for a `variant` that
    `READOUTS` does not list: its equations are not known here.
    """
    if variant not in READOUTS:
        raise ValueError(f"A run can be recomputed for the cells {', '.join(READOUTS)}, not for {variant!r}.")
    event = layer.event if event is None else event
    differs = (_differences(event, layer.event) != 0).any(axis=2)
    if intervention is not None:
        recorded = getattr(layer, intervention.factor)
        differs |= (intervention.mask & (intervention.values != recorded)).any(axis=2)
    rows, steps = np.flatnonzero(differs.any(axis=0)), np.flatnonzero(differs.any(axis=1))
    if not rows.size:
        return layer
    run = _Recomputation(layer, rows, event, intervention, READOUTS[variant])
    run.steps(range(steps[-1], -1, -1) if layer.reverse else range(steps[0], len(event)))
    return run.merged(event)


class _StandardReadout:
    """h = o tanh(c): the readout's pre-activation is the cell state itself."""

    def __init__(self, layer: LayerTrace, rows: Array) -> None:
        self.recorded = layer.memory[:, rows]

    def preactivation(self, step: int, kept: Array, cell: Array) -> Array:
        """(batch, hidden) at one step."""
        return cell

    def preactivations(self) -> dict[str, Array]:
        """What the record keeps of it: nothing, since the cell state is recorded already."""
        return {}


class _CourseReadout:
    """h = o tanh(W_u kept + b_u): the recorded pre-activation and what the change of `kept` adds to it."""

    def __init__(self, layer: LayerTrace, rows: Array) -> None:
        assert layer.readout_weights is not None
        self.recorded = layer.preactivations["readout"][:, rows]
        self.recorded_kept = layer.kept[:, rows]
        self.weights = layer.readout_weights.kept.T
        self.changed = self.recorded.copy()

    def preactivation(self, step: int, kept: Array, cell: Array) -> Array:
        """(batch, hidden) at one step."""
        values: Array = self.changed[step]
        values += (kept - self.recorded_kept[step]) @ self.weights
        return values

    def preactivations(self) -> dict[str, Array]:
        """What the record keeps of it, by name: (time, batch, hidden)."""
        return {"readout": self.changed}


#: How each cell variant reads its memory out: the only place where the variants' equations differ after the gates. A
#: variant that is missing here can't be recomputed, which is better than numbers of another cell.
READOUTS: dict[str, Callable[[LayerTrace, Array], _StandardReadout | _CourseReadout]] = {
    "standard": _StandardReadout,
    "course": _CourseReadout,
}


class _Recomputation:
    """One pass over some sequences of a layer; each array begins as a copy of the recorded one.

    Whatever comes out as it went in keeps its recorded number: another order of rounding is no change.
    """

    def __init__(
        self,
        layer: LayerTrace,
        rows: Array,
        event: Array,
        intervention: Intervention | None,
        readout: Callable[[LayerTrace, Array], _StandardReadout | _CourseReadout],
    ) -> None:
        self.layer, self.rows = layer, rows
        self.inside = (np.arange(len(event))[:, None] < layer.lengths[rows])[..., None]
        self.initial = layer.initial_hidden_state[rows], np.asarray(layer.initial_cell_state)[rows]
        self.previous = layer.previous_hidden_state[:, rows], layer.previous_cell_state[:, rows]
        self.recurrent = np.stack([layer.weights[gate].recurrent.T for gate in FACTORS])  # (4, output, hidden)
        self.recorded_preactivations = np.stack([layer.preactivations[gate][:, rows] for gate in FACTORS])
        self.recorded_gates = np.stack([getattr(layer, gate)[:, rows] for gate in FACTORS])
        self.recorded_kept, self.recorded_learned = layer.kept[:, rows], layer.learned[:, rows]
        self.recorded_hidden = layer.hidden_state[:, rows]
        projected = layer.projection is not None
        self.recorded_unprojected = (layer.output_gate * layer.readout)[:, rows] if projected else self.recorded_hidden
        self.readout = readout(layer, rows)
        changes = _input_contributions(layer, _differences(event, layer.event)[:, rows])
        self.preactivations = self.recorded_preactivations + changes  # (4, time, batch, hidden)
        self.gates = self.recorded_gates.copy()
        self.cell, self.hidden = layer.memory[:, rows].copy(), self.recorded_hidden.copy()
        self.intervention = None
        if intervention is not None:
            place = FACTORS.index(intervention.factor)
            self.intervention = place, intervention.mask[:, rows], intervention.values[:, rows]

    def steps(self, order: range) -> None:
        """Every step of `order`, each from the state that the one before it left."""
        inside = self.inside[order[0]]
        starts = zip(self.previous, self.initial, strict=True)
        hidden, cell = (np.where(inside, previous[order[0]], initial) for previous, initial in starts)
        # A reverse layer begins at each sequence's own end: until then its state stays the initial one.
        waits = self.layer.reverse and not self.inside.all()
        for step in order:
            before = hidden, cell
            hidden, cell = self._states(step, self._gates(step, hidden), cell)
            if waits:
                inside = self.inside[step]
                hidden, cell = np.where(inside, hidden, before[0]), np.where(inside, cell, before[1])

    def _gates(self, step: int, previous_hidden: Array) -> Array:
        """The four gates, (4, batch, hidden): recorded pre-activations and what the change of h_{t-1} adds to them."""
        preactivations = self.preactivations[:, step]
        preactivations += (previous_hidden - self.previous[0][step]) @ self.recurrent
        gates = self.gates[:, step]
        changed = preactivations != self.recorded_preactivations[:, step]
        np.copyto(gates, _activations(preactivations, self.layer.activations), where=changed)
        if self.intervention is not None:
            place, mask, values = self.intervention
            np.copyto(gates[place], values[step], where=mask[step])
        return gates

    def _states(self, step: int, gates: Array, previous_cell: Array) -> tuple[Array, Array]:
        """(h_t, c_t) from the gates and c_{t-1}, by the cell's own equations."""
        input_gate, forget_gate, candidate, output_gate = gates
        kept, learned = forget_gate * previous_cell, input_gate * candidate
        cell = self.cell[step]
        changed = (kept != self.recorded_kept[step]) | (learned != self.recorded_learned[step])
        np.copyto(cell, kept + learned, where=changed)
        readout = self.readout.preactivation(step, kept, cell)
        changed = (readout != self.readout.recorded[step]) | (output_gate != self.recorded_gates[3, step])
        unprojected = np.where(
            changed, output_gate * self.layer.activations.readout(readout), self.recorded_unprojected[step]
        )
        projection = self.layer.projection
        if projection is None:
            self.hidden[step] = unprojected
        else:
            change = unprojected - self.recorded_unprojected[step]
            self.hidden[step] = self.recorded_hidden[step] + change @ projection.T
        return self.hidden[step], cell

    def merged(self, event: Array) -> LayerTrace:
        """The layer's record with the recomputed sequences in it."""
        layer = self.layer
        changed = {"hidden_state": self.hidden, "cell_state": self.cell} | dict(zip(FACTORS, self.gates, strict=True))
        arrays: dict[str, Any] = {
            name: _with_sequences(getattr(layer, name), self.rows, values) for name, values in changed.items()
        }
        changed = dict(zip(FACTORS, self.preactivations, strict=True)) | self.readout.preactivations()
        preactivations = {
            name: _with_sequences(recorded, self.rows, changed[name]) for name, recorded in layer.preactivations.items()
        }
        return replace(layer, event=event, preactivations=MappingProxyType(preactivations), **arrays)


def _differences(now: Array, before: Array) -> Array:
    """now - before; 0 past a sequence's end, where both are NaN."""
    differences: Array = np.nan_to_num(now - before)
    return differences


def _input_contributions(layer: LayerTrace, event_change: Array) -> Array | float:
    """What changed events add to the four pre-activations: (4, time, batch, hidden)."""
    if not event_change.any():
        return 0.0
    return np.stack([event_change @ layer.weights[gate].input.T for gate in FACTORS])


_SCALE = np.array([0.5, 0.5, 1, 0.5])[:, None, None]


def _activations(preactivations: Array, functions: CellActivations) -> Array:
    """The gates' sigmoids and the candidate's tanh; 1 / (1 + exp(-x)) by way of tanh, which overflows nowhere. Of a
    cell with other activations theirs."""
    if not functions.is_standard:
        parts = zip(FACTORS, preactivations, strict=True)
        return np.stack([functions.of(name)(part).astype(part.dtype, copy=False) for name, part in parts])
    scale = _SCALE.astype(preactivations.dtype)
    activations: Array = np.tanh(preactivations * scale) * scale + (1 - scale)
    return activations


def _with_sequences(recorded: Array, rows: Array, values: Array) -> Array:
    """A read-only copy of the recorded array with other numbers in some sequences."""
    merged = np.array(recorded)
    merged[:, rows] = values
    merged.flags.writeable = False
    return merged
