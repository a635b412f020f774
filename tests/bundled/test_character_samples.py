"""Stored samples of the character model: made again from the stored checkpoints, and what was felt against autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstm_viz.bundled.character_samples import (
    DRAWS,
    LENGTH,
    OPENING,
    SAMPLE_SEED,
    UPDATES,
    CheckpointSamples,
    checkpoint,
    closes_bracket,
    load_samples,
)
from lstm_viz.bundled.characters import character_score, one_hot
from lstm_viz.bundled.models import load_bundled
from lstm_viz.sequences.examples import bundled_text
from scripts.store_character_samples import felt_shares, write_text

NAMES = load_bundled("characters").card.features


@pytest.fixture(params=load_samples(), ids=lambda stored: str(stored.updates))
def stored(request: pytest.FixtureRequest) -> CheckpointSamples:
    found: CheckpointSamples = request.param
    return found


def test_the_last_checkpoint_is_the_bundled_model():
    network, bundled = checkpoint(UPDATES[-1]), load_bundled("characters")
    for name, part in bundled.module.state_dict().items():
        assert torch.equal(part, network.recurrent.state_dict()[name])


def test_the_seed_draws_what_is_stored(stored):
    network = checkpoint(stored.updates)
    for sample in stored.samples[1:]:
        drawn = write_text(network, sample.temperature, SAMPLE_SEED, felt=False)
        assert (drawn.text, drawn.chances) == (sample.text, sample.chances)
        assert len(drawn.text) == LENGTH


def test_the_true_text_is_the_held_out_one_and_its_guesses_are_the_likeliest(stored):
    network, sample = checkpoint(stored.updates), stored.samples[0]
    assert OPENING + sample.text in bundled_text()[:12_000]
    with torch.no_grad():
        scores = network(torch.from_numpy(one_hot(OPENING + sample.text, NAMES)))[0]
        odds = scores[:, 0].double().softmax(-1)
    for place, guess in enumerate(sample.guesses):
        share, index = odds[len(OPENING) - 1 + place].max(dim=-1)
        assert guess == NAMES[index]
        assert sample.chances[place] == pytest.approx(100 * float(share), abs=0.51)


def test_what_was_felt_is_the_gradients_share(stored):
    """Against autograd through cells that are stepped one by one."""
    network, sample = checkpoint(stored.updates), stored.samples[2]
    for place in (0, 13, LENGTH - 1):
        text = OPENING + sample.text[:place]
        events = torch.from_numpy(one_hot(text, NAMES)).requires_grad_()
        cell = torch.nn.LSTMCell(len(NAMES), network.head.in_features)
        cell.load_state_dict({k.removesuffix("_l0"): v for k, v in network.recurrent.state_dict().items()})
        state = None
        for event in events:
            state = cell(event, state)
        network.head(state[0]).log_softmax(-1)[0, NAMES.index(sample.text[place])].backward()
        norms = events.grad[:, 0].norm(dim=-1).flip(0).numpy()
        shares = np.zeros(len(norms))
        shares[: len(sample.felt[place])] = sample.felt[place]
        np.testing.assert_allclose(shares, 100 * norms / norms.sum(), atol=0.51)


def test_felt_shares_end_with_the_last_that_has_half_a_per_cent():
    shares = felt_shares(checkpoint(UPDATES[-1]), OPENING, "s")
    assert shares[-1] > 0 and len(shares) < len(OPENING)
    assert sum(shares) == pytest.approx(100, abs=6)


def test_scores_and_brackets_are_the_checkpoints_own(stored):
    network = checkpoint(stored.updates)
    assert stored.accuracy == pytest.approx(character_score(network.recurrent, network.head).value, abs=1e-4)
    drawn = [write_text(network, 0.7, seed, felt=False).text for seed in range(DRAWS)]
    assert stored.closed == sum(closes_bracket(text) for text in drawn)


def test_a_checkpoint_guesses_better_than_the_one_before():
    scores = [each.accuracy for each in load_samples()]
    assert scores == sorted(scores) and scores[-1] == pytest.approx(load_bundled("characters").card.score, abs=1e-4)
