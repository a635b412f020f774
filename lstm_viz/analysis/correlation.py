"""Correlation of each unit's memory with each input column, at once and at the best lag."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from lstm_viz.traces import LayerTrace

#: Steps by which memory may follow an input, and the products of two numbers that are computed at most.
MAX_LAG, MAX_PRODUCTS = 30, 4 * 10**9


class InputCorrelation(NamedTuple):
    """Pearson's r of memory and input: at the same step, and at the lag where |r| is largest."""

    r: Float[np.ndarray, "units columns"]
    #: Steps by which memory follows the input there.
    best_lag: Int[np.ndarray, "units columns"]
    best_r: Float[np.ndarray, "units columns"]


def input_correlation(
    layer: LayerTrace, inputs: Float[np.ndarray, "time batch columns"], max_lag: int = MAX_LAG
) -> InputCorrelation:
    """Pearson's r between each unit's long-term memory and each input column, for lags from 0 to `max_lag` steps.

    At a lag of k, memory after step t stands beside the input of step t - k of the same sequence; pairs of all
    sequences count alike, and those with a value that is not finite do not. r is 0 where either never varies.
    Of a plain RNN the hidden state is taken. Lags go no further than a quarter of the longest sequence.

    >>> import numpy as np
    >>> from lstm_viz.traces import LayerTrace
    >>> x = np.sin(np.arange(40.0))[:, None, None]
    >>> h = np.roll(x, 2, axis=0)
    >>> layer = LayerTrace("l0", "rnn", x, h, h[0], np.array([40]))
    >>> found = input_correlation(layer, x, max_lag=5)
    >>> int(found.best_lag[0, 0]), round(float(found.best_r[0, 0]), 2)
    (2, 1.0)
    """
    memory, inputs = layer.memory, np.asarray(inputs)
    sums = [_Sums.zeros(memory.shape[-1], inputs.shape[-1]) for _ in range(1 + _lags(memory, inputs, max_lag))]
    finite = np.isfinite(memory).all(axis=-1) & np.isfinite(inputs).all(axis=-1)
    means = _means(memory, finite), _means(inputs, finite)
    for sequence in range(memory.shape[1]):
        known = np.flatnonzero(finite[:, sequence])
        if not len(known):
            continue
        steps = slice(known[0], known[-1] + 1)
        inside = finite[steps, sequence, None]
        states = np.where(inside, memory[steps, sequence] - means[0], np.nan)
        column = np.where(inside, inputs[steps, sequence] - means[1], np.nan)
        whole = bool(inside.all())
        for lag, total in enumerate(sums):
            if lag < len(states):
                total.add(states[lag:], column[: len(column) - lag], whole)
    r = np.stack([total.correlation() for total in sums])
    best = np.argmax(np.abs(r).round(9), axis=0)
    return InputCorrelation(r[0], best, np.take_along_axis(r, best[None], axis=0)[0])


def _lags(memory: np.ndarray, inputs: np.ndarray, most: int) -> int:
    """How many lags besides 0, within what is quick."""
    products = memory.size * inputs.shape[-1]
    return max(0, min(most, len(memory) // 4, MAX_PRODUCTS // max(1, products) - 1))


def _means(values: np.ndarray, finite: np.ndarray) -> np.ndarray:
    """Means of the last axis where all is finite: sums of squares stay small round them."""
    return values[finite].mean(axis=0, dtype=np.float64) if finite.any() else np.zeros(values.shape[-1])


class _Sums:
    """Sums over pairs of memory and input, from which their correlation follows."""

    def __init__(self, arrays: tuple[np.ndarray, ...]) -> None:
        self.count, (self.m, self.x, self.mm, self.xx, self.mx) = 0, arrays

    @classmethod
    def zeros(cls, units: int, columns: int) -> _Sums:
        """Nothing added yet."""
        return cls((np.zeros(units), np.zeros(columns), np.zeros(units), np.zeros(columns), np.zeros((units, columns))))

    def add(self, states: np.ndarray, column: np.ndarray, whole: bool) -> None:
        """Add the pairs of two stretches of one length; `whole`: all of them are finite."""
        if not whole:
            both = np.isfinite(states).all(axis=1) & np.isfinite(column).all(axis=1)
            states, column = states[both], column[both]
        self.count += len(states)
        self.m += states.sum(axis=0)
        self.x += column.sum(axis=0)
        self.mm += np.square(states).sum(axis=0)
        self.xx += np.square(column).sum(axis=0)
        self.mx += states.T @ column

    def correlation(self) -> np.ndarray:
        """Pearson's r of each unit and column."""
        n = max(1, self.count)
        covariance = self.mx / n - np.outer(self.m / n, self.x / n)
        spread = np.outer(self._spread(self.mm, self.m), self._spread(self.xx, self.x))
        return np.divide(covariance, spread, out=np.zeros_like(covariance), where=spread > 0)

    def _spread(self, squares: np.ndarray, sums: np.ndarray) -> np.ndarray:
        n = max(1, self.count)
        variance = squares / n - np.square(sums / n)
        return np.sqrt(np.where(variance > 1e-12 * np.maximum(squares / n, 1e-300), variance, 0.0))
