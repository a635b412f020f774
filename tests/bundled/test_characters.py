"""The character model: generation against reading the whole text anew for every character, and its accuracy."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

import lstm_viz
from lstm_viz.bundled import BundledModel, load_bundled
from lstm_viz.bundled.characters import (
    ROWS,
    WINDOW,
    correct_guesses,
    generate,
    one_hot,
    training_text,
    training_windows,
)
from lstm_viz.fitting.network import head_scores
from lstm_viz.sequences import load_example


@pytest.fixture(scope="module")
def model() -> BundledModel:
    return load_bundled("characters")


def odds_after(model: BundledModel, text: str) -> np.ndarray:
    """How likely the model holds each next character, from one recorded run of the whole text."""
    run = lstm_viz.trace(model.module, one_hot(text, model.labels))
    scores = head_scores(model.head, run.output)[-1, 0].astype(float)
    return np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()


@pytest.mark.parametrize("first", ["T", " ", "\n"])
def test_each_answer_is_the_likeliest_after_all_before_it(model: BundledModel, first: str):
    said = generate(model, first, 25)
    assert len(said.text) == 26 and said.text[0] == first
    for place, share in enumerate(said.probabilities, start=1):
        odds = odds_after(model, said.text[:place])
        assert said.text[place] == model.labels[int(odds.argmax())]
        assert share == pytest.approx(odds.max(), abs=1e-5)


def test_a_seed_says_what_is_drawn(model: BundledModel):
    one, again, other = (generate(model, "T", 40, seed).text for seed in (1, 1, 2))
    assert one == again != other


def test_characters_are_drawn_as_often_as_the_model_says(model: BundledModel):
    drawn = Counter(generate(model, "T", 1, seed).text[1] for seed in range(400))
    odds = odds_after(model, "T")
    for place in np.argsort(-odds)[:4]:
        spread = 4 * np.sqrt(odds[place] * (1 - odds[place]) / 400)
        assert drawn[model.labels[place]] / 400 == pytest.approx(odds[place], abs=spread)


def test_what_can_not_be_fed_back_is_refused(model: BundledModel):
    with pytest.raises(ValueError, match="is not one of the 73 characters"):
        generate(model, "Ж", 3)
    with pytest.raises(ValueError, match="is not one of the 73 characters"):
        generate(model, "", 3)
    with pytest.raises(ValueError, match="at least one step"):
        generate(model, "T", 0)
    with pytest.raises(ValueError, match="does not answer with what it reads"):
        generate(load_bundled("recall"), "A", 3)


def test_the_model_of_characters_is_as_right_as_its_card_says():
    model, values = load_bundled("characters"), load_example("python").values
    run = lstm_viz.trace(model.module, values)
    right = correct_guesses(model.head, run.output, values)
    assert right.shape == (len(values) - 1, 1)
    assert np.isclose(right.mean(), model.card.score, atol=1e-3)


def test_it_is_the_likeliest_class_of_the_head():
    torch.manual_seed(0)
    head, states = torch.nn.Linear(3, 4), torch.randn(6, 2, 3)
    events = torch.randint(4, (6, 2))
    with torch.no_grad():
        expected = head(states).softmax(-1).max(-1).indices[:-1] == events[1:]
    right = correct_guesses(head, states.numpy(), torch.nn.functional.one_hot(events, 4).float().numpy())
    np.testing.assert_array_equal(right, expected.numpy())


def test_the_windows_of_training_are_those_of_its_text():
    examples = training_text()
    assert training_windows() == len(list(examples.windows(WINDOW)))
    assert examples.x.shape[1] == ROWS
