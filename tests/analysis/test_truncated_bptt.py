"""Gradient norms of truncated backpropagation, by distance, against differences of the loss and the uncut run."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.analysis.truncated_bptt import gradient_norms, shares_by_place
from lstm_viz.bundled import load_bundled
from lstm_viz.sequences import load_example

TINY = 1e-6


def network(seed: int) -> tuple[torch.nn.LSTM, torch.nn.Linear]:
    torch.manual_seed(seed)
    return torch.nn.LSTM(2, 3).double(), torch.nn.Linear(3, 4).double()


def loss(lstm: torch.nn.LSTM, head: torch.nn.Linear, x: np.ndarray, target: int, steps: int) -> float:
    """The loss at the end, read in windows counted from the end."""
    state, start = None, len(x) % steps
    with torch.no_grad():
        for part in [x[:start], *np.split(x[start:], len(x[start:]) // steps)]:
            if len(part):
                hidden, state = lstm(torch.from_numpy(part), state)
        return float(-head(hidden[-1, 0]).log_softmax(-1)[target])


@given(time=st.integers(1, 8), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_uncut_it_is_the_slope_of_the_loss(time: int, seed: int):
    lstm, head = network(seed)
    x = np.random.default_rng(seed).normal(size=(time, 1, 2))
    norms = gradient_norms(lstm, head, x, np.array([1]), steps=time)
    for step in range(time):
        slopes = []
        for feature in range(2):
            up, down = x.copy(), x.copy()
            up[step, 0, feature] += TINY
            down[step, 0, feature] -= TINY
            slopes.append((loss(lstm, head, up, 1, time) - loss(lstm, head, down, 1, time)) / (2 * TINY))
        assert norms[time - 1 - step, 0] == pytest.approx(np.hypot(*slopes), rel=1e-4, abs=1e-8)


@given(time=st.integers(1, 12), steps=st.integers(1, 14), rows=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_cut_it_is_the_same_inside_the_window_and_zero_beyond(time: int, steps: int, rows: int, seed: int):
    lstm, head = network(seed)
    x, targets = np.random.default_rng(seed).normal(size=(time, rows, 2)), np.arange(rows) % 4
    cut, whole = (gradient_norms(lstm, head, x, targets, size) for size in (steps, time))
    np.testing.assert_allclose(cut[:steps], whole[:steps], rtol=1e-9, atol=1e-15)
    assert (cut[steps:] == 0).all() and (whole > 0).all()


def test_on_the_model_of_characters_a_hundred_steps_lose_nothing():
    model, values = load_bundled("characters"), load_example("python").values
    x, targets = values[:120], values[120].argmax(-1)
    norms = {steps: gradient_norms(model.module, model.head, x, targets, steps)[:, 0] for steps in (5, 20, 100, 120)}
    shares = {steps: float(part.sum() / norms[120].sum()) for steps, part in norms.items()}
    assert shares[5] < shares[20] < shares[100]
    assert shares[100] > 0.999
    assert [int((part > 0).sum()) for part in norms.values()] == [5, 20, 100, 120]


def test_the_network_and_the_events_stay_as_they_are():
    lstm, head = network(0)
    x = np.ones((4, 1, 2))
    gradient_norms(lstm, head, x, np.array([0]), steps=2)
    assert all(part.grad is None for part in (*lstm.parameters(), *head.parameters()))
    assert (x == 1).all()


def test_a_window_without_a_step_is_refused():
    with pytest.raises(ValueError, match="at least one step"):
        gradient_norms(*network(0), np.ones((4, 1, 2)), np.array([0]), steps=0)


@given(steps=st.integers(1, 9), seed=st.integers(0, 99))
@settings(max_examples=20)
def test_the_share_at_a_place_is_that_of_a_window_that_begins_before_it(steps: int, seed: int):
    """A loss at place k of a window of M reaches what it would reach at the end of a window of k."""
    lstm, head = network(seed)
    x = np.random.default_rng(seed).normal(size=(12, 1, 2))
    whole = gradient_norms(lstm, head, x, np.array([1]), 12)[:, 0]
    for place, share in enumerate(shares_by_place(whole, steps), start=1):
        start = 12 - place
        events, state = torch.from_numpy(x[start:]).requires_grad_(), None
        with torch.no_grad():
            _, state = lstm(torch.from_numpy(x[:start]))
        score = -head(lstm(events, tuple(part.detach() for part in state))[0][-1, 0]).log_softmax(-1)[1]
        (gradient,) = torch.autograd.grad(score, events)
        assert share == pytest.approx(float(gradient.norm(dim=-1).sum()) / whole.sum(), rel=1e-6)
