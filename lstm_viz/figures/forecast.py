"""A model's forecasts of one quantity beside what came, and the scale on which both are drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from lstm_viz.figures.formats import plain

#: The name among a view's extras of the forecasts and of what came, (time, batch, 2); NaN where it isn't known.
FORECAST = "forecast"
#: What each of the two is called.
FORECAST_NAMES = ("forecast", "came")
#: Signs that a line of text has room for.
MAX_SIGNS = 19
#: A number of more signs than these has no room, and one that differs in later digits than these looks the same.
MAX_NUMBER, MAX_DIGITS = 8, 4
#: The share of all numbers, from the middle out, that are usual.
USUAL = 0.96
_UNIT = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]\s*$")


@dataclass(frozen=True)
class ForecastScale:
    """What is forecast, its unit and digits, and the lowest and highest usual value."""

    name: str
    unit: str
    digits: int
    low: float
    high: float

    @property
    def base(self) -> float:
        """Where bars begin: at 0 where that lies on the scale, else at the end next to it."""
        return min(max(0.0, self.low), self.high)

    @property
    def ends(self) -> tuple[str, str]:
        """The lowest and the highest usual value as text."""
        return plain(self.low, self.digits), plain(self.high, self.digits)

    @classmethod
    def of(cls, numbers: np.ndarray, name: str) -> ForecastScale | None:
        """The scale of forecasts and what came, of a quantity whose name may end with its unit.

        None for numbers that have no room in a line.

        >>> ForecastScale.of(np.array([0.0, 100.0, 50.0]), "flow (m³/s)")
        ForecastScale(name='flow', unit='m³/s', digits=0, low=0.0, high=98.0)
        """
        known = numbers[np.isfinite(numbers)].astype(float)
        if not known.size or not (spread := float(known.std())) or not np.isfinite(spread):
            return None
        digits = max(0, int(np.ceil(1.3 - np.log10(spread))))
        longest = max(len(plain(float(value), min(digits, MAX_DIGITS))) for value in (known.min(), known.max()))
        if digits > MAX_DIGITS or longest > MAX_NUMBER:
            return None
        low, high = (float(end) for end in np.quantile(known, [(1 - USUAL) / 2, (1 + USUAL) / 2]))
        # A bar that begins at 0 is honest; it does so unless all would then be of one length.
        if known.min() >= 0 and low < high / 2:
            low = 0.0
        if low >= high:
            return None
        found = _UNIT.search(name)
        unit = found.group(1).strip() if found else ""
        room = MAX_SIGNS - len(FORECAST_NAMES[0]) - 2 - longest
        return cls(name[: found.start()] if found else name, unit if len(unit) <= room else "", digits, low, high)


def forecast_and_truth(
    forecast: np.ndarray, values: np.ndarray, lengths: np.ndarray, filled: np.ndarray | None = None
) -> np.ndarray:
    """Forecasts beside the values that came a step later, (time, batch, 2); all of them (time, batch).

    Not known is what comes after a sequence's end, and what stands in a gap that was filled.

    >>> forecast_and_truth(np.array([[5.0], [6.0]]), np.array([[1.0], [2.0]]), np.array([2])).tolist()
    [[[5.0, 2.0]], [[6.0, nan]]]
    """
    came = np.full(forecast.shape, np.nan)
    came[:-1] = values[1:]
    if filled is not None:
        came[:-1][filled[1:]] = np.nan
    steps = np.arange(len(forecast))[:, None]
    came[steps >= np.asarray(lengths)[None] - 1] = np.nan
    return np.stack([np.where(steps < np.asarray(lengths)[None], forecast, np.nan), came], axis=-1)
