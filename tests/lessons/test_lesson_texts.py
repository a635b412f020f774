"""Every lesson's text: short enough to be read aloud, and pointing only at what is there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lstm_viz
from lstm_viz.lessons.moments import lesson_steps
from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.lessons.texts import paragraphs

NAMES = [section.name for section in SECTIONS]


@pytest.mark.parametrize("name", NAMES)
def test_a_text_has_120_to_250_words(name):
    words = sum(len(paragraph.text.split()) for paragraph in paragraphs(name))
    assert 120 <= words <= 250


@pytest.mark.parametrize("name", NAMES)
def test_every_step_that_is_pointed_at_exists(name):
    run = lstm_viz.trace(torch.nn.LSTM(2, 3), np.zeros((9, 1, 2), "f"))
    known = set(lesson_steps(run.layers[0], 0, 0))
    for paragraph in paragraphs(name):
        assert paragraph.step is None or paragraph.step.isdigit() or paragraph.step in known, paragraph.text
