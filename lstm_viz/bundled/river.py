"""What the forecasting model reads: ten years of weather; what it should say: the river's discharge tomorrow."""

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
class River:
    """Day by day: the weather as the model is given it, and the discharge of the day after, in m³/s."""

    weather: np.ndarray
    tomorrow: np.ndarray
    today: np.ndarray
    dates: np.ndarray

    @property
    def held_out(self) -> np.ndarray:
        """Which days no model learned from, (time,)."""
        return self.dates >= HELD_OUT_FROM


def river() -> River:
    """The Fulda, one row a day but for the last, which has no tomorrow."""
    columns, batch = example_table("river").columns, load_example("river")
    discharge = columns["discharge"]
    return River(batch.values[:-1], discharge[1:], discharge[:-1], columns["date"][:-1].astype("datetime64[D]"))


def river_score(module: nn.Module, head: nn.Linear, scale: float, offset: float) -> Score:
    """Mean error of tomorrow's discharge, beside the usual discharge of that time of the year."""
    data = river()
    with torch.no_grad():
        said = head(module(torch.from_numpy(data.weather))[0]).numpy()[:, 0, 0] * scale + offset
    error, usual = (np.abs(guess - data.tomorrow)[data.held_out].mean() for guess in (said, usual_discharge(data)))
    name = "saying what is usual at that time of the year"
    return Score("mean error of tomorrow's discharge, m³/s", float(error), float(usual), name)


def usual_discharge(data: River) -> np.ndarray:
    """The mean of the years learned from, over the 15 days before and after the same day of the year."""
    day = (data.dates - data.dates.astype("datetime64[Y]")).astype(int)
    learned = ~data.held_out
    apart = np.abs(day[:, None] - day[None, learned])
    near = np.minimum(apart, 365 - apart) <= 15
    return (near * data.tomorrow[learned]).sum(axis=1) / near.sum(axis=1)


def snow(temperature: np.ndarray, precipitation: np.ndarray) -> np.ndarray:
    """Snow on the ground in mm of water, by the degree-day rule: it falls below 0 °C, 3 mm/°C/day melt above.

    >>> snow(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([4.0, 1.0, 0.0, 0.0])).tolist()
    [4.0, 5.0, 2.0, 0.0]
    """
    lying, days = 0.0, []
    for degrees, fallen in zip(temperature.tolist(), precipitation.tolist(), strict=True):
        lying = lying + fallen if degrees < 0 else max(0.0, lying - 3 * degrees)
        days.append(lying)
    return np.array(days)
