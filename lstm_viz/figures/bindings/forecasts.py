"""Bindings to a model's forecast and to what came: as words and as bars, before a step's use gate those of the step
before.

    {"forecast": 0 or 1, "words": before, "digits": d, "unit": unit}
        the forecast (0) or what came (1), in words; blank where it isn't known
    {"forecast_bar": 0 or 1, "ends": [low, high, base], "box": [left, right, bottom, top], "give": "x" or "y"}
        a bar from the base to it, with a point at its end where it lies beyond the scale; on its way from the step
        before's while "during" of the use beat's progress

The numbers are `viewport.extras["forecast"]`; see `figures/forecast.py`. The player's twin is
`player/frontend/forecasts.js`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from lstm_viz.figures.bindings.answers import shown_step
from lstm_viz.figures.forecast import FORECAST
from lstm_viz.figures.formats import plain
from lstm_viz.figures.labels import BLANK, escape_markup
from lstm_viz.figures.moment import ARRIVE, USE, Moment
from lstm_viz.figures.viewport import Viewport


def _number(viewport: Viewport, moment: Moment, which: int) -> float:
    """The forecast or what came, of the step that is shown; NaN where there is none."""
    step = shown_step(viewport, moment)
    place = step - viewport.start
    if FORECAST not in viewport.extras or not 0 <= place < len(viewport.labels) or moment.layer >= viewport.own_layers:
        return math.nan
    return float(viewport.extras[FORECAST][place, moment.sequence, which])


def forecast_words(binding: dict[str, Any], viewport: Viewport, moment: Moment) -> list[str]:
    """Value of a binding to the words of a forecast or of what came."""
    number = _number(viewport, moment, binding["forecast"])
    if not math.isfinite(number):
        return [BLANK]
    return [f"{binding['words']} {plain(number, binding['digits'])} {escape_markup(binding['unit'])}".rstrip()]


def forecast_bar(binding: dict[str, Any], viewport: Viewport, moment: Moment, done: float) -> list[list[tuple]]:
    """The bar of a forecast or of what came; `done` is how far it is on its way from the step before's."""
    value = _number(viewport, moment, binding["forecast_bar"])
    if not math.isfinite(value):
        return []
    if moment.beat == USE:
        before = _number(viewport, replace(moment, beat=ARRIVE), binding["forecast_bar"])
        if math.isfinite(before):
            value = before + (value - before) * done
    (low, high, base), (left, right, bottom, top) = binding["ends"], binding["box"]

    def along(number: float) -> float:
        return left + (right - left) * (min(max(number, low), high) - low) / (high - low)

    start, end = along(base), along(value)
    is_down = value < base
    # What is nearly nothing stays visible, and an end beyond the scale is a point.
    if abs(end - start) < 1:
        end = start + (-1 if is_down else 1)
    neck = end if low <= value <= high else end + (5 if is_down else -5)
    middle = (bottom + top) / 2
    return [[(start, bottom), (neck, bottom), (end, middle), (neck, top), (start, top)]]
