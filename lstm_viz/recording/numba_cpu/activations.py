"""Activation functions on SIMD vectors: sigmoid and tanh, both from expm1 (e^x - 1), which keeps digits near 0."""

from __future__ import annotations

from inspect import unwrap
from math import factorial
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from lstm_viz.recording.numba_cpu.jit import inlined
from lstm_viz.recording.numba_cpu.simd import broadcast, clamp, power_of_two, round_to_integer

PER_LN2 = float(1 / np.log(2))
#: ln 2 as a sum of two numbers (Cody and Waite): n times the first is exact, the second holds the rest.
LN2_32 = 0.693359375, float(np.log(2) - 0.693359375)
LN2_64 = 0.693145751953125, 1.42860682030941723212e-6
#: Coefficients 1 / k! of the power series, highest first: as many as the number format can see.
SERIES_32 = tuple(1 / factorial(k) for k in range(7, 0, -1))
SERIES_64 = tuple(1 / factorial(k) for k in range(13, 0, -1))


@inlined
def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    one = broadcast(1.0, x)
    # past 80 float32's e^x would overflow; the sigmoid there is 0 or 1 to the last digit anyway
    return one / (one + one + expm1(clamp(broadcast(0.0, x) - x, broadcast(80.0, x))))


@inlined
def tanh(x: Any) -> Any:
    """(e^2x - 1) / (e^2x + 1)."""
    grown = expm1(broadcast(2.0, x) * clamp(x, broadcast(20.0, x)))
    return grown / (grown + broadcast(2.0, x))


def expm1(x: Any) -> Any:
    """e^x - 1: with x = n ln 2 + r it is 2^n (e^r - 1) + (2^n - 1), and a power series gives e^r - 1."""
    return np.expm1(x)


@overload(expm1)
def _expm1_of_a_vector(x: Any) -> Any:
    (ln2, ln2_rest), series = (LN2_32, SERIES_32) if x.scalar == types.float32 else (LN2_64, SERIES_64)

    def expm1_of_a_vector(x: Any) -> Any:
        n = round_to_integer(x * broadcast(PER_LN2, x))
        r = x - n * broadcast(ln2, x) - n * broadcast(ln2_rest, x)  # |r| <= ln 2 / 2
        total = broadcast(series[0], x)
        for coefficient in series[1:]:  # Horner's scheme
            total = broadcast(coefficient, x) + r * total
        power = power_of_two(n)
        return power * (r * total) + (power - broadcast(1.0, x))

    return unwrap(expm1_of_a_vector)
