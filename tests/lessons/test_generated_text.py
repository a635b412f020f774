"""Texts round the samples of the character model, for runs that close brackets seldom, often and always."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lstm_viz.bundled.character_samples import DRAWS, CheckpointSamples, TextSample, closes_bracket, load_samples
from lstm_viz.lessons.generated_text import bracket_question, describe_checkpoint, generated_text


def checkpoints(closed: int, chance: int = 2) -> list[CheckpointSamples]:
    read = TextSample(None, "abcd", "abxx", [50] * 4, [[100], [40, 60], [1, 9, 90], [100]])
    own = TextSample(1.0, "abcd", "abcd", [chance] * 4, read.felt)
    return [CheckpointSamples(0, 0.01, 7, [read, own]), CheckpointSamples(1000, 0.5, closed, [read, own])]


@pytest.mark.parametrize(("closed", "right"), [(0, 0), (5, 0), (6, 1), (14, 1), (15, 2), (DRAWS, 2)])
def test_the_right_option_holds_the_count(closed, right):
    asked = bracket_question(checkpoints(closed))
    assert asked.right == right
    assert asked.reveal.startswith(f"It closes it in {closed} of {DRAWS}. Earlier in its training: 7 before training.")


def test_chance_is_given_as_the_cause_only_where_all_is_drawn_evenly():
    assert "by chance" in bracket_question(checkpoints(3)).reveal
    assert "by chance" not in bracket_question(checkpoints(3, chance=60)).reveal
    first = load_samples()[0]
    assert max(chance for sample in first.samples for chance in sample.chances if sample.temperature == 1) <= 5


def test_a_checkpoint_is_told_by_what_it_guesses_right():
    before, after = (describe_checkpoint(each) for each in checkpoints(3))
    assert before["own"].startswith("Before its training the model guesses 1 % of the next characters right")
    assert after["text"].startswith("After 1,000 updates the model guesses 50 %")
    assert after["text"].endswith("and 2 of the 4 shown here.") and "shown here" not in after["own"]


def test_all_that_is_shown_is_json_and_begins_where_most_is_felt_from_afar():
    felt = [[100], [50, 50], [10, 10, 10, 10, 60], [100]]
    made = [replace(each, samples=[replace(sample, felt=felt) for sample in each.samples]) for each in checkpoints(3)]
    content = json.loads(generated_text(made))
    assert content["place"] == 2
    assert [each["updates"] for each in content["checkpoints"]] == [0, 1000]


def test_a_bracket_is_closed_where_as_many_are():
    assert [closes_bracket(text) for text in ("a) b", "(a) b", "(a)) b", ") (", "")] == [True, False, True, True, False]
