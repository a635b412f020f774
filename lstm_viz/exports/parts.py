"""Selecting a part of a trace: records, layers, steps, sequences and units, with their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstm_viz.storage.schema import PREACTIVATIONS
from lstm_viz.traces import GATE_ARRAYS, Array, LayerTrace, Names, Trace

#: Indices along an axis, counted from 0: one, several, a slice, or None for all.
Indices = int | slice | range | Sequence[int] | np.ndarray | None


@dataclass(frozen=True, eq=False)
class Part:
    """Which part of a trace to export.

    records: names as in `trace.to_xarray()`: "forget_gate", "cell_state", "forget_gate_preactivation", "event",
        "output" ...; every gate and state by default.
    layers: names as in "l0", "l1_reverse"; all by default.
    steps, sequences, units: one number, several, or a slice; all by default. Units are those of gates and states.
    features: names of an event's features; as the trace has it by default (`trace.named(batch)`).
    """

    records: str | Sequence[str] | None = None
    layers: str | Sequence[str] | None = None
    steps: Indices = None
    sequences: Indices = None
    units: Indices = None
    features: Sequence[str] = ()


class SelectedRecord(NamedTuple):
    """One record of one layer, with the columns that were selected and their labels."""

    #: "" for a record of the whole run: event and output.
    layer: str
    name: str
    #: (time, batch, width)
    values: Array
    #: Indices of the selected columns.
    columns: Array
    #: Names of the selected features; empty where the columns are units.
    features: tuple[str, ...]

    def label(self, several_layers: bool) -> str:
        """The record's name, with the layer's before it where there are several."""
        return f"{self.layer}.{self.name}" if several_layers and self.layer else self.name


@dataclass(frozen=True, eq=False)
class Selection:
    """The selected part of a trace: its records, and the indices of steps and sequences."""

    records: tuple[SelectedRecord, ...]
    steps: Array
    sequences: Array
    lengths: Array
    several_layers: bool
    #: Names of sequences and steps, where the trace has them.
    names: Names | None
    #: What has to be known to read it (`Trace.notes`).
    notes: tuple[str, ...] = ()

    def steps_of(self, sequence: int) -> Array:
        """The selected steps within this sequence's length."""
        steps: Array = self.steps[self.steps < self.lengths[sequence]]
        return steps

    @property
    def rows(self) -> int:
        """Number of (sequence, step) pairs."""
        return sum(len(self.steps_of(sequence)) for sequence in self.sequences.tolist())

    @property
    def width(self) -> int:
        """Values in each row: the columns of all records."""
        return sum(len(record.columns) for record in self.records)


def record_names(trace: Trace) -> tuple[str, ...]:
    """Every record that a part may name, the gates and states first.

    >>> import lstm_viz, torch
    >>> record_names(lstm_viz.trace(torch.nn.RNN(2, 3), torch.ones(4, 1, 2)))
    ('hidden_state', 'hidden_state_preactivation', 'event', 'output')
    """
    preactivations = tuple(f"{name}_preactivation" for name in PREACTIVATIONS[trace.variant])
    return (*_default_records(trace), *preactivations, "event", "output")


def select(trace: Trace, part: Part) -> Selection:
    """Select a part of a trace. Raises ValueError, with what there is, where something of it is not there.

    >>> import lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.ones(4, 1, 2))
    >>> selection = select(trace, Part(records="forget_gate", steps=slice(1, 3), units=[0, 2]))
    >>> selection.rows, selection.width
    (2, 2)
    """
    layers = _selected_layers(trace, part.layers)
    names = _record_names(trace, part.records)
    records = tuple(record for name in names for record in _selected_records(trace, layers, name, part))
    return Selection(
        records=records,
        steps=_indices(part.steps, len(trace.output), "step"),
        sequences=_indices(part.sequences, len(trace.lengths), "sequence"),
        lengths=trace.lengths,
        several_layers=len(layers) > 1,
        names=trace.names,
        notes=trace.notes,
    )


def _default_records(trace: Trace) -> tuple[str, ...]:
    return ("hidden_state",) if trace.variant == "rnn" else GATE_ARRAYS


def _record_names(trace: Trace, names: str | Sequence[str] | None) -> Sequence[str]:
    wanted = _default_records(trace) if names is None else (names,) if isinstance(names, str) else tuple(names)
    known = record_names(trace)
    for name in wanted:
        if name not in known:
            raise ValueError(f"There is no record named {name!r}; this trace has {', '.join(known)}.")
    if not wanted:
        raise ValueError(f"No record was chosen; this trace has {', '.join(known)}.")
    return list(dict.fromkeys(wanted))


def _selected_layers(trace: Trace, names: str | Sequence[str] | None) -> list[LayerTrace]:
    if names is None:
        return list(trace.layers)
    wanted = [names] if isinstance(names, str) else list(names)
    known = [layer.name for layer in trace.layers]
    if not wanted or not set(wanted) <= set(known):
        raise ValueError(f"layers must name some of {', '.join(known)}; {', '.join(map(repr, wanted)) or 'none'} came.")
    return [layer for layer in trace.layers if layer.name in wanted]


def _selected_records(trace: Trace, layers: list[LayerTrace], name: str, part: Part) -> list[SelectedRecord]:
    if name == "event":
        event = trace.layers[0].event
        labels = _feature_labels(part.features or (trace.names.features if trace.names else ()), event.shape[2])
        return [SelectedRecord("", name, event, np.arange(event.shape[2]), labels)]
    if name == "output":
        return [SelectedRecord("", name, trace.output, np.arange(trace.output.shape[2]), ())]
    return [_selected_record(layer, name, part.units) for layer in layers]


def _selected_record(layer: LayerTrace, name: str, units: Indices) -> SelectedRecord:
    gate = name.removesuffix("_preactivation")
    values = getattr(layer, name) if gate == name else layer.preactivations[gate]
    columns = _indices(units, values.shape[2], f"{layer.name}.{name} unit")
    return SelectedRecord(layer.name, name, values, columns, ())


def _feature_labels(names: Sequence[str], count: int) -> tuple[str, ...]:
    """A label for each feature; names that are not unique get their number."""
    if not names:
        return tuple(map(str, range(count)))
    if len(names) != count:
        raise ValueError(f"features must be {count} names, one for each number of an event; {len(names)} came.")
    unique = len(set(names)) == count
    return tuple(name if unique else f"{name} {number}" for number, name in enumerate(names))


def _indices(choice: Indices, count: int, what: str) -> Array:
    """The selected indices along an axis of size `count`, each once and none negative; `what` names it in errors."""
    every = np.arange(count)
    if choice is None:
        return every
    wanted = np.atleast_1d(np.asarray(choice)) if not isinstance(choice, slice) else every[choice]
    if wanted.size and wanted.dtype.kind not in "iu":
        raise ValueError(f"A {what} is a whole number or a slice; {choice!r:.60} came.")
    if not wanted.size or wanted.min() < -count or wanted.max() >= count:
        raise ValueError(f"There are {what}s 0 to {count - 1}; {choice!r:.60} was asked for.")
    return every[list(dict.fromkeys((wanted % count).tolist()))]
