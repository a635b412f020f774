"""A run in consecutive chunks of steps, so that whoever waits for it sees how far it is, and memory is asked for bit by
bit; `analysis.slicing.concatenate` joins them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.trace import trace
from lstm_viz.traces import Array, Trace


def trace_chunks(module: Any, x: Array, lengths: Array | None, steps: int) -> Iterator[Trace]:
    """The traces of so many steps each, every one begun from the state in which the one before ended.

    x: (time, batch, features), all of whose sequences are whole where there is more than one chunk.
    lengths: steps of each sequence, (batch,), given where x is one chunk.

    Raises what `trace` raises.

    >>> import numpy as np, torch
    >>> [len(part.output) for part in trace_chunks(torch.nn.LSTM(2, 3), np.zeros((5, 1, 2), "float32"), None, 2)]
    [2, 2, 1]
    """
    compiled_kernel.wait()  # a long run is worth it, and is recorded by one backend from end to end
    state: Any = None  # where the module's file starts it, or zero
    for begin in range(0, len(x), steps):
        part = trace(module, x[begin : begin + steps], state, lengths if steps >= len(x) else None)
        yield part
        state = part.final_state
