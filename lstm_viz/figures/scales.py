"""Lengths for sizes that may lie far apart: to scale while that can be seen, drawn closer beyond."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

#: The longest edge is at most so many times as long as the shortest.
WIDEST = 12.0


class Scale(NamedTuple):
    """Pixels for a size: `unit` × size ** `power`; to scale where the power is 1."""

    unit: float
    power: float

    def __call__(self, size: int) -> float:
        """Pixels."""
        return self.unit * size**self.power

    @property
    def true(self) -> bool:
        """Whether twice the size is twice the length."""
        return self.power == 1


def scale(sizes: Iterable[int], longest: float) -> Scale:
    """The scale on which the largest of the sizes is `longest` pixels.

    >>> scale([3, 12], 48)(3), scale([1, 2048], 48)(1)
    (12.0, 4.0)
    """
    known = sorted(sizes)
    ratio = known[-1] / known[0]
    power = 1.0 if ratio <= WIDEST else math.log(WIDEST) / math.log(ratio)
    return Scale(longest / known[-1] ** power, power)
