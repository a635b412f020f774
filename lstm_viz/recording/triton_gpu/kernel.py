"""Triton kernel of the LSTM's element-wise equations: from pre-activations to gates, cell states and hidden states.

What makes the sums, W x + R h' of all steps at once, is one matrix product before. Here each group of threads takes
UNITS units of one sequence and walks its steps, so that their memory never leaves the registers.
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
    """By way of the sigmoid, as exact as that next to 1: Triton has no tanh that every GPU knows."""
    return 2 * sigmoid(2 * x) - 1


@triton.jit(do_not_specialize=["steps", "sequences", "units"])
@no_type_check
def record(
    sums: tl.tensor,
    bias: tl.tensor,
    start: tl.tensor,
    ends: tl.tensor,
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
    """Some units of one sequence, step after step; NaN past its end.

    `sums` and `gates` are (steps, sequences, 4, units), gates in torch's order, and may be the same memory unless
    EVERYTHING is asked for: then the sums are kept, the bias added. The others are (steps, sequences, units).
    """
    sequence = tl.program_id(0).to(tl.int64)
    unit = tl.program_id(1) * UNITS + tl.arange(0, UNITS)
    in_range = unit < units
    end = tl.load(ends + sequence)
    input_bias = tl.load(bias + unit, mask=in_range)
    forget_bias = tl.load(bias + units + unit, mask=in_range)
    candidate_bias = tl.load(bias + 2 * units + unit, mask=in_range)
    output_bias = tl.load(bias + 3 * units + unit, mask=in_range)
    memory = tl.load(start + sequence * units + unit, mask=in_range)

    for step in range(end):
        t = end - 1 - step if REVERSE else step
        row = t * sequences + sequence
        at, own = row * 4 * units + unit, row * units + unit
        input_sum = tl.load(sums + at, mask=in_range) + input_bias
        forget_sum = tl.load(sums + at + units, mask=in_range) + forget_bias
        candidate_sum = tl.load(sums + at + 2 * units, mask=in_range) + candidate_bias
        output_sum = tl.load(sums + at + 3 * units, mask=in_range) + output_bias

        input_gate, forget_gate = sigmoid(input_sum), sigmoid(forget_sum)
        candidate, output_gate = tanh(candidate_sum), sigmoid(output_sum)
        new, old = input_gate * candidate, forget_gate * memory
        memory = old + new
        readout_value = tanh(memory)

        tl.store(gates + at, input_gate, mask=in_range)
        tl.store(gates + at + units, forget_gate, mask=in_range)
        tl.store(gates + at + 2 * units, candidate, mask=in_range)
        tl.store(gates + at + 3 * units, output_gate, mask=in_range)
        tl.store(cell_state + own, memory, mask=in_range)
        tl.store(hidden_state + own, output_gate * readout_value, mask=in_range)
        if EVERYTHING:
            tl.store(sums + at, input_sum, mask=in_range)
            tl.store(sums + at + units, forget_sum, mask=in_range)
            tl.store(sums + at + 2 * units, candidate_sum, mask=in_range)
            tl.store(sums + at + 3 * units, output_sum, mask=in_range)
            tl.store(learned + own, new, mask=in_range)
            tl.store(kept + own, old, mask=in_range)
            tl.store(readout + own, readout_value, mask=in_range)

    nan = tl.full((UNITS,), float("nan"), gates.dtype.element_ty)
    for t in range(end, steps):
        row = t * sequences + sequence
        own = row * units + unit
        for gate in tl.static_range(4):
            tl.store(gates + (row * 4 + gate) * units + unit, nan, mask=in_range)
        tl.store(cell_state + own, nan, mask=in_range)
        tl.store(hidden_state + own, nan, mask=in_range)
        if EVERYTHING:
            for gate in tl.static_range(4):
                tl.store(sums + (row * 4 + gate) * units + unit, nan, mask=in_range)
            tl.store(learned + own, nan, mask=in_range)
            tl.store(kept + own, nan, mask=in_range)
            tl.store(readout + own, nan, mask=in_range)
