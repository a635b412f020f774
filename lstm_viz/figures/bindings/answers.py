"""Bindings to a model's answers: how likely each is, as bars and as words, before a step's use gate those of the step
before.

    {"answer": rank, "give": g}      of the few likeliest answers, in the model's order where there are no more:
        "name", "percent"            what it is called, how likely it is; blank where there are fewer
        "fill"                       its colour: the writer's of that name, or else "plain"
    {"answer_bar": rank, "box": [left, right, bottom, top], "give": "x" or "y"}
        a bar as long as it is likely; on its way from the step before's while "during" of the use beat's progress

`viewport.extras["chances"]` has (time, batch, 2 × answers): probabilities, then which answers they are of, by their
index in `viewport.answer_names`. The player's twin is `player/frontend/answers.js`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.figures.labels import BLANK, escape_markup, truncate, visible
from lstm_viz.figures.moment import USE, Moment
from lstm_viz.figures.viewport import Viewport

#: The name of the extra numbers, how many answers have a bar, and signs of an answer's name.
CHANCES, MAX_ANSWERS, MAX_ANSWER_NAME = "chances", 4, 9


def likeliest(probabilities: np.ndarray) -> np.ndarray:
    """The numbers that answers are shown by, (time, batch, 2 × answers), of (time, batch, all answers).

    Few answers keep their order; of many there are the likeliest, the first one in front.

    >>> likeliest(np.array([[[0.1, 0.2, 0.0, 0.3, 0.4]]])).tolist()
    [[[0.4, 0.3, 0.2, 0.1, 4.0, 3.0, 1.0, 0.0]]]
    """
    count = min(MAX_ANSWERS, probabilities.shape[-1])
    if count == probabilities.shape[-1]:
        order = np.broadcast_to(np.arange(count), probabilities.shape)
    else:
        order = np.argsort(-probabilities, axis=-1, kind="stable")[..., :count]
    return np.concatenate([np.take_along_axis(probabilities, order, axis=-1), order], axis=-1)


def chances_at(viewport: Viewport, moment: Moment, step: int) -> tuple[list[float], list[int]]:
    """Probabilities and indices of the answers at a step; none where the model chooses among none."""
    place = step - viewport.start
    if CHANCES not in viewport.extras or not 0 <= place < len(viewport.labels) or moment.layer >= viewport.own_layers:
        return [], []
    numbers = viewport.extras[CHANCES][place, moment.sequence].astype(float)
    half = len(numbers) // 2
    return numbers[:half].tolist(), numbers[half:].astype(int).tolist()


def shown_step(viewport: Viewport, moment: Moment) -> int:
    """The step whose answer is shown: before the use gate has acted, the one before."""
    if moment.beat >= USE:
        return moment.step
    return moment.step + (1 if viewport.layers[moment.layer].reverse else -1)


def answer_values(binding: dict[str, Any], viewport: Viewport, moment: Moment) -> Any:
    """Value of a binding to what an answer is called, how likely it is, or its colour."""
    chances, places = chances_at(viewport, moment, shown_step(viewport, moment))
    rank = binding["answer"]
    there = rank < len(chances) and np.isfinite(chances[rank])
    name = str(viewport.answer_names[places[rank]]) if there else ""
    match binding["give"]:
        case "name":
            return [escape_markup(truncate(visible(name), MAX_ANSWER_NAME)) or BLANK]
        case "percent":
            return [f"{int(np.floor(100 * chances[rank] + 0.5))} %" if there else BLANK]
        case "fill":
            names = viewport.writer_names(moment.layer)
            return binding["names"][names.index(name)] if name in names else binding["plain"]
    raise ValueError(f"An answer gives name, percent or fill, not {binding['give']!r}.")


def answer_bar(binding: dict[str, Any], viewport: Viewport, moment: Moment, done: float) -> list[list[tuple]]:
    """The bar of an answer in its row of the box; `done` is how far it is on its way from the step before's."""
    now, _ = chances_at(viewport, moment, shown_step(viewport, moment))
    rank = binding["answer_bar"]
    if rank >= len(now) or not np.isfinite(now[rank]):
        return []
    length = now[rank]
    if moment.beat == USE and len(now) == len(viewport.answer_names):
        before, _ = chances_at(viewport, moment, shown_step(viewport, moment.__class__(**{**vars(moment), "beat": 0})))
        if rank < len(before) and np.isfinite(before[rank]):
            length = before[rank] + (now[rank] - before[rank]) * done
    left, right, bottom, top = binding["box"]
    height = (top - bottom) / len(now)
    middle = top - (rank + 0.5) * height
    half = min(9.0, 0.36 * height)
    end = left + max(0.004, length) * (right - left)
    return [[(left, middle - half), (end, middle - half), (end, middle + half), (left, middle + half)]]


def answer_height(rank: int, count: int, box: list[float]) -> float:
    """The middle of an answer's row."""
    return box[3] - (rank + 0.5) * (box[3] - box[2]) / max(1, count)
