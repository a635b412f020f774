"""The lesson on sequences: their shapes, a text cut into windows, and what the cuts do to a state and a gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple

import plotly.graph_objects as go
import streamlit as st

from lstm_viz.analysis.truncated_bptt import shares_by_place
from lstm_viz.bundled.character_samples import load_samples
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.sequences.batching import rows_and_windows, targets_at_seam, text_band
from lstm_viz.figures.sequences.gradient_reach import gradient_decay, gradient_shares, reach_by_place
from lstm_viz.figures.sequences.padding import padded_lanes
from lstm_viz.figures.sequences.unrolled import unrolled_networks
from lstm_viz.figures.sequences.window_boundaries import window_boundary_lines
from lstm_viz.figures.viewport import Viewport
from lstm_viz.lessons.generated_text import generated_text
from lstm_viz.lessons.observations import Observation
from lstm_viz.lessons.questions import Question
from lstm_viz.lessons.sequences_of_data import (
    TARGETS_NOTE,
    boundary_truths,
    boundary_words,
    describe_gradient_reach,
    describe_padding,
    describe_places,
    describe_rows,
    describe_window_boundaries,
    describe_windows,
    padding_words,
    reset_observation,
    reset_question,
    window_words,
)
from lstm_viz.ui.lessons.character_model_runs import (
    MODEL,
    gradient_reach,
    padded_example,
    text_windows,
    unrolled_shapes,
    windowed_run,
)
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.stage.bundled_runs import cards
from lstm_viz.ui.stage.charts import Chart, Rows
from lstm_viz.ui.stage.views import View

#: N and M at first, and the most of each.
ROWS, STEPS, MAX_ROWS, MAX_STEPS = 8, 24, 32, 100
ROWS_TOOLTIP = "The text is cut into N rows of equal length, which are read side by side."
STEPS_TOOLTIP = "M characters of each row are read before the memories may be reset."
SEED_TOOLTIP = (
    "In the picture “One to many” the model writes by itself. Left empty, it always takes its likeliest character. "
    "With a number here it draws: likely characters often, others now and then. The same number draws the same."
)
#: Columns of the small pictures, after which they begin again.
COLUMNS = 8


class WindowChoice(NamedTuple):
    """What a person chose: rows, steps of a window, and the seed by which the model talks (None: the likeliest)."""

    rows: int
    steps: int
    seed: int | None


def choose_windows() -> WindowChoice:
    """N, M and how the model of characters chooses what it says."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="window-controls"):
        rows = _choose_number(
            "Rows side by side (N)",
            "rows",
            ROWS,
            MAX_ROWS,
            ROWS_TOOLTIP,
        )
        steps = _choose_number(
            "Characters in a window (M)",
            "window",
            STEPS,
            MAX_STEPS,
            STEPS_TOOLTIP,
        )
        seed = st.number_input(
            "One to many: draw with seed",
            0,
            9999,
            None,
            key="seed",
            bind="query-params",
            width=230,
            placeholder="no draw: the likeliest",
            help=SEED_TOOLTIP,
        )
    return WindowChoice(rows, steps, seed)


def _choose_number(label: str, key: str, usual: int, most: int, tooltip: str) -> int:
    chosen = st.number_input(
        plain_text(label), 1, most, usual, key=key, bind="query-params", width=210, help=plain_text(tooltip)
    )
    return int(chosen)


def lesson_view(cut: WindowChoice) -> View:
    """Row 1 as far as it is shown, read with the state carried; beside it the reading with the state reset."""
    run = windowed_run(cut.rows, cut.steps)
    # No picture of this lesson shows a step's beats.
    name = f"sequences {cut.rows} {cut.steps} {cut.seed}"
    return replace(run.view, name=name, hide=("equation", "beats")).bundled_as("windows", *cut)


def first_moment(cut: WindowChoice, view: View) -> Moment:
    """Behind the first seam, where the small pictures are at their last column."""
    step = min(cut.steps + (COLUMNS - 1 - cut.steps) % COLUMNS, view.shape[0] - 1)
    return Moment(step=step, unit=int(view.orders[0][0]))


def lesson_charts(cut: WindowChoice) -> Rows:
    """The lesson's charts, each with its numbers in a sentence."""
    windows, run = text_windows(cut.rows, cut.steps), windowed_run(cut.rows, cut.steps)
    pictures, caption = unrolled_shapes(cut.seed)
    whole, truncated = gradient_reach()
    places, padded = shares_by_place(whole, cut.steps), padded_example()
    return [
        [Chart("four-shapes", _step_only(partial(unrolled_networks, pictures)), caption=caption)],
        [
            Chart(
                "whole-text",
                _step_only(lambda palette, narrow: text_band(windows, palette=palette)),
                caption=describe_windows(windows),
            )
        ],
        [Chart("batching", _step_only(partial(rows_and_windows, windows)), caption=describe_rows(windows))],
        [Chart("targets", _step_only(partial(targets_at_seam, windows)), caption=TARGETS_NOTE)],
        [
            Chart(
                "seams",
                partial(window_boundary_lines, both=run.shown, exchanged=run.exchanged_shown),
                caption=describe_window_boundaries(run.whole, run.guesses),
            )
        ],
        [
            Chart(
                "padding", _step_only(partial(padded_lanes, padded.run, padded.lanes)), caption=describe_padding(padded)
            )
        ],
        [
            Chart(
                "reach",
                _step_only(lambda palette, narrow: gradient_decay(whole, truncated, palette=palette)),
                caption=describe_gradient_reach(whole, gradient_shares(whole, truncated), cut.steps),
            )
        ],
        [
            Chart(
                "places",
                _step_only(lambda palette, narrow: reach_by_place(places, palette=palette)),
                caption=describe_places(places),
            )
        ],
    ]


def _step_only(make: Callable[..., go.Figure]) -> Callable[..., go.Figure]:
    """A figure that needs nothing of the run but the step."""

    def draw(viewport: Viewport, moment: Moment, **look: Any) -> go.Figure:
        return apply_bindings(make(**look), viewport, moment)

    return draw


def lesson_observation(cut: WindowChoice, unit: int) -> Observation:
    """The lesson's observation: the boundary at which a reset changes the followed unit most."""
    return reset_observation(windowed_run(cut.rows, cut.steps).shown, unit)


def lesson_question(cut: WindowChoice) -> Question:
    """The lesson's question: what a reset costs the first guess."""
    run = windowed_run(cut.rows, cut.steps)
    return reset_question(run.whole, run.guesses, cards()[MODEL].baseline, run.training)


def lesson_words(cut: WindowChoice) -> dict[str, str]:
    """The numbers of this cut that the lesson's text names."""
    run, (whole, _) = windowed_run(cut.rows, cut.steps), gradient_reach()
    words = boundary_words(run.whole, run.exchanged) | window_words(text_windows(cut.rows, cut.steps), whole)
    return words | padding_words(padded_example())


@cache
def samples_of_text() -> str:
    """What the model of characters writes at several updates of its training, as JSON: the same for every cut."""
    return generated_text(load_samples())


def lesson_truths(cut: WindowChoice) -> dict[str, bool]:
    """What the lesson's text may claim of this cut."""
    run = windowed_run(cut.rows, cut.steps)
    return boundary_truths(run.whole, run.exchanged)
