"""Views of runs: what is written at their steps, and the viewports that are built of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.analysis.comparison import align_layers
from lstm_viz.figures.labels import batch_texts
from lstm_viz.figures.run_view import ComparedRun, LazyTexts, RunView, StepNumbers, StepTexts, Texts
from lstm_viz.figures.viewport_builder import build_viewport, with_compared_run
from lstm_viz.sequences import load_example

STEPS, BATCH = 9, 2


def texts(word: str) -> np.ndarray:
    return np.array([[f"{word} {step}.{row}" for row in range(BATCH)] for step in range(STEPS)], dtype=object)


@pytest.fixture(scope="module")
def trace() -> lstm_viz.Trace:
    torch.manual_seed(2)
    return lstm_viz.trace(nn.LSTM(3, 4, 2), torch.randn(STEPS, BATCH, 3))


def test_texts_are_arrays_or_made_when_asked_for() -> None:
    asked = []
    made = LazyTexts((STEPS, BATCH), lambda steps: (asked.append(steps), texts("day")[steps])[1])
    assert asked == [] and all(isinstance(found, Texts) for found in (made, texts("day"), StepNumbers(STEPS, BATCH)))
    for steps in (slice(2, 5), slice(None), slice(7, 99), slice(99, 120), slice(-2, None)):
        assert made[steps].tolist() == texts("day")[steps].tolist()
        assert made[steps].shape == texts("day")[steps].shape
    assert {(steps.start, steps.stop) for steps in asked} == {(2, 5), (0, 9), (7, 9)}


def test_a_batchs_words_reach_beyond_its_end() -> None:
    words = batch_texts(load_example("recall")).part(slice(30, 40))
    assert words.labels.shape == words.events.shape == (0, 8) and words.answers is None


def test_a_run_without_words_is_called_by_its_steps_numbers(trace) -> None:
    viewport = build_viewport(RunView(trace))
    assert viewport.labels[:, 0].tolist() == viewport.events[:, 1].tolist() == [str(k + 1) for k in range(STEPS)]
    assert viewport.answers_in(0) is None
    assert viewport.sequence_names == ["sequence 1", "sequence 2"]
    assert viewport.feature_names == ["feature 1", "feature 2", "feature 3"]


@pytest.mark.parametrize("later", [False, True], ids=["built with it", "set beside later"])
def test_a_compared_run_has_words_of_its_own_or_else_the_runs(trace, later: bool) -> None:
    own = RunView(trace, StepTexts(texts("day"), texts("event"), texts("answer")))
    layers = align_layers(trace, trace, row=1)
    compared = ComparedRun(layers[:1] if later else layers, StepTexts(labels=texts("other"), answers=texts("else")))
    if later:
        viewport = with_compared_run(build_viewport(own), compared, {"brief": "other"})
    else:
        viewport = build_viewport(replace(own, compared=[compared]))
    assert viewport.own_layers == 2 and len(viewport.layers) == 2 + len(compared.layers)
    for layer in range(2):
        assert viewport.labels_in(layer)[3, 1] == "day 3.1" and viewport.answers_in(layer)[3, 1] == "answer 3.1"
    for layer in range(2, len(viewport.layers)):
        assert viewport.labels_in(layer)[3, 1] == "other 3.1" and viewport.answers_in(layer)[3, 1] == "else 3.1"
        assert viewport.events_in(layer)[3, 1] == "event 3.1"
    assert np.array_equal(viewport.layers[2].cell_state[:, 0], viewport.layers[0].cell_state[:, 1])


def test_labels_that_are_not_one_a_step_and_sequence_are_refused(trace) -> None:
    with pytest.raises(ValueError, match=r"one label a step and sequence, \(9, 2\); these are \(8, 2\)"):
        build_viewport(RunView(trace, StepTexts(texts("day")[1:])))
