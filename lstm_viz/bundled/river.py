"""Data and score of the river forecast: ten years of weather as input, the next day's discharge as target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from lstm_viz.fitting.scores import Score
from lstm_viz.sequences.examples import example_table, load_example

#: The last two years, 1987 and 1988, are held out.
HELD_OUT_FROM = np.datetime64("1987-01-01")


@dataclass(frozen=True, eq=False)
class RiverSeries:
    """Day by day: the weather as the model is given it, and the discharge of the day after, in m³/s."""

    weather: np.ndarray
    tomorrow: np.ndarray
    today: np.ndarray
    dates: np.ndarray

    @property
    def held_out(self) -> np.ndarray:
        """Mask of the held-out days, (time,)."""
        return self.dates >= HELD_OUT_FROM


def river_series() -> RiverSeries:
    """The Fulda's series, a row a day; the last day, which has no next one, is left out."""
    columns, batch = example_table("river").columns, load_example("river")
    discharge = columns["discharge"]
    return RiverSeries(batch.values[:-1], discharge[1:], discharge[:-1], columns["date"][:-1].astype("datetime64[D]"))


def river_score(module: nn.Module, head: nn.Linear, scale: float, offset: float) -> Score:
    """Mean absolute error of the next day's discharge, with the climatology as baseline."""
    data = river_series()
    with torch.no_grad():
        predicted = head(module(torch.from_numpy(data.weather))[0]).numpy()[:, 0, 0] * scale + offset
    error, baseline = (np.abs(guess - data.tomorrow)[data.held_out].mean() for guess in (predicted, climatology(data)))
    name = "saying what is usual at that time of the year"
    return Score("mean error of tomorrow's discharge, m³/s", float(error), float(baseline), name)


def climatology(data: RiverSeries) -> np.ndarray:
    """The seasonal climatology: the training years' mean discharge within 15 days of the same day of the year."""
    day = (data.dates - data.dates.astype("datetime64[Y]")).astype(int)
    training = ~data.held_out
    distance = np.abs(day[:, None] - day[None, training])
    near = np.minimum(distance, 365 - distance) <= 15
    return (near * data.tomorrow[training]).sum(axis=1) / near.sum(axis=1)


def snow_water_equivalent(temperature: np.ndarray, precipitation: np.ndarray) -> np.ndarray:
    """Snow water equivalent in mm by the degree-day method: snow falls below 0 °C, 3 mm/°C/day melt above.

    >>> snow_water_equivalent(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([4.0, 1.0, 0.0, 0.0])).tolist()
    [4.0, 5.0, 2.0, 0.0]
    """
    water, days = 0.0, []
    for degrees, fallen in zip(temperature.tolist(), precipitation.tolist(), strict=True):
        water = water + fallen if degrees < 0 else max(0.0, water - 3 * degrees)
        days.append(water)
    return np.array(days)
