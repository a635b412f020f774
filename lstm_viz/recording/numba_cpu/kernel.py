"""The recording kernel: the LSTM's equations for every step, with each gate written to memory as it is worked out.

It runs over one partition of a layer (some sequences, some hidden units) from the first step to the last, so that a
step's numbers are recorded while they are in the cache. Work on hidden units goes by SIMD vectors (`simd.py`): `load`,
`+ - * /` and `store` below stand for 8 or 16 units each. Arrays are described in `layout.py`.

Letters are those of `cells/equations.py`: x is the event; h' and c' are the states before the step; W, R and b are the
weights of all four gates (i input gate, f forget gate, g candidate, o output gate), W_u and b_u those of the course's
readout, W_hr the projection's. A thread has the rows of these weights that make its own units.

Numba compiles each function at its first call, once for float32 and once for float64; that takes seconds once a machine
(`compile.py` makes that call in the background, `jit.py` stores the result). Types are `Any` since Numba infers them
from the arguments.
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

#: Rows of events, one for each step of each sequence, whose W x is taken at once: W is read once for all of them.
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
    steps_per_block = max(1, INPUT_ROWS // rows)
    for step in range(steps):
        t = steps - 1 - step if reverse else step
        if step % steps_per_block == 0:  # W x + b of some steps at once
            count = min(steps_per_block, steps - step)
            block_steps = range(t, t - count, -1) if reverse else range(t, t + count, 1)
            finite &= _input_products(events, block_steps, part, rows, weights, scratch, copy)

        # a = W x + R h' + b                                              (rows, 4 * padded), gate by gate
        hidden, next_hidden = states.hidden[step % 2], states.hidden[(step + 1) % 2]  # (rows, padded outputs)
        a = scratch.preactivations[step % steps_per_block * rows : (step % steps_per_block + 1) * rows]
        gemm_add(hidden, weights.recurrent, a)

        # i, f, o = sigmoid(a_i, a_f, a_o), g = tanh(a_g), c = f c' + i g  (rows, units) each
        for row in range(rows):
            recorded_row = t * batch + part.first_sequence + row  # of the arrays that are (time * batch, units)
            unit_offset = recorded_row * units + part.first_unit
            if t < lengths[part.first_sequence + row]:
                _update_cell(a[row], states.cell[row], states.kept[row], unit_offset, part, arrays, derived)
            else:
                _record_nan(unit_offset, recorded_row * outputs + part.first_output, part, arrays, derived)

        # h = o tanh(c), or o tanh(W_u (f c') + b_u) in the course's cell  (rows, units)
        readout_input, unprojected = states.cell, states.unprojected if weights.projection.size else next_hidden
        if weights.readout.size:
            barrier_wait(counters, 0, part.team_size, step)  # the product reads f c' of all units
            readout_input = states.readout_input  # (rows, padded): W_u (f c') + b_u
            _fill_rows(readout_input, weights.readout_bias)
            gemm_add(states.kept, weights.readout, readout_input)
        for row in range(rows):
            if t < lengths[part.first_sequence + row]:
                unit_offset = (t * batch + part.first_sequence + row) * units + part.first_unit
                _read_out(readout_input[row], a[row], unprojected[row], unit_offset, part, derived)

        # h = W_hr (o tanh(c)) where the layer has a projection            (rows, outputs)
        output, first_column = unprojected, part.first_unit
        if weights.projection.size:
            barrier_wait(counters, 1, part.team_size, step)  # the product reads o tanh(c) of all units
            output, first_column = states.projected, 0
            output[:] = 0
            gemm_add(unprojected, weights.projection, output)
        for row in range(rows):
            if t < lengths[part.first_sequence + row]:
                output_offset = (t * batch + part.first_sequence + row) * outputs + part.first_output
                _record_hidden(output[row], first_column, next_hidden[row], output_offset, part, arrays.hidden_state)
            else:
                _keep_hidden(hidden[row], next_hidden[row], part)
        barrier_wait(counters, 2, part.team_size, step)  # the next step reads h of all units
    return finite


@inlined
def _input_products(events: Any, steps: Any, part: Any, rows: Any, weights: Any, scratch: Any, copy: Any) -> Any:
    """W x + b for some steps at once, into `scratch.preactivations`; whether the events copied are finite."""
    number, finite, batch, features = 0, True, events.shape[1], events.shape[2]
    for t in steps:
        for row in range(rows):
            event, event_buffer = events[t, part.first_sequence + row], scratch.events[number]  # (features,) each
            for feature in range(features):
                event_buffer[feature] = event[feature]
            if copy.size and part.first_unit == 0:  # the others of the team read the same events
                offset = (t * batch + part.first_sequence + row) * features
                for feature in range(features):
                    copy[offset + feature] = event_buffer[feature]
                    finite &= abs(event_buffer[feature]) < np.inf
            number += 1
    _fill_rows(scratch.preactivations[:number], weights.bias)  # b: (4 * padded,)
    gemm_add(scratch.events[:number], weights.input, scratch.preactivations[:number])  # + W x: (number, 4 * padded)
    return finite


@inlined
def _update_cell(a: Any, cell: Any, kept_state: Any, offset: Any, part: Any, arrays: Any, derived: Any) -> None:
    """Gates and cell state of one sequence at one step; leaves the output gate in its quarter of `a`.

    a: (4 * padded,) preactivations. cell, kept_state: (padded,). offset: of the sequence's units in recorded arrays.
    """
    padded, lanes = cell.size, VECTOR_BYTES // cell.itemsize
    for unit in range(0, part.units, lanes):  # every name below is a vector of `lanes` units
        a_i, a_f = load(a, unit), load(a, padded + unit)  # input gate, forget gate
        a_g, a_o = load(a, 2 * padded + unit), load(a, 3 * padded + unit)  # candidate, output gate
        i, f, g, o = sigmoid(a_i), sigmoid(a_f), tanh(a_g), sigmoid(a_o)
        kept = f * load(cell, unit)  # what the forget gate leaves of c'
        c = kept + i * g
        store(c, cell, unit)
        if kept_state.size:
            store(kept, kept_state, part.first_unit + unit)
        store(o, a, 3 * padded + unit)

        unit_offset, count = offset + unit, part.units - unit
        _record(i, arrays.input_gate, unit_offset, count)
        _record(f, arrays.forget_gate, unit_offset, count)
        _record(g, arrays.candidate, unit_offset, count)
        _record(o, arrays.output_gate, unit_offset, count)
        _record(c, arrays.cell_state, unit_offset, count)
        if derived.kept.size:
            _record(a_i, derived.input_preactivation, unit_offset, count)
            _record(a_f, derived.forget_preactivation, unit_offset, count)
            _record(a_g, derived.candidate_preactivation, unit_offset, count)
            _record(a_o, derived.output_preactivation, unit_offset, count)
            _record(i * g, derived.learned, unit_offset, count)
            _record(kept, derived.kept, unit_offset, count)


@inlined
def _read_out(readout_input: Any, a: Any, unprojected: Any, offset: Any, part: Any, derived: Any) -> None:
    """o tanh(readout_input) of one sequence into `unprojected`; o lies in the last quarter of `a`.

    readout_input, unprojected: (padded,). a: (4 * padded,). offset: of the sequence's units in recorded arrays.
    """
    output_gate, lanes = a.size // 4 * 3, VECTOR_BYTES // a.itemsize
    for unit in range(0, part.units, lanes):
        preactivation = load(readout_input, unit)
        readout = tanh(preactivation)
        store(load(a, output_gate + unit) * readout, unprojected, part.first_unit + unit)
        if derived.kept.size:
            _record(readout, derived.readout, offset + unit, part.units - unit)
        if derived.readout_preactivation.size:
            _record(preactivation, derived.readout_preactivation, offset + unit, part.units - unit)


@inlined
def _record_hidden(output: Any, first_column: Any, next_hidden: Any, offset: Any, part: Any, hidden_state: Any) -> None:
    """The hidden state of one sequence, from `output[start:]`, for the next step and on record."""
    for unit in range(0, part.outputs, VECTOR_BYTES // next_hidden.itemsize):
        h = load(output, first_column + unit)
        store(h, next_hidden, part.first_output + unit)
        _record(h, hidden_state, offset + unit, part.outputs - unit)


@inlined
def _keep_hidden(hidden: Any, next_hidden: Any, part: Any) -> None:
    """The hidden state of a sequence that has ended stays what it was."""
    for output in range(part.first_output, part.first_output + part.outputs):
        next_hidden[output] = hidden[output]


@inlined
def _record(vector: Any, array: Any, offset: Any, count: Any) -> None:
    """array[offset:] = vector, but at most `count` lanes: behind them lie units of another sequence or thread."""
    if count >= VECTOR_BYTES // array.itemsize:
        store(vector, array, offset)
    else:
        store_masked(vector, array, offset, count)


@inlined
def _record_nan(unit_offset: Any, output_offset: Any, part: Any, arrays: Any, derived: Any) -> None:
    """NaN for one sequence at a step past its end."""
    for unit in range(part.units):
        for array in (arrays.input_gate, arrays.forget_gate, arrays.candidate, arrays.output_gate, arrays.cell_state):
            array[unit_offset + unit] = np.nan
        if derived.kept.size:
            for array in (derived.input_preactivation, derived.forget_preactivation, derived.candidate_preactivation,
                          derived.output_preactivation, derived.learned, derived.kept, derived.readout):  # fmt: skip
                array[unit_offset + unit] = np.nan
        if derived.readout_preactivation.size:
            derived.readout_preactivation[unit_offset + unit] = np.nan
    for output in range(part.outputs):
        arrays.hidden_state[output_offset + output] = np.nan


@inlined
def _fill_rows(rows: Any, bias: Any) -> None:
    """rows[:, :len(bias)] = bias; bias has whole vectors."""
    for row in range(len(rows)):
        for start in range(0, bias.size, VECTOR_BYTES // bias.itemsize):
            store(load(bias, start), rows[row], start)
