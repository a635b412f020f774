"""What is said of a fit that learns by heart, and of one that does no better than the simplest rule."""

from __future__ import annotations

import re

import numpy as np

from lstm_viz.fitting.fitter import fit
from lstm_viz.sequences.batch import SequenceBatch


def batch_of(values: np.ndarray) -> SequenceBatch:
    steps = len(values)
    labels = np.arange(steps).astype(str)[:, None]
    return SequenceBatch(
        values[:, None, None], ("wave",), np.array([steps]), ("one",), np.zeros(1), np.ones(1), step_labels=labels
    )


def test_noise_is_learned_by_heart_and_said_to_be_and_the_best_state_is_kept():
    noise = np.random.default_rng(0).normal(size=120)
    *reports, last = fit(batch_of(noise), hidden=8, updates=150)
    labels = [finding.label for finding in last.model.findings]
    assert labels[0] == "Began to overfit" and labels[1].endswith("than the simplest rule")
    said = re.search(r"loss ([\d.]+)\)", last.model.findings[0])
    assert said and float(said[1]) <= 1.001 * min(report.validation_loss for report in reports)


def test_of_a_wave_that_is_learned_nothing_is_said():
    *_, last = fit(batch_of(np.sin(np.arange(120) / 4)), hidden=4, updates=100)
    assert last.model.findings == ()
