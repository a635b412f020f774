"""The equations of a step, compiled: every number of every gate while the step is still in the cache.

`lines` and `squashes` have the words: a line is 16 neighbouring units (8 in float64), and `+ - * /` work on lines.
Numba makes machine code of this file on its first import, which takes seconds once a machine; `compiling` has that
done in the background.

Numba keeps the code until this file changes, not until `blocks`, `lines` or `squashes` do, whose code is in it.
Version of the four: 6.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.cells.blocks import add_product, compiled, inlined
from lstm_viz.cells.lines import load, store, store_first
from lstm_viz.cells.squashes import sigmoid, tanh
from lstm_viz.cells.tiles import LINE

#: Rows of events read at once: the weights are read once for all of them.
ROWS = 32


@compiled
def record(
    weights: Any, events: Any, lengths: Any, reverse: Any, first: Any, states: Any, room: Any, arrays: Any, extras: Any
) -> None:
    """Some sequences of one layer, from `first` on, step after step, into `arrays` and `extras`; NaN past `lengths`.

    There are as many as `states` has rows: what to start from, and at the end what the step that was read last left.
    """
    steps, batch, rows = events.shape[0], events.shape[1], len(states.memory)
    ahead = max(1, ROWS // rows)  # steps whose events are read at once
    for step in range(steps):
        t = steps - 1 - step if reverse else step
        if step % ahead == 0:
            count = min(ahead, steps - step)
            _read(events, range(t, t - count, -1) if reverse else range(t, t + count, 1), first, rows, weights, room)
        sums = room.sums[step % ahead * rows : (step % ahead + 1) * rows]
        add_product(states.hidden, weights.recurrent, sums)
        _step(t, sums, t * batch + first, lengths[first : first + rows], weights, states, arrays, extras, steps * batch)


@inlined
def _read(events: Any, steps: Any, first: Any, rows: Any, weights: Any, room: Any) -> None:
    """The events' share of what goes into the gates, for some steps at once."""
    number = 0
    for t in steps:
        for row in range(rows):
            event, copied = events[t, first + row], room.events[number]
            for feature in range(event.size):
                copied[feature] = event[feature]
            number += 1
    _fill(room.sums[:number], weights.bias)
    add_product(room.events[:number], weights.input, room.sums[:number])


@inlined
def _step(
    t: Any, sums: Any, place: Any, lengths: Any, weights: Any, states: Any, arrays: Any, extras: Any, places: Any
) -> None:
    """One step of every sequence here, the first of which is written at `place` of so many places."""
    rows, units, outputs = len(lengths), arrays.cell_state.size // places, arrays.hidden_state.size // places
    for row in range(rows):
        at = place + row
        if t < lengths[row]:
            _remember(sums[row], states.memory[row], states.kept[row], at * units, units, arrays, extras)
        else:
            _blank(at * units, units, at * outputs, outputs, arrays, extras)
    offered = states.memory
    if weights.readout.size:  # the course's use gate reads what was kept, through weights of its own
        offered = states.offered
        _fill(offered, weights.readout_bias)
        add_product(states.kept, weights.readout, offered)
    for row in range(rows):
        if t < lengths[row]:
            _use(offered[row], sums[row], states.shown[row], (place + row) * units, units, extras)
    handed = states.shown
    if weights.projection.size:
        handed = states.projected
        handed[:] = 0
        add_product(states.shown, weights.projection, handed)
    for row in range(rows):
        if t < lengths[row]:
            _hand_on(handed[row], states.hidden[row], (place + row) * outputs, outputs, arrays.hidden_state)


@inlined
def _remember(sums: Any, memory: Any, kept: Any, at: Any, units: Any, arrays: Any, extras: Any) -> None:
    """Gates and memory of one sequence; leaves what the output gate lets through in `sums`."""
    wide, line = memory.size, LINE // memory.itemsize
    for unit in range(0, units, line):
        into_i, into_f = load(sums, unit), load(sums, wide + unit)
        into_g, into_o = load(sums, 2 * wide + unit), load(sums, 3 * wide + unit)
        i, f, g, o = sigmoid(into_i), sigmoid(into_f), tanh(into_g), sigmoid(into_o)
        left = f * load(memory, unit)
        c = left + i * g
        store(c, memory, unit)
        store(left, kept, unit)
        store(o, sums, 3 * wide + unit)

        here, count = at + unit, units - unit
        _write(i, arrays.input_gate, here, count)
        _write(f, arrays.forget_gate, here, count)
        _write(g, arrays.candidate, here, count)
        _write(o, arrays.output_gate, here, count)
        _write(c, arrays.cell_state, here, count)
        if extras.kept.size:
            _write(into_i, extras.input_sum, here, count)
            _write(into_f, extras.forget_sum, here, count)
            _write(into_g, extras.candidate_sum, here, count)
            _write(into_o, extras.output_sum, here, count)
            _write(i * g, extras.learned, here, count)
            _write(left, extras.kept, here, count)


@inlined
def _use(offered: Any, sums: Any, shown: Any, at: Any, units: Any, extras: Any) -> None:
    """What one sequence shows of its memory, or of what was kept of it."""
    output, line = sums.size // 4 * 3, LINE // sums.itemsize
    for unit in range(0, units, line):
        into = load(offered, unit)
        readout = tanh(into)
        store(load(sums, output + unit) * readout, shown, unit)
        if extras.kept.size:
            _write(readout, extras.readout, at + unit, units - unit)
        if extras.readout_sum.size:
            _write(into, extras.readout_sum, at + unit, units - unit)


@inlined
def _hand_on(found: Any, hidden: Any, at: Any, outputs: Any, hidden_state: Any) -> None:
    """The hidden state of one sequence, for the next step and on record."""
    for unit in range(0, outputs, LINE // hidden.itemsize):
        h = load(found, unit)
        store(h, hidden, unit)
        _write(h, hidden_state, at + unit, outputs - unit)


@inlined
def _write(line: Any, array: Any, place: Any, count: Any) -> None:
    """As much of a line as there is room for."""
    if count >= LINE // array.itemsize:
        store(line, array, place)
    else:
        store_first(line, array, place, count)


@inlined
def _blank(at: Any, units: Any, into: Any, outputs: Any, arrays: Any, extras: Any) -> None:
    """NaN for one sequence at a step past its end."""
    for unit in range(units):
        for array in (arrays.input_gate, arrays.forget_gate, arrays.candidate, arrays.output_gate, arrays.cell_state):
            array[at + unit] = np.nan
        if extras.kept.size:
            for array in (extras.input_sum, extras.forget_sum, extras.candidate_sum, extras.output_sum,
                          extras.learned, extras.kept, extras.readout):  # fmt: skip
                array[at + unit] = np.nan
        if extras.readout_sum.size:
            extras.readout_sum[at + unit] = np.nan
    for output in range(outputs):
        arrays.hidden_state[into + output] = np.nan


@inlined
def _fill(rows: Any, bias: Any) -> None:
    for row in range(len(rows)):
        for start in range(0, bias.size, LINE // bias.itemsize):
            store(load(bias, start), rows[row], start)
