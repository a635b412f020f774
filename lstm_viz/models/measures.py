"""Numbers behind what a card says can be seen.

A measure is written as `statistic array @ quantity`: `mean forget_gate @ waiting` is a unit's mean
forget factor over the steps that wait, `correlation cell_state @ depth` goes over all steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from lstm_viz.traces import LayerTrace


def measured(measure: str, layer: LayerTrace, unit: int | None, quantities: Mapping[str, np.ndarray]) -> float:
    """The value of a measure for one unit, or over all units where `unit` is None.

    `quantities` are (time, batch): True or False for "mean" and "half_life", numbers for "correlation".
    """
    what, quantity = measure.split(" @ ")
    statistic, array = what.split(" ")
    values = getattr(layer, array)
    values = values if unit is None else values[..., unit]
    return float(STATISTICS[statistic](values, quantities[quantity]))


def _mean(values: np.ndarray, where: np.ndarray) -> float:
    return values[where].astype(float).mean()


def _correlation(values: np.ndarray, quantity: np.ndarray) -> float:
    known = ~np.isnan(values)
    return np.corrcoef(values[known].astype(float), quantity[known].astype(float))[0, 1]


def _half_life(forget: np.ndarray, where: np.ndarray) -> float:
    """Steps until half of a memory is left, at the unit's typical (geometric mean) forget factor."""
    return np.log(0.5) / np.log(forget[where].astype(float)).mean()


STATISTICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "mean": _mean,
    "correlation": _correlation,
    "half_life": _half_life,
}
