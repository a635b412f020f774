"""Layers that read from the end: what the figures of a bidirectional run say of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.analysis.slicing import slice_steps
from lstm_viz.figures.bindings.evaluate import evaluate
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import RunView, StepTexts
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import MAPS, build_viewport

LABELS = np.array([[f"day {step}"] for step in range(9)], dtype=object)


@pytest.fixture(scope="module")
def run() -> lstm_viz.Trace:
    torch.manual_seed(4)
    return lstm_viz.trace(nn.LSTM(3, 5, 2, bidirectional=True), torch.randn(9, 1, 3))


@pytest.fixture(scope="module")
def viewport(run) -> Viewport:
    return build_viewport(RunView(run, StepTexts(LABELS), ["wind", "rain", "sun"]), needs=(MAPS,))


def test_both_directions_of_the_first_layer_read_the_sequence(viewport):
    assert [viewport.reads_input(place) for place in range(4)] == [True, True, False, False]
    events = [evaluate({"label": "event"}, viewport, Moment(step=2, layer=place)) for place in range(4)]
    assert events == [["day 2"]] * 2 + [["the layer below"]] * 2


def test_the_weights_of_both_directions_name_the_features(viewport):
    features = {"event wind", "event rain", "event sun"}
    named = [features & set(gates["forget_gate"].names) for gates in viewport.maps]
    assert named == [features, features, set(), set()]


def test_every_strip_of_a_layer_that_reads_from_the_end_has_an_arrow(viewport):
    def titles(layer: int) -> list[str]:
        figure = strips(viewport, Moment(layer=layer))
        return [note.text for note in figure.layout.annotations]

    assert len(titles(1)) == 6 and all(title.endswith("←") for title in titles(1) + titles(3))
    assert not any("←" in title for title in titles(0) + titles(2))


def test_what_leaves_a_step_goes_to_the_one_before(run, viewport):
    said = [evaluate({"label": "next step"}, viewport, Moment(layer=layer))[0] for layer in (0, 1)]
    assert "next step" in said[0] and "step before" in said[1]
    backwards = slice_steps(run.layers[1], 0, 9)
    assert np.array_equal(backwards.previous_cell_state[:-1], backwards.cell_state[1:])
