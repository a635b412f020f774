"""Scaling: seconds over steps, batch and layers, and the slope on log axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import log
from statistics import linear_regression

import torch
from torch import nn

import lstm_viz
from benchmarks.implementations import FORWARD, UNCHECKED
from benchmarks.measurement import time_once

#: Runs of a point, and seconds after which fewer will do.
MAX_RUNS, MAX_SECONDS = 9, 8.0


@dataclass(frozen=True)
class Point:
    """The best time of a few runs of one implementation, alternating with the other, at one count."""

    along: str
    count: int
    implementation: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.along}: {self.count:>9,} {self.implementation:22} {self.seconds * 1e3:12.2f} ms"


def scaling_points(longest: int) -> Iterator[Point]:
    """Measure a small network over steps from 10² on, then over batch, then over layers."""
    for exponent in range(2, 7):
        if 10**exponent <= max(1000, longest):  # two counts at least, or there is no line
            yield from _paired_points("steps", 10**exponent, nn.LSTM(4, 8), (10**exponent, 1, 4))
    for batch in (1, 4, 16, 64, 256, 1024):
        yield from _paired_points("batch", batch, nn.LSTM(16, 64), (128, batch, 16))
    for layers in (1, 2, 4, 8, 16):
        yield from _paired_points("layers", layers, nn.LSTM(64, 64, layers), (256, 16, 64))


def slopes(points: list[Point]) -> dict[tuple[str, str], float]:
    """The slope of log seconds over log count for each axis and implementation; 1 is linear.

    Of the upper half of the counts, where what a call costs by itself no longer shows.

    >>> line = [Point("steps", count, "ours", 0.5 * count) for count in (1, 10, 100, 1000)]
    >>> {key: round(slope, 6) for key, slope in slopes(line).items()}
    {('steps', 'ours'): 1.0}
    """
    key: Callable[[Point], tuple[str, str]] = lambda point: (point.along, point.implementation)  # noqa: E731
    return {name: _slope(upper_half(list(group))) for name, group in groupby(sorted(points, key=key), key)}


def upper_half(points: list[Point]) -> list[Point]:
    """The larger counts, three at least where there are three."""
    return sorted(points, key=lambda point: point.count)[-max(3, len(points) // 2 + 1) :]


def _slope(points: list[Point]) -> float:
    if len(points) < 2:
        return float("nan")
    return linear_regression([log(point.count) for point in points], [log(point.seconds) for point in points]).slope


def _paired_points(along: str, count: int, module: nn.LSTM, shape: tuple[int, int, int]) -> Iterator[Point]:
    x = torch.randn(shape)

    def forward() -> object:
        with torch.inference_mode():
            return module(x)

    ours: list[float] = []
    theirs: list[float] = []
    while len(ours) < MAX_RUNS and sum(ours) + sum(theirs) < MAX_SECONDS:
        theirs.append(time_once(forward))
        ours.append(time_once(lambda: lstm_viz.trace(module, x, device="cpu", check=False)))
    yield Point(along, count, FORWARD, min(theirs))
    yield Point(along, count, UNCHECKED, min(ours))
