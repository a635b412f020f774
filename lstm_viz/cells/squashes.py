"""sigmoid and tanh of a line of numbers, both from e^x - 1, which keeps what is near 0 exact."""

from __future__ import annotations

from inspect import unwrap
from math import factorial
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from lstm_viz.cells.blocks import inlined
from lstm_viz.cells.lines import between, each, rounded, two_to

PER_LN2 = float(1 / np.log(2))
#: ln 2 in two parts: n times the first is exact.
LN2_32 = 0.693359375, float(np.log(2) - 0.693359375)
LN2_64 = 0.693145751953125, 1.42860682030941723212e-6
#: 1 / k!, the last first.
SERIES_32 = tuple(1 / factorial(k) for k in range(7, 0, -1))
SERIES_64 = tuple(1 / factorial(k) for k in range(13, 0, -1))


@inlined
def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    one = each(1.0, x)
    return one / (one + one + exp_less_one(between(each(0.0, x) - x, each(80.0, x))))


@inlined
def tanh(x: Any) -> Any:
    """(e^2x - 1) / (e^2x + 1)."""
    grown = exp_less_one(each(2.0, x) * between(x, each(20.0, x)))
    return grown / (grown + each(2.0, x))


def exp_less_one(x: Any) -> Any:
    """e^x - 1: x = n ln 2 + r, then 2^n (e^r - 1) + (2^n - 1) with a power series for e^r - 1."""
    return np.expm1(x)


@overload(exp_less_one)
def _exp_less_one(x: Any) -> Any:
    (exact, rest), series = (LN2_32, SERIES_32) if x.of == types.float32 else (LN2_64, SERIES_64)

    def of_a_line(x: Any) -> Any:
        n = rounded(x * each(PER_LN2, x))
        r = x - n * each(exact, x) - n * each(rest, x)
        total = each(series[0], x)
        for coefficient in series[1:]:
            total = each(coefficient, x) + r * total
        power = two_to(n)
        return power * (r * total) + (power - each(1.0, x))

    return unwrap(of_a_line)
