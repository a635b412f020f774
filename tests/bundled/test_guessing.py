"""Next events guessed right, against torch and against the score on the model's card."""

from __future__ import annotations

import numpy as np
import torch

import lstm_viz
from lstm_viz.bundled import load_bundled
from lstm_viz.bundled.characters import guessed_right
from lstm_viz.sequences import load_example


def test_the_model_of_characters_is_as_right_as_its_card_says():
    model, values = load_bundled("characters"), load_example("python").values
    run = lstm_viz.trace(model.module, values)
    right = guessed_right(model.head, run.output, values)
    assert right.shape == (len(values) - 1, 1)
    assert np.isclose(right.mean(), model.card.score, atol=1e-3)


def test_it_is_the_likeliest_class_of_the_head():
    torch.manual_seed(0)
    head, states = torch.nn.Linear(3, 4), torch.randn(6, 2, 3)
    events = torch.randint(4, (6, 2))
    with torch.no_grad():
        expected = head(states).softmax(-1).max(-1).indices[:-1] == events[1:]
    right = guessed_right(head, states.numpy(), torch.nn.functional.one_hot(events, 4).float().numpy())
    np.testing.assert_array_equal(right, expected.numpy())
