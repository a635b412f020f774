"""The recording kernel: the LSTM's equations for every step, with each gate written to memory as it is worked out.

It runs over one partition of a layer (some sequences, some hidden units) from the first step to the last, so that a
step's numbers are recorded while they are in the cache. Work on hidden units goes by SIMD vectors (`simd.py`): `load`,
`+ - * /` and `store` below stand for 8 or 16 units each. Arrays are described in `layout.py`.

Numba compiles this file on its first import, which takes seconds once a machine (`compile.py`, `jit.py`). It says
`Any` for types since Numba infers them from the arguments of the first call, once for float32 and once for float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.recording.numba_cpu.activations import sigmoid, tanh
from lstm_viz.recording.numba_cpu.barrier import barrier_wait
from lstm_viz.recording.numba_cpu.gemm import gemm_add
from lstm_viz.recording.numba_cpu.jit import compiled, inlined
from lstm_viz.recording.numba_cpu.microkernel import PANEL_BYTES as PANEL_BYTES
from lstm_viz.recording.numba_cpu.simd import VECTOR_BYTES, load, store, store_masked

#: Rows of events whose input products are taken at once: the input weights are read once for all of them.
INPUT_ROWS = 32


@compiled
def record(
    weights: Any,
    events: Any,
    copy: Any,
    lengths: Any,
    reverse: Any,
    part: Any,
    states: Any,
    scratch: Any,
    arrays: Any,
    derived: Any,
    counters: Any,
) -> Any:
    """Run one partition of a layer over all steps and record it in `arrays` and `derived`; NaN past `lengths`.

    events: (time, batch, features). copy: where the events are copied to, flattened, or without numbers.
    part: a `Partition`. counters: its team's barriers (`partition.new_counters`).

    Returns whether all events that were copied are finite.
    """
    finite = True
    steps, batch, rows = events.shape[0], events.shape[1], len(states.cell)
    units, outputs = arrays.cell_state.size // (steps * batch), arrays.hidden_state.size // (steps * batch)
    ahead = max(1, INPUT_ROWS // rows)  # steps whose input products are taken at once
    for step in range(steps):
        t = steps - 1 - step if reverse else step
        if step % ahead == 0:
            count = min(ahead, steps - step)
            ts = range(t, t - count, -1) if reverse else range(t, t + count, 1)
            finite &= _input_products(events, ts, part, rows, weights, scratch, copy)

        # a = x W_x^T + b + h W_h^T                                      (rows, 4 * padded), gate by gate
        hidden, next_hidden = states.hidden[step % 2], states.hidden[(step + 1) % 2]  # (rows, padded outputs)
        a = scratch.preactivations[step % ahead * rows : (step % ahead + 1) * rows]
        gemm_add(hidden, weights.recurrent, a)

        # i, f, o = sigmoid(a_i, a_f, a_o), g = tanh(a_g), c = f c + i g (rows, units)
        for row in range(rows):
            place = t * batch + part.first_sequence + row  # in arrays that are (time * batch, units)
            if t < lengths[part.first_sequence + row]:
                at = place * units + part.first_unit
                _update_cell(a[row], states.cell[row], states.kept[row], at, part, arrays, derived)
            else:
                _record_nan(place * units + part.first_unit, place * outputs + part.first_output, part, arrays, derived)

        # h = o tanh(c), or o tanh(W_r (f c) + b_r) in the course's cell  (rows, units)
        readout_input, gated = states.cell, states.unprojected if weights.projection.size else next_hidden
        if weights.readout.size:
            barrier_wait(counters, 0, part.team_size, step)  # the product reads what all of the team kept
            readout_input = states.readout_input
            _fill_rows(readout_input, weights.readout_bias)
            gemm_add(states.kept, weights.readout, readout_input)
        for row in range(rows):
            if t < lengths[part.first_sequence + row]:
                at = (t * batch + part.first_sequence + row) * units + part.first_unit
                _read_out(readout_input[row], a[row], gated[row], at, part, derived)

        # h = h W_p^T where the layer has a projection                   (rows, outputs)
        output, start = gated, part.first_unit
        if weights.projection.size:
            barrier_wait(counters, 1, part.team_size, step)
            output, start = states.projected, 0
            output[:] = 0
            gemm_add(gated, weights.projection, output)
        for row in range(rows):
            if t < lengths[part.first_sequence + row]:
                at = (t * batch + part.first_sequence + row) * outputs + part.first_output
                _record_hidden(output[row], start, next_hidden[row], at, part, arrays.hidden_state)
            else:
                _keep_hidden(hidden[row], next_hidden[row], part)
        barrier_wait(counters, 2, part.team_size, step)  # the next step reads h of all units
    return finite


@inlined
def _input_products(events: Any, steps: Any, part: Any, rows: Any, weights: Any, scratch: Any, copy: Any) -> Any:
    """x W_x^T + b for some steps at once, into `scratch.preactivations`; whether the events copied are finite."""
    number, finite, batch, features = 0, True, events.shape[1], events.shape[2]
    for t in steps:
        for row in range(rows):
            event, near = events[t, part.first_sequence + row], scratch.events[number]
            for feature in range(features):
                near[feature] = event[feature]
            if copy.size and part.first_unit == 0:  # the others of the team read the same events
                at = (t * batch + part.first_sequence + row) * features
                for feature in range(features):
                    copy[at + feature] = near[feature]
                    finite &= abs(near[feature]) < np.inf
            number += 1
    _fill_rows(scratch.preactivations[:number], weights.bias)
    gemm_add(scratch.events[:number], weights.input, scratch.preactivations[:number])
    return finite


@inlined
def _update_cell(a: Any, cell: Any, kept: Any, at: Any, part: Any, arrays: Any, derived: Any) -> None:
    """Gates and cell state of one sequence at one step; leaves the output gate in its quarter of `a`.

    a: (4 * padded,) preactivations. cell, kept: (padded,). at: where the sequence's units lie in recorded arrays.
    """
    padded, lanes = cell.size, VECTOR_BYTES // cell.itemsize
    for unit in range(0, part.units, lanes):
        a_i, a_f = load(a, unit), load(a, padded + unit)
        a_g, a_o = load(a, 2 * padded + unit), load(a, 3 * padded + unit)
        i, f, g, o = sigmoid(a_i), sigmoid(a_f), tanh(a_g), sigmoid(a_o)
        remembered = f * load(cell, unit)
        c = remembered + i * g
        store(c, cell, unit)
        if kept.size:
            store(remembered, kept, part.first_unit + unit)
        store(o, a, 3 * padded + unit)

        here, count = at + unit, part.units - unit
        _record(i, arrays.input_gate, here, count)
        _record(f, arrays.forget_gate, here, count)
        _record(g, arrays.candidate, here, count)
        _record(o, arrays.output_gate, here, count)
        _record(c, arrays.cell_state, here, count)
        if derived.kept.size:
            _record(a_i, derived.input_preactivation, here, count)
            _record(a_f, derived.forget_preactivation, here, count)
            _record(a_g, derived.candidate_preactivation, here, count)
            _record(a_o, derived.output_preactivation, here, count)
            _record(i * g, derived.learned, here, count)
            _record(remembered, derived.kept, here, count)


@inlined
def _read_out(readout_input: Any, a: Any, gated: Any, at: Any, part: Any, derived: Any) -> None:
    """o tanh(readout_input) of one sequence into `gated`; o lies in the last quarter of `a`."""
    output_gate, lanes = a.size // 4 * 3, VECTOR_BYTES // a.itemsize
    for unit in range(0, part.units, lanes):
        preactivation = load(readout_input, unit)
        readout = tanh(preactivation)
        store(load(a, output_gate + unit) * readout, gated, part.first_unit + unit)
        if derived.kept.size:
            _record(readout, derived.readout, at + unit, part.units - unit)
        if derived.readout_preactivation.size:
            _record(preactivation, derived.readout_preactivation, at + unit, part.units - unit)


@inlined
def _record_hidden(output: Any, start: Any, next_hidden: Any, at: Any, part: Any, hidden_state: Any) -> None:
    """The hidden state of one sequence, from `output[start:]`, for the next step and on record."""
    for unit in range(0, part.outputs, VECTOR_BYTES // next_hidden.itemsize):
        h = load(output, start + unit)
        store(h, next_hidden, part.first_output + unit)
        _record(h, hidden_state, at + unit, part.outputs - unit)


@inlined
def _keep_hidden(hidden: Any, next_hidden: Any, part: Any) -> None:
    """The hidden state of a sequence that has ended stays what it was."""
    for output in range(part.first_output, part.first_output + part.outputs):
        next_hidden[output] = hidden[output]


@inlined
def _record(vector: Any, array: Any, at: Any, count: Any) -> None:
    """array[at:] = vector, but at most `count` lanes: behind them lie another sequence's or another thread's units."""
    if count >= VECTOR_BYTES // array.itemsize:
        store(vector, array, at)
    else:
        store_masked(vector, array, at, count)


@inlined
def _record_nan(at: Any, output_at: Any, part: Any, arrays: Any, derived: Any) -> None:
    """NaN for one sequence at a step past its end."""
    for unit in range(part.units):
        for array in (arrays.input_gate, arrays.forget_gate, arrays.candidate, arrays.output_gate, arrays.cell_state):
            array[at + unit] = np.nan
        if derived.kept.size:
            for array in (derived.input_preactivation, derived.forget_preactivation, derived.candidate_preactivation,
                          derived.output_preactivation, derived.learned, derived.kept, derived.readout):  # fmt: skip
                array[at + unit] = np.nan
        if derived.readout_preactivation.size:
            derived.readout_preactivation[at + unit] = np.nan
    for output in range(part.outputs):
        arrays.hidden_state[output_at + output] = np.nan


@inlined
def _fill_rows(rows: Any, bias: Any) -> None:
    """rows[:, :len(bias)] = bias; bias has whole vectors."""
    for row in range(len(rows)):
        for start in range(0, bias.size, VECTOR_BYTES // bias.itemsize):
            store(load(bias, start), rows[row], start)
