"""Numbers behind a model's answers, which the cell draws as bars: chances of labels, or a forecast and what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstm_viz.figures.bindings.answers import CHANCES, likeliest
from lstm_viz.figures.forecast import FORECAST, ForecastScale, forecast_and_truth
from lstm_viz.fitting.answers import softmax
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.ui.stage.views import View


class AnswerNumbers(NamedTuple):
    """What a view is given of a model's answers beside their words; see the fields of the same names in `RunView`."""

    extras: Mapping[str, np.ndarray] = {}
    answer_names: Sequence[str] = ()
    forecast_scale: ForecastScale | None = None

    def added_to(self, view: View) -> View:
        """The view with these numbers."""
        if not self.extras:
            return view
        return replace(
            view,
            extras={**view.extras, **self.extras},
            answer_names=self.answer_names,
            forecast_scale=self.forecast_scale,
        )


NO_NUMBERS = AnswerNumbers()


def chances_of(scores: np.ndarray, labels: Sequence[str]) -> AnswerNumbers:
    """How likely each label is by softmax of a head's scores, (time, batch, labels)."""
    return AnswerNumbers({CHANCES: likeliest(softmax(scores))}, labels)


def next_value_of(expected: np.ndarray, batch: SequenceBatch) -> AnswerNumbers:
    """Forecasts of the batch's next values, (time, batch, features) in its own scaling, of the first that has room."""
    for feature, name in enumerate(batch.names):
        scale, offset = float(batch.scale[feature]), float(batch.offset[feature])
        forecast = (expected[..., feature] + offset / scale) * scale
        filled = None if batch.filled is None else batch.filled[..., feature]
        numbers = forecast_and_truth(forecast, batch.original[..., feature], batch.lengths, filled)
        if (found := forecast_of(numbers, name)).extras:
            return found
    return NO_NUMBERS


def forecast_of(numbers: np.ndarray, name: str) -> AnswerNumbers:
    """Forecasts and what came, (time, batch, 2), of a quantity; nothing where there is no room for its numbers."""
    scale = ForecastScale.of(numbers, name)
    return NO_NUMBERS if scale is None else AnswerNumbers({FORECAST: numbers}, (), scale)
