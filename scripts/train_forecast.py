"""Train the river model: `python -m scripts.train_forecast`. A quarter of a minute on one core.

The network reads the weather only, a year at a time, and says tomorrow's discharge. A small penalty on
 recurrent weights: without it it forecasts a little worse, and its memory is harder to read.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from lstm_viz.bundled.river import RiverSeries, river_score, river_series
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.training import Examples, recurrent_l1, train_on_batches
from scripts.save_model import save_model

SEED, HIDDEN, UPDATES = 4, 12, 1200
ROWS, DAYS, UNSCORED = 32, 365, 90


def sample_batch(data: RiverSeries, scale: float, offset: float, step: int) -> Examples:
    """A batch of 32 years from random training days; the first 90 days fill the memory and aren't scored."""
    training = int((~data.held_out).sum())
    starts = np.random.default_rng(1000 + step).integers(0, training - DAYS, size=ROWS)
    days = starts + np.arange(DAYS)[:, None]
    targets = ((data.tomorrow[days] - offset) / scale).astype(np.float32)[..., None]
    scored = np.broadcast_to(np.arange(DAYS)[:, None] >= UNSCORED, days.shape).copy()
    return Examples(*(torch.from_numpy(part) for part in (data.weather[days, 0], targets, scored)))


def train() -> None:
    data = river_series()
    training = data.tomorrow[~data.held_out]
    scale, offset = float(training.std()), float(training.mean())
    network = Network("standard", 2, HIDDEN, 1, SEED)
    started = time.perf_counter()
    train_on_batches(
        network,
        lambda step: sample_batch(data, scale, offset, step),
        UPDATES,
        penalty=lambda made: 0.001 * recurrent_l1(made),
    )
    seconds = time.perf_counter() - started
    network.eval().requires_grad_(False)
    score = river_score(network.recurrent, network.head, scale, offset)
    repeated = np.abs(data.today - data.tomorrow)[data.held_out].mean()
    card = save_model(
        network,
        score,
        key="forecast",
        title="River forecast",
        description="This LSTM forecasts tomorrow's discharge of the river Fulda from the weather up to today. It is "
        "never shown the river. To repeat today's measured discharge would be wrong by "
        f"{repeated:.1f} m³/s on average.",
        task="forecast",
        variant="standard",
        hidden=HIDDEN,
        features=("temperature", "precipitation"),
        example="river",
        trained=f"scripts/train_forecast.py, seed {SEED} of six tried, {UPDATES} updates on 1979 to 1986, "
        f"{seconds:.0f} s on one core; 1987 and 1988 held out; a small penalty on recurrent weights",
        answer_format=AnswerFormat("answer: {0:.0f} m³/s tomorrow", scale=(scale,), offset=(offset,)),
    )
    print(card.key, score, f"{seconds:.1f} s", *card.findings, sep="\n  ")


if __name__ == "__main__":
    torch.set_num_threads(1)
    train()
