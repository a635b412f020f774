"""Who records what: some sequences each, or some units each of all sequences."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from lstm_viz.cells.tiles import LANES, Part, aligned, whole

#: Products of a run below which a second thread costs more than it brings, and of a step below which threads that
#: wait for one another in each do.
WORTH_A_THREAD, WORTH_MEETING = 15e6, 1.5e5
#: Numbers of recurrent weights that are read quicker once by half of the units than twice by half of the sequences:
#: where those are few, more than a core's own cache holds.
MANY_WEIGHTS, MORE_THAN_A_CACHE = 2e6, 2.2e5
#: Doors at which threads meet in a step, each in a line of memory of its own.
DOORS, APART = 3, 16
#: Sequences of a thread that are worked on at once.
AT_ONCE = 4


def by_sequences(batch: int, units: int, outputs: int, products: float) -> list[Part]:
    """As many threads as are worth it, each with sequences of its own; `products` are those of the whole run.

    >>> [part.sequences for part in by_sequences(5, 8, 8, 1e6)]
    [5]
    """
    threads = max(1, min(torch.get_num_threads(), batch, int(products // WORTH_A_THREAD)))
    return [Part(first, last - first, 0, units, 0, outputs, 1) for first, last in _ranges(batch, threads)]


def by_units(batch: int, units: int, outputs: int) -> list[Part]:
    """Whole lines of units each, of all sequences.

    >>> parts = by_units(2, 40, 40)
    >>> sum(part.units for part in parts), {part.sequences for part in parts}
    (40, {2})
    """
    threads = min(torch.get_num_threads(), whole(units) // LANES, whole(outputs) // LANES)
    ranges = zip(_lines(units, threads), _lines(outputs, threads), strict=True)
    return [Part(0, batch, unit, stop - unit, output, end - output, threads) for (unit, stop), (output, end) in ranges]


def worth_meeting(batch: int, units: int, outputs: int, products: float) -> bool:
    """Whether threads had better share the units than the sequences; `products` are those of one step.

    Meeting takes one microsecond to three, which differs between machines and from hour to hour on a rented one. So
    threads meet where sequences can't be shared, or where that costs far more than meeting.
    """
    threads, weights = torch.get_num_threads(), 4 * units * outputs
    if threads == 1 or batch < threads:
        return threads > 1 and products >= WORTH_MEETING
    return weights > (MORE_THAN_A_CACHE if batch < AT_ONCE * threads else MANY_WEIGHTS)


def closed_doors() -> np.ndarray:
    """How often each door was passed: not yet. Behind them is the sign that somebody gave up."""
    return aligned(((DOORS + 1) * APART,), np.dtype(np.int64))


def give_up(doors: np.ndarray) -> None:
    """Let nobody wait any more: one of the members failed."""
    doors[DOORS * APART] = 1


def _ranges(count: int, threads: int) -> list[tuple[int, int]]:
    return list(pairwise(count * number // threads for number in range(threads + 1)))


def _lines(count: int, threads: int) -> list[tuple[int, int]]:
    ranges = _ranges(whole(count) // LANES, threads)
    return [(LANES * first, min(LANES * last, count)) for first, last in ranges]
