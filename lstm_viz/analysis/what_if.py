"""What if a gate were held: the same run again, with one factor in a person's hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from lstm_viz.analysis.replaying import Held, replay
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
