"""The measurement of recall over long waits, taken again."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.bundled.delays import CELLS, DELAYS, accuracy, delay_examples, delay_network, delay_study


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("delay", [1, 20, 60, 100])
def test_the_bundled_network_does_as_the_study_says(name, delay):
    study = delay_study()
    stored = getattr(study, name)[study.bundled_seed[name], DELAYS.index(delay)]
    assert accuracy(delay_network(name), delay) == pytest.approx(stored, abs=0.01)


def test_the_bundled_networks_are_the_middle_ones():
    study = delay_study()
    for name in CELLS:
        means = getattr(study, name).mean(axis=1)
        assert sorted(means)[len(means) // 2] == means[study.bundled_seed[name]]


def test_sequences_hold_one_letter_and_end_with_the_question():
    drawn = delay_examples(7, batch=5, seed=3)
    symbols = drawn.x.numpy().argmax(axis=-1)
    assert symbols.shape == (9, 5)
    assert (symbols[0] == drawn.targets[-1].numpy()).all() and (symbols[0] < 3).all()
    assert (symbols[1:-1] >= 3).all() and (symbols[1:-1] < 6).all() and (symbols[-1] == 6).all()
    assert np.flatnonzero(drawn.scored.numpy().any(axis=1)).tolist() == [8]
