"""How long something takes beside known work at the same moment: machines differ, and rented ones from hour to hour."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

Work = Callable[[], object]
#: A million numbers, for `sorting`.
NUMBERS = np.random.default_rng(0).random(10**6)


def sorting() -> object:
    """Known work: a million numbers put in order by NumPy, merging, which no processor has a short cut for."""
    return np.argsort(NUMBERS, kind="stable")


def seconds(work: Work) -> float:
    """Of the processor, so that a busy neighbour counts little."""
    start = time.process_time()
    work()
    return time.process_time() - start


def times_as_long(work: Work, known: Work = sorting, rounds: int = 3, by: Callable[[Work], float] = seconds) -> float:
    """How many times as long as `known`, the quickest of each, in turn.

    >>> times_as_long(sorting) < 3
    True
    """
    took = [(by(known), by(work)) for _ in range(rounds)]
    return min(own for _, own in took) / min(own for own, _ in took)
