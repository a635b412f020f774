"""Which numbers of a trace are meant, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstm_viz.storage.schema import PREACTIVATIONS
from lstm_viz.traces import GATE_ARRAYS, Array, LayerTrace, Names, Trace

#: Numbers along an axis, counted from 0: one, several, a slice, or None for all.
Choice = int | slice | range | Sequence[int] | np.ndarray | None


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a trace.

    records: names as in `trace.to_xarray()`: "forget_gate", "cell_state", "forget_gate_preactivation", "event",
        "output" ...; every gate and state by default.
    layers: names as in "l0", "l1_reverse"; all by default.
    steps, sequences, units: one number, several, or a slice; all by default. Units are those of gates and states.
    features: what the features of an event are called; as the trace has it by default (`trace.named(batch)`).
    """

    records: str | Sequence[str] | None = None
    layers: str | Sequence[str] | None = None
    steps: Choice = None
    sequences: Choice = None
    units: Choice = None
    features: Sequence[str] = ()


class Strand(NamedTuple):
    """One record of one layer: (time, batch, width), of which some columns are meant, and what each is called."""

    #: "" for what belongs to the whole run.
    layer: str
    record: str
    values: Array
    columns: Array
    features: tuple[str, ...]

    def name(self, several: bool) -> str:
        """The record's name, with the layer's before it where there are several."""
        return f"{self.layer}.{self.record}" if several and self.layer else self.record


@dataclass(frozen=True, eq=False)
class Chosen:
    """A part that was found in a trace."""

    strands: tuple[Strand, ...]
    steps: Array
    sequences: Array
    lengths: Array
    several_layers: bool
    #: What the sequences and steps are called, where the trace knows.
    names: Names | None

    def steps_of(self, sequence: int) -> Array:
        """The chosen steps that this sequence has."""
        found: Array = self.steps[self.steps < self.lengths[sequence]]
        return found

    @property
    def rows(self) -> int:
        """Steps of all chosen sequences."""
        return sum(len(self.steps_of(sequence)) for sequence in self.sequences.tolist())

    @property
    def width(self) -> int:
        """Numbers in each of them."""
        return sum(len(strand.columns) for strand in self.strands)


def record_names(trace: Trace) -> tuple[str, ...]:
    """Every record that a part may name, the gates and states first.

    >>> import lstm_viz, torch
    >>> record_names(lstm_viz.trace(torch.nn.RNN(2, 3), torch.ones(4, 1, 2)))
    ('hidden_state', 'hidden_state_preactivation', 'event', 'output')
    """
    sums = tuple(f"{name}_preactivation" for name in PREACTIVATIONS[trace.variant])
    return (*_usual(trace), *sums, "event", "output")


def choose(trace: Trace, part: Part) -> Chosen:
    """The part of this trace; ValueError, with what there is, where something of it is not there.

    >>> import lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.ones(4, 1, 2))
    >>> chosen = choose(trace, Part(records="forget_gate", steps=slice(1, 3), units=[0, 2]))
    >>> chosen.rows, chosen.width
    (2, 2)
    """
    layers = _layers(trace, part.layers)
    strands = tuple(strand for name in _records(trace, part.records) for strand in _strands(trace, layers, name, part))
    return Chosen(
        strands=strands,
        steps=_numbers(part.steps, len(trace.output), "step"),
        sequences=_numbers(part.sequences, len(trace.lengths), "sequence"),
        lengths=trace.lengths,
        several_layers=len(layers) > 1,
        names=trace.names,
    )


def _usual(trace: Trace) -> tuple[str, ...]:
    return ("hidden_state",) if trace.variant == "rnn" else GATE_ARRAYS


def _records(trace: Trace, names: str | Sequence[str] | None) -> Sequence[str]:
    wanted = _usual(trace) if names is None else (names,) if isinstance(names, str) else tuple(names)
    known = record_names(trace)
    for name in wanted:
        if name not in known:
            raise ValueError(f"There is no record named {name!r}; this trace has {', '.join(known)}.")
    if not wanted:
        raise ValueError(f"No record was chosen; this trace has {', '.join(known)}.")
    return list(dict.fromkeys(wanted))


def _layers(trace: Trace, names: str | Sequence[str] | None) -> list[LayerTrace]:
    if names is None:
        return list(trace.layers)
    wanted = [names] if isinstance(names, str) else list(names)
    known = [layer.name for layer in trace.layers]
    if not wanted or not set(wanted) <= set(known):
        raise ValueError(f"layers must name some of {', '.join(known)}; {', '.join(map(repr, wanted)) or 'none'} came.")
    return [layer for layer in trace.layers if layer.name in wanted]


def _strands(trace: Trace, layers: list[LayerTrace], record: str, part: Part) -> list[Strand]:
    if record == "event":
        event = trace.layers[0].event
        labels = _features(part.features or (trace.names.features if trace.names else ()), event.shape[2])
        return [Strand("", record, event, np.arange(event.shape[2]), labels)]
    if record == "output":
        return [Strand("", record, trace.output, np.arange(trace.output.shape[2]), ())]
    return [_strand(layer, record, part.units) for layer in layers]


def _strand(layer: LayerTrace, record: str, units: Choice) -> Strand:
    gate = record.removesuffix("_preactivation")
    values = getattr(layer, record) if gate == record else layer.preactivations[gate]
    return Strand(layer.name, record, values, _numbers(units, values.shape[2], f"{layer.name}.{record} unit"), ())


def _features(names: Sequence[str], count: int) -> tuple[str, ...]:
    """A name for each feature; those that are met twice are told apart by their numbers."""
    if not names:
        return tuple(map(str, range(count)))
    if len(names) != count:
        raise ValueError(f"features must be {count} names, one for each number of an event; {len(names)} came.")
    once = len(set(names)) == count
    return tuple(name if once else f"{name} {number}" for number, name in enumerate(names))


def _numbers(choice: Choice, count: int, what: str) -> Array:
    """The chosen numbers along an axis of `count`, each once and none below 0."""
    every = np.arange(count)
    if choice is None:
        return every
    wanted = np.atleast_1d(np.asarray(choice)) if not isinstance(choice, slice) else every[choice]
    if wanted.size and wanted.dtype.kind not in "iu":
        raise ValueError(f"A {what} is a whole number or a slice; {choice!r:.60} came.")
    if not wanted.size or wanted.min() < -count or wanted.max() >= count:
        raise ValueError(f"There are {what}s 0 to {count - 1}; {choice!r:.60} was asked for.")
    return every[list(dict.fromkeys((wanted % count).tolist()))]
