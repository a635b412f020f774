"""Triton kernel of the LSTM's element-wise equations: from pre-activations to gates, cell states and hidden states.

The pre-activations, W x + R h' of all steps at once, are one matrix product before. Here each program (a group of
threads) takes UNITS units of one sequence and loops over its steps, so that their cell states stay in registers.
"""

from __future__ import annotations

from typing import no_type_check

import triton
import triton.language as tl


@triton.jit
@no_type_check
def sigmoid(x: tl.tensor) -> tl.tensor:
    """1 / (1 + e^-x)."""
    return 1 / (1 + tl.exp(-x))


@triton.jit
@no_type_check
def tanh(x: tl.tensor) -> tl.tensor:
    """2 sigmoid(2 x) - 1, as exact as the sigmoid next to 1: Triton has no tanh for every GPU."""
    return 2 * sigmoid(2 * x) - 1


@triton.jit(do_not_specialize=["steps", "sequences", "units"])
@no_type_check
def record(
    preactivations: tl.tensor,
    bias: tl.tensor,
    initial_cell_state: tl.tensor,
    lengths: tl.tensor,
    gates: tl.tensor,
    cell_state: tl.tensor,
    hidden_state: tl.tensor,
    learned: tl.tensor,
    kept: tl.tensor,
    readout: tl.tensor,
    steps: tl.tensor,
    sequences: tl.tensor,
    units: tl.tensor,
    REVERSE: tl.constexpr,
    EVERYTHING: tl.constexpr,
    UNITS: tl.constexpr,
) -> None:
    """Gates, cell states and hidden states of UNITS units of one sequence, step after step; NaN past its end.

    `preactivations` come without the bias. They and `gates` are (steps, sequences, 4, units), gates in torch's order,
    and may be the same memory unless EVERYTHING is asked for: then the pre-activations are written back with the bias.
    The others are (steps, sequences, units); `initial_cell_state` is (sequences, units), `lengths` (sequences,).
    """
    sequence = tl.program_id(0).to(tl.int64)
    unit = tl.program_id(1) * UNITS + tl.arange(0, UNITS)
    in_range = unit < units
    length = tl.load(lengths + sequence)
    input_bias = tl.load(bias + unit, mask=in_range)
    forget_bias = tl.load(bias + units + unit, mask=in_range)
    candidate_bias = tl.load(bias + 2 * units + unit, mask=in_range)
    output_bias = tl.load(bias + 3 * units + unit, mask=in_range)
    cell = tl.load(initial_cell_state + sequence * units + unit, mask=in_range)

    for step in range(length):
        t = length - 1 - step if REVERSE else step
        row = t * sequences + sequence
        gate_offset = row * 4 * units + unit  # of the input gate in arrays that are (steps, sequences, 4, units)
        offset = row * units + unit  # in those that are (steps, sequences, units)
        # W x + R h' + b of each gate, (UNITS,) each
        input_sum = tl.load(preactivations + gate_offset, mask=in_range) + input_bias
        forget_sum = tl.load(preactivations + gate_offset + units, mask=in_range) + forget_bias
        candidate_sum = tl.load(preactivations + gate_offset + 2 * units, mask=in_range) + candidate_bias
        output_sum = tl.load(preactivations + gate_offset + 3 * units, mask=in_range) + output_bias

        # i, f, o = sigmoid, g = tanh of these, (UNITS,) each
        input_gate, forget_gate = sigmoid(input_sum), sigmoid(forget_sum)
        candidate, output_gate = tanh(candidate_sum), sigmoid(output_sum)
        learned_now, kept_now = input_gate * candidate, forget_gate * cell  # i g and f c', (UNITS,) each
        cell = kept_now + learned_now  # c = f c' + i g
        readout_now = tanh(cell)

        tl.store(gates + gate_offset, input_gate, mask=in_range)
        tl.store(gates + gate_offset + units, forget_gate, mask=in_range)
        tl.store(gates + gate_offset + 2 * units, candidate, mask=in_range)
        tl.store(gates + gate_offset + 3 * units, output_gate, mask=in_range)
        tl.store(cell_state + offset, cell, mask=in_range)
        tl.store(hidden_state + offset, output_gate * readout_now, mask=in_range)  # h = o tanh(c), (UNITS,)
        if EVERYTHING:
            tl.store(preactivations + gate_offset, input_sum, mask=in_range)
            tl.store(preactivations + gate_offset + units, forget_sum, mask=in_range)
            tl.store(preactivations + gate_offset + 2 * units, candidate_sum, mask=in_range)
            tl.store(preactivations + gate_offset + 3 * units, output_sum, mask=in_range)
            tl.store(learned + offset, learned_now, mask=in_range)
            tl.store(kept + offset, kept_now, mask=in_range)
            tl.store(readout + offset, readout_now, mask=in_range)

    nan = tl.full((UNITS,), float("nan"), gates.dtype.element_ty)
    for t in range(length, steps):
        row = t * sequences + sequence
        offset = row * units + unit
        for gate in tl.static_range(4):
            tl.store(gates + (row * 4 + gate) * units + unit, nan, mask=in_range)
        tl.store(cell_state + offset, nan, mask=in_range)
        tl.store(hidden_state + offset, nan, mask=in_range)
        if EVERYTHING:
            for gate in tl.static_range(4):
                tl.store(preactivations + (row * 4 + gate) * units + unit, nan, mask=in_range)
            tl.store(learned + offset, nan, mask=in_range)
            tl.store(kept + offset, nan, mask=in_range)
            tl.store(readout + offset, nan, mask=in_range)
