"""Simple rules that a fitted network has to beat: the last value, the mean, and the value one season before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lstm_viz.fitting.holdout_split import Segment

#: A season is looked for up to this share of the longest sequence's part that is learned from.
LONGEST_SEASON = 1 / 3
#: A season counts where the value one season before errs by less than this share of what other rules err.
SEASON_GAIN = 0.9
#: Of peaks that are nearly as high as the highest the first is the season; later ones are several seasons.
NEARLY = 0.9
#: The most steps among which a season is looked for.
MAX_SEASON_STEPS = 20_000


class Baseline(NamedTuple):
    """A rule's name, and what it says comes next at every step, (time, batch, features)."""

    name: str
    guesses: np.ndarray


def baselines(
    values: Float[np.ndarray, "time batch features"],
    mean: Float[np.ndarray, " features"],
    training: Sequence[Segment],
    error: Callable[[np.ndarray], float],
) -> list[Baseline]:
    """The rules for next values; that of a season only where the part that is learned from has one.

    `mean`: that of the part that is learned from. `error`: what a rule's guesses err by in that part.

    >>> wave = np.tile([0.0, 1.0, 5.0, 2.0], 30)[:, None, None]
    >>> def error(guesses): return float(np.abs(guesses[:-1] - wave[1:]).mean())
    >>> [rule.name for rule in baselines(wave, np.array([2.0]), [Segment(0, 0, 0, 95)], error)]
    ['predicting the last value again', 'predicting the mean', 'predicting the value of 4 steps before']
    """
    rules = [
        Baseline("predicting the last value again", values),
        Baseline("predicting the mean", np.broadcast_to(mean, values.shape)),
    ]
    season = _season(values, training, error, SEASON_GAIN * min(error(rule.guesses) for rule in rules))
    if season is not None:
        name = f"predicting the value of {season} steps before"
        rules.append(Baseline(name, seasonal_guesses(values, season)))
    return rules


def seasonal_guesses(values: Float[np.ndarray, "time batch features"], season: int) -> np.ndarray:
    """At each step the value one season before the next one; the last value where there is none yet.

    >>> seasonal_guesses(np.arange(5.0)[:, None, None], 3).ravel().tolist()
    [0.0, 1.0, 0.0, 1.0, 2.0]
    """
    guesses = values.copy()
    guesses[season - 1 :] = values[: len(values) - season + 1]
    return guesses


def _season(
    values: np.ndarray, training: Sequence[Segment], error: Callable[[np.ndarray], float], limit: float
) -> int | None:
    """The season under which the value one season before errs least, None where it errs by `limit` or more."""
    sequence = max(training, key=lambda segment: segment.stop).sequence
    learned = [segment for segment in training if segment.sequence == sequence]
    series = values[min(one.start for one in learned) : max(one.stop for one in learned), sequence][-MAX_SEASON_STEPS:]
    lags = {lag for lag in (_strongest_lag(series), _strongest_lag(np.diff(series, axis=0))) if lag is not None}
    errors = {lag: error(seasonal_guesses(values, lag)) for lag in sorted(lags)}
    best = min(errors, key=lambda lag: errors[lag], default=None)
    return best if best is not None and errors[best] < limit else None


def _strongest_lag(series: Float[np.ndarray, "steps features"]) -> int | None:
    """The lag of the highest peak of the mean autocorrelation, None where there is no peak.

    >>> _strongest_lag(np.tile([0.0, 1.0, 5.0, 2.0], 20)[:, None])
    4
    """
    steps = len(series)
    most = int(steps * LONGEST_SEASON)
    if most < 2:
        return None
    centred = series - series.mean(axis=0)
    spread = np.sqrt(np.square(centred).mean(axis=0))
    varying = spread > 0
    if not varying.any() or not np.isfinite(spread).all():
        return None
    power = np.abs(np.fft.rfft(centred[:, varying] / spread[varying], 2 * steps, axis=0)) ** 2
    correlation = np.fft.irfft(power, axis=0)[: most + 2].mean(axis=1) / (steps - np.arange(most + 2))
    inner = correlation[1:-1]
    peaks = 1 + np.flatnonzero((inner > correlation[:-2]) & (inner >= correlation[2:]))
    peaks = peaks[(peaks >= 2) & (peaks <= most)]
    high = peaks[correlation[peaks] >= NEARLY * correlation[peaks].max(initial=-np.inf)]  # not two seasons for one
    return int(high[0]) if len(high) else None
