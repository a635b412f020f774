"""The measurement of recall over long waits, taken again, and what the networks that it shows are shown for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lstm_viz
from lstm_viz.analysis.memory_attribution import first_step_share
from lstm_viz.analysis.what_if import hold
from lstm_viz.bundled.delays import (
    DELAYS,
    NETWORKS,
    accuracy,
    answers_at_delay,
    delay_examples,
    delay_network,
    delay_study,
)
from lstm_viz.fitting.network import Network, head_scores
from lstm_viz.sequences.tasks import LETTERS, RECALL_SYMBOLS, recall_at_delay
from scripts.train_delays import KINDS, SEEDS, gradient_at_letter, untrained

RIGHT = "".join(LETTERS)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("delay", [1, 20, 60, 100])
def test_the_bundled_network_does_as_the_study_says(name, delay):
    kind = delay_study().kinds[name]
    stored = kind.accuracy[kind.shown, DELAYS.index(delay)]
    assert accuracy(delay_network(name), delay) == pytest.approx(stored, abs=0.01)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_bundled_network_answers_at_every_wait_as_the_study_says(name):
    network, stored = delay_network(name), delay_study().kinds[name].answers
    assert len(stored) == DELAYS[-1]
    for delay in range(1, DELAYS[-1] + 1):
        assert answers_at_delay(network, delay) == stored[delay - 1], delay


def test_the_random_rnn_works_up_to_a_wait_and_then_fails_and_is_the_best_of_its_kind():
    kind = delay_study().kinds["rnn"]
    is_right = [said == RIGHT for said in kind.answers]
    wait = is_right.index(False)
    assert 5 < wait < 50 and all(is_right[:wait]) and not any(is_right[wait:])
    assert kind.shown == kind.accuracy.mean(axis=1).argmax()
    assert (kind.accuracy.min(axis=1) < 0.8).all()  # no seed learned long waits


@pytest.mark.parametrize("name", ["lstm", "lstm without help", "identity"])
def test_every_seed_of_the_others_learned_every_wait(name):
    assert (delay_study().kinds[name].accuracy == 1).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_facts_of_a_kind_are_those_of_its_network(name):
    kind, network = delay_study().kinds[name], delay_network(name)
    assert kind.numbers_trained == sum(part.numel() for part in network.parameters())
    assert kind.units == network.head.in_features
    assert len(kind.rates) == len(kind.accuracy) and set(kind.rates) <= set(kind.rates_tried)
    assert (kind.forget_bias is None) is (kind.cell == "rnn")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_network_before_training_is_the_seed_s_own_start(name):
    kind, stored = delay_study().kinds[name], delay_network(name, trained=False)
    drawn = Network(kind.cell, len(RECALL_SYMBOLS), kind.units, len(LETTERS), kind.shown)
    if name == "identity":
        assert torch.equal(stored.recurrent.weight_hh_l0, torch.eye(kind.units))
        with torch.no_grad():
            drawn.recurrent.weight_hh_l0.copy_(torch.eye(kind.units))
            drawn.recurrent.weight_ih_l0.mul_(0.3)
    for (part, one), other in zip(stored.state_dict().items(), drawn.state_dict().values(), strict=True):
        assert torch.equal(one, other), part


@pytest.mark.parametrize("delay", [20, 50, 100])
def test_the_lstm_writes_its_letter_once_and_keeps_it(delay):
    """Most of its last memory is what the letter wrote; with writing stopped after the letter, the answers stay."""
    network = delay_network("lstm")
    trace = lstm_viz.trace(network.recurrent, recall_at_delay(delay).values)
    layer = trace.layers[0]
    forget, learned = (np.asarray(part, float) for part in (layer.forget_gate, layer.learned))
    of_letter = np.abs(learned[0] * forget[1:].prod(axis=0)).sum(axis=1)
    by_hand = of_letter / (of_letter + written_later(forget, learned))
    assert first_step_share(layer) == pytest.approx(by_hand.min(), abs=1e-6)
    assert by_hand.min() > 0.9
    stopped = hold(trace, "l0", "input_gate", 0.0, start=1)
    for run in (trace, stopped):
        answers = head_scores(network.head, run.output)[-1].argmax(axis=-1)
        assert "".join(LETTERS[k] for k in answers) == RIGHT


def written_later(forget: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """Sum over units of the sizes of what every step after the first wrote and is left at the end, a sequence each."""
    left = [np.abs(learned[step] * forget[step + 1 :].prod(axis=0)) for step in range(1, len(forget))]
    return np.sum(left, axis=(0, 2))


def test_sequences_hold_one_letter_and_end_with_the_question():
    drawn = delay_examples(7, batch=5, seed=3)
    symbols = drawn.x.numpy().argmax(axis=-1)
    assert symbols.shape == (9, 5)
    assert (symbols[0] == drawn.targets[-1].numpy()).all() and (symbols[0] < 3).all()
    assert (symbols[1:-1] >= 3).all() and (symbols[1:-1] < 6).all() and (symbols[-1] == 6).all()
    assert np.flatnonzero(drawn.scored.numpy().any(axis=1)).tolist() == [8]


@pytest.mark.parametrize("name", KINDS)
def test_the_gradients_before_training_are_those_of_every_seed_s_own_start(name):
    stored = delay_study().kinds[name].gradients_before
    drawn = [gradient_at_letter(untrained(KINDS[name], seed)) for seed in range(SEEDS)]
    assert stored == pytest.approx(drawn, rel=2e-3)
