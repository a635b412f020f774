"""How a layer's work is split over threads: some sequences each, or some hidden units each of all sequences."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lstm_viz.recording.buffer_pool import aligned, round_up
from lstm_viz.recording.numba_cpu.layout import UNIT_MULTIPLE
from lstm_viz.recording.numba_cpu.threads import available_threads

#: Multiply-adds of a run below which a second thread costs more than it brings, and those of a step below which
#: threads that wait for one another in each step do.
MIN_PER_THREAD, MIN_PER_STEP = 15e6, 1.5e5
#: Recurrent weights (numbers) above which units are split: the threads then read each weight once between them rather
#: than all weights each. Where sequences are few, that is more than a core's own L2 cache holds.
SPLIT_UNITS_WEIGHTS, SPLIT_UNITS_WEIGHTS_FEW_SEQUENCES = 2e6, 2.2e5
#: Sequences of a thread that are worked on at once.
SEQUENCES_AT_ONCE = 4
#: Barriers in a step, and int64s from one barrier's counter to the next: each has two cache lines of its own, so that
#: threads at one don't disturb those at another (and processors that fetch lines in pairs don't either).
BARRIERS, COUNTER_STRIDE = 3, 16


class Partition(NamedTuple):
    """What one thread computes: some sequences, and of the layer's hidden units and outputs some.

    `team_size` threads have the units of these sequences between them, and wait for one another in each step.
    """

    first_sequence: int
    sequences: int
    first_unit: int
    units: int
    first_output: int
    outputs: int
    team_size: int


def split_sequences(batch: int, units: int, outputs: int, multiply_adds: float) -> list[Partition]:
    """As many threads as are worth it, each with sequences of its own; `multiply_adds` are those of the whole run.

    >>> [part.sequences for part in split_sequences(5, 8, 8, 1e6)]
    [5]
    """
    threads = max(1, min(available_threads(), batch, int(multiply_adds // MIN_PER_THREAD)))
    return [Partition(first, end - first, 0, units, 0, outputs, 1) for first, end in _ranges(batch, threads)]


def split_units(batch: int, units: int, outputs: int) -> list[Partition]:
    """Each thread some units of all sequences, in multiples of `UNIT_MULTIPLE`: no two write into one cache line.

    >>> parts = split_units(2, 40, 40)
    >>> sum(part.units for part in parts), {part.sequences for part in parts}
    (40, {2})
    """
    most = min(round_up(size, UNIT_MULTIPLE) // UNIT_MULTIPLE for size in (units, outputs))
    threads = min(available_threads(), most)
    ranges = zip(_unit_ranges(units, threads), _unit_ranges(outputs, threads), strict=True)
    return [
        Partition(0, batch, unit, stop - unit, output, end - output, threads) for (unit, stop), (output, end) in ranges
    ]


def should_split_units(batch: int, units: int, outputs: int, multiply_adds: float) -> bool:
    """Whether to split units rather than sequences; `multiply_adds` are those of one step.

    A barrier takes one microsecond to three, which differs between machines and from hour to hour on a rented one. So
    units are split where sequences can't be, or where reading all weights in each thread costs far more than waiting.
    """
    threads, weights = available_threads(), 4 * units * outputs
    if threads == 1 or batch < threads:
        return threads > 1 and multiply_adds >= MIN_PER_STEP
    return weights > (SPLIT_UNITS_WEIGHTS_FEW_SEQUENCES if batch < SEQUENCES_AT_ONCE * threads else SPLIT_UNITS_WEIGHTS)


def new_counters() -> np.ndarray:
    """Counters of the barriers of one run (`barrier.py`), and behind them the flag that a thread has failed."""
    return aligned(((BARRIERS + 1) * COUNTER_STRIDE,), np.dtype(np.int64))


def abort(counters: np.ndarray) -> None:
    """Set that flag, so that no thread waits at these barriers any more."""
    counters[BARRIERS * COUNTER_STRIDE] = 1


def _ranges(count: int, threads: int) -> list[tuple[int, int]]:
    return list(pairwise(count * number // threads for number in range(threads + 1)))


def _unit_ranges(count: int, threads: int) -> list[tuple[int, int]]:
    ranges = _ranges(round_up(count, UNIT_MULTIPLE) // UNIT_MULTIPLE, threads)
    return [(UNIT_MULTIPLE * first, min(UNIT_MULTIPLE * end, count)) for first, end in ranges]
