"""Runs of the bundled models on their examples, and their answers; cached once for all sessions, read-only."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from lstm_viz.bundled import ModelCard, bundled_models, first_view
from lstm_viz.bundled.cards import FIRST_MODEL, head_weights
from lstm_viz.figures.forecast import forecast_and_truth
from lstm_viz.fitting.answers import softmax
from lstm_viz.lessons.observations import finding_observation
from lstm_viz.sequences import load_example
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.examples import example_table
from lstm_viz.traces import Trace
from lstm_viz.ui.stage.answer_numbers import AnswerNumbers, chances_of, forecast_of
from lstm_viz.ui.stage.views import Note, View, view_of

if TYPE_CHECKING:
    from lstm_viz.bundled.models import BundledModel


#: The model that forecasts a river's discharge, and the column of its example that has it.
RIVER_FORECAST, DISCHARGE = "forecast", "discharge"


@cache
def cards() -> dict[str, ModelCard]:
    """The card of every bundled model, by its key."""
    return {card.key: card for card in bundled_models()}


@st.cache_resource(max_entries=16, show_spinner=False)
def example_batch(key: str) -> SequenceBatch:
    """A bundled example."""
    return load_example(key)


@st.cache_resource(max_entries=16, show_spinner="Running the model on the whole sequence …")
def bundled_run(model: str) -> tuple[Trace, np.ndarray]:
    """A bundled model's run on its example, and its answer at each step."""
    if model == FIRST_MODEL:  # its run is stored, so that the first picture needs no torch
        return first_view()
    import lstm_viz
    from lstm_viz.bundled import load_bundled  # brings torch along, which the first picture does without

    trained = load_bundled(model)
    batch = example_batch(trained.card.example)
    trace = lstm_viz.trace(trained.module, batch.values, lengths=batch.lengths)
    return trace, trained.answers(trace.output)


@st.cache_resource(max_entries=16, show_spinner=False)
def bundled_probabilities(model: str) -> np.ndarray:
    """The softmax probabilities of a bundled classifier's labels at each step: (time, batch, labels)."""
    return softmax(_bundled_scores(model))


def _bundled_scores(model: str) -> np.ndarray:
    weight, bias = head_weights(model)
    scores: np.ndarray = bundled_run(model)[0].output @ weight.T + bias
    return scores


@st.cache_resource(max_entries=16, show_spinner=False)
def bundled_answer_numbers(model: str) -> AnswerNumbers:
    """The numbers behind a bundled model's answers on its example: chances, or its forecasts and what came."""
    answer_format = cards()[model].answer_format
    if answer_format.labels:
        return chances_of(_bundled_scores(model), answer_format.labels)
    if model != RIVER_FORECAST:
        return AnswerNumbers()
    columns, batch = example_table(cards()[model].example).columns, example_batch(cards()[model].example)
    forecast = _bundled_scores(model)[..., 0] * answer_format.scale[0] + answer_format.offset[0]
    discharge = np.asarray(columns[DISCHARGE], dtype=float)[:, None]
    return forecast_of(forecast_and_truth(forecast, discharge, batch.lengths), f"{DISCHARGE} (m³/s)")


@st.cache_resource(max_entries=16, show_spinner=False)
def _bundled_model(model: str) -> BundledModel:
    from lstm_viz.bundled import load_bundled

    return load_bundled(model)


def bundled_answers(model: str, output: np.ndarray) -> np.ndarray:
    """A bundled model's answers to any outputs, (time, batch, hidden), not its own run's alone: (time, batch) texts."""
    return _bundled_model(model).answers(output)


@st.cache_resource(max_entries=64, show_spinner=False)
def bundled_view(model: str, ranking: str = "model", feature: str = "") -> View:
    """The view of a bundled model's run on its example."""
    trace, answers = bundled_run(model)
    batch = example_batch(cards()[model].example)
    view = view_of(f"{model} {ranking} {feature}", trace, batch, answers, ranking, feature, placed_notes(model))
    return bundled_answer_numbers(model).added_to(view).bundled_as("bundled view", model, ranking, feature)


@st.cache_resource(max_entries=16, show_spinner=False)
def placed_notes(model: str) -> tuple[Note, ...]:
    """Notes on a bundled model's units, each with the moment of its run on its example that shows it."""
    layer, labels = bundled_run(model)[0].layers[0], example_batch(cards()[model].example).step_labels
    found = [finding_observation(finding, layer, labels) for finding in cards()[model].findings]
    return tuple(Note(each.unit, each.text, each.step, each.beat, each.moment.sequence) for each in found if each)


def bundled_notes(model: str) -> tuple[Note, ...]:
    """Notes on a bundled model's units, from its card; each was measured on held-out data."""
    return tuple(Note(found.unit, found.text) for found in cards()[model].findings if found.unit is not None)
