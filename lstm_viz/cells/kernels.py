"""The equations of a step, compiled: every number of every gate while the step is still in the cache.

`lines` and `squashes` have the words: a line is as many neighbouring units as a register holds, and `+ - * /` work on
lines. Numba makes machine code of this file on its first import, which takes seconds once a machine; `compiling` has
that done in the background.

Numba keeps that code until this file changes, not until `blocks`, `doors`, `lines`, `registers` or `squashes` do, whose
code is in it. So this line changes with them, and a test says into what: c16b08b9.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.cells.blocks import add_product, compiled, inlined
from lstm_viz.cells.doors import meet
from lstm_viz.cells.lines import WIDTH, load, store, store_first
from lstm_viz.cells.registers import TILE as TILE
from lstm_viz.cells.squashes import sigmoid, tanh

#: Rows of events read at once: the weights are read once for all of them.
ROWS = 32


@compiled
def record(
    weights: Any,
    events: Any,
    copy: Any,
    lengths: Any,
    reverse: Any,
    part: Any,
    states: Any,
    room: Any,
    arrays: Any,
    extras: Any,
    doors: Any,
) -> Any:
    """Some sequences of one layer, and some of its units, step after step, into `arrays` and `extras`; NaN past
    `lengths`. Where `copy` has room for the events, they are copied there; False if one of those is not finite.

    There are as many sequences as `states` has rows. Where other threads have the other units, they meet before
    each product that reads what all of them made.
    """
    finite = True
    steps, batch, rows = events.shape[0], events.shape[1], len(states.memory)
    units, outputs = arrays.cell_state.size // (steps * batch), arrays.hidden_state.size // (steps * batch)
    ahead = max(1, ROWS // rows)  # steps whose events are read at once
    for step in range(steps):
        t = steps - 1 - step if reverse else step
        if step % ahead == 0:
            count = min(ahead, steps - step)
            ts = range(t, t - count, -1) if reverse else range(t, t + count, 1)
            finite &= _read(events, ts, part, rows, weights, room, copy)
        hidden, after = states.hidden[step % 2], states.hidden[(step + 1) % 2]
        sums = room.sums[step % ahead * rows : (step % ahead + 1) * rows]
        add_product(hidden, weights.recurrent, sums)

        for row in range(rows):
            place = t * batch + part.sequence + row
            if t < lengths[part.sequence + row]:
                at = place * units + part.unit
                _remember(sums[row], states.memory[row], states.kept[row], at, part, arrays, extras)
            else:
                _blank(place * units + part.unit, place * outputs + part.output, part, arrays, extras)
        offered, shown = states.memory, states.shown if weights.projection.size else after
        if weights.readout.size:  # the course's use gate reads what was kept, through weights of its own
            meet(doors, 0, part.members, step)
            offered = states.offered
            _fill(offered, weights.readout_bias)
            add_product(states.kept, weights.readout, offered)
        for row in range(rows):
            if t < lengths[part.sequence + row]:
                at = (t * batch + part.sequence + row) * units + part.unit
                _use(offered[row], sums[row], shown[row], at, part, extras)
        handed, start = shown, part.unit
        if weights.projection.size:
            meet(doors, 1, part.members, step)
            handed, start = states.projected, 0
            handed[:] = 0
            add_product(shown, weights.projection, handed)
        for row in range(rows):
            if t < lengths[part.sequence + row]:
                at = (t * batch + part.sequence + row) * outputs + part.output
                _hand_on(handed[row], start, after[row], at, part, arrays.hidden_state)
            else:
                _stand_still(hidden[row], after[row], part)
        meet(doors, 2, part.members, step)
    return finite


@inlined
def _read(events: Any, steps: Any, part: Any, rows: Any, weights: Any, room: Any, copy: Any) -> Any:
    """The events' share of what goes into the gates, for some steps at once; whether what was copied is finite."""
    number, finite, batch, features = 0, True, events.shape[1], events.shape[2]
    for t in steps:
        for row in range(rows):
            event, near = events[t, part.sequence + row], room.events[number]
            for feature in range(features):
                near[feature] = event[feature]
            if copy.size and part.unit == 0:  # others who read these events need not copy them
                at = (t * batch + part.sequence + row) * features
                for feature in range(features):
                    copy[at + feature] = near[feature]
                    finite &= abs(near[feature]) < np.inf
            number += 1
    _fill(room.sums[:number], weights.bias)
    add_product(room.events[:number], weights.input, room.sums[:number])
    return finite


@inlined
def _remember(sums: Any, memory: Any, kept: Any, at: Any, part: Any, arrays: Any, extras: Any) -> None:
    """Gates and memory of one sequence; leaves the output gate in `sums`."""
    wide, line = memory.size, WIDTH // memory.itemsize
    for unit in range(0, part.units, line):
        into_i, into_f = load(sums, unit), load(sums, wide + unit)
        into_g, into_o = load(sums, 2 * wide + unit), load(sums, 3 * wide + unit)
        i, f, g, o = sigmoid(into_i), sigmoid(into_f), tanh(into_g), sigmoid(into_o)
        left = f * load(memory, unit)
        c = left + i * g
        store(c, memory, unit)
        if kept.size:
            store(left, kept, part.unit + unit)
        store(o, sums, 3 * wide + unit)

        here, count = at + unit, part.units - unit
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
def _use(offered: Any, sums: Any, shown: Any, at: Any, part: Any, extras: Any) -> None:
    """What one sequence shows of its memory, or of what was kept of it."""
    output, line = sums.size // 4 * 3, WIDTH // sums.itemsize
    for unit in range(0, part.units, line):
        into = load(offered, unit)
        readout = tanh(into)
        store(load(sums, output + unit) * readout, shown, part.unit + unit)
        if extras.kept.size:
            _write(readout, extras.readout, at + unit, part.units - unit)
        if extras.readout_sum.size:
            _write(into, extras.readout_sum, at + unit, part.units - unit)


@inlined
def _hand_on(found: Any, start: Any, after: Any, at: Any, part: Any, hidden_state: Any) -> None:
    """The hidden state of one sequence, for the next step and on record."""
    for output in range(0, part.outputs, WIDTH // after.itemsize):
        h = load(found, start + output)
        store(h, after, part.output + output)
        _write(h, hidden_state, at + output, part.outputs - output)


@inlined
def _stand_still(hidden: Any, after: Any, part: Any) -> None:
    for output in range(part.output, part.output + part.outputs):
        after[output] = hidden[output]


@inlined
def _write(line: Any, array: Any, place: Any, count: Any) -> None:
    """As much of a line as there is room for."""
    if count >= WIDTH // array.itemsize:
        store(line, array, place)
    else:
        store_first(line, array, place, count)


@inlined
def _blank(at: Any, into: Any, part: Any, arrays: Any, extras: Any) -> None:
    """NaN for one sequence at a step past its end."""
    for unit in range(part.units):
        for array in (arrays.input_gate, arrays.forget_gate, arrays.candidate, arrays.output_gate, arrays.cell_state):
            array[at + unit] = np.nan
        if extras.kept.size:
            for array in (extras.input_sum, extras.forget_sum, extras.candidate_sum, extras.output_sum,
                          extras.learned, extras.kept, extras.readout):  # fmt: skip
                array[at + unit] = np.nan
        if extras.readout_sum.size:
            extras.readout_sum[at + unit] = np.nan
    for output in range(part.outputs):
        arrays.hidden_state[into + output] = np.nan


@inlined
def _fill(rows: Any, bias: Any) -> None:
    for row in range(len(rows)):
        for start in range(0, bias.size, WIDTH // bias.itemsize):
            store(load(bias, start), rows[row], start)
