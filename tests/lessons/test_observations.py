"""What there is to look for: a task, and a moment of the run that shows what was found."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.bundled import bundled_models, first_view
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.observations import finding_observation, observation
from lstm_viz.lessons.placeholders import held_sentence, main_writer
from lstm_viz.sequences import load_example

LESSONS = ("basics", "architecture", "learn_gate", "forget_gate", "remember_gate", "use_gate", "all_together")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), lesson=st.sampled_from(LESSONS), steps=st.integers(1, 9), units=st.integers(1, 5))
def test_a_chip_can_go_there(seed, lesson, steps, units):
    torch.manual_seed(seed)
    layer = lstm_viz.trace(torch.nn.LSTM(2, units), torch.randn(steps, 2, 2), check=False).layers[0]
    found = observation(lesson, layer)
    assert 0 <= found.step < steps and 0 <= found.unit < units and 0 <= found.beat < len(BEATS)
    assert "ind the " in found.text and found.found.endswith(".")


def test_no_two_lessons_look_for_the_same():
    layer = first_view()[0].layers[0]
    found = [observation(lesson, layer) for lesson in LESSONS]
    assert len({each.text for each in found}) == len({each.moment for each in found}) == len(LESSONS)


@pytest.mark.parametrize("letter", "AC")
def test_a_finding_about_a_letter_is_shown_where_the_letter_comes(letter):
    layer, labels = first_view()[0].layers[0], load_example("recall").step_labels
    for finding in bundled_models()[0].findings:
        if finding.measure.endswith(f"letter {letter}"):
            found = finding_observation(finding, layer, labels)
            assert labels[found.step, found.moment.sequence] == letter and found.step > 0
            assert found.unit == finding.unit


def test_a_letter_that_a_sequence_lacks_is_found_in_another():
    layer, labels = first_view()[0].layers[0], load_example("recall").step_labels
    assert "B" not in labels[:, 0]
    finding = next(each for each in bundled_models()[0].findings if each.measure.endswith("letter B"))
    found = finding_observation(finding, layer, labels)
    assert labels[found.step, found.moment.sequence] == "B" and found.moment.sequence > 0


def test_the_writer_is_the_letter_that_came_last():
    layer, labels = first_view()[0].layers[0], load_example("recall").step_labels
    for step in range(1, 24):
        capitals = [k for k in range(step) if labels[k, 0] in ("A", "B", "C")]
        assert main_writer(layer, Moment(step=step, unit=6)) == capitals[-1]
    assert held_sentence(layer, Moment(step=16, unit=6), labels) == "Most of that was written by A, at step 7."
    assert held_sentence(layer, Moment(step=0, unit=6), labels) == "Nothing is written there yet."
    assert np.isin(labels[6, 0], ("A",))
