"""How long one way takes beside another: both in turn, so that whatever else the machine does falls on both."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time

import torch

Run = Callable[[], object]
#: Pairs that are timed at least and at most.
FEWEST, MOST = 3, 400


@dataclass(frozen=True)
class Pace:
    """Ratios of one way to another: the median of pairs with its quartiles."""

    ratio: float
    low: float
    high: float
    #: The same of the seconds that processors worked, which neighbours on the machine disturb less.
    work: float
    milliseconds: float


def pace(own: Run, run: Run, seconds: float) -> Pace:
    """`run` over `own`, timed in turn for so many seconds."""
    took(own), took(run)
    pairs: list[tuple[float, float]] = []
    worked: list[tuple[float, float]] = []
    begun = perf_counter()
    while len(pairs) < FEWEST or (len(pairs) < MOST and perf_counter() - begun < seconds):
        start = process_time()
        first, middle = took(own), process_time()
        pairs.append((first, took(run)))
        worked.append((middle - start, process_time() - middle))
    low, median, high = statistics.quantiles((b / a for a, b in pairs), n=4)
    work = statistics.median(b / a for a, b in worked)
    return Pace(median, low, high, work, 1e3 * statistics.median(b for _, b in pairs))


def alone(run: Run, seconds: float) -> float:
    """Median seconds of `run` with nothing in between."""
    took(run)
    times: list[float] = []
    begun = perf_counter()
    while len(times) < FEWEST or (len(times) < MOST and perf_counter() - begun < seconds):
        times.append(took(run))
    return statistics.median(times)


def took(run: Run) -> float:
    """Seconds of one run, until a GPU is done too; giving its result's memory back is not counted."""
    begun = perf_counter()
    kept = run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    seconds = perf_counter() - begun
    del kept
    return seconds
