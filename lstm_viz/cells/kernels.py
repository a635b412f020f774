"""The equations of a step, compiled: every number of every gate while the step is still in the cache.

It is plain NumPy without whole-array operations: loops over one row of units, each so simple that the
compiler takes 8 or 16 units at a time: a loop writes to one array and reads few, since the compiler must
see that they are different ones. Numba makes machine code of this file on its first import, which takes
seconds once a machine; `compiling` has that done in the background.

Numba keeps the code until this file changes, not until `blocks` or `lines` do, whose code is in it.
Version of the three: 2.
"""

from __future__ import annotations

from inspect import unwrap
from math import factorial
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from lstm_viz.cells.blocks import add_product, compiled
from lstm_viz.cells.tiles import LANES

#: Rows of events read at once: the weights are read once for all of them.
ROWS = 32


def exp_less_one(x: Any) -> Any:
    """e^x - 1, exact near 0: x = n ln 2 + r, then 2^n (e^r - 1) + (2^n - 1) with a power series for e^r - 1."""
    return np.expm1(x)


@overload(exp_less_one)
def _exp_less_one(x: Any) -> Any:
    return {types.float32: unwrap(_exp_less_one_32), types.float64: unwrap(_exp_less_one_64)}.get(x)


PER_LN2 = 1 / np.log(2)
#: ln 2 in two parts: n times the first is exact.
LN2_32 = np.float32(0.693359375), np.float32(np.log(2) - 0.693359375)
LN2_64 = 0.693145751953125, 1.42860682030941723212e-6
#: 1 / 1!, 1 / 2!, ...
SERIES_32 = tuple(np.float32(1 / factorial(k)) for k in range(1, 8))
SERIES_64 = tuple(1 / factorial(k) for k in range(1, 14))


def _exp_less_one_32(x: Any) -> Any:
    n = np.rint(x * np.float32(PER_LN2))
    r = x - n * LN2_32[0] - n * LN2_32[1]
    series = np.float32(0)
    for coefficient in SERIES_32[::-1]:
        series = r * (coefficient + series)
    power = np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)  # 2^n, by its bits
    return power * series + (power - np.float32(1))


def _exp_less_one_64(x: Any) -> Any:
    n = np.rint(x * PER_LN2)
    r = x - n * LN2_64[0] - n * LN2_64[1]
    series = 0.0
    for coefficient in SERIES_64[::-1]:
        series = r * (coefficient + series)
    power = np.int64((np.int64(n) + 1023) << 52).view(np.float64)
    return power * series + (power - 1.0)


@compiled
def sigmoid(sums: Any, first: Any, last: Any) -> None:
    """1 / (1 + e^-x) of these columns, in place; as many at once as a processor takes."""
    one, far = sums.dtype.type(1), sums.dtype.type(80)
    for row in range(sums.shape[0]):
        for start in range(first, last, LANES):
            x = sums[row, start : start + LANES]
            for lane in range(LANES):
                x[lane] = one / (one + one + exp_less_one(-min(max(x[lane], -far), far)))


@compiled
def tanh(sums: Any, first: Any, last: Any) -> None:
    """(e^2x - 1) / (e^2x + 1) of these columns, in place."""
    two, far = sums.dtype.type(2), sums.dtype.type(20)
    for row in range(sums.shape[0]):
        for start in range(first, last, LANES):
            x = sums[row, start : start + LANES]
            for lane in range(LANES):
                grown = exp_less_one(two * min(max(x[lane], -far), far))
                x[lane] = grown / (grown + two)


@compiled
def multiply(one: Any, other: Any, out: Any) -> None:
    """out = one * other, in as many columns as `one` has."""
    for row in range(one.shape[0]):
        a, b, product = one[row], other[row], out[row]
        for unit in range(a.size):
            product[unit] = a[unit] * b[unit]


@compiled
def add_multiplied(kept: Any, one: Any, other: Any, out: Any) -> None:
    """out = kept + one * other, in as many columns as `out` has."""
    for row in range(out.shape[0]):
        a, b, c, total = kept[row], one[row], other[row], out[row]
        for unit in range(total.size):
            total[unit] = a[unit] + b[unit] * c[unit]


@compiled
def copy(values: Any, first: Any, out: Any) -> None:
    """out = columns of `values` from `first` on, as many as both have."""
    columns = min(out.shape[1], values.shape[1] - first)
    for row in range(out.shape[0]):
        x, y = values[row, first:], out[row]
        for column in range(columns):
            y[column] = x[column]


@compiled
def blank(values: Any, row: Any) -> None:
    """NaN for one sequence."""
    for column in range(values.shape[1]):
        values[row, column] = np.nan


@compiled
def record(
    weights: Any,
    events: Any,
    lengths: Any,
    reverse: Any,
    states: Any,
    arrays: Any,
    extras: Any,
    first: Any,
    last: Any,
    read: Any,
    ahead_sums: Any,
) -> None:
    """Sequences `first` to `last` of one layer, step after step, into `arrays` and `extras`; NaN past their lengths.

    `states` holds the states to start from, and at the end those after the step that was read last.
    """
    steps, rows, wide = events.shape[0], last - first, states.memory.shape[1]  # units, filled up
    hidden, memory = states.hidden[first:last], states.memory[first:last]
    kept, shown, projected = states.kept[first:last], states.shown[first:last], states.projected[first:last]
    ahead = max(1, ROWS // rows)  # steps whose events are read at once
    read, ahead_sums = read[: ahead * rows], ahead_sums[: ahead * rows]
    for step in range(steps):
        t = steps - 1 - step if reverse else step
        if step % ahead == 0:  # the events' share of what goes into the gates
            for n in range(min(ahead, steps - step)):
                copy(events[t - n if reverse else t + n, first:last], 0, read[n * rows : (n + 1) * rows])
            for row in range(len(read)):
                copy(weights.bias, 0, ahead_sums[row : row + 1])
            add_product(read, weights.input, ahead_sums)
        now = step % ahead * rows
        sums = ahead_sums[now : now + rows]
        add_product(hidden, weights.recurrent, sums)

        if extras.kept.size:
            copy(sums, 0, extras.input_sum[t, first:last])
            copy(sums, wide, extras.forget_sum[t, first:last])
            copy(sums, 2 * wide, extras.candidate_sum[t, first:last])
            copy(sums, 3 * wide, extras.output_sum[t, first:last])
        sigmoid(sums, 0, 2 * wide)
        tanh(sums, 2 * wide, 3 * wide)
        sigmoid(sums, 3 * wide, 4 * wide)
        input_gate, forget_gate = arrays.input_gate[t, first:last], arrays.forget_gate[t, first:last]
        candidate, output_gate = arrays.candidate[t, first:last], arrays.output_gate[t, first:last]
        cell_state, hidden_state = arrays.cell_state[t, first:last], arrays.hidden_state[t, first:last]
        copy(sums, 0, input_gate)
        copy(sums, wide, forget_gate)
        copy(sums, 2 * wide, candidate)
        copy(sums, 3 * wide, output_gate)

        multiply(forget_gate, memory, kept)
        add_multiplied(kept, input_gate, candidate, cell_state)
        if weights.readout.size:  # the course's use gate reads what was kept, through weights of its own
            for row in range(rows):
                copy(weights.readout_bias, 0, shown[row : row + 1])
            add_product(kept, weights.readout, shown)
        else:
            copy(cell_state, 0, shown)
        if extras.readout_sum.size:
            copy(shown, 0, extras.readout_sum[t, first:last])
        tanh(shown, 0, wide)
        if extras.kept.size:
            multiply(input_gate, candidate, extras.learned[t, first:last])
            copy(kept, 0, extras.kept[t, first:last])
            copy(shown, 0, extras.readout[t, first:last])
        multiply(output_gate, shown, shown)
        if weights.projection.size:
            projected[:] = 0
            add_product(shown, weights.projection, projected)
            copy(projected, 0, hidden_state)
        else:
            copy(shown, 0, hidden_state)
        for row in range(rows):
            if t < lengths[first + row]:
                copy(cell_state[row : row + 1], 0, memory[row : row + 1])
                copy(hidden_state[row : row + 1], 0, hidden[row : row + 1])
            else:
                for values in arrays:
                    blank(values[t], first + row)
                for values in extras:
                    if values.size:
                        blank(values[t], first + row)
